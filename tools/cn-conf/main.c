/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "err.h"
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { OPT_RING = OPT_LONG, OPT_PORT, OPT_HEALTH_PATH, OPT_KEYS };
enum kind_word { ESP, KAFKA, INBOUND, PROPERTIES, UNSAID };

static const struct opt table[] = {
	{ 'k', "kind", "KIND", NULL, "what the file is: esp, kafka, inbound or properties [what is in it tells]" },
	{ 'd', "dead-letter", "FILE", NULL, "let the source keep there what can never succeed; inbound also kafka:TOPIC" },
	{ 'b', "brokers", "HOST:PORT,...", NULL, "inbound: where Kafka is, which the connector's file does not say" },
	{ 'g', "group", "NAME", NULL, "inbound: consumer group [connect-NAME; aerospike-kafka-inbound]" },
	{ OPT_PORT, "port", "N", NULL, "outbound: only the ring of this port" },
	{ OPT_HEALTH_PATH, "health-path", "PATH", NULL, "path that health checks ask for [that of the first URL]" },
	{ OPT_RING, "ring", NULL, NULL, "print a function for ring.sh instead of a script" },
	{ OPT_KEYS, "keys", "KIND", NULL, "print the keys that are known, and what stands for them here; esp, kafka or inbound" },
	{ 0 }
};

struct options {
	struct plan plan;
	enum kind_word kind;
	const char *file;
};

static void set(void *ctx, int key, const char *value)
{
	static const enum key_kind kinds[] = { KEY_ESP, KEY_KAFKA, KEY_INBOUND };
	struct options *o = ctx;

	switch (key) {
	case 'k': o->kind = (enum kind_word)opt_word(value, "esp kafka inbound properties"); break;
	case 'd':
		if (!*value)
			opt_bad(value, "must not be empty");
		o->plan.dead_letter = value;
		break;
	case 'b': o->plan.brokers = value; break;
	case 'g': o->plan.group = value; break;
	case OPT_PORT: o->plan.port = (int64_t)opt_count(value, 0, 65535); break;
	case OPT_HEALTH_PATH:
		if (*value != '/')
			opt_bad(value, "a path begins with /");
		o->plan.health_path = value;
		break;
	case OPT_RING: o->plan.for_ring_sh = true; break;
	case OPT_KEYS:
		keys_print(kinds[opt_word(value, "esp kafka inbound")]);
		exit(fflush(stdout) == EOF ? EX_IOERR : EX_OK);
	}
}

static const char *libraries(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "libyaml %s", yaml_get_version_string());
	return text;
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "[options] FILE",
		.what = "Prints the pipeline that a configuration file of the official connectors means, as a shell script.",
		.table = table, .libraries = libraries, .set = set,
	};
	int first;

	*o = (struct options){ .plan = { .port = -1 }, .kind = UNSAID };
	first = opt_parse(&opts, argc, argv, o);
	if (argc - first != 1)
		die(EX_USAGE, "needs one file; see --help");
	o->file = argv[first];
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* By what only that connector has, else by the name of the file. */
static enum kind_word kind_of(const struct conf *c)
{
	const char *name = strrchr(c->file, '/');

	name = name ? name + 1 : c->file;
	if (c->root->kind != CONF_MAP)
		return ESP;		/* the check of its keys will tell */
	if (conf_get(c->root, "producer-props"))
		return KAFKA;
	if (conf_get(c->root, "destinations"))
		return ESP;
	if (conf_get(c->root, "aerospike") || conf_get(c->root, "topics"))
		return INBOUND;
	if (strstr(name, "inbound"))
		return INBOUND;
	if (strstr(name, "esp"))
		return ESP;
	return strstr(name, "kafka") ? KAFKA : UNSAID;
}

static bool plan(struct plan *p, enum kind_word kind)
{
	static const enum key_kind kinds[] = { [ESP] = KEY_ESP, [KAFKA] = KEY_KAFKA, [INBOUND] = KEY_INBOUND };

	if (kind == UNSAID)
		return conf_fail_line(p->conf, 0, "neither destinations nor producer-props nor topics: --kind says what it is");
	p->dir = p->for_ring_sh ? "$RING" : "$dir";
	if (kind == PROPERTIES)
		return plan_properties(p);
	p->kind = kinds[kind];
	if (!keys_check(p->conf, p->kind))
		return false;
	return kind == INBOUND ? plan_inbound(p) : plan_outbound(p);
}

int main(int argc, char **argv)
{
	struct options o;
	struct conf c;
	int status = EX_OK;

	err_program(argv[0]);
	parse(&o, argc, argv);
	if (o.kind == UNSAID && ends_with(o.file, ".properties"))
		o.kind = PROPERTIES;
	o.plan.conf = &c;
	if (!conf_load(&c, o.file, o.kind == PROPERTIES ? conf_properties : conf_yaml)
		|| !plan(&o.plan, o.kind == UNSAID ? kind_of(&c) : o.kind)) {
		warn("%s", c.error);
		status = EX_CONFIG;
	} else if (!plan_print(&o.plan)) {
		warn("can't write standard output:");
		status = EX_IOERR;
	}
	plan_free(&o.plan);
	conf_free(&c);
	return status;
}
