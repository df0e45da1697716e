/* SPDX-License-Identifier: Apache-2.0 */
#include "http_manage.h"
#include "err.h"
#include "http.h"

#include <stdio.h>

static enum MHD_Result metrics(struct http_manage *m, struct MHD_Connection *c)
{
	struct buf b = { 0 };
	enum MHD_Result r;

	if (m->refresh)
		m->refresh(m->ctx);
	metrics_print(&b, m->metrics);
	r = http_answer_body(c, 200, "text/plain; version=0.0.4; charset=utf-8", buf_as_span(&b));
	buf_free(&b);
	return r;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
	const char *data, size_t *size, void **con_cls)
{
	static int seen;
	struct http_manage *m = ctx;
	const struct span path = span_of(url);
	bool ready;

	(void)version;
	(void)data;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return http_answer(c, 405, true);
	if (!*con_cls) {
		*con_cls = &seen;	/* answer at the second call, so that the connection can stay open */
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	if (span_is(path, "/metrics") || span_is(path, "/manage/rest/v1/prometheus"))
		return metrics(m, c);
	if (span_is(path, "/health"))
		return http_answer_body(c, 200, "text/plain", SPAN("ok\n"));
	if (!span_is(path, "/ready"))
		return http_answer(c, 404, false);
	ready = !m->ready || m->ready(m->ctx);
	return http_answer_body(c, ready ? 200 : 503, "text/plain", ready ? SPAN("ready\n") : SPAN("not ready\n"));
}

void http_manage_start(struct http_manage *m, const char *host, uint16_t *port)
{
	const struct http_options o = {
		.ctx = m, .handle = handle, .listen_fd = http_listen(host, port, false), .pool = 8192, .connections = 32, .idle_s = 30,
	};

	m->daemon = http_start(&o);
	if (!m->daemon)
		die(EX_UNAVAILABLE, "can't start the manage endpoint on port %u", *port);
	snprintf(m->address, sizeof(m->address), "%s:%u", host ? host : "127.0.0.1", *port);
}
