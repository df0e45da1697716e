/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "base64.h"
#include "clock.h"
#include "err.h"
#include "log.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <strings.h>

/* Cluster clients: the default one, and one for each pair of user and password that comes with Basic authentication, the least recently used of
 * which makes room for the next. The default one is not among those that can be pushed out. */

#define KEY_SIZE 32		/* SHA-256 over "user:password": the password itself is not kept */
#define LOGINS_PER_SECOND 4	/* in the long run: hashing a password takes 50 ms, in which nothing else is served */

struct tenant {
	struct watch watch;
	struct tenant *next;
	struct server *server;
	struct client *client;
	unsigned char key[KEY_SIZE];
	bool ready;		/* what comes is given to the client at once */
	bool due;		/* its descriptor is readable */
	bool doomed;		/* closed as soon as nobody uses it */
	unsigned users;		/* exchanges */
	int64_t used;
	struct exchange *waiting, **waiting_end;
};

struct pool {
	struct tenant *all;	/* the default one is one of them */
	struct tenant *standard;
	unsigned n;		/* without the default one */
	double tokens;		/* logins that may begin */
	int64_t tokens_at;
	struct buf text;
	bool closed;
};

static void on_event(struct server *s, struct watch *w, uint32_t events)
{
	(void)s;
	(void)events;
	((struct tenant *)w)->due = true;
}

static void let_go(struct tenant *t, unsigned refused)
{
	struct exchange *e = t->waiting, *next;

	t->waiting = NULL;
	t->waiting_end = &t->waiting;
	for (; e; e = next) {
		next = e->next;
		if (!refused)
			e->r.client = t->client;
		exchange_client(e, refused);
	}
}

static void changed(void *ctx)
{
	struct tenant *t = ctx;
	struct server *s = t->server;
	const enum client_state state = client_state(t->client);
	const int refused = client_login_refused(t->client);

	if (t == s->pool->standard) {
		if (state == CLIENT_READY)
			log_info("connected to the cluster", NULL);
		else if (state == CLIENT_LOST)
			log_warn("no node of the cluster answers", "why", client_why(t->client), NULL);
		return;
	}
	if (state == CLIENT_READY && !t->ready) {
		t->ready = true;
		let_go(t, 0);
	} else if (state == CLIENT_LOST && !t->ready) {
		s->count.logins_refused += refused != 0;
		t->doomed = true;	/* not remembered: the next one tries again */
		let_go(t, refused ? 401 : 503);
	} else if (state == CLIENT_LOST && refused) {
		t->doomed = true;	/* they were good once: the next one finds out that they aren't */
	}
}

/* NULL when memory is out or the options are wrong (which the default client has found out at start). */
static struct tenant *tenant_new(struct server *s, const char *user, const char *password, const char **why)
{
	struct tenant *t = calloc(1, sizeof(*t));
	struct client_options o = s->opt.client;

	*why = "out of memory";
	if (!t)
		return NULL;
	o.user = user;
	o.password = password;
	o.changed = changed;
	o.ctx = t;
	t->server = s;
	t->watch.ready = on_event;
	t->waiting_end = &t->waiting;
	t->client = client_open(&o, why);
	if (!t->client) {
		free(t);
		return NULL;
	}
	t->next = s->pool->all;
	s->pool->all = t;
	s->count.clients++;
	s->count.clients_opened++;
	loop_watch(s, EPOLL_CTL_ADD, client_fd(t->client), EPOLLIN, &t->watch);
	return t;
}

static void tenant_free(struct server *s, struct tenant *t)
{
	struct tenant **at = &s->pool->all;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	s->pool->n -= t != s->pool->standard;
	s->count.clients--;
	s->count.clients_closed++;
	client_close(t->client);	/* closing its descriptor takes it out of epoll */
	free(t);
}

void pool_open(struct server *s)
{
	const struct client_options *o = &s->opt.client;
	const char *why;

	s->pool = xcalloc(1, sizeof(*s->pool));
	s->pool->tokens = s->opt.pool;
	s->pool->tokens_at = s->now;
	if (s->opt.require_auth)
		return;
	s->pool->standard = tenant_new(s, o->user, o->password, &why);
	if (!s->pool->standard)
		die(EX_CONFIG, "can't make the cluster client: %s", why);
	s->pool->standard->ready = true;	/* it waits for the cluster itself */
}

/* ---- credentials ---- */

/* "user:password" of Basic credentials. 1: found; 0: none came; -1: they can't be read. */
static int credentials(struct exchange *e, struct buf *text)
{
	struct span s = e->head.authorization, user;
	const char *colon;

	buf_reset(text);
	if (!s.p || s.n < 6 || strncasecmp(s.p, "Basic ", 6) != 0)
		return 0;
	for (s.p += 6, s.n -= 6; s.n && *s.p == ' '; s.n--)
		s.p++;
	if (!base64_decode(text, s) || text->n == 0 || memchr(text->p, '\0', text->n))
		return -1;
	colon = memchr(text->p, ':', text->n);
	if (!colon)
		return -1;
	user = (struct span){ text->p, (size_t)(colon - text->p) };
	e->user = arena_copy(&e->r.arena, user);
	return 1;
}

/* The cluster was lost, and since it is there again it lets this user in no more. */
static bool was_refused(const struct tenant *t)
{
	return t->ready && client_state(t->client) == CLIENT_LOST && client_login_refused(t->client);
}

