/* SPDX-License-Identifier: Apache-2.0 */
/* producer-props: properties of Kafka's Java client, said to librdkafka. */
#include "kafka.h"
#include "properties.h"

#include "shell.h"

#include <stdio.h>

/* cn-listen answers after 8 s by itself. */
#define DELIVERY_MAX 6500

struct props {
	struct plan *p;
	const struct conf_node *map;
	struct buf *words;	/* of cn-kafka-sink */
	struct buf secret;	/* lines of its --file */
};

static void put(struct props *k, const char *name, struct span value, bool secret)
{
	struct buf text = { 0 };

	if (secret) {
		buf_printf(&k->secret, "%s=%.*s\n", name, SPAN_ARG(value));
		return;
	}
	buf_printf(&text, "%s=", name);
	buf_span(&text, value);
	shell_option(k->words, "-X", buf_as_span(&text));
	buf_free(&text);
}

static bool servers(struct props *k, const struct conf_node *list)
{
	struct buf text = { 0 };

	for (const struct conf_node *s = plan_first(list); s; s = plan_next(list, s)) {
		if (s->kind != CONF_SCALAR || !s->text.n)
			return buf_free(&text), conf_fail(k->p->conf, s, "bootstrap.servers is HOST:PORT, or a list of them");
		if (text.n)
			buf_byte(&text, ',');
		buf_span(&text, s->text);
	}
	shell_option(k->words, "--brokers", buf_as_span(&text));
	buf_free(&text);
	return true;
}

static bool acks(struct props *k, const struct conf_node *m)
{
	if (span_is(m->text, "all") || span_is(m->text, "-1"))
		return true;		/* the default of cn-kafka-sink */
	if (!span_is(m->text, "0") && !span_is(m->text, "1"))
		return conf_fail(k->p->conf, m, "acks is all, 1 or 0");
	plan_note(k->p, m, "acks %s: a record that is acknowledged can be lost when a broker dies", m->text.p);
	put(k, "acks", m->text, false);
	/* The Java client turns it off by itself. */
	if (!conf_get(k->map, "enable.idempotence"))
		put(k, "enable.idempotence", SPAN("false"), false);
	return true;
}

static bool delivery(struct props *k, const struct conf_node *m)
{
	int64_t n;

	if (!conf_int(m, 0, INT32_MAX, &n))
		return conf_fail(k->p->conf, m, "delivery.timeout.ms is a number");
	if (n > DELIVERY_MAX || n == 0)
		plan_note(k->p, m, "delivery.timeout.ms: %d here, so that XDR gets its answer before it ships again, after 10 s", DELIVERY_MAX);
	else
		put(k, "message.timeout.ms", m->text, false);
	return true;
}

/* What stands behind NAME= in a line of JAAS: with quotes or without. */
static bool jaas_value(const struct conf_node *m, const char *name, struct buf *out)
{
	const char *p = m->text.p;
	size_t n = strlen(name);
	char quote;

	while ((p = strstr(p, name)) && !(strchr(" \t\n", p > m->text.p ? p[-1] : ' ') && p[n] == '='))
		p++;
	if (!p)
		return false;
	p += n + 1;
	quote = *p == '"' || *p == '\'' ? *p++ : 0;
	for (; *p && (quote ? *p != quote : !strchr(" \t;", *p)); p++) {
		if (*p == '\\' && p[1])
			p++;
		buf_byte(out, *p);
	}
	return !quote || *p == quote;
}

static bool jaas(struct props *k, const struct conf_node *m)
{
	struct buf user = { 0 }, password = { 0 };
	bool known = strstr(m->text.p, "PlainLoginModule ") || strstr(m->text.p, "ScramLoginModule ");
	bool good = known && jaas_value(m, "username", &user) && jaas_value(m, "password", &password)
		&& !memchr(password.p ? password.p : "", '\n', password.n) && !memchr(user.p ? user.p : "", '\n', user.n);

	if (good) {
		put(k, "sasl.username", buf_as_span(&user), true);
		put(k, "sasl.password", buf_as_span(&password), true);
	} else {
		conf_fail(k->p->conf, m, "sasl.jaas.config: only PlainLoginModule and ScramLoginModule with username and password mean something "
			"to librdkafka");
	}
	buf_free(&user);
	buf_free(&password);
	return good;
}

/* A location and its type together. */
static bool store(struct props *k, const struct conf_node *m)
{
	bool trust = span_starts(m->key, "ssl.truststore");
	struct span type = plan_text(k->map, trust ? "ssl.truststore.type" : "ssl.keystore.type", "JKS");
	struct buf path = { 0 };

	if (!span_is(type, "PEM") && (trust || !span_is(type, "PKCS12")))
		return conf_fail(k->p->conf, m, "%s of type %.*s: " STORE, m->key.p, SPAN_ARG(type));
	plan_resolve(k->p, &path, m->text);
	if (trust) {
		put(k, "ssl.ca.location", buf_as_span(&path), false);
	} else if (span_is(type, "PEM")) {
		put(k, "ssl.certificate.location", buf_as_span(&path), false);
		put(k, "ssl.key.location", buf_as_span(&path), false);
	} else {
		put(k, "ssl.keystore.location", buf_as_span(&path), false);
	}
	buf_free(&path);
	return true;
}

static bool partitioner(struct props *k, const struct conf_node *m)
{
	const char *last = strrchr(m->text.p, '.');

	if (last && strcmp(last, ".DefaultPartitioner") == 0)
		return true;		/* murmur2, as here */
	return conf_fail(k->p->conf, m, "partitioner.class: " JAVA "; librdkafka's are -X partitioner=...");
}

