/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"
#include "particle.h"
#include "value_encode.h"

#include <stdio.h>

/* Source of the codes: the wire protocol reference, 3.5, 6.4 and 6.5. */

#define OPS_MAX 32768	/* the servers' limit */

enum { FLAG_ORDER_MAX = 3, FLAGS_MAX = 15 };

/* What a list or map call takes, in its order: v value, k key, i index, c count, 0 the return type "none"; behind these, o order and f flags, which
 * may be left out. */
static const struct kind {
	const char *name;
	uint8_t op, call;
	const char *args;	/* NULL: no call, but a value of the bin's own type ... */
	bool bare;		/* ... or no bin at all */
	bool repeatable;	/* twice is the same as once, also in a row of such operations */
} kinds[] = {
	{ "put", OP_WRITE, 0, NULL, false, true },
	{ "add", OP_INCREMENT, 0, NULL, false, false },
	{ "append", OP_APPEND, 0, NULL, false, false },
	{ "prepend", OP_PREPEND, 0, NULL, false, false },
	{ "touch", OP_TOUCH, 0, NULL, true, true },
	{ "delete", OP_DELETE_ALL, 0, NULL, true, true },
	{ "list-append", OP_CDT_MODIFY, 1, "vof", false, false },
	{ "list-append-items", OP_CDT_MODIFY, 2, "vof", false, false },
	{ "list-insert", OP_CDT_MODIFY, 3, "ivf", false, false },
	{ "list-insert-items", OP_CDT_MODIFY, 4, "ivf", false, false },
	{ "list-remove", OP_CDT_MODIFY, 7, "i", false, false },
	{ "list-remove-range", OP_CDT_MODIFY, 8, "ic", false, false },
	{ "list-remove-value", OP_CDT_MODIFY, 35, "0v", false, false },
	{ "list-set", OP_CDT_MODIFY, 9, "ivf", false, false },
	{ "list-trim", OP_CDT_MODIFY, 10, "ic", false, false },
	{ "list-increment", OP_CDT_MODIFY, 12, "ivof", false, false },
	{ "list-sort", OP_CDT_MODIFY, 13, "f", false, false },
	{ "list-clear", OP_CDT_MODIFY, 11, "", false, true },
	{ "map-put", OP_CDT_MODIFY, 67, "kvof", false, true },
	{ "map-put-items", OP_CDT_MODIFY, 68, "vof", false, true },
	{ "map-increment", OP_CDT_MODIFY, 73, "kvof", false, false },
	{ "map-remove", OP_CDT_MODIFY, 76, "0k", false, true },
	{ "map-remove-value", OP_CDT_MODIFY, 82, "0v", false, true },
	{ "map-clear", OP_CDT_MODIFY, 75, "", false, true },
};

struct operation {
	const struct kind *kind;
	struct span op, bin, value, key, index, count, order, flags;	/* raw */
};

static const char *const no_memory = "value too large";

