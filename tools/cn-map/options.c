/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "config.h"
#include "err.h"
#include "jq_options.h"
#include "opt.h"

#include <stdlib.h>
#include <unistd.h>

enum { KEY_FIELD = OPT_LONG, KEY_DIGEST, KEY_TTL, KEY_LUT, KEY_BIN, KEY_EXCEPT, KEY_NULL, KEY_INVALID, KEY_DELETE, KEY_NULL_FIELDS,
	KEY_BOOLEANS, KEY_MAPS, KEY_EXISTS, KEY_SEND_KEY, KEY_DURABLE, KEY_IGNORE, KEY_FORMAT, KEY_DEBEZIUM, KEY_ARG, KEY_ARGJSON, KEY_CHECK };

static const struct opt table[] = {
	{ 'c', "config", "FILE", NULL, "mapping of each topic: aerospike-kafka-inbound.yml, or .properties of 1.x; SIGHUP reads it again" },
	{ 'n', "namespace", "SELECTOR", NULL, "namespace, 1 to 31 bytes" },
	{ 's', "set", "SELECTOR", NULL, "set, up to 63 bytes [no set]" },
	{ 'k', "key", "SELECTOR", NULL, "user key: text, an integer, bytes [key]" },
	{ KEY_FIELD, "key-field", "FIELD", NULL, "the same as --key field:FIELD" },
	{ KEY_DIGEST, "digest", "SELECTOR", NULL, "digest, 20 bytes in base64, instead of a user key" },
	{ KEY_TTL, "ttl", "SELECTOR", NULL, "time to live: 90, 10M, 24H, 1D, 0 (default), -1 (never), -2 (keep)" },
	{ KEY_LUT, "lut", "SELECTOR", NULL, "time of the last update in milliseconds, such as meta:timestamp" },
	{ 'b', "bins", "FIELD[:BIN],...", NULL, "fields that become bins, and no others; may be repeated" },
	{ KEY_BIN, "bin", "BIN=SELECTOR", NULL, "a bin from anywhere; may be repeated" },
	{ 'a', "all-fields", NULL, NULL, "all fields become bins [unless --bins or --bin is given]" },
	{ KEY_EXCEPT, "except", "FIELD,...", NULL, "fields that --all-fields leaves out; may be repeated" },
	{ KEY_NULL, "on-null", "HOW", NULL, "what a null value means: error, delete or ignore [error]" },
	{ KEY_INVALID, "on-invalid", "HOW", NULL, "a record that can't be mapped: error or ignore [error]" },
	{ KEY_DELETE, "delete-topic", NULL, NULL, "every line deletes its record" },
	{ KEY_NULL_FIELDS, "null-fields", "HOW", NULL, "a field that is null: omit it, or remove the bin [omit]" },
	{ KEY_BOOLEANS, "booleans", "HOW", NULL, "keep them, or integer: 1 and 0, for servers before 5.6 [keep]" },
	{ KEY_MAPS, "maps", "HOW", NULL, "what objects become: key-ordered maps, or plain ones [key-ordered]" },
	{ KEY_EXISTS, "exists", "ACTION", NULL, "for as-put: update, create-only, update-only, replace or replace-only" },
	{ KEY_SEND_KEY, "send-key", NULL, NULL, "for as-put: store the user key with the record" },
	{ KEY_DURABLE, "durable-delete", NULL, NULL, "for as-put: deletes leave a tombstone" },
	{ KEY_IGNORE, "ignore", "CODE,...", NULL, "for as-put: result codes that count as done" },
	{ KEY_FORMAT, "format", "FORMAT", NULL, "values are records already: flat-json, json, msgpack, line or auto" },
	{ KEY_DEBEZIUM, "debezium", NULL, NULL, "values are change events of Debezium: take the row, delete where it was deleted" },
	{ 'e', "expr", "EXPR", NULL, "jq program instead of selectors; its output is the record, null, false or nothing drops it" },
	{ 'f', "file", "FILE", NULL, "the same from a file; SIGHUP reads it again" },
	{ 'L', "library", "DIR", NULL, "directory for include and import, after FILE's own; may be repeated" },
	{ KEY_ARG, "arg", "NAME=VALUE", NULL, "$NAME is this string in the program; may be repeated" },
	{ KEY_ARGJSON, "argjson", "NAME=JSON", NULL, "$NAME is this value in the program; may be repeated" },
	{ KEY_CHECK, "check", NULL, NULL, "read options and configuration, say what is wrong and exit" },
	{ 0 }
};

static void accept(const char *value, const char *why)
{
	if (why)
		opt_bad(value, why);
}

static void set_selector(struct selector *s, const char *value)
{
	accept(value, select_parse(s, value, true));
}

static void add_bin(struct mapping *g, const char *value)
{
	const char *equals = strchr(value, '=');
	struct selector from = { 0 };

	if (!equals)
		opt_bad(value, "not BIN=SELECTOR");
	accept(value, select_parse(&from, equals + 1, false));
	char *name = xstrdup(value);
	name[equals - value] = '\0';
	accept(value, mapping_add_bin(g, name, &from));
	free(name);
}

static void set_record(struct mapping *g, int key, const char *value)
{
	switch (key) {
	case 'n':
		set_selector(&g->ns, value);
		accept(value, mapping_check_name("namespace", &g->ns, 1, NAMESPACE_MAX));
		break;
	case 's':
		set_selector(&g->set, value);
		accept(value, mapping_check_name("set", &g->set, 0, SET_MAX));
		break;
	case 'k':
		set_selector(&g->key, value);
		break;
	case KEY_FIELD:
		accept(value, select_source(&g->key, "value-field", value));
		break;
	case KEY_DIGEST:
		set_selector(&g->digest, value);
		break;
	case KEY_TTL:
		set_selector(&g->ttl, value);
		accept(value, mapping_check_ttl(&g->ttl));
		break;
	case KEY_LUT:
		set_selector(&g->lut, value);
		break;
	case 'b':
		accept(value, mapping_add_bins(g, value));
		break;
	case KEY_BIN:
		add_bin(g, value);
		break;
	case 'a':
		g->all_fields = true;
		break;
	case KEY_EXCEPT:
		accept(value, mapping_add_except(g, value));
		break;
	}
}

