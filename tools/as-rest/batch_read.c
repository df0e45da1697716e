/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"
#include "gateway_value.h"
#include "ops.h"
#include "result.h"
#include "wire_put.h"

/* Entries of a batch. Source: REST gateway reference, section 5. */

/* What an entry's policy may say, by kind of entry; the words are those of the query parameters of the same names. */
enum { READ = 1, WRITE = 2, DELETE = 4, UDF = 8 };
enum policy_kind { POLICY_FILTER, POLICY_WORD, POLICY_INT, POLICY_BOOL };
enum policy_member { FILTER, READ_AP, READ_SC, EXISTS, COMMIT, GENERATION_POLICY, GENERATION, EXPIRATION, DURABLE, LOCKING, SEND_KEY };
static const struct {
	const char *name;
	uint8_t kinds;
	enum policy_kind kind;
	const char *words, *wrong;
} policy_members[] = {
	[FILTER] = { "filterExp", READ | WRITE | DELETE | UDF, POLICY_FILTER, NULL, NULL },
	[READ_AP] = { "readModeAP", READ, POLICY_WORD, "ONE ALL", "Invalid AP Read Mode" },
	[READ_SC] = { "readModeSC", READ, POLICY_WORD, "SESSION LINEARIZE ALLOW_REPLICA ALLOW_UNAVAILABLE", "Invalid SC Read Mode" },
	[EXISTS] = { "recordExistsAction", WRITE, POLICY_WORD, "UPDATE UPDATE_ONLY CREATE_ONLY REPLACE REPLACE_ONLY", "Invalid recordExistsAction" },
	[COMMIT] = { "commitLevel", WRITE | DELETE | UDF, POLICY_WORD, "COMMIT_ALL COMMIT_MASTER", "Invalid CommitLevel" },
	[GENERATION_POLICY] = { "generationPolicy", WRITE | DELETE, POLICY_WORD, "NONE EXPECT_GEN_EQUAL EXPECT_GEN_GT", "Invalid GenerationPolicy" },
	[GENERATION] = { "generation", WRITE | DELETE, POLICY_INT, NULL, NULL },
	[EXPIRATION] = { "expiration", WRITE | UDF, POLICY_INT, NULL, NULL },
	[DURABLE] = { "durableDelete", WRITE | DELETE | UDF, POLICY_BOOL, NULL, NULL },
	[LOCKING] = { "onLockingOnly", WRITE | UDF, POLICY_BOOL, NULL, NULL },	/* of transactions, which there are none of here */
	[SEND_KEY] = { "sendKey", WRITE | DELETE | UDF, POLICY_BOOL, NULL, NULL },
};
#define POLICY_MEMBERS (sizeof(policy_members) / sizeof(*policy_members))

