/* SPDX-License-Identifier: Apache-2.0 */
/* Sections that say what happens to a record on its way: routing, format, bin-transforms. */
#include "outbound.h"

#include "shell.h"

#include <stdio.h>

bool format_read(struct plan *p, const struct conf_node *section, struct format_choice *out)
{
	static const struct { const char *mode, *ours, *why; } modes[] = {
		{ "json", "json", NULL }, { "flat-json", "flat-json", NULL }, { "message-pack", "msgpack", NULL }, { "msgpack", "msgpack", NULL },
		{ "avro", NULL, "Avro is not written here" }, { "kafka-avro", NULL, "Avro is not written here" },
		{ "kafka", NULL, "Avro is not written here" }, { "custom", NULL, "a class for the JVM can't run here" },
		{ "xdr", NULL, "its layout is not public: json, flat-json or message-pack" },
	};
	const struct conf_node *mode = conf_get(section, "mode");

	if (!mode)
		return conf_fail(p->conf, section, "format needs a mode: json, flat-json or message-pack");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!span_is(mode->text, modes[i].mode))
			continue;
		if (!modes[i].ours)
			return conf_fail(p->conf, mode, "format %s: %s", mode->text.p, modes[i].why);
		*out = (struct format_choice){ .mode = modes[i].ours, .keep_map_keys = !plan_bool(section, "stringify-map-keys", true) };
		if (span_is(mode->text, "flat-json")) {
			out->metadata_key = plan_text(section, "metadata-key", NULL);
			if (!out->metadata_key.n)
				return conf_fail(p->conf, mode, "format flat-json needs metadata-key");
		}
		return true;
	}
	return conf_fail(p->conf, mode, "format mode %s is none of json, flat-json, message-pack", mode->text.p);
}

void format_options(struct buf *b, const struct format_choice *f)
{
	shell_option(b, "--format", span_of(f->mode));
	if (f->metadata_key.p && !span_is(f->metadata_key, "metadata"))
		shell_option(b, "--metadata-key", f->metadata_key);
	if (f->keep_map_keys)
		buf_lit(b, " --keep-map-keys");
}

/* --- names that are found in the record */

/* j/PATTERN/REPLACEMENT/g with something for the slash that is in neither. */
static bool regex_option(struct plan *p, const struct conf_node *regex, struct buf *b)
{
	static const char delimiters[] = "/,#|~!@%:;=_\"<>&QZ";
	const struct conf_node *pattern = conf_get(regex, "pattern"), *replacement = conf_get(regex, "replacement");
	struct buf text = { 0 };
	const char *d = delimiters;

	if (!pattern || !replacement || regex->n != 2 || pattern->kind != CONF_SCALAR || replacement->kind != CONF_SCALAR)
		return conf_fail(p->conf, regex, "regex needs a pattern and a replacement, and nothing else");
	for (const struct conf_node *m = regex->first; m; m = m->next)
		for (const char *c = m->text.p; *c; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				return conf_fail(p->conf, m, "%s: a control character or line end in text", m->key.p);
	while (*d && (strchr(pattern->text.p, *d) || strchr(replacement->text.p, *d)))
		d++;
	if (!*d)
		return conf_fail(p->conf, pattern, "the pattern has too many kinds of characters");
	buf_printf(&text, "j%c%s%c%s%cg", *d, pattern->text.p, *d, replacement->text.p, *d);
	shell_option(b, "--transform", buf_as_span(&text));
	buf_free(&text);
	return true;
}

bool transform_options(struct plan *p, const struct conf_node *list, struct buf *b)
{
	for (const struct conf_node *t = plan_first(list); t; t = plan_next(list, t)) {
		const struct conf_node *regex = conf_get(t, "regex");

		if (regex && t->n == 1 && regex->kind == CONF_MAP) {
			if (!regex_option(p, regex, b))
				return false;
		} else if (t->kind == CONF_SCALAR
				&& (span_is(t->text, "lowercase") || span_is(t->text, "uppercase") || span_is(t->text, "trim"))) {
			shell_option(b, "--transform", t->text);
		} else {
			return conf_fail(p->conf, t, "a transform is lowercase, uppercase, trim or regex: {pattern: ..., replacement: ...}");
		}
	}
	return true;
}

/* --- routing */

static bool put_topic(struct plan *p, struct buf *b, const char *option, const struct conf_node *topic)
{
	struct buf text = { 0 };

	if (!topic->text.n)
		return conf_fail(p->conf, topic, "a topic has a name");
	buf_lit(&text, "kafka:");
	buf_span(&text, topic->text);
	shell_option(b, option, buf_as_span(&text));
	buf_free(&text);
	return true;
}

/* Names become members of `to` and words of cn-fan, which does not take them all. */
static bool fits(struct span name)
{
	static const char *const words[] = { "ack", "nack", "retry", "error", "to", "id" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_is(name, words[i]))
			return false;
	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] | 32) >= 'a' && (name.p[i] | 32) <= 'z') && !(name.p[i] >= '0' && name.p[i] <= '9') && !strchr("_-", name.p[i]))
			return false;
	return name.n && name.n <= 32 && *name.p != '-';
}

