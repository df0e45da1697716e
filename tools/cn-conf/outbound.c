/* SPDX-License-Identifier: Apache-2.0 */
#include "outbound.h"

#include "shell.h"

#include <stdio.h>

const struct conf_node *feed_section(const struct feed *f, const struct conf_node *ns, const struct conf_node *set, const char *name)
{
	const struct conf_node *places[] = { set, ns, f->port, f->plan->conf->root };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const struct conf_node *s = conf_get(places[i], name);

		if (s && !conf_null(s))
			return s;
	}
	return NULL;
}

/* Calls visit for the rest of the records (NULL, NULL), then for each namespace its sets and itself: in the order in which cn-route and
 * cn-bins look. */
typedef bool visitor(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx);
static bool each_scope(struct feed *f, visitor *visit, void *ctx)
{
	const struct conf_node *all = conf_get(f->plan->conf->root, "namespaces");

	if (!visit(f, NULL, NULL, ctx))
		return false;
	for (const struct conf_node *ns = all ? all->first : NULL; ns; ns = ns->next) {
		const struct conf_node *sets = conf_get(ns, "sets");

		if (!ns->key.n || memchr(ns->key.p, '/', ns->key.n))
			return conf_fail_line(f->plan->conf, ns->key_line, "%s is not the name of a namespace", ns->key.p);
		for (const struct conf_node *set = sets ? sets->first : NULL; set; set = set->next)
			if (!visit(f, ns, set, ctx))
				return false;
		if (!visit(f, ns, NULL, ctx))
			return false;
	}
	return true;
}

/* " --for shop/orders", nothing for the rest. */
static void put_scope(struct buf *b, const struct conf_node *ns, const struct conf_node *set)
{
	struct buf scope = { 0 };

	if (!ns)
		return;
	buf_span(&scope, ns->key);
	if (set) {
		buf_byte(&scope, '/');
		buf_span(&scope, set->key);
	}
	shell_option(b, "--for", buf_as_span(&scope));
	buf_free(&scope);
}

/* --- formats */

static bool add_format(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx)
{
	const struct conf_node *section = feed_section(f, ns, set, "format");

	(void)ctx;
	return f->format.mode || !section || format_read(f->plan, section, &f->format);
}

/* What a record of this scope must say of its format, because the sink was told another. */
static bool put_format(struct feed *f, const struct conf_node *section, struct buf *b)
{
	struct format_choice own = { 0 };

	if (!section || !format_read(f->plan, section, &own))
		return !section;
	if (strcmp(own.mode, f->format.mode) != 0)
		shell_option(b, "--with", own.mode[0] == 'j' ? SPAN("format=json") : own.mode[0] == 'f' ? SPAN("format=flat-json")
			: SPAN("format=msgpack"));
	if (own.metadata_key.p && !span_eq(own.metadata_key, f->format.metadata_key)) {
		struct buf text = { 0 };

		buf_lit(&text, "metadataKey=");
		buf_span(&text, own.metadata_key);
		shell_option(b, "--with", buf_as_span(&text));
		buf_free(&text);
	}
	if (own.keep_map_keys != f->format.keep_map_keys)
		shell_option(b, "--with", own.keep_map_keys ? SPAN("keepMapKeys=true") : SPAN("keepMapKeys=false"));
	return true;
}

/* --- routes */

struct routes {
	struct buf options;
	bool fixed;		/* so far cn-route is not needed */
	struct span topic;	/* Kafka, while it is fixed */
};

static bool add_route(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx)
{
	struct routes *r = ctx;
	const struct conf_node *routing = feed_section(f, ns, set, "routing"), *format = feed_section(f, ns, set, "format");
	const struct conf_node *above = set ? ns : NULL;
	bool fixed = false;

	if (ns && routing == feed_section(f, above, NULL, "routing") && format == feed_section(f, above, NULL, "format"))
		return true;
	put_scope(&r->options, ns, set);
	if (!routing || !format) {
		/* The connector skips what has no route or no format. */
		buf_lit(&r->options, " --static skip");
	} else if (!route_options(f, routing, &r->options, &fixed) || !put_format(f, format, &r->options)) {
		return false;
	}
	r->fixed = !ns && fixed;
	if (r->fixed && f->plan->kind == KEY_KAFKA)
		r->topic = plan_first(conf_get(routing, "destination"))->text;
	return true;
}

static bool add_bins(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx)
{
	struct buf *b = ctx;
	const struct conf_node *own = feed_section(f, ns, set, "bin-transforms");

	if (ns && own == feed_section(f, set ? ns : NULL, NULL, "bin-transforms"))
		return true;
	put_scope(b, ns, set);
	return bins_options(f->plan, own, b);
}

/* cn-newest's options; it is wanted when any section is on. */
struct ordering {
	struct buf options;
	bool wanted;
};

