/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations and their endpoints: which of them a message goes to. */
#include "post.h"

#include "clock.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>

#define AWAY_MAX 5000

static void open_queues(struct dest *d)
{
	d->ready_last = &d->ready;
	d->open_last = &d->open;
}

/* Where path and query begin: the end of the origin. */
static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?{") : 0;
}

static struct template *parse(const char *url, const char *text)
{
	const char *why;
	size_t offset;
	struct template *t = template_parse(span_of(text), post.options.missing, &why, &offset);

	if (!t)
		die(EX_USAGE, "%s: byte %zu: %s", url, (size_t)(text - url) + offset, why);
	return t;
}

static void check(const char *url, size_t origin)
{
	char *text = xstrdup(url);
	const char *why;

	text[origin] = '\0';
	why = fetch_url_wrong(text);
	if (!why && url[origin] && url[origin] != '/' && url[origin] != '?')
		why = "the host can't be a template; to.http.url can say it";
	free(text);
	if (why)
		die(EX_USAGE, "%s: %s", strchr(url, '@') ? "URL" : url, why);
}

/* Endpoints of one destination mostly have the same path, which is then filled in once. */
static void add_rest(struct dest *d, struct endpoint *e, const char *text)
{
	for (e->rest_index = 0; e->rest_index < d->n_rests; e->rest_index++)
		if (strcmp(d->rest_texts[e->rest_index], text) == 0)
			return;
	d->rests[d->n_rests] = e->rest;
	d->rest_texts[d->n_rests++] = text;
}

static void add_endpoint(struct dest *d, const char *url)
{
	struct endpoint *e = xcalloc(1, sizeof(*e));
	size_t origin = url ? origin_length(url) : 0;

	if (d->n == ENDPOINTS_MAX)
		die(EX_USAGE, "%s: more than %d endpoints", d->name, ENDPOINTS_MAX);
	e->dest = d;
	e->index = d->n;
	d->endpoints[d->n++] = e;
	if (url) {
		check(url, origin);
		e->origin = xstrdup(url);
		e->origin[origin] = '\0';
		e->rest = parse(url, url + origin);
		if (post.options.fetch.http2 && url[4] == ':')
			log_warn("HTTP/2 is spoken over TLS only: this endpoint gets HTTP/1.1", "url", url, NULL);
	}
	e->at = fetch_endpoint(post.fetch, url, 0);
	if (url && post.options.health.path)
		health_open(e);
}

static void make_rests(struct dest *d, const char *const *urls)
{
	bool fixed = true;

	for (unsigned i = 0; i < d->n; i++)
		fixed &= !strpbrk(urls[i], "{}");
	if (fixed)
		return;
	for (unsigned i = 0; i < d->n; i++)
		add_rest(d, d->endpoints[i], urls[i]);
}

static struct dest *dest_get(struct span name)
{
	struct dest *d = dest_find(name), **last = &post.dests;

	if (d)
		return d;
	d = xcalloc(1, sizeof(*d));
	d->name = xmalloc(name.n + 1);
	memcpy(d->name, name.p, name.n);
	d->name[name.n] = '\0';
	open_queues(d);
	while (*last)
		last = &(*last)->next;
	return *last = d;
}

/* "URL" or "NAME=URL"; the first "=" of a URL is in its query. */
static void add_operand(const char *text)
{
	struct span name = SPAN("");

	if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
		const char *equals = strchr(text, '=');

		if (equals) {
			name = (struct span){ text, (size_t)(equals - text) };
			text = equals + 1;
		}
	}
	add_endpoint(dest_get(name), text);
}

void dests_open(void)
{
	post.loose.name = xstrdup("to.http.url");
	open_queues(&post.loose);
	add_endpoint(&post.loose, NULL);
	for (int i = 0; i < post.options.n_urls; i++)
		add_operand(post.options.urls[i]);
	for (struct dest *d = post.dests; d; d = d->next) {
		const char *texts[ENDPOINTS_MAX];

		for (unsigned i = 0; i < d->n; i++)
			texts[i] = fetch_endpoint_url(d->endpoints[i]->at) + strlen(d->endpoints[i]->origin);
		make_rests(d, texts);
	}
	if (post.options.destination && !dest_find(span_of(post.options.destination)))
		die(EX_USAGE, "--destination %s: no URL is given for it", post.options.destination);
}

static void free_dest(struct dest *d)
{
	for (unsigned i = 0; i < d->n; i++) {
		struct endpoint *e = d->endpoints[i];

		template_free(e->rest);
		curl_slist_free_all(e->probe.headers);
		free(e->probe_url);
		free(e->origin);
		free(e);
	}
	free(d->name);
}

void dests_close(void)
{
	while (post.dests) {
		struct dest *d = post.dests;

		post.dests = d->next;
		free_dest(d);
		free(d);
	}
	free_dest(&post.loose);
}

struct dest *dest_find(struct span name)
{
	for (struct dest *d = post.dests; d; d = d->next)
		if (span_is(name, d->name))
			return d;
	return NULL;
}

static bool tried(const struct message *m, const struct endpoint *e)
{
	return m->tried >> e->index & 1;
}

/* Of those that are wanted, the one with the least to do that has room; *any tells whether there is such a one, with room or not. */
static struct endpoint *least_busy(struct dest *d, const struct message *m, bool also_away, bool also_tried, bool *any)
{
	struct endpoint *best = NULL;

	*any = false;
	for (unsigned i = 0; i < d->n; i++) {
		struct endpoint *e = d->endpoints[(d->turn + i) % d->n];

		if (e->unhealthy || (!also_away && e->away_until > post.now) || (!also_tried && tried(m, e)))
			continue;
		*any = true;
		if (fetch_room(e->at) && (!best || fetch_under_way(e->at) < fetch_under_way(best->at)))
			best = e;
	}
	return best;
}

struct endpoint *dest_choose(struct dest *d, const struct message *m, bool *hopeless)
{
	struct endpoint *e = NULL;
	bool any = false;

	/* Not tried yet goes first; what was away a moment ago is the last resort. */
	for (int kind = 0; kind < 4 && !any; kind++)
		e = least_busy(d, m, kind & 2, kind & 1, &any);
	*hopeless = !any;
	if (e)
		d->turn = (e->index + 1) % d->n;
	return e;
}

bool dest_other(const struct dest *d, const struct message *m)
{
	for (unsigned i = 0; i < d->n; i++)
		if (!d->endpoints[i]->unhealthy && d->endpoints[i]->away_until <= post.now && !tried(m, d->endpoints[i]))
			return true;
	return false;
}

static const char *name_of(const struct endpoint *e)
{
	return e->origin ? fetch_endpoint_url(e->at) : e->dest->name;
}

void endpoint_failed(struct endpoint *e, const char *why)
{
	struct retry r = { .first = 100, .max = AWAY_MAX, .random = (uint64_t)clock_us() };

	e->failures++;
	e->away_until = post.now + retry_pause(&r, e->failures);
	if (e->failures == 1)
		log_warn("endpoint does not answer", "url", name_of(e), "error", why, NULL);
}

void endpoint_good(struct endpoint *e)
{
	if (e->failures)
		log_info("endpoint answers again", "url", name_of(e), NULL);
	e->failures = 0;
	e->away_until = 0;
}
