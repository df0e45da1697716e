/* SPDX-License-Identifier: Apache-2.0 */
/* aerospike-kafka-inbound.yml and the .properties of 1.x: Kafka -> Aerospike. What is said of records is cn-map's, which reads the same
 * file; here it is about who reads and who writes. */
#include "kafka.h"

#include "shell.h"

#include <stdio.h>

static bool check_file(struct plan *p)
{
	return strcmp(p->conf->file, "standard input") != 0
		|| conf_fail_line(p->conf, 0, "cn-map reads the file too: it must have a name");
}

static void put_source(struct plan *p, struct buf *b, const char *group)
{
	buf_lit(b, "cn-kafka-source");
	if (p->brokers)
		shell_option(b, "--brokers", span_of(p->brokers));
	else
		plan_note(p, NULL, "where Kafka is does not stand here: --brokers HOST:PORT, or CN_KAFKA_BROKERS for cn-kafka-source");
	shell_option(b, "--group", span_of(p->group ? p->group : group));
}

/* The ring of these three stages. */
static void put_ring(struct plan *p, struct buf *source, const struct buf *put)
{
	struct ring *r = &p->rings[p->n_rings++];
	struct buf map = { 0 };

	*r = (struct ring){ .name = "inbound" };
	if (p->dead_letter)
		shell_option(source, "--dead-letter", span_of(p->dead_letter));
	buf_printf(source, p->for_ring_sh ? " <\"$ACKS\"" : " <\"$dir/acks.%s\"", r->name);
	plan_stage(r, source);
	buf_lit(&map, "cn-map");
	shell_option(&map, "--config", span_of(p->conf->file));
	plan_stage(r, &map);
	plan_stage(r, put);
	buf_free(&map);
}

/* --- YAML */

/* HOST, or {HOST: {port: N, tls-name: NAME}}. */
static bool seed(struct plan *p, const struct conf_node *s, struct buf *hosts, struct span *tls_name)
{
	const struct conf_node *in = s->kind == CONF_MAP ? s->first : NULL;
	struct span host = in ? in->key : s->text, name;
	int64_t port;

	if (s->kind == CONF_LIST || (s->kind == CONF_MAP && (s->n != 1 || (in->kind != CONF_MAP && !conf_null(in)))) || !host.n)
		return conf_fail(p->conf, s, "a seed is HOST or {HOST: {port: N, tls-name: NAME}}");
	for (const struct conf_node *m = in && in->kind == CONF_MAP ? in->first : NULL; m; m = m->next) {
		if (!span_is(m->key, "port") && !span_is(m->key, "tls-name"))
			return conf_fail_line(p->conf, m->key_line, "unknown key %s of a seed; there are port and tls-name", m->key.p);
		if (m->kind != CONF_SCALAR || (span_is(m->key, "port") && !conf_int(m, 1, 65535, &port)))
			return conf_fail(p->conf, m, "%s of a seed is %s", m->key.p, span_is(m->key, "port") ? "a number" : "text");
	}
	name = plan_text(in, "tls-name", NULL);
	if (name.p && tls_name->p && !span_eq(name, *tls_name))
		return conf_fail(p->conf, s, "as-put takes one tls-name for all nodes");
	if (name.p)
		*tls_name = name;
	if (hosts->n)
		buf_byte(hosts, ',');
	service_address(hosts, host, plan_int(in, "port", 3000));
	return true;
}

static bool put_seeds(struct plan *p, const struct conf_node *cluster, struct buf *b, struct span *tls_name)
{
	const struct conf_node *seeds = conf_get(cluster, "seeds");
	struct buf hosts = { 0 };
	bool good = seeds && (seeds->kind == CONF_LIST ? seeds->n > 0 : !conf_null(seeds));

	if (!good)
		conf_fail_line(p->conf, cluster ? cluster->line : 0, "aerospike needs seeds");
	for (const struct conf_node *s = good ? plan_first(seeds) : NULL; s && good; s = plan_next(seeds, s))
		good = seed(p, s, &hosts, tls_name);
	if (good)
		shell_option(b, "--host", buf_as_span(&hosts));
	buf_free(&hosts);
	return good;
}

