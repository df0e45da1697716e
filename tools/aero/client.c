/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "client_login.h"
#include "client_parts.h"
#include "client_peers.h"
#include "clock.h"
#include "info.h"
#include "result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The beginning and the end of a client, and what it tells of itself. */

static const char *check(const struct client_options *o)
{
	struct span seeds = span_of(o->seeds), one, host;
	unsigned n = 0;
	uint16_t port;

	while (info_part(&seeds, ',', &one)) {
		if (one.n && !client_peers_host(one, 3000, &host, &port))
			return "a seed is not HOST[:PORT]";
		n += one.n > 0;
	}
	if (n == 0)
		return "no seed";
	if (o->user && !o->password && o->auth != CLIENT_AUTH_PKI)
		return "a user without a password";
	if (o->auth == CLIENT_AUTH_EXTERNAL && !o->tls)
		return "external authentication sends the password: only with TLS";
	if (o->auth == CLIENT_AUTH_PKI && !(o->tls && o->tls_cert))
		return "PKI authentication needs TLS and a certificate";
	return NULL;
}

/* All texts of the options into one piece of memory. */
static bool copy_options(struct client *c, const struct client_options *o)
{
	const char **text[] = { &c->o.seeds, &c->o.cluster_name, &c->o.user, &c->o.password, &c->o.tls_ca, &c->o.tls_cert, &c->o.tls_key,
		&c->o.tls_name, &c->o.agent };
	size_t size = 0;
	char *to;

	c->o = *o;
	if (!c->o.agent)
		c->o.agent = "aero-" VERSION;
	if (c->o.auth != CLIENT_AUTH_EXTERNAL)
		c->o.password = NULL;	/* only its hash is needed */
	for (unsigned i = 0; i < sizeof(text) / sizeof(*text); i++)
		size += *text[i] ? strlen(*text[i]) + 1 : 0;
	c->texts = to = malloc(size);
	for (unsigned i = 0; to && i < sizeof(text) / sizeof(*text); i++)
		if (*text[i]) {
			size_t n = strlen(*text[i]) + 1;

			*text[i] = memcpy(to, *text[i], n);
			to += n;
		}
	return to != NULL;
}

static void defaults(struct client_options *o)
{
	static const struct { size_t at; unsigned value; } numbers[] = {
		{ offsetof(struct client_options, connections), 100 }, { offsetof(struct client_options, pipeline), 1 },
		{ offsetof(struct client_options, idle_ms), 55000 }, { offsetof(struct client_options, connect_ms), 1000 },
		{ offsetof(struct client_options, login_ms), 5000 }, { offsetof(struct client_options, tend_ms), 1000 },
		{ offsetof(struct client_options, errors_max), 100 },
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		unsigned *n = (unsigned *)((char *)o + numbers[i].at);

		if (*n == 0)
			*n = numbers[i].value;
	}
	if (o->reply_max == 0 || o->reply_max > (size_t)128 << 20)
		o->reply_max = (size_t)128 << 20;
}

static void on_tend(struct client_timer *t)
{
	struct client *c = (struct client *)((char *)t - offsetof(struct client, tend));

	client_timer_set(&c->wheel, &c->tend, c->now + c->o.tend_ms);
	client_tend_all(c);
}

struct client *client_open(const struct client_options *o, const char **why)
{
	struct client *c;

	*why = check(o);
	if (*why)
		return NULL;
	*why = "out of memory";
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->scratch = malloc(SCRATCH);
	if (!copy_options(c, o) || !c->scratch || c->epoll < 0) {
		*why = c->epoll < 0 ? strerror(errno) : *why;
		client_close(c);
		return NULL;
	}
	defaults(&c->o);
	if (o->user && o->password && !client_login_hash(o->password, c->hash)) {
		*why = "can't hash the password";
		client_close(c);
		return NULL;
	}
	if (o->tls) {
		c->tls = client_io_tls_open(o->tls_ca, o->tls_cert, o->tls_key, why);
		if (!c->tls) {
			client_close(c);
			return NULL;
		}
	}
	c->now = clock_ms();
	c->last_tend = c->now - 1000;
	client_wheel_init(&c->wheel, c->now);
	c->tend.fire = on_tend;
	client_timer_set(&c->wheel, &c->tend, c->now);
	c->wheel.bound = c->now;
	return c;
}

