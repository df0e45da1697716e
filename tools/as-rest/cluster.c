/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "info.h"
#include "result.h"

#include <stdlib.h>

/* /v1/cluster: nodes, namespaces, and how many records each set has. Two rounds of info: which namespaces and sets there are, then each
 * namespace's replication factor. */

#define NAMESPACES_MAX 64
#define SETS_MAX 8192
#define TIMEOUT_MS 5000

struct set {
	struct span ns, name;
	int64_t objects;	/* summed over the nodes, replicas too */
};

struct view {
	struct span ns[NAMESPACES_MAX];
	int64_t factor[NAMESPACES_MAX];
	unsigned n_ns, n_sets, cap_sets, nodes;
	struct set *sets;	/* in the arena; grows by doubling */
};

static struct span kept(struct request *r, struct span text)
{
	return arena_copy(&r->arena, text);
}

static int find_namespace(const struct view *v, struct span name)
{
	for (unsigned i = 0; i < v->n_ns; i++)
		if (span_eq(v->ns[i], name))
			return (int)i;
	return -1;
}

static struct set *find_set(struct request *r, struct view *v, struct span ns, struct span name)
{
	for (unsigned i = 0; i < v->n_sets; i++)
		if (span_eq(v->sets[i].ns, ns) && span_eq(v->sets[i].name, name))
			return &v->sets[i];
	if (v->n_sets == SETS_MAX)
		return NULL;
	if (v->n_sets == v->cap_sets) {
		const unsigned cap = v->cap_sets ? 2 * v->cap_sets : 64;
		struct set *more = arena_take(&r->arena, cap * sizeof(*more));

		if (!more)
			return NULL;
		if (v->n_sets)
			memcpy(more, v->sets, v->n_sets * sizeof(*more));
		v->sets = more;
		v->cap_sets = cap;
	}
	v->sets[v->n_sets] = (struct set){ kept(r, ns), kept(r, name), 0 };
	return &v->sets[v->n_sets++];
}

static void take_set(struct request *r, struct view *v, struct span row)
{
	struct span key, value, ns = { NULL, 0 }, name = { NULL, 0 };
	int64_t objects = 0;
	struct set *set;

	while (info_pair(&row, ':', &key, &value)) {
		if (span_is(key, "ns") || span_is(key, "ns_name"))
			ns = value;
		else if (span_is(key, "set") || span_is(key, "set_name"))
			name = value;
		else if (span_is(key, "objects") || span_is(key, "n_objects"))
			info_number(value, &objects);
	}
	if (!ns.n || !name.n)
		return;
	set = find_set(r, v, ns, name);
	if (set)
		set->objects += objects;
}

static void first_answer(void *ctx, const char *node, int code, struct span answer)
{
	struct request *r = ctx;
	struct view *v = r->own;
	struct span rest, one;

	(void)node;
	if (code != RESULT_OK)
		return;
	v->nodes++;
	rest = info_value(answer, "namespaces");
	while (info_part(&rest, ';', &one))
		if (one.n && find_namespace(v, one) < 0 && v->n_ns < NAMESPACES_MAX)
			v->ns[v->n_ns++] = kept(r, one);
	rest = info_value(answer, "sets");
	while (info_part(&rest, ';', &one))
		take_set(r, v, one);
}

static void factor_answer(void *ctx, const char *node, int code, struct span answer)
{
	struct request *r = ctx;
	struct view *v = r->own;
	struct span name, value, pairs, key, text;
	int64_t n;

	(void)node;
	while (code == RESULT_OK && info_next(&answer, &name, &value)) {
		const size_t head = sizeof("namespace/") - 1;
		int at = name.n > head ? find_namespace(v, (struct span){ name.p + head, name.n - head }) : -1;

		for (pairs = value; at >= 0 && info_pair(&pairs, ';', &key, &text);) {
			const bool effective = span_is(key, "effective_replication_factor");

			if (!effective && !(span_is(key, "replication-factor") || span_is(key, "repl-factor")))
				continue;
			if (info_number(text, &n) && n > 0 && (effective || v->factor[at] == 0))
				v->factor[at] = n;
		}
	}
}

static void put_sets(struct answer *a, const struct view *v, unsigned ns)
{
	const int64_t factor = v->factor[ns] && v->factor[ns] < v->nodes ? v->factor[ns] : v->nodes;
	uint32_t n = 0;

	for (unsigned i = 0; i < v->n_sets; i++)
		n += span_eq(v->sets[i].ns, v->ns[ns]);
	answer_list(a, n);
	for (unsigned i = 0; i < v->n_sets; i++) {
		if (!span_eq(v->sets[i].ns, v->ns[ns]))
			continue;
		answer_map(a, 2);
		answer_key(a, SPAN("name"));
		answer_text(a, v->sets[i].name);
		answer_key(a, SPAN("objectCount"));
		answer_int(a, v->sets[i].objects / factor);
		answer_map_end(a);
	}
	answer_list_end(a);
}

static void put_nodes(struct request *r)
{
	struct client_node nodes[CLIENT_NODES];
	unsigned n = client_nodes(r->client, nodes, CLIENT_NODES);

	n = n < CLIENT_NODES ? n : CLIENT_NODES;
	answer_list(&r->answer, n);
	for (unsigned i = 0; i < n; i++) {
		answer_map(&r->answer, 1);
		answer_key(&r->answer, SPAN("name"));
		answer_text(&r->answer, span_of(nodes[i].id));
		answer_map_end(&r->answer);
	}
	answer_list_end(&r->answer);
}

static void unstable(struct request *r)
{
	rest_fail(r, 500, "Cluster unstable, unable to return cluster information");
}

static void factors_known(void *ctx, unsigned nodes, unsigned failed)
{
	struct request *r = ctx;
	const struct view *v = r->own;
	struct answer *a = &r->answer;

	if (nodes == failed || r->arena.full) {
		unstable(r);
		return;
	}
	answer_map(a, 2);
	answer_key(a, SPAN("nodes"));
	put_nodes(r);
	answer_key(a, SPAN("namespaces"));
	answer_list(a, v->n_ns);
	for (unsigned i = 0; i < v->n_ns; i++) {
		answer_map(a, 2);
		answer_key(a, SPAN("name"));
		answer_text(a, v->ns[i]);
		answer_key(a, SPAN("sets"));
		put_sets(a, v, i);
		answer_map_end(a);
	}
	answer_list_end(a);
	answer_map_end(a);
	rest_answer(r);
}

static void sets_known(void *ctx, unsigned nodes, unsigned failed)
{
	struct request *r = ctx;
	struct view *v = r->own;
	struct buf ask = { .max = 64 << 10 };

	(void)nodes;
	(void)failed;
	for (unsigned i = 0; i < v->n_ns; i++)
		buf_printf(&ask, "namespace/%.*s\n", SPAN_ARG(v->ns[i]));
	buf_byte(&ask, '\0');
	if (v->n_ns == 0 || ask.full || r->arena.full || !client_info_all(r->client, ask.p, TIMEOUT_MS, factor_answer, factors_known, r))
		unstable(r);
	buf_free(&ask);
}

void cluster_get(struct request *r)
{
	struct view *v = arena_take(&r->arena, sizeof(*v));

	if (!v) {
		unstable(r);
		return;
	}
	*v = (struct view){ 0 };
	r->own = v;
	if (!client_info_all(r->client, "namespaces\nsets\n", TIMEOUT_MS, first_answer, sets_known, r))
		rest_fail_code(r, CLIENT_NO_NODE, false, NULL);
}