static bool add_ordering(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx)
{
	struct ordering *o = ctx;
	const struct conf_node *own = feed_section(f, ns, set, "record-ordering");

	if (ns && own == feed_section(f, set ? ns : NULL, NULL, "record-ordering"))
		return true;
	put_scope(&o->options, ns, set);
	if (!own || !plan_bool(own, "enable", true)) {
		buf_lit(&o->options, " --off");
		return true;
	}
	o->wanted = true;
	shell_number(&o->options, "--ttl", plan_int(own, "lut-cache-ttl-seconds", 30), "s");
	return true;
}

/* A section that holds for all records alike here. */
static bool check_batching(struct feed *f, const struct conf_node *ns, const struct conf_node *set, void *ctx)
{
	const struct conf_node *own = feed_section(f, ns, set, "batching");

	(void)ctx;
	return !ns || own == feed_section(f, NULL, NULL, "batching")
		|| conf_fail(f->plan->conf, own, "batching holds for all records of a destination here, not for a namespace or set");
}

static void add_stage(struct ring *r, const char *program, const struct buf *options)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s", program);
	buf_span(&text, buf_as_span(options));
	plan_stage(r, &text);
	buf_free(&text);
}

/* The stages behind the source, for one ring. */
static bool add_stages(struct feed *f, struct ring *r)
{
	struct plan *p = f->plan;
	struct routes routes = { .fixed = true };
	struct ordering ordering = { .wanted = false };
	struct buf none = { 0 }, bins = { 0 }, sink = { 0 };
	bool good = each_scope(f, check_batching, NULL) && each_scope(f, add_format, NULL);

	if (good && !f->format.mode)
		good = conf_fail_line(p->conf, 0, p->kind == KEY_ESP ? "no format: without one the connector sends xdr, which is not public; "
			"say json, flat-json or message-pack" : "no format: every record would be skipped");
	good = good && each_scope(f, add_ordering, &ordering) && each_scope(f, add_route, &routes) && each_scope(f, add_bins, &bins);
	if (good && !f->n_used && p->kind == KEY_ESP)
		good = conf_fail_line(p->conf, 0, "no route leads to a destination: every record would be skipped");
	f->named = !routes.fixed || f->n_used > 1;
	good = good && (p->kind == KEY_ESP ? esp_sink(f, &sink) : kafka_sink(f, &sink, routes.fixed ? routes.topic : (struct span){ NULL, 0 }));
	if (good) {
		add_stage(r, "cn-decode", &none);
		if (ordering.wanted)
			add_stage(r, "cn-newest", &ordering.options);
		if (p->kind == KEY_ESP ? f->named : !routes.fixed)
			add_stage(r, "cn-route", &routes.options);
		if (bins.n)
			add_stage(r, "cn-bins", &bins);
		add_stage(r, "", &sink);
	}
	buf_free(&ordering.options);
	buf_free(&routes.options);
	buf_free(&bins);
	buf_free(&sink);
	return good;
}

static void note_unused(const struct plan *p, const struct feed *f)
{
	const struct conf_node *all = conf_get(p->conf->root, "destinations");

	for (const struct conf_node *d = all ? all->first : NULL; d; d = d->next) {
		bool used = false;

		for (unsigned i = 0; i < f->n_used; i++)
			used |= f->used[i] == d;
		if (!used)
			plan_note(p, d, "no route leads to the destination %s", d->key.p);
	}
}

bool plan_outbound(struct plan *p)
{
	const struct conf_node *ports = conf_get(p->conf->root, "port-based-config");
	bool shared = false;

	if (!service_logging(p) || !service_rings(p))
		return false;
	for (unsigned i = 0; i < p->n_rings; i++) {
		struct feed feed = { .plan = p, .port = conf_get(ports, p->rings[i].port) };
		size_t files = p->files.n;
		bool again = shared && !feed.port;

		/* What holds for all ports is told once, and makes its files once. */
		p->quiet = again;
		if (!add_stages(&feed, &p->rings[i]))
			return false;
		if (again || (p->kind == KEY_KAFKA && i > 0))
			p->files.n = files;
		shared |= !feed.port;
		if (i == 0 && !ports)
			note_unused(p, &feed);
	}
	p->quiet = false;
	for (const struct conf_node *m = ports ? ports->first : NULL; m; m = m->next) {
		bool there = p->port >= 0;

		for (unsigned i = 0; i < p->n_rings; i++)
			there |= span_is(m->key, p->rings[i].port);
		if (!there)
			return conf_fail_line(p->conf, m->key_line, "port-based-config of port %s, which is not among the ports of service", m->key.p);
	}
	if (!p->dead_letter)
		plan_note(p, NULL, "a record that can never succeed is answered 503, and comes again for ever: --dead-letter FILE keeps it instead");
	return true;
}