/* Buffers of sockets: -1 is the system's choice there, 0 here. */
static bool own(struct props *k, const struct property *row, const struct conf_node *m)
{
	if (strcmp(row->name, "bootstrap.servers") == 0)
		return servers(k, m);
	if (m->kind != CONF_SCALAR)
		return conf_fail(k->p->conf, m, "%s: text is wanted, not %s", row->name, conf_kind_name(m));
	if (strcmp(row->name, "acks") == 0)
		return acks(k, m);
	if (strcmp(row->name, "delivery.timeout.ms") == 0)
		return delivery(k, m);
	if (strcmp(row->name, "sasl.jaas.config") == 0)
		return jaas(k, m);
	if (strcmp(row->name, "partitioner.class") == 0)
		return partitioner(k, m);
	if (strstr(row->name, "store.location"))
		return store(k, m);
	if (strstr(row->name, "store.type"))
		return true;
	if (strstr(row->name, "identification"))
		put(k, row->name, m->text.n ? m->text : SPAN("none"), false);
	else
		put(k, row->ours, span_is(m->text, "-1") ? SPAN("0") : m->text, false);
	return true;
}

static bool plain(struct props *k, const struct property *row, const struct conf_node *m)
{
	const char *name = row->ours ? row->ours : row->name;
	struct buf text = { 0 };
	int64_t n;

	if (m->kind != CONF_SCALAR)
		return conf_fail(k->p->conf, m, "%s: text is wanted, not %s", row->name, conf_kind_name(m));
	for (const char *c = m->text.p; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return conf_fail(k->p->conf, m, "%s: a control character or line end in text", row->name);
	if (row->what == KIB) {
		if (!conf_int(m, 1024, INT64_MAX, &n))
			return conf_fail(k->p->conf, m, "%s is a number of bytes", row->name);
		buf_printf(&text, "%lld", (long long)(n / 1024));
	} else {
		buf_span(&text, m->text);
	}
	for (size_t i = 0; i < text.n && row->what == LOWER; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'Z')
			text.p[i] += 'a' - 'A';
	put(k, name, buf_as_span(&text), row->what == SECRET);
	buf_free(&text);
	/* The Java client turns it off by itself. */
	if (strcmp(row->name, "retries") == 0 && span_is(m->text, "0") && !conf_get(k->map, "enable.idempotence") && !conf_get(k->map, "acks"))
		put(k, "enable.idempotence", SPAN("false"), false);
	return true;
}

static bool unknown(struct props *k, const struct conf_node *m)
{
	unsigned nearest = (unsigned)m->key.n / 3 + 1;
	const char *name = NULL;

	for (size_t i = 0; properties[i].name; i++) {
		unsigned d = keys_distance(m->key, span_of(properties[i].name));

		if (d >= nearest)
			continue;
		nearest = d;
		name = properties[i].name;
	}
	return conf_fail_line(k->p->conf, m->key_line, "%s is no property of Kafka's producer that is known here%s%s%s", m->key.p,
		name ? "; did you mean " : "", name ? name : "", name ? "?" : "");
}

static bool one(struct props *k, const struct conf_node *m)
{
	for (size_t i = 0; properties[i].name; i++) {
		const struct property *row = &properties[i];

		if (!span_is(m->key, row->name))
			continue;
		if (row->what == REFUSED)
			return conf_fail_line(k->p->conf, m->key_line, "%s: %s", row->name, row->ours);
		if (row->what == IGNORED) {
			plan_note(k->p, m, "%s is left out: %s", row->name, row->ours);
			return true;
		}
		if (m->kind == CONF_SCALAR && conf_null(m) && row->what != OWN)
			return conf_fail_line(k->p->conf, m->key_line, "%s has no value", row->name);
		return row->what == OWN ? own(k, row, m) : plain(k, row, m);
	}
	return unknown(k, m);
}

bool kafka_properties(struct plan *p, const struct conf_node *map, struct buf *b)
{
	struct props k = { .p = p, .map = map, .words = b };
	bool good = true;

	for (const struct conf_node *m = map ? map->first : NULL; m && good; m = m->next)
		good = one(&k, m);
	if (good && k.secret.n) {
		char file[128];

		snprintf(file, sizeof(file), "%s/producer.properties", p->dir);
		shell_file(&p->files, p->for_ring_sh ? "\t" : "", file, buf_as_span(&k.secret));
		buf_printf(b, " --file \"%s\"", file);
	}
	buf_free(&k.secret);
	return good;
}

bool kafka_sink(struct feed *f, struct buf *b, struct span topic)
{
	const struct conf_node *props = conf_get(f->plan->conf->root, "producer-props");
	const struct conf_node *batching = feed_section(f, NULL, NULL, "batching");

	if (batching && plan_bool(batching, "enabled", true))
		plan_note(f->plan, batching, "batching is left out: librdkafka makes batches by itself, of messages with a record each");
	buf_lit(b, "cn-kafka-sink");
	if (topic.p)
		shell_option(b, "--topic", topic);
	buf_lit(b, " --key official");
	format_options(b, &f->format);
	return kafka_properties(f->plan, props, b) && (conf_get(props, "bootstrap.servers")
		|| conf_fail_line(f->plan->conf, props ? props->line : 0, "producer-props needs bootstrap.servers"));
}