static bool put_cluster(struct plan *p, const struct conf_node *cluster, struct buf *b)
{
	const struct conf_node *credentials = conf_get(cluster, "credentials"), *tls = conf_get(cluster, "tls");
	const struct conf_node *mode = conf_get(credentials, "auth-mode");
	struct span tls_name = { NULL, 0 };

	buf_lit(b, "as-put");
	if (!put_seeds(p, cluster, b, &tls_name))
		return false;
	if (conf_get(cluster, "cluster-name"))
		shell_option(b, "--cluster-name", plan_text(cluster, "cluster-name", ""));
	if (plan_bool(conf_get(cluster, "services"), "use-services-alternate", false))
		buf_lit(b, " --services-alternate");
	if (conf_get(conf_get(cluster, "performance"), "max-connections-per-node"))
		shell_number(b, "--connections", plan_int(conf_get(cluster, "performance"), "max-connections-per-node", 32), "");
	if (conf_get(credentials, "username"))
		shell_option(b, "--user", plan_text(credentials, "username", ""));
	plan_path(p, b, "--password-file", credentials, "password-file");
	if (mode && !span_is(mode->text, "internal") && !span_is(mode->text, "external") && !span_is(mode->text, "pki"))
		return conf_fail(p->conf, mode, "auth-mode %s: as-put knows internal, external and pki", mode->text.p);
	if (mode)
		shell_option(b, "--auth", mode->text);
	if (tls || tls_name.p)
		buf_lit(b, " --tls");
	plan_path(p, b, "--tls-ca", tls, "ca-file");
	plan_path(p, b, "--tls-cert", tls, "cert-file");
	plan_path(p, b, "--tls-key", tls, "key-file");
	if (tls_name.p)
		shell_option(b, "--tls-name", tls_name);
	return true;
}

static bool put_topics(struct plan *p, const struct conf_node *topics, struct buf *b)
{
	struct buf names = { 0 };

	if (!topics || topics->kind != CONF_MAP || !topics->n)
		return conf_fail_line(p->conf, 0, "no topics");
	for (const struct conf_node *t = topics->first; t; t = t->next) {
		if (!t->key.n || memchr(t->key.p, ',', t->key.n))
			return buf_free(&names), conf_fail_line(p->conf, t->key_line, "%s is not the name of a topic", t->key.p);
		if (span_is(plan_text(t, "invalid-record", ""), "dead-letter") && !p->dead_letter)
			return buf_free(&names), conf_fail(p->conf, conf_get(t, "invalid-record"), "invalid-record dead-letter: say "
				"--dead-letter FILE or --dead-letter kafka:TOPIC");
		if (names.n)
			buf_byte(&names, ',');
		buf_span(&names, t->key);
	}
	shell_option(b, "--topic", buf_as_span(&names));
	buf_free(&names);
	return true;
}

bool plan_inbound(struct plan *p)
{
	const struct conf_node *root = p->conf->root;
	struct buf source = { 0 }, put = { 0 };
	bool good = check_file(p);

	if (good) {
		put_source(p, &source, "aerospike-kafka-inbound");
		good = put_topics(p, conf_get(root, "topics"), &source) && put_cluster(p, conf_get(root, "aerospike"), &put);
	}
	if (good && conf_get(root, "max-queued-records"))
		shell_number(&source, "--window", plan_int(root, "max-queued-records", 32768), "");
	if (good)
		put_ring(p, &source, &put);
	buf_free(&source);
	buf_free(&put);
	return good;
}

/* --- properties of 1.x */

/* Lists with commas and blanks. */
static void put_list(struct buf *out, struct span list, const char *suffix)
{
	for (const char *p = list.p, *end = list.p + list.n; p < end;) {
		size_t n = strcspn(p, ", \t");

		if (n) {
			buf_printf(out, "%s%.*s", out->n ? "," : "", (int)n, p);
			if (*suffix && !memchr(p, ':', n))
				buf_lit(out, ":3000");
		}
		p += n + (p + n < end);
	}
}

static bool converter(struct plan *p, const char *key, const char *option, struct buf *b)
{
	static const struct { const char *class, *format; } known[] = {
		{ "StringConverter", "string" }, { "ByteArrayConverter", "bytes" }, { "IntegerConverter", "int32" }, { "LongConverter", "int64" },
	};
	const struct conf_node *m = conf_get(p->conf->root, key), *schemas;
	const char *class;
	char name[64];

	if (!m)
		return true;
	class = strrchr(m->text.p, '.');
	class = class ? class + 1 : m->text.p;
	snprintf(name, sizeof(name), "%s.schemas.enable", key);
	schemas = conf_get(p->conf->root, name);
	if (strcmp(class, "JsonConverter") == 0) {
		shell_option(b, option, schemas && span_is(schemas->text, "false") ? SPAN("json") : SPAN("connect"));
		return true;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(class, known[i].class) == 0) {
			shell_option(b, option, span_of(known[i].format));
			return true;
		}
	return conf_fail(p->conf, m, "%s %s: not known here; cn-kafka-source %s says what there is", key, m->text.p, option);
}

/* Other than one of these words, it means something that can't be done here. */
static bool only(struct plan *p, const char *key, const char *word, const char *other, const char *why)
{
	const struct conf_node *m = conf_get(p->conf->root, key);

	return !m || span_is(m->text, word) || span_is(m->text, other) || conf_fail(p->conf, m, "%s=%s: %s", key, m->text.p, why);
}

