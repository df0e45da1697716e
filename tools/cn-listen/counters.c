/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS 32

static void add(struct server *s, struct metric m)
{
	char *name;
	size_t n = 0;

	while (s->metrics[n].name)
		n++;
	if (n == ROWS - 1)
		die(EX_SOFTWARE, "too many metrics");
	if (m.name[0] == '_') {
		if (asprintf(&name, "%s%s", s->opt.metrics_prefix, m.name) < 0)
			die(EX_SOFTWARE, "out of memory");
		m.name = name;
	}
	s->metrics[n] = m;
}

#define COUNTER(name, labels, brief, field, help) \
	add(s, (struct metric){ name, labels, help, brief, METRIC_COUNTER, &s->count.field, NULL })
#define GAUGE(name, labels, brief, field, help) \
	add(s, (struct metric){ name, labels, help, brief, METRIC_GAUGE, &s->count.field, NULL })

/* Names with a leading _ are the connectors' own families, so that their dashboards and alerts fit. */
void counters_init(struct server *s)
{
	s->metrics = xcalloc(ROWS, sizeof(*s->metrics));
	GAUGE("_connections", "status=\"active\"", "connections", active, "Connections.");
	GAUGE("_connections", "status=\"closed\"", NULL, closed, NULL);
	COUNTER("_requests", "status=\"success\"", "ok", success, "Notifications by their answer: 200 is success.");
	COUNTER("_requests", "status=\"error\"", "failed", error, NULL);
	COUNTER("_requests", "status=\"skipped\"", NULL, skipped, NULL);
	COUNTER("_requests", "status=\"parse-error\"", "never", parse_error, NULL);
	GAUGE("_requests_lag", NULL, NULL, lag_ms, "Milliseconds that the oldest request without an answer has waited.");
	add(s, (struct metric){ "_request_seconds", NULL, "From a request's head to its answer.", NULL, METRIC_HISTOGRAM, NULL,
		&s->count.latency });
	COUNTER("cn_listen_received", NULL, "received", received, "Whole notifications received.");
	COUNTER("cn_listen_body_bytes", NULL, "bytes", body_bytes, "Bytes of bodies that became lines.");
	COUNTER("cn_listen_line_bytes", NULL, NULL, line_bytes, "Bytes of lines.");
	GAUGE("cn_listen_in_flight", NULL, "in_flight", in_flight, "Lines that wait for their ack.");
	GAUGE("cn_listen_in_flight_bytes", NULL, NULL, in_flight_bytes, "Bytes of these lines.");
	GAUGE("cn_listen_waiting", NULL, "waiting", waiting, "Requests that wait for room in the window or on stdout.");
	COUNTER("cn_listen_expired", NULL, "expired", expired, "Requests answered 503 because no ack came in time.");
	COUNTER("cn_listen_late_acks", NULL, "late", acks.late, "Acks for requests that had their answer already.");
	COUNTER("cn_listen_foreign_acks", NULL, "foreign", acks.foreign, "Acks for ids that were never given out.");
	COUNTER("cn_listen_bad_acks", NULL, NULL, acks.bad, "Lines on stdin that are no acks.");
	COUNTER("cn_listen_retry_nacks", NULL, "retried", retry_nacks, "Failures that may succeed later.");
	COUNTER("cn_listen_dead_letters", NULL, "dead", dead_letters, "Lines put into the dead-letter file.");
	COUNTER("cn_listen_dead_letter_errors", NULL, NULL, dead_letter_errors, "Lines that could not be put there.");
	COUNTER("cn_listen_refused", NULL, "refused", refused, "Requests answered 400, 401, 405 or 413.");
	COUNTER("cn_listen_gone", NULL, "gone", gone, "Requests whose client left before their answer.");
	COUNTER("cn_listen_probes", NULL, NULL, probes, "GET and HEAD requests.");
}

void counters_refresh(void *server)
{
	struct server *s = server;
	int64_t time;

	s->count.in_flight = window_count(s->window);
	s->count.in_flight_bytes = s->flight_bytes;
	s->count.waiting = s->waiting.n + s->gate.n;
	s->count.lag_ms = window_oldest(s->window, NULL, &time) ? (uint64_t)(s->now - time) : 0;
}

void counters_log(struct server *s)
{
	counters_refresh(s);
	metrics_log(s->metrics);
}