const char *destination_name(const struct feed *f, const struct conf_node *d)
{
	static char number[32];
	const struct conf_node *all = conf_get(f->plan->conf->root, "destinations");
	unsigned n = 1;

	if (fits(d->key))
		return d->key.p;
	for (const struct conf_node *m = all->first; m && m != d; m = m->next)
		n++;
	/* No other may be called so. */
	do
		snprintf(number, sizeof(number), "destination-%u", n++);
	while (conf_get(all, number));
	return number;
}

static bool put_destination(struct feed *f, struct buf *b, const struct conf_node *name)
{
	struct plan *p = f->plan;
	const struct conf_node *d = conf_get(conf_get(p->conf->root, "destinations"), name->text.p);
	struct buf text = { 0 };
	unsigned i = 0;

	if (!d)
		return conf_fail(p->conf, name, "there is no destination %s", name->text.p);
	while (i < f->n_used && f->used[i] != d)
		i++;
	if (i == DESTINATIONS_MAX)
		return conf_fail(p->conf, d, "more than %d destinations", DESTINATIONS_MAX);
	if (i == f->n_used)
		f->used[f->n_used++] = d;
	buf_printf(&text, "sink:%s", destination_name(f, d));
	shell_option(b, "--static", buf_as_span(&text));
	buf_free(&text);
	return true;
}

static bool esp_route(struct feed *f, const struct conf_node *routing, struct buf *b, struct span mode, bool *fixed)
{
	const struct conf_node *list = conf_get(routing, "destinations");

	if (!span_is(mode, "static") && !span_is(mode, "static-multi-destination"))
		return conf_fail(f->plan->conf, routing, "routing mode %.*s is none of static, static-multi-destination, skip", SPAN_ARG(mode));
	if (!list)
		list = conf_get(routing, "destination");
	if (!list)
		return conf_fail(f->plan->conf, routing, "routing mode %.*s needs destinations", SPAN_ARG(mode));
	for (const struct conf_node *d = plan_first(list); d; d = plan_next(list, d)) {
		for (const struct conf_node *other = plan_first(list); other != d; other = plan_next(list, other))
			if (span_eq(other->text, d->text))
				return conf_fail(f->plan->conf, d, "the destination %s is there twice", d->text.p);
		if (!put_destination(f, b, d))
			return false;
	}
	*fixed = true;
	return true;
}

static bool put_default(struct feed *f, const struct conf_node *routing, struct buf *b)
{
	const struct conf_node *other = conf_get(routing, "default");
	struct span mode = plan_text(other, "mode", "static");

	if (!other) {
		buf_lit(b, " --default skip");	/* no route: skipped */
		return true;
	}
	if (span_is(mode, "skip")) {
		buf_lit(b, " --default skip");
		return true;
	}
	if (!span_is(mode, "static") || !conf_get(other, "destination"))
		return conf_fail(f->plan->conf, other, "default is {mode: static, destination: TOPIC} or {mode: skip}");
	return put_topic(f->plan, b, "--default", conf_get(other, "destination"));
}