bool client_connect(struct client *c, int ms)
{
	int64_t end = clock_ms() + ms;

	while (c->state == CLIENT_CONNECTING && clock_ms() < end)
		client_wait(c, (int)(end - clock_ms() > 0 ? end - clock_ms() : 0));
	return c->state == CLIENT_READY;
}

static void close_list(struct request_list *l)
{
	while (l->first) {
		struct client_request *r = l->first;
		struct client_reply reply = { .code = CLIENT_CLOSED, .in_doubt = r->write && (r->state.in_doubt || r->state.out),
			.sent = r->state.sent };

		client_timer_clear(&r->state.timer);
		client_list_take(r);
		client_request_unpack(r);
		r->state.conn = NULL;
		if (r->done)
			r->done(r, &reply);
	}
}

static void close_node(struct client *c, struct node *n)
{
	n->gone = true;
	n->next_gone = c->gone;
	c->gone = n;
	close_list(&n->waiting);
	while (n->conns) {
		struct conn *conn = n->conns;

		if (conn->auth && conn->auth->state.list)
			client_list_take(conn->auth);
		close_list(&conn->requests);
		client_conn_close(conn);
	}
	if (n->tend) {
		if (n->ask.state.list) {
			client_timer_clear(&n->ask.state.timer);
			client_list_take(&n->ask);
		}
		client_conn_close(n->tend);
	}
}

void client_close(struct client *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < CLIENT_NODES; i++)
		if (c->node[i]) {
			close_node(c, c->node[i]);
			c->node[i] = NULL;
		}
	close_list(&c->submitted);
	close_list(&c->pending);
	close_list(&c->pausing);
	client_batches_close(c);
	client_scans_close(c);
	for (struct conn *conn = c->dead; conn; conn = conn->next_dead)
		conn->again = conn->dirty = false;
	client_free_gone(c);
	client_map_free(&c->map);
	client_io_tls_close(c->tls);
	if (c->epoll >= 0)
		close(c->epoll);
	explicit_bzero(c->hash, sizeof(c->hash));
	buf_free(&c->unpacked);
	free(c->texts);
	free(c->scratch);
	free(c);
}

/* ---- what it tells ---- */

enum client_state client_state(const struct client *c)
{
	return c->state;
}

int client_login_refused(const struct client *c)
{
	return c->login_refused;
}

const char *client_why(const struct client *c)
{
	return c->why;
}

unsigned client_nodes(const struct client *c, struct client_node *nodes, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < CLIENT_NODES; i++) {
		const struct node *n = c->node[i];

		if (!n || !n->active)
			continue;
		if (count < max)
			nodes[count] = (struct client_node){ n->id, n->address[n->at].text, n->build, n->n_conns, n->in_flight };
		count++;
	}
	return count;
}

const char *client_master(const struct client *c, struct span ns, unsigned partition)
{
	const struct map_namespace *m = client_map_find(&c->map, ns);
	int slot = m && partition < MAP_PARTITIONS ? m->node[partition][0] : MAP_NONE;

	return slot == MAP_NONE || !c->node[slot] ? NULL : c->node[slot]->id;
}

bool client_has_namespace(const struct client *c, struct span ns)
{
	return client_map_find(&c->map, ns) != NULL;
}

uint32_t client_build(const struct client *c)
{
	uint32_t oldest = 0;

	for (unsigned i = 0; i < CLIENT_NODES; i++)
		if (c->node[i] && c->node[i]->active && (!oldest || c->node[i]->build < oldest))
			oldest = c->node[i]->build;
	return oldest;
}

const struct client_counters *client_counters(const struct client *c)
{
	return &c->counters;
}

const char *client_text(int code)
{
	static const char *const texts[] = { "", "node can't be reached", "no node serves it", "not an answer", "client was closed", "stopped",
		"login refused", "out of memory" };

	return code < 0 && code >= CLIENT_NO_MEMORY ? texts[-code] : result_text((unsigned)code);
}