static void set_put(struct mapping *g, int key, const char *value)
{
	switch (key) {
	case KEY_EXISTS:
		accept(value, mapping_put_exists(g, value));
		break;
	case KEY_SEND_KEY:
		mapping_put_flag(g, "send-key", true);
		break;
	case KEY_DURABLE:
		mapping_put_flag(g, "durable-delete", true);
		break;
	case KEY_IGNORE:
		accept(value, mapping_put_ignore(g, value));
		break;
	}
}

static void set_program(struct options *o, int key, const char *value)
{
	switch (key) {
	case 'e':
	case 'f':
		accept(value, o->source.text || o->source.file ? "there is a program already" : NULL);
		*(key == 'e' ? &o->source.text : &o->source.file) = value;
		break;
	case 'L':
		accept(value, access(value, R_OK | X_OK) < 0 ? "can't read this directory" : NULL);
		o->source.libraries = jv_array_append(o->source.libraries, jv_string(value));
		break;
	case KEY_ARG:
	case KEY_ARGJSON:
		o->source.args = jq_options_add(o->source.args, value, key == KEY_ARGJSON);
		break;
	}
}

static void set(void *ctx, int key, const char *value)
{
	struct options *o = ctx;
	struct mapping *g = &o->mapping;

	o->has_mapping |= key != 'c' && key != KEY_CHECK;
	switch (key) {
	case 'c': o->config = value; break;
	case KEY_CHECK: o->check = true; break;
	case KEY_NULL: g->on_null = (enum on_null)opt_word(value, "error delete ignore"); break;
	case KEY_INVALID: g->ignore_invalid = opt_word(value, "error ignore") == 1; break;
	case KEY_DELETE: g->deletes = true; break;
	case KEY_DEBEZIUM: g->events = true; break;
	case KEY_NULL_FIELDS: g->remove_null = opt_word(value, "omit remove") == 1; break;
	case KEY_BOOLEANS: g->integer_booleans = opt_word(value, "keep integer") == 1; break;
	case KEY_MAPS: g->plain_maps = opt_word(value, "key-ordered plain") == 1; break;
	case KEY_FORMAT: g->replay = (enum replay)(REPLAY_AUTO + opt_word(value, "auto line flat-json json msgpack")); break;
	case KEY_EXISTS:
	case KEY_SEND_KEY:
	case KEY_DURABLE:
	case KEY_IGNORE: set_put(g, key, value); break;
	case 'e':
	case 'f':
	case 'L':
	case KEY_ARG:
	case KEY_ARGJSON: set_program(o, key, value); break;
	default: set_record(g, key, value);
	}
}

/* What the options leave open. */
static void complete(struct options *o)
{
	struct mapping *g = &o->mapping;
	const char *why;

	if (o->source.text || o->source.file) {
		if (g->ns.source || g->set.source || g->key.source || g->digest.source || g->ttl.source || g->lut.source || g->n_bins ||
			g->all_fields || g->n_except || g->deletes || g->on_null != NULL_ERROR || g->replay != REPLAY_NONE ||
			g->events)
			die(EX_USAGE, "a program (-e, -f) says all of the record: it excludes the options that select parts of it");
		return;
	}

	if (g->replay != REPLAY_NONE && (g->all_fields || g->n_bins || g->deletes || g->events))
		die(EX_USAGE, "--format takes the whole record: it excludes --bins, --bin, --all-fields, --delete-topic and --debezium");
	if (g->key.source == SOURCE_NONE && g->digest.source == SOURCE_NONE)
		select_parse(&g->key, "key", false);
	if (g->n_bins == 0 && g->replay == REPLAY_NONE)
		g->all_fields = true;
	if (g->n_except && !g->all_fields)
		die(EX_USAGE, "--except goes with --all-fields");
	why = mapping_check(g);
	if (why)
		die(EX_USAGE, "no mapping: %s; give --config or --namespace and what else is needed", why);
}

static const char *libraries(void)
{
	return "libjq 1.6";
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct opts opts = {
		.synopsis = "-n NAMESPACE [options] | -c FILE | --format FORMAT | -e EXPR | -f FILE",
		.what = "Makes record lines of Kafka lines: says which fields become namespace, set, key and bins.",
		.table = table,
		.libraries = libraries,
		.set = set,
	};

	*o = (struct options){ .source = { .libraries = jv_array(), .args = jv_object() } };
	argv = jq_options_join(&argc, argv);
	int first = opt_parse(&opts, argc, argv, o);
	if (first < argc)
		die(EX_USAGE, "%s: not an option; cn-map reads standard input", argv[first]);
	jq_options_hide(NULL, 0);
	o->source.libraries = jq_program_libraries(o->source.libraries, o->source.file);
	if (o->config && o->has_mapping)
		die(EX_USAGE, "--config says all of the mapping: no other options of it go along");
	if (o->config) {
		config_load(&o->topics, o->config);
	} else {
		complete(o);
		*topics_add(&o->topics) = o->mapping;
	}
}

void options_free(struct options *o)
{
	topics_free(&o->topics);
	jv_free(o->source.libraries);
	jv_free(o->source.args);
}