static void take(struct json *j, struct operation *o)
{
	struct json_member m;

	*o = (struct operation){ 0 };
	for (json_object(j); json_member(j, &m);) {
		struct span *to = json_key_is(&m, "op") ? &o->op : json_key_is(&m, "bin") ? &o->bin : json_key_is(&m, "value") ? &o->value :
			json_key_is(&m, "key") ? &o->key : json_key_is(&m, "index") ? &o->index : json_key_is(&m, "count") ? &o->count :
			json_key_is(&m, "order") ? &o->order : json_key_is(&m, "flags") ? &o->flags : NULL;

		json_value(j, to);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (o->op.n == strlen(kinds[i].name) + 2 && memcmp(o->op.p + 1, kinds[i].name, o->op.n - 2) == 0)
			o->kind = &kinds[i];
}

static const char *element(struct operate *at, struct span raw, const char *missing)
{
	struct json j;

	if (!raw.p)
		return missing;
	json_open(&j, raw);
	pack_value(at->pack, &j, 1);
	return at->pack->why;
}

/* types speaks of the value, not of the key. */
static const char *key(struct operate *at, struct span raw)
{
	const struct types *types = at->pack->types;
	const char *why;

	at->pack->types = NULL;
	why = element(at, raw, "key is missing");
	at->pack->types = types;
	return why;
}

static const char *number(struct operate *at, struct span raw, int64_t low, int64_t high, const char *why)
{
	int64_t n;

	if (!json_int64(raw, &n) || n < low || n > high)
		return why;
	pack_number(at->pack, raw);
	return at->pack->why;
}

static const char *argument(struct operate *at, const struct operation *o, char what)
{
	switch (what) {
	case 'v': return element(at, o->value, "value is missing");
	case 'k': return key(at, o->key);
	case 'i': return number(at, o->index, INT32_MIN, INT32_MAX, "index is no integer");
	case 'c': return number(at, o->count, 0, INT32_MAX, "count is no integer");
	case 'o': return number(at, o->order.p ? o->order : SPAN("0"), 0, FLAG_ORDER_MAX, "order is no integer from 0 to 3");
	case 'f': return number(at, o->flags, 0, FLAGS_MAX, "flags is no integer from 0 to 15");
	}
	pack_number(at->pack, SPAN("0"));
	return NULL;
}

/* The call is a list of its code and the arguments. What may be left out stands at the end. */
static const char *call(struct operate *at, const struct operation *o, struct span bin)
{
	size_t n = strlen(o->kind->args);
	const char *why = NULL;

	if (n && o->kind->args[n - 1] == 'f' && !o->flags.p)
		n--;
	if (n && o->kind->args[n - 1] == 'o' && !o->order.p)
		n--;
	pack_bin(at->pack, bin);
	buf_byte(at->value, (char)(0x90 | (n + 1)));
	buf_byte(at->value, (char)o->kind->call);
	for (size_t i = 0; i < n && !why; i++)
		why = argument(at, o, o->kind->args[i]);
	return why;
}

static bool is_items(const struct kind *k)
{
	return strlen(k->name) > 6 && strcmp(k->name + strlen(k->name) - 6, "-items") == 0;
}

static const char *value(struct operate *at, const struct operation *o, struct span bin, uint8_t *particle)
{
	if (!o->value.p)
		return "value is missing";
	*particle = value_encode_particle(at->pack, bin, o->value);
	if (o->kind->op == OP_INCREMENT && *particle != PARTICLE_INTEGER && *particle != PARTICLE_FLOAT)
		return "value is no number";
	if ((o->kind->op == OP_APPEND || o->kind->op == OP_PREPEND) && *particle != PARTICLE_STRING && *particle != PARTICLE_BLOB)
		return "value is neither a string nor a blob";
	return at->pack->why;
}

static const char *put_operation(struct operate *at, struct command_writer *w, const struct operation *o)
{
	uint8_t particle = PARTICLE_BLOB;
	struct span bin = { 0 };
	const char *why = NULL;

	if (!o->kind)
		return "op is none that is known";
	buf_reset(at->value);
	if (o->kind->bare) {
		command_op(w, o->kind->op, SPAN(""), PARTICLE_NULL, SPAN(""));
		return NULL;
	}
	buf_reset(&at->name);
	bin = json_text(o->bin, &at->name);
	if (!bin.p || !bin.n || bin.n > BIN_NAME_MAX)
		return "bin is not a name of 1 to 15 bytes";
	if (o->kind->args && is_items(o->kind) && json_type_of(o->value) != JSON_ARRAY && json_type_of(o->value) != JSON_OBJECT)
		return "value is no list or map of items";
	why = o->kind->args ? call(at, o, bin) : value(at, o, bin, &particle);
	if (why || at->value->full)
		return why ? why : no_memory;
	command_op(w, o->kind->op, bin, particle, buf_as_span(at->value));
	return NULL;
}

bool operate_put(struct operate *at, struct command_writer *w, struct span raw)
{
	struct json j;

	at->repeatable = true;
	at->n = 0;
	json_open(&j, raw);
	for (json_array(&j); json_element(&j); at->n++) {
		struct operation o = { 0 };
		const char *why = "no object";

		if (json_peek(&j) == JSON_OBJECT) {
			take(&j, &o);
			why = at->n == OPS_MAX ? "more than 32768 of them" : put_operation(at, w, &o);
		}
		if (why) {
			snprintf(at->why, sizeof(at->why), "operate, operation %u: %s", at->n + 1, why);
			return false;
		}
		at->repeatable &= o.kind->repeatable && !o.flags.p;
	}
	return true;
}