static bool known_property(struct plan *p, const struct conf_node *m)
{
	static const char *const used[] = { "name", "topics", "topics.regex", "cluster.hosts", "policy.record_exists_action",
		"policy.expiration", "max_async_commands", "max_command_action", "aerospike.username", "aerospike.password", "key.converter",
		"key.converter.schemas.enable", "value.converter", "value.converter.schemas.enable", "errors.tolerance",
		"errors.deadletterqueue.topic.name" };
	static const char *const left_out[] = { "connector.class", "tasks.max", "feature_key.path", "errors.retry.timeout",
		"errors.retry.delay.max.ms", "errors.log.enable", "errors.log.include.messages", "errors.deadletterqueue.topic.replication.factor",
		"errors.deadletterqueue.context.headers.enable" };

	for (size_t i = 0; i < sizeof(used) / sizeof(*used); i++)
		if (span_is(m->key, used[i]))
			return true;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
		if (span_is(m->key, left_out[i])) {
			if (i > 0)
				plan_note(p, m, "%s is left out: nothing here needs it", m->key.p);
			return true;
		}
	if (span_starts(m->key, "topic."))
		return true;		/* cn-map's */
	return conf_fail_line(p->conf, m->key_line, "unknown property %s", m->key.p);
}

static bool put_properties(struct plan *p, struct buf *source, struct buf *put)
{
	const struct conf_node *root = p->conf->root, *regex = conf_get(root, "topics.regex"), *password = conf_get(root, "aerospike.password");
	const struct conf_node *dead = conf_get(root, "errors.deadletterqueue.topic.name");
	struct buf text = { 0 };

	put_list(&text, plan_text(root, "topics", ""), "");
	if (regex)
		buf_printf(&text, "%s^(%s)$", text.n ? "," : "", regex->text.p);
	if (!text.n)
		return conf_fail_line(p->conf, 0, "no topics");
	shell_option(source, "--topic", buf_as_span(&text));
	buf_reset(&text);
	put_list(&text, plan_text(root, "cluster.hosts", ""), ":3000");
	if (!text.n)
		return buf_free(&text), conf_fail_line(p->conf, 0, "cluster.hosts is missing");
	buf_lit(put, "as-put");
	shell_option(put, "--host", buf_as_span(&text));
	buf_reset(&text);
	if (conf_get(root, "max_async_commands"))
		shell_option(put, "--window", plan_text(root, "max_async_commands", ""));
	if (conf_get(root, "aerospike.username"))
		shell_option(put, "--user", plan_text(root, "aerospike.username", ""));
	if (password) {
		char file[128];

		snprintf(file, sizeof(file), "%s/password", p->dir);
		buf_printf(&text, "%s\n", password->text.p);
		shell_file(&p->files, p->for_ring_sh ? "\t" : "", file, buf_as_span(&text));
		buf_printf(put, " --password-file \"%s\"", file);
	}
	if (dead && dead->text.n && !p->dead_letter) {
		buf_reset(&text);
		buf_printf(&text, "kafka:%s", dead->text.p);
		shell_option(source, "--dead-letter", buf_as_span(&text));
	} else if (span_is(plan_text(root, "errors.tolerance", "none"), "all") && !p->dead_letter) {
		buf_lit(source, " --on-error skip");
	}
	buf_free(&text);
	return converter(p, "key.converter", "--key-format", source) && converter(p, "value.converter", "--value-format", source);
}

bool plan_properties(struct plan *p)
{
	struct buf source = { 0 }, put = { 0 }, group = { 0 };
	const struct conf_node *n = conf_get(p->conf->root, "max_async_commands");
	int64_t window;
	bool good = check_file(p);

	for (const struct conf_node *m = p->conf->root->first; m && good; m = m->next) {
		for (const char *c = m->text.p; *c && good; c++)
			if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
				good = conf_fail(p->conf, m, "%s: a control character or line end in text", m->key.p);
		good = good && known_property(p, m);
	}
	good = good && only(p, "max_command_action", "block", "block", "a full window stops the reading here")
		&& only(p, "errors.tolerance", "none", "all", "must be none or all");
	if (good && n && !conf_int(n, 1, 1000000, &window))
		good = conf_fail(p->conf, n, "max_async_commands is a number");
	if (good) {
		/* The group that Kafka Connect would use, so that its offsets hold. */
		buf_printf(&group, "connect-%s", plan_text(p->conf->root, "name", "aerospike").p);
		buf_byte(&group, '\0');
		put_source(p, &source, group.p);
		good = put_properties(p, &source, &put);
	}
	if (good)
		put_ring(p, &source, &put);
	buf_free(&source);
	buf_free(&put);
	buf_free(&group);
	return good;
}
