/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FETCH_POLL_H
#define FETCH_POLL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libcurl's descriptors and timer on epoll; inside fetch only.
 *
 * libcurl takes its interest in a descriptor back at the end of every request and declares it anew at the next one; telling epoll of
 * it each time would cost as much as the request. So the interest stays until something happens that nobody waits for, or
 * the socket is closed. */
struct fetch_watched;

struct fetch_poll {
	CURLM *multi;
	int epoll;
	int64_t due;			/* clock_us, INT64_MAX for never */
	struct fetch_watched *watched;	/* by descriptor */
	size_t count;
};

void fetch_poll_open(struct fetch_poll *p);
void fetch_poll_easy(struct fetch_poll *p, CURL *easy);	/* every handle needs it */
/* Tell libcurl of descriptors that are ready and of time that is up. True when it was told anything. */
bool fetch_poll_run(struct fetch_poll *p);
void fetch_poll_close(struct fetch_poll *p);	/* after the last handle is gone */

#endif