static bool kafka_route(struct feed *f, const struct conf_node *routing, struct buf *b, struct span mode, bool *fixed)
{
	struct plan *p = f->plan;
	const struct conf_node *topic = conf_get(routing, "destination"), *bin = conf_get(routing, "bin");

	if (span_is(mode, "static")) {
		if (!topic || (topic->kind == CONF_LIST && topic->n != 1))
			return conf_fail(p->conf, routing, "routing mode static needs one destination: the topic");
		*fixed = true;
		return put_topic(p, b, "--static", plan_first(topic));
	}
	if (span_is(mode, "bin")) {
		struct buf text = { 0 };

		if (!bin || !bin->text.n)
			return conf_fail(p->conf, routing, "routing mode bin needs the name of a bin");
		buf_lit(&text, "bin=");
		buf_span(&text, bin->text);
		shell_option(b, "--by", buf_as_span(&text));
		buf_free(&text);
	} else if (span_is(mode, "set") || span_is(mode, "namespace") || span_is(mode, "path")) {
		shell_option(b, "--by", mode);
	} else {
		return conf_fail(p->conf, routing, "routing mode %.*s is none of static, namespace, set, bin, path, skip", SPAN_ARG(mode));
	}
	return put_default(f, routing, b) && transform_options(p, conf_get(routing, "transforms"), b);
}

bool route_options(struct feed *f, const struct conf_node *routing, struct buf *b, bool *fixed)
{
	struct span mode = plan_text(routing, "mode", "static");

	if (span_is(mode, "skip")) {
		buf_lit(b, " --static skip");
		return true;
	}
	if (span_is(mode, "custom"))
		return conf_fail(f->plan->conf, routing, "routing custom: a class for the JVM can't run here; a jq program can: cn-route -f");
	return f->plan->kind == KEY_ESP ? esp_route(f, routing, b, mode, fixed) : kafka_route(f, routing, b, mode, fixed);
}

/* --- bins */

static bool bins_choice(struct plan *p, const struct conf_node *section, const char *which, struct buf *b, const char *option)
{
	const struct conf_node *part = conf_get(section, which), *bins = conf_get(part, "bins");
	bool include = which[0] == 'i';
	struct span type = plan_text(part, "type", bins ? "specified" : include ? "all" : "none");

	if (!part || span_is(type, include ? "all" : "none"))
		return true;
	if (span_is(type, include ? "none" : "all")) {
		buf_lit(b, " --exclude-all");
		return true;
	}
	if (!span_is(type, "specified"))
		return conf_fail(p->conf, part, "%s: type is all, none or specified", which);
	if (!bins)
		return conf_fail(p->conf, part, "%s: type specified needs bins", which);
	for (const struct conf_node *bin = plan_first(bins); bin; bin = plan_next(bins, bin))
		shell_option(b, option, bin->text);
	return true;
}

bool bins_options(struct plan *p, const struct conf_node *section, struct buf *b)
{
	const struct conf_node *map = conf_get(section, "map");

	for (const struct conf_node *m = map ? map->first : NULL; m; m = m->next) {
		struct buf text = { 0 };

		if (m->kind != CONF_SCALAR || !m->text.n || !m->key.n || memchr(m->key.p, '=', m->key.n))
			return conf_fail_line(p->conf, m->key_line, "map: names of bins without =, old and new");
		buf_span(&text, m->key);
		buf_byte(&text, '=');
		buf_span(&text, m->text);
		shell_option(b, "--rename", buf_as_span(&text));
		buf_free(&text);
	}
	return transform_options(p, conf_get(section, "transforms"), b) && bins_choice(p, section, "include", b, "--include")
		&& bins_choice(p, section, "exclude", b, "--exclude");
}
