/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_MANAGE_H
#define HTTP_MANAGE_H

#include "metrics.h"

#include <microhttpd.h>
#include <stdint.h>

/* The small endpoint beside the work: GET /metrics (also /manage/rest/v1/prometheus, where the connectors have it), /health (200 while
 * the program's loop turns), /ready (200 while it takes work). Lives in the caller's event loop like any http.h daemon. */
struct http_manage {
	struct MHD_Daemon *daemon;
	const struct metric *metrics;
	/* Called before metrics are printed, to bring gauges up to date, and for /ready; ctx is the caller's. */
	void (*refresh)(void *ctx);
	bool (*ready)(void *ctx);
	void *ctx;
	char address[300];	/* where it is, set by http_manage_start */
};

/* host NULL: 127.0.0.1. Dies when the port can't be had; *port becomes the real one when it was 0. */
void http_manage_start(struct http_manage *m, const char *host, uint16_t *port);

#endif
