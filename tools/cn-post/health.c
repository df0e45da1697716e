/* SPDX-License-Identifier: Apache-2.0 */
/* Probes: endpoints that do not answer them get no records until they do again. */
#include "post.h"

#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void probed(struct fetch_request *r, const struct fetch_response *a)
{
	struct endpoint *e = r->ctx;
	bool good = a->status >= 200 && a->status < 300;
	char status[32];

	if (!good && a->status)
		good = status_set_has(&post.options.status.ok, a->status);
	e->probing = false;
	e->good = good ? e->good + 1 : 0;
	e->bad = good ? 0 : e->bad + 1;
	post.count.bad_probes += !good;
	snprintf(status, sizeof(status), "status %ld", a->status);
	if (!e->unhealthy && e->bad >= post.options.health.down) {
		e->unhealthy = true;
		log_warn("endpoint is not healthy: no records for it", "probe", e->probe_url, "error", a->status ? status : a->error, NULL);
	} else if (e->unhealthy && e->good >= post.options.health.up) {
		e->unhealthy = false;
		e->failures = 0;
		e->away_until = 0;
		log_info("endpoint is healthy again", "probe", e->probe_url, NULL);
	}
}

void health_open(struct endpoint *e)
{
	const struct options *o = &post.options;
	size_t n = strlen(e->origin) + strlen(o->health.path) + 1;

	e->probe_url = xmalloc(n);
	snprintf(e->probe_url, n, "%s%s", e->origin, o->health.path);
	e->probe_at = fetch_endpoint(post.fetch, e->probe_url, 1);
	e->probe = (struct fetch_request){ .method = o->health.method, .timeout = o->health.timeout, .headers = fetch_headers(),
		.done = probed, .ctx = e };
	/* What lets requests in lets probes in. */
	for (int i = 0; i < o->n_headers; i++) {
		struct buf value = { 0 };
		struct record none = { 0 };
		const char *why;
		bool retry;

		if (strcasecmp(o->headers[i].name, "Content-Type") != 0 && template_fixed(o->headers[i].value) &&
			template_write(&value, o->headers[i].value, &none, TEMPLATE_TEXT, &retry, &why))
			fetch_header_add(&e->probe.headers, span_of(o->headers[i].name), buf_as_span(&value));
		buf_free(&value);
	}
}

static int64_t run(struct endpoint *e)
{
	if (!e->probe_at)
		return INT64_MAX;
	if (e->probe_due <= post.now) {
		e->probe_due = post.now + post.options.health.interval;
		if (!e->probing) {
			e->probing = true;
			post.count.probes++;
			fetch_start(e->probe_at, &e->probe);
		}
	}
	return e->probe_due;
}

int64_t health_run(void)
{
	int64_t due = INT64_MAX;

	if (!post.options.health.path)
		return due;
	for (struct dest *d = post.dests; d; d = d->next)
		for (unsigned i = 0; i < d->n; i++) {
			int64_t at = run(d->endpoints[i]);

			due = at < due ? at : due;
		}
	return due;
}