static const struct kind {
	const char *name;
	uint8_t kind;
	const char *members[8];
} kinds[] = {
	{ "READ", READ, { "type", "key", "policy", "readAllBins", "opsList", "binNames", NULL } },
	{ "WRITE", WRITE, { "type", "key", "policy", "opsList", NULL } },
	{ "DELETE", DELETE, { "type", "key", "policy", NULL } },
	{ "UDF", UDF, { "type", "key", "policy", "packageName", "functionName", "functionArgs", NULL } },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

#define SHOWN(s) (int)((s).n > 60 ? 60 : (s).n), (s).p
#define REFUSE(r, ...) (rest_fail((r), 400, __VA_ARGS__), false)

/* null is the same as nothing. */
static const struct tree *member(const struct tree *t, const char *name)
{
	const struct tree *v = tree_member(t, name);

	return v && v->kind == TREE_NIL ? NULL : v;
}

static bool only(struct request *r, const struct tree *t, const char *const *names, const char *what)
{
	const struct tree *odd = tree_unknown(t, names);

	if (!odd)
		return true;
	if (odd->kind != TREE_STRING)
		return REFUSE(r, "A member of %s has a name that is no string", what);
	return REFUSE(r, "Unrecognized field of %s: %.*s", what, SHOWN(odd->text));
}

/* ---- policies ---- */

static bool set_word(struct request *r, struct command *c, enum policy_member m, const struct tree *v)
{
	int word = v->kind == TREE_STRING ? param_word(policy_members[m].words, v->text) : -1;

	if (word < 0)
		return REFUSE(r, "%s: %.*s", policy_members[m].wrong, SHOWN(v->kind == TREE_STRING ? v->text : span_of(tree_kind_text(v))));
	if (m == READ_SC)
		c->strict = word == SC_LINEARIZE;
	else if (m == EXISTS)
		c->exists = (uint8_t)word;	/* the words stand in the order of enum command_exists */
	else if (m == COMMIT)
		c->commit_master = word == COMMIT_MASTER;
	else if (m == GENERATION_POLICY)
		c->generation_policy = (uint8_t)word;
	return true;
}

static bool set_member(struct request *r, struct command *c, enum policy_member m, const struct tree *v, bool *send_key)
{
	const char *name = policy_members[m].name, *why = NULL;

	switch (policy_members[m].kind) {
	case POLICY_WORD:
		return set_word(r, c, m, v);
	case POLICY_FILTER:
		if (v->kind != TREE_STRING || !param_filter(&r->arena, v->text, &c->filter, &why))
			return REFUSE(r, "%s: %.*s", why ? why : "Invalid Filter Expression", SHOWN(v->kind == TREE_STRING ? v->text : SPAN("no string")));
		return true;
	case POLICY_INT:
		if (v->kind != TREE_INT || v->i > INT32_MAX || v->i < INT32_MIN)
			return REFUSE(r, "%s must be an integer of 32 bits", name);
		if (m == GENERATION)
			c->generation = (uint32_t)v->i;
		else
			c->ttl = (uint32_t)v->i;	/* -1 and -2 are TTL_NEVER and TTL_KEEP */
		return true;
	case POLICY_BOOL:
		if (v->kind != TREE_BOOL)
			return REFUSE(r, "%s must be a boolean", name);
		if (m == DURABLE)
			c->durable = v->yes;
		else if (m == SEND_KEY)
			*send_key = v->yes;
		return true;
	}
	return false;
}

static bool policy(struct request *r, struct command *c, const struct tree *t, const struct kind *k, bool *send_key)
{
	const char *names[POLICY_MEMBERS + 1];
	unsigned n = 0;

	if (!t)
		return true;
	if (t->kind != TREE_MAP)
		return REFUSE(r, "policy must be an object");
	for (unsigned i = 0; i < POLICY_MEMBERS; i++)
		if (policy_members[i].kinds & k->kind)
			names[n++] = policy_members[i].name;
	names[n] = NULL;
	if (!only(r, t, names, "a policy"))
		return false;
	for (unsigned i = 0; i < POLICY_MEMBERS; i++) {
		const struct tree *v = member(t, policy_members[i].name);

		if (v && !set_member(r, c, (enum policy_member)i, v, send_key))
			return false;
	}
	return true;
}

/* ---- keys ---- */

static bool text_of(struct request *r, const struct tree *v, struct span *text)
{
	struct buf digits = { 0 };

	if (v->kind == TREE_STRING || v->kind == TREE_BIG) {
		*text = v->text;
		return true;
	}
	if (v->kind != TREE_INT && v->kind != TREE_DOUBLE)
		return REFUSE(r, "userKey must be a string or a number");
	if (tree_put_json(&digits, v))
		*text = arena_copy(&r->arena, buf_as_span(&digits));
	buf_free(&digits);
	return text->p || r->arena.full ? true : REFUSE(r, "userKey must be a string or a number");
}

static bool read_key(struct request *r, const struct tree *t, struct entry *e)
{
	static const char *const names[] = { "namespace", "setName", "keytype", "userKey", NULL };
	const struct tree *ns, *set, *type, *user;
	const char *why;
	int word = KEYTYPE_STRING;

	if (t->kind != TREE_MAP)
		return REFUSE(r, "key must be an object");
	if (!only(r, t, names, "a key"))
		return false;
	ns = member(t, "namespace");
	set = member(t, "setName");
	type = member(t, "keytype");
	user = member(t, "userKey");
	if (!ns || ns->kind != TREE_STRING || ns->text.n == 0)
		return REFUSE(r, "namespace of a key must be a string");
	if (set && set->kind != TREE_STRING)
		return REFUSE(r, "setName of a key must be a string");
	if (!user)
		return REFUSE(r, "userKey of a key may not be null");
	if (type && (type->kind != TREE_STRING || (word = param_word("STRING INTEGER BYTES DIGEST", type->text)) < 0))
		return REFUSE(r, "Invalid keytype: %.*s , valid choices are STRING, INTEGER, BYTES, DIGEST",
			SHOWN(type->kind == TREE_STRING ? type->text : span_of(tree_kind_text(type))));
	*e = (struct entry){ .ns = ns->text, .keytype = (uint8_t)word };
	if (set)
		e->set = set->text;
	if (!text_of(r, user, &e->user_key) || r->arena.full)
		return r->arena.full;
	if (!key_parse(&e->key, &r->arena, e->keytype, e->set, e->user_key, &why))
		return REFUSE(r, "%s: %.*s", why, SHOWN(e->user_key));
	return true;
}

/* ---- the kinds ---- */

static bool ops_entry(struct request *r, const struct tree *list, bool reads, struct command *c)
{
	struct ops o = { 0 };
	bool good = ops_read(&o, list, OPS_V2, rest_bool_bins(r));

	if (!good && o.code) {
		rest_fail_as(r, code_status(o.code), code_number(o.code), "%s", o.why);
	} else if (!good) {
		rest_fail(r, 400, "%s", o.why);
	} else if (reads && o.writes) {
		good = false;
		rest_fail_as(r, 400, RESULT_PARAMETER, "A read of a batch may not have write operations");
	} else if (!reads && !o.writes) {
		good = false;
		rest_fail_as(r, 400, RESULT_PARAMETER, "A write of a batch must have a write operation");
	}
	if (good) {
		c->respond_all = !reads;	/* as the gateway's client does */
		ops_unit(&o, &r->unit, c);
	}
	ops_free(&o);
	return good;
}

static bool bins_entry(struct request *r, const struct tree *list, const struct command *c)
{
	struct span *bins;

	if (list->kind != TREE_LIST)
		return REFUSE(r, "binNames must be a list of strings");
	bins = arena_take(&r->arena, (list->n + 1) * sizeof(*bins));
	for (uint32_t i = 0; i < list->n; i++) {
		if (list->items[i].kind != TREE_STRING)
			return REFUSE(r, "binNames must be a list of strings");
		if (list->items[i].text.n > BIN_NAME_MAX) {
			rest_fail_code(r, RESULT_BIN_NAME, false, NULL);
			return false;
		}
		if (bins)
			bins[i] = list->items[i].text;
	}
	if (!bins)
		return true;	/* the arena is full, which is told at the end */
	if (list->n)
		command_get(&r->unit, c, bins, list->n);
	else
		command_exists(&r->unit, c);
	return true;
}

static bool read_entry(struct request *r, const struct tree *t, struct command *c)
{
	const struct tree *all = member(t, "readAllBins"), *list = member(t, "opsList"), *bins = member(t, "binNames");

	if (all && all->kind != TREE_BOOL)
		return REFUSE(r, "readAllBins must be a boolean");
	if (all && all->yes)
		command_get(&r->unit, c, NULL, 0);
	else if (list)
		return ops_entry(r, list, true, c);
	else if (bins)
		return bins_entry(r, bins, c);
	else
		command_exists(&r->unit, c);
	return true;
}

static bool udf_entry(struct request *r, const struct tree *t, const struct command *c)
{
	const struct tree *package = member(t, "packageName"), *function = member(t, "functionName"), *arguments = member(t, "functionArgs");
	struct buf list = { 0 };
	struct gateway_error e;
	bool good;

	if (!package || package->kind != TREE_STRING)
		return REFUSE(r, "packageName must be a string");
	if (!function || function->kind != TREE_STRING)
		return REFUSE(r, "functionName must be a string");
	if (arguments && arguments->kind != TREE_LIST)
		return REFUSE(r, "functionArgs must be a list");
	if (arguments)
		good = gateway_element(&list, arguments, &e);
	else
		wire_put_list(&list, 0), good = true;
	if (good)
		command_udf(&r->unit, c, package->text, function->text, buf_as_span(&list));
	else
		rest_fail(r, 400, "functionArgs: %s", e.text);
	r->unit.full |= list.full;
	buf_free(&list);
	return good;
}

static bool take_kind(struct request *r, const struct tree *t, const struct kind **k)
{
	static const char *const lower[KINDS] = { "read", "write", "delete", "udf" };
	const struct tree *type = tree_member(t, "type");
	unsigned i = 0;

	if (t->kind != TREE_MAP)
		return REFUSE(r, "An entry of a batch must be an object");
	while (i < KINDS && !tree_is(type, kinds[i].name))
		i++;
	if (i == KINDS)
		return REFUSE(r, "type of an entry of a batch must be READ, WRITE, DELETE or UDF");
	*k = &kinds[i];
	if (!only(r, t, kinds[i].members, "an entry of a batch"))
		return false;
	return member(t, "key") ? true : REFUSE(r, "Key for a batch %s may not be null", lower[i]);
}

bool batch_read(struct request *r, const struct tree *t, struct entry *e, struct batch_row *row)
{
	const size_t before = r->unit.n;
	bool send_key = r->p.send_key, good = true;
	const struct kind *k;
	const struct tree *list;
	struct command c;

	if (!take_kind(r, t, &k) || !read_key(r, tree_member(t, "key"), e))
		return false;
	rest_command(r, &c);
	c.ns = e->ns;
	c.set = e->set;
	c.digest = e->key.digest;
	if (!policy(r, &c, member(t, "policy"), k, &send_key))
		return false;
	if (send_key && e->key.type) {
		c.key_type = e->key.type;
		c.key = e->key.value;
	}
	switch (k->kind) {
	case READ:
		good = read_entry(r, t, &c);
		break;
	case WRITE:
		list = member(t, "opsList");
		good = list ? ops_entry(r, list, false, &c) : REFUSE(r, "opsList of a batch write may not be null");
		break;
	case DELETE:
		command_delete(&r->unit, &c);
		break;
	default:
		good = udf_entry(r, t, &c);
	}
	*row = (struct batch_row){ .unit = { NULL, r->unit.n - before }, .write = k->kind != READ };
	return good;
}
