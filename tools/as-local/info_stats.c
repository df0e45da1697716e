/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"
#include "clock.h"
#include "sindex.h"
#include "latency.h"

/* Statistics: of the node, of a namespace, of sets. */

struct live_number {
	const char *name;
	uint64_t value;
};

static bool print_number(const struct live_number *row, size_t n, struct span name, struct buf *out)
{
	for (size_t k = 0; k < n; k++)
		if (span_is(name, row[k].name)) {
			buf_printf(out, "%llu", (unsigned long long)row[k].value);
			return true;
		}
	return false;
}

static uint64_t all_objects(void)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < n_namespaces; k++)
		n += namespaces[k]->objects;
	return n;
}

static bool node_live(const void *of, struct span name, struct buf *out)
{
	uint64_t up = (uint64_t)(clock_ms() - server_counts.started) / 1000;
	const struct live_number rows[] = {
		{ "uptime", up }, { "time_since_rebalance", up }, { "objects", all_objects() },
		{ "client_connections", server_connections() }, { "client_connections_opened", server_counts.opened },
		{ "client_connections_closed", server_counts.opened - server_connections() },
		{ "info_complete", server_counts.info }, { "batch_index_initiate", server_counts.batches },
		{ "batch_index_complete", server_counts.batches },
	};

	(void)of;
	if (span_is(name, "cluster_principal") || span_is(name, "paxos_principal"))
		buf_lit(out, NODE_ID);
	else if (span_is(name, "cluster_key"))
		buf_lit(out, CLUSTER_KEY);
	else
		return print_number(rows, sizeof(rows) / sizeof(*rows), name, out);
	return true;
}

void info_statistics(struct info *i)
{
	info_print(info_node_stats, node_live, NULL, ';', i->out);
}

/* "client_read_success" and its like: the origin, the kind, the outcome. */
static bool count_live(const struct namespace *ns, struct span name, struct buf *out)
{
	static const char *const origin[] = { "client_", "batch_sub_", "ops_sub_" };
	static const char *const kind[] = { "read_", "write_", "delete_" };
	static const char *const outcome[] = { "success", "error", "timeout", "not_found", "filtered_out" };
	char text[64];

	for (unsigned o = 0; o < ORIGINS; o++)
		for (unsigned k = 0; k < KINDS && span_starts(name, origin[o]); k++)
			for (unsigned n = 0; n < OUTCOMES; n++) {
				strcpy(text, origin[o]);
				strcat(strcat(text, kind[k]), outcome[n]);
				if (span_is(name, text)) {
					buf_printf(out, "%llu", (unsigned long long)ns->count[o][k][n]);
					return true;
				}
			}
	return false;
}

static uint64_t index_bytes(const struct namespace *ns)
{
	uint64_t n = 0;

	for (const struct sindex *x = ns->sindex; x; x = x->next)
		n += x->entries * sizeof(struct sindex_entry);
	return n;
}

static bool namespace_live(const void *of, struct span name, struct buf *out)
{
	const struct namespace *ns = of;
	const struct live_number rows[] = {
		{ "objects", ns->objects }, { "master_objects", ns->objects }, { "current_time", now_2010() },
		{ "expired_objects", ns->expired }, { "data_used_bytes", ns->bytes }, { "index_used_bytes", 64 * ns->objects },
		{ "sindex_used_bytes", index_bytes(ns) },
	};

	return print_number(rows, sizeof(rows) / sizeof(*rows), name, out) || count_live(ns, name, out);
}

void info_namespace(struct info *i)
{
	struct namespace *ns = store_namespace(i->path);

	if (!ns) {
		buf_lit(i->out, "type=unknown");
		return;
	}
	info_print(info_namespace_stats, namespace_live, ns, ';', i->out);
	buf_byte(i->out, ';');
	config_print_namespace(ns, i->out);
}

static unsigned count_indexes(const struct namespace *ns, const char *set)
{
	unsigned n = 0;

	for (const struct sindex *x = ns->sindex; x; x = x->next)
		n += strcmp(x->set, set) == 0;
	return n;
}

static void set_properties(const struct namespace *ns, unsigned number, struct buf *out)
{
	const struct set *s = &ns->set[number];

	buf_printf(out, "objects=%llu:tombstones=0:data_used_bytes=%llu:truncate_lut=0:sindexes=%u:index_populating=false:truncating=false:",
		(unsigned long long)s->objects, (unsigned long long)s->bytes, count_indexes(ns, s->name));
	config_print_set(ns, number, out);
}

static void set_rows(const struct namespace *ns, struct buf *out)
{
	for (unsigned k = 1; k < ns->n_sets; k++) {
		buf_printf(out, "ns=%s:set=%s:", ns->name, ns->set[k].name);
		set_properties(ns, k, out);
		buf_byte(out, ';');
	}
}

void info_sets(struct info *i)
{
	struct span path = i->path, name = info_piece(&path);
	struct namespace *ns = store_namespace(name);

	if (!name.n && !i->params.p) {
		for (unsigned k = 0; k < n_namespaces; k++)
			set_rows(namespaces[k], i->out);
	} else if (!ns) {
		buf_lit(i->out, "ns_type=unknown");
	} else if (!path.n) {
		set_rows(ns, i->out);
	} else {
		int number = store_set(ns, path, false);

		if (number <= 0)
			return;
		set_properties(ns, (unsigned)number, i->out);
		buf_byte(i->out, ';');
	}
}

void info_objects(struct info *i)
{
	buf_printf(i->out, "%llu", (unsigned long long)all_objects());
}

void info_latencies(struct info *i)
{
	static const char *const names[] = { "read", "write", "udf", "batch-sub-read", "batch-sub-write", "batch-sub-udf", "pi-query",
		"si-query" };
	struct span only = info_param(i, "hist");
	struct buf *out = i->out;
	size_t start = out->n;

	if (!only.n || span_is(only, "batch-index")) {
		buf_lit(out, "batch-index:");
		latency_print(NULL, 0, out);
	}
	for (unsigned k = 0; k < n_namespaces; k++)
		for (unsigned h = 0; h < sizeof(names) / sizeof(*names); h++) {
			char name[64];

			name[0] = '{';
			strcpy(name + 1, namespaces[k]->name);
			strcat(strcat(name, "}-"), names[h]);
			if (only.n && !span_is(only, name))
				continue;
			buf_printf(out, "%s%s:", out->n > start ? ";" : "", name);
			latency_print(namespaces[k], h, out);
		}
	if (out->n == start)
		info_error(i, RESULT_PARAMETER, "bad hist name");
}

void info_histogram(struct info *i)
{
	struct span type;

	if (info_need_namespace(i))
		info_need(i, "type", 31, &type);
}

void info_index_pressure(struct info *i)
{
	for (unsigned k = 0; k < n_namespaces; k++)
		buf_printf(i->out, "%s%s:0:0", k ? ";" : "", namespaces[k]->name);
}