static struct tenant *known(const struct pool *p, const unsigned char key[KEY_SIZE])
{
	struct tenant *t = p->all;

	while (t && (t == p->standard || t->doomed || memcmp(t->key, key, KEY_SIZE) != 0))
		t = t->next;
	return t;
}

static bool make_room(struct server *s)
{
	struct tenant *oldest = NULL;

	if (s->pool->n < s->opt.pool)
		return true;
	for (struct tenant *t = s->pool->all; t; t = t->next)
		if (t != s->pool->standard && t->users == 0 && (!oldest || t->used < oldest->used))
			oldest = t;
	if (oldest)
		tenant_free(s, oldest);
	return oldest != NULL;
}

static bool may_log_in(struct server *s)
{
	struct pool *p = s->pool;

	p->tokens += (double)(s->now - p->tokens_at) * LOGINS_PER_SECOND / 1000;
	p->tokens_at = s->now;
	if (p->tokens > s->opt.pool)
		p->tokens = s->opt.pool;
	if (p->tokens < 1)
		return false;
	p->tokens--;
	return true;
}

/* The tenant of what stands in p->text. */
static struct tenant *of_credentials(struct server *s)
{
	struct pool *p = s->pool;
	struct tenant *t;
	unsigned char key[KEY_SIZE];
	char *colon;
	const char *why;

	gcry_md_hash_buffer(GCRY_MD_SHA256, key, p->text.p, p->text.n);
	t = known(p, key);
	if (t && was_refused(t))
		t->doomed = true;
	else if (t)
		return t;
	if (!make_room(s) || !may_log_in(s))
		return NULL;
	buf_byte(&p->text, '\0');
	colon = strchr(p->text.p, ':');
	*colon = '\0';
	t = colon == p->text.p ? tenant_new(s, NULL, NULL, &why) : tenant_new(s, p->text.p, colon + 1, &why);
	if (!t) {
		log_warn("can't make a cluster client", "why", why, NULL);
		return NULL;
	}
	memcpy(t->key, key, KEY_SIZE);
	p->n++;
	return t;
}

bool pool_find(struct exchange *e, unsigned *status)
{
	struct server *s = e->r.server;
	struct pool *p = s->pool;
	const int given = credentials(e, &p->text);
	struct tenant *t = p->standard;

	*status = 503;
	if (p->closed)
		return false;
	*status = 401;
	if (given < 0 || (given == 0 && !t))
		return false;
	*status = 503;
	if (given && !(t && !s->opt.client.user && p->text.n == 1))	/* ":" is what the default client of no name has already */
		t = of_credentials(s);
	if (p->text.n)
		explicit_bzero(p->text.p, p->text.cap);
	if (!t)
		return false;
	t->users++;
	t->used = s->now_us;
	e->tenant = t;
	*status = 0;
	if (t->ready) {
		e->r.client = t->client;
		return true;
	}
	e->next = NULL;
	*t->waiting_end = e;
	t->waiting_end = &e->next;
	return false;
}

void pool_release(struct exchange *e)
{
	if (e->tenant)
		e->tenant->users--;
	e->tenant = NULL;
}

/* ---- the loop ---- */

void pool_run(struct server *s)
{
	for (struct tenant *t = s->pool->all, *next; t; t = next) {
		next = t->next;
		if (t->due || client_deadline(t->client) <= s->now) {
			t->due = false;
			client_run(t->client);
		}
		if (t->doomed && t->users == 0)
			tenant_free(s, t);
	}
}

int64_t pool_deadline(const struct server *s)
{
	int64_t at = INT64_MAX;

	for (const struct tenant *t = s->pool->all; t; t = t->next)
		if (client_deadline(t->client) < at)
			at = client_deadline(t->client);
	return at;
}

bool pool_ready(const struct server *s)
{
	const struct tenant *t = s->pool->standard;

	return !t || client_state(t->client) == CLIENT_READY;
}

const char *pool_why(const struct server *s)
{
	const struct tenant *t = s->pool->standard;

	return t ? client_why(t->client) : "";
}

bool pool_connect(struct server *s, int ms)
{
	return !s->pool->standard || client_connect(s->pool->standard->client, ms);
}

void pool_counters(struct server *s)
{
	struct counters *c = &s->count;

	c->db_requests = c->db_failed = c->db_retries = c->db_timeouts = c->db_in_doubt = 0;
	for (const struct tenant *t = s->pool->all; t; t = t->next) {
		const struct client_counters *k = client_counters(t->client);

		c->db_requests += k->requests;
		c->db_failed += k->failed;
		c->db_retries += k->retries;
		c->db_timeouts += k->timeouts;
		c->db_in_doubt += k->in_doubt;
	}
	c->db_nodes = s->pool->standard ? client_nodes(s->pool->standard->client, NULL, 0) : 0;
	c->db_ready = pool_ready(s);
}

void pool_close(struct server *s)
{
	s->pool->closed = true;
	for (struct tenant *t = s->pool->all; t; t = t->next) {
		let_go(t, 503);
		client_close(t->client);
		t->client = NULL;
	}
}

void pool_free(struct server *s)
{
	for (struct tenant *t = s->pool->all, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	buf_free(&s->pool->text);
	free(s->pool);
	s->pool = NULL;
}
