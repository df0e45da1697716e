/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "err.h"

#define ROWS 32

static void add(struct server *s, struct metric m)
{
	size_t n = 0;

	while (s->metrics[n].name)
		n++;
	if (n == ROWS - 1)
		die(EX_SOFTWARE, "too many metrics");
	s->metrics[n] = m;
}

#define COUNTER(name, labels, brief, field, help) \
	add(s, (struct metric){ name, labels, help, brief, METRIC_COUNTER, &s->count.field, NULL })
#define GAUGE(name, labels, brief, field, help) \
	add(s, (struct metric){ name, labels, help, brief, METRIC_GAUGE, &s->count.field, NULL })

void counters_init(struct server *s)
{
	s->metrics = xcalloc(ROWS, sizeof(*s->metrics));
	GAUGE("as_rest_connections", NULL, "connections", connections, "Open connections of clients.");
	GAUGE("as_rest_in_flight", NULL, "in_flight", in_flight, "Requests without an answer.");
	COUNTER("as_rest_requests", "status=\"ok\"", "ok", ok, "Answered requests: ok below 400, client below 500, server the others.");
	COUNTER("as_rest_requests", "status=\"client\"", "client_errors", client_errors, NULL);
	COUNTER("as_rest_requests", "status=\"server\"", "server_errors", server_errors, NULL);
	add(s, (struct metric){ "as_rest_request_seconds", NULL, "From a request's head to its answer.", NULL, METRIC_HISTOGRAM, NULL,
		&s->count.latency });
	COUNTER("as_rest_unauthorized", NULL, "unauthorized", unauthorized, "Requests answered 401.");
	COUNTER("as_rest_gone", NULL, "gone", gone, "Requests whose client left before their answer.");
	COUNTER("as_rest_received_bytes", NULL, NULL, received_bytes, "Bytes of bodies that came.");
	COUNTER("as_rest_sent_bytes", NULL, NULL, sent_bytes, "Bytes of bodies that were sent.");
	GAUGE("as_rest_clients", NULL, "clients", clients, "Cluster clients: the default one and one per credential.");
	COUNTER("as_rest_clients_opened", NULL, NULL, clients_opened, "Cluster clients made.");
	COUNTER("as_rest_logins_refused", NULL, "logins_refused", logins_refused, "Credentials that the cluster refused.");
	GAUGE("as_rest_cluster_ready", NULL, NULL, db_ready, "1 while the default client has the cluster.");
	GAUGE("as_rest_cluster_nodes", NULL, "nodes", db_nodes, "Nodes that the default client knows.");
	COUNTER("as_rest_cluster_requests", NULL, "cluster_requests", db_requests, "Requests to the cluster, of the clients that there are.");
	COUNTER("as_rest_cluster_failed", NULL, "cluster_failed", db_failed, "Those that ended with a result other than ok.");
	COUNTER("as_rest_cluster_retries", NULL, "retries", db_retries, "Times that one was sent again.");
	COUNTER("as_rest_cluster_timeouts", NULL, "timeouts", db_timeouts, "Times that one was not answered in time.");
	COUNTER("as_rest_cluster_in_doubt", NULL, "in_doubt", db_in_doubt, "Writes of which nobody knows whether they were done.");
}

void counters_refresh(void *server)
{
	pool_counters(server);
}

void counters_log(struct server *s)
{
	counters_refresh(s);
	metrics_log(s->metrics);
}
