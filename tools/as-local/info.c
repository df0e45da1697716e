/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"
#include "base64.h"
#include "local.h"

/* Info commands: one row each, answered in the order of the request (wire reference, section 2). */

static void node(struct info *i) { buf_lit(i->out, NODE_ID); }
static void service(struct info *i) { buf_span(i->out, span_of(i->c->local)); }
static void endpoints(struct info *i)
{
	const char *address = i->c->local, *port = strrchr(address, ':');
	int n = port ? (int)(port - address) : 0;
	const char *p = port ? port + 1 : "0";

	buf_printf(i->out, "service.port=%s;service.addresses=%.*s;service.access-port=%s;service.access-addresses=%.*s;"
		"service.alternate-access-port=%s;service.alternate-access-addresses=null;service.tls-port=0;service.tls-addresses=null;"
		"service.tls-access-port=0;service.tls-access-addresses=null;service.tls-alternate-access-port=0;"
		"service.tls-alternate-access-addresses=null;admin.port=0;admin.addresses=null;admin.tls-port=0;admin.tls-addresses=null;"
		"heartbeat.port=0;heartbeat.addresses=null;heartbeat.tls-port=0;heartbeat.tls-addresses=null;"
		"fabric.port=0;fabric.addresses=null;fabric.tls-port=0;fabric.tls-addresses=null", p, n, address, p, n, address, p);
}

static void help(struct info *i) { info_print(info_help, NULL, NULL, ';', i->out); }

static void names(struct info *i)
{
	for (unsigned k = 0; k < n_namespaces; k++)
		buf_printf(i->out, "%s%s", k ? ";" : "", namespaces[k]->name);
}

/* All partitions are here: 4096 bits set. */
static void maps(struct info *i, const char *before)
{
	char all[PARTITIONS / 8];

	memset(all, 0xff, sizeof(all));
	for (unsigned k = 0; k < n_namespaces; k++) {
		buf_printf(i->out, "%s%s:%s", k ? ";" : "", namespaces[k]->name, before);
		base64_encode(i->out, all, sizeof(all));
	}
}

static void replicas(struct info *i) { maps(i, "0,1,"); }
static void replicas_all(struct info *i) { maps(i, "1,"); }
static void replicas_master(struct info *i) { maps(i, ""); }

static void partition_info(struct info *i)
{
	buf_lit(i->out, "namespace:partition:state:n_replicas:replica:succession:n_dupl:working_master:proxy_dst:emigrates:lead_emigrates:"
		"immigrates:records:tombstones:regime:tree_id:version:final_version");
	for (unsigned k = 0; k < n_namespaces; k++)
		for (unsigned p = 0; p < PARTITIONS; p++)
			buf_printf(i->out, ";%s:%u:S:1:0:0:0:" NODE_ID ":" NODE_ID ":0:0:0:%u:0:0:1:9cac92f9c489.0.mp-:9cac92f9c489.0.mp-",
				namespaces[k]->name, p, namespaces[k]->part[p].n);
}

static void cluster_stable(struct info *i)
{
	struct span size = info_param(i, "size");

	if (size.p && !span_is(size, "1"))
		info_error(i, RESULT_CLUSTER_KEY, "cluster not specified size");
	else
		buf_lit(i->out, CLUSTER_KEY);
}

static void user_agent_set(struct info *i)
{
	static struct buf text;
	struct span value;

	if (!info_need(i, "value", 87, &value))
		return;
	buf_reset(&text);
	if (!base64_decode(&text, value)) {
		info_error(i, RESULT_PARAMETER, "'value' invalid base64");
	} else if (i->c->user_agent_set) {
		info_error(i, RESULT_PARAMETER, "already set");
	} else {
		i->c->user_agent_set = true;
		buf_lit(i->out, "ok");
	}
}

static void logs(struct info *i)
{
	if (i->path.p)
		info_print(info_log_contexts, NULL, NULL, ';', i->out);
	else
		buf_lit(i->out, "0:stderr");
}

static void missing(struct info *i, const char *what)
{
	buf_printf(i->out, "ERROR:%d:missing '%s'", RESULT_PARAMETER, what);
}

static void smd_show(struct info *i)
{
	struct span module;

	if (!info_need(i, "module", 31, &module))
		return;
	if (!span_is(module, "sindex") && !span_is(module, "truncate") && !span_is(module, "UDF") && !span_is(module, "evict"))
		info_error(i, RESULT_PARAMETER, "unknown 'module'");
}

static void get_stats(struct info *i)
{
	if (info_param(i, "context").p)
		info_error(i, RESULT_PARAMETER, "unknown context");
	else
		missing(i, "context");
}

static void tip(struct info *i) { missing(i, "host"); }
static void tip_clear(struct info *i) { missing(i, "host-port-list"); }
static void physical_devices(struct info *i) { missing(i, "path"); }

#define ENTERPRISE "ERROR:25:enterprise only"

static const struct command {
	const char *name;
	info_answer_fn *answer;
	const char *text;	/* the whole answer, where it is always the same */
} commands[] = {
	{ "node", node, NULL },
	{ "name", node, NULL },
	{ "build", NULL, LOCAL_BUILD },
	{ "version", NULL, "Aerospike Community Edition build " LOCAL_BUILD },
	{ "edition", NULL, "Aerospike Community Edition" },
	{ "features", NULL, "batch-any;batch-index;blob-bits;cdt-index;cdt-list;cdt-map;cluster-stable;float;geo;sindex-exists;peers;pipelining;"
		"pquery;pscans;query-show;relaxed-sc;replicas;replicas-all;replicas-master;replicas-max;truncate-namespace;udf" },
	{ "partition-generation", NULL, "0" },
	{ "peers-generation", NULL, "0" },
	{ "rebalance-generation", NULL, "1" },
	{ "peers-clear-std", NULL, "0,3000,[]" },
	{ "peers-clear-alt", NULL, "0,3000,[]" },
	{ "peers-tls-std", NULL, ENTERPRISE },
	{ "peers-tls-alt", NULL, ENTERPRISE },
	{ "alumni-clear-std", NULL, "0,3000,[]" },
	{ "alumni-clear-alt", NULL, "0,3000,[]" },
	{ "alumni-tls-std", NULL, ENTERPRISE },
	{ "alumni-tls-alt", NULL, ENTERPRISE },
	{ "service", service, NULL },
	{ "endpoints", endpoints, NULL },
	{ "service-clear-std", service, NULL },
	{ "service-clear-alt", NULL, "" },
	{ "service-tls-std", NULL, ENTERPRISE },
	{ "service-tls-alt", NULL, ENTERPRISE },
	{ "services", NULL, "" },
	{ "services-alumni", NULL, "" },
	{ "services-alumni-reset", NULL, "ok" },
	{ "services-alternate", NULL, "" },
	{ "admin-clear-std", NULL, "" },
	{ "admin-tls-std", NULL, "" },
	{ "replicas", replicas, NULL },
	{ "replicas-all", replicas_all, NULL },
	{ "replicas-master", replicas_master, NULL },
	{ "partition-info", partition_info, NULL },
	{ "partitions", NULL, "4096" },
	{ "cluster-name", NULL, "null" },
	{ "cluster-stable", cluster_stable, NULL },
	{ "status", NULL, "ok" },
	{ "compatibility-id", NULL, "15" },
	{ "build_ee_sha", NULL, "" },
	{ "build_sha", NULL, "" },
	{ "build_arch", NULL, "x86_64" },
	{ "build_time", NULL, "" },
	{ "build_os", NULL, "debian12" },
	{ "best-practices", NULL, "failed_best_practices=none" },
	{ "connection", NULL, "admin=false" },
	{ "user-agent-set", user_agent_set, NULL },
	{ "user-agents", NULL, "" },
	{ "digests", NULL, "RIPEMD160" },
	{ "get-sl", node, NULL },
	{ "help", help, NULL },

	{ "namespaces", names, NULL },
	{ "namespace", info_namespace, NULL },
	{ "sets", info_sets, NULL },
	{ "objects", info_objects, NULL },
	{ "statistics", info_statistics, NULL },
	{ "get-stats", get_stats, NULL },
	{ "latencies", info_latencies, NULL },
	{ "histogram", info_histogram, NULL },
	{ "index-pressure", info_index_pressure, NULL },
	{ "health-stats", NULL, "" },
	{ "health-outliers", NULL, "" },
	{ "logs", logs, NULL },
	{ "log", logs, NULL },
	{ "log-set", NULL, "ok" },
	{ "set-log", NULL, "ok" },
	{ "log-message", NULL, "ok" },
	{ "get-config", info_get_config, NULL },
	{ "config-get", info_get_config, NULL },
	{ "set-config", info_set_config_command, NULL },
	{ "config-set", info_set_config_command, NULL },

	{ "sindex", info_sindex, NULL },
	{ "sindex-list", info_sindex_list, NULL },
	{ "sindex-stat", info_sindex_stat, NULL },
	{ "sindex-exists", info_sindex_exists, NULL },
	{ "sindex-create", info_sindex_create, NULL },
	{ "sindex-delete", info_sindex_delete, NULL },
	{ "truncate", info_truncate, NULL },
	{ "truncate-undo", info_truncate_undo, NULL },
	{ "truncate-namespace", info_truncate_namespace, NULL },
	{ "truncate-namespace-undo", info_truncate_namespace_undo, NULL },
	{ "query-show", info_query_show, NULL },
	{ "query-abort", info_query_abort, NULL },
	{ "query-abort-all", info_query_abort_all, NULL },
	{ "udf-list", info_udf_list, NULL },
	{ "udf-put", info_udf_put, NULL },
	{ "udf-get", info_udf_get, NULL },
	{ "udf-remove", info_udf_remove, NULL },
	{ "udf-clear-cache", NULL, "ok" },
	{ "smd-show", smd_show, NULL },
	{ "recluster", NULL, "ok" },
	{ "eviction-reset", NULL, "ok" },
	{ "dump-cluster", NULL, "ok" },
	{ "dump-fabric", NULL, "ok" },
	{ "dump-hb", NULL, "ok" },
	{ "dump-hlc", NULL, "ok" },
	{ "dump-migrates", NULL, "ok" },
	{ "dump-rw", NULL, "ok" },
	{ "dump-skew", NULL, "ok" },
	{ "tip", tip, NULL },
	{ "tip-clear", tip_clear, NULL },
	{ "physical-devices", physical_devices, NULL },
	{ "mesh", NULL, "" },
	{ "mcast", NULL, "ERROR:4:heartbeat is in multicast mode" },

	{ "feature-key", NULL, ENTERPRISE },
	{ "rack-ids", NULL, ENTERPRISE },
	{ "racks", NULL, ENTERPRISE },
	{ "roster", NULL, ENTERPRISE },
	{ "roster-set", NULL, ENTERPRISE },
	{ "quiesce", NULL, ENTERPRISE },
	{ "quiesce-undo", NULL, ENTERPRISE },
	{ "revive", NULL, ENTERPRISE },
	{ "masking", NULL, ENTERPRISE },
	{ "xdr-dc-state", NULL, ENTERPRISE },
	{ "xdr-get-filter", NULL, ENTERPRISE },
	{ "xdr-set-filter", NULL, ENTERPRISE },
};

static void answer(struct connection *c, struct span command, struct buf *out)
{
	struct info i = { .c = c, .out = out };
	size_t n = 0;

	while (n < command.n && !strchr(":/;", command.p[n]))
		n++;
	if (n < command.n)
		*(command.p[n] == '/' ? &i.path : &i.params) = (struct span){ command.p + n + 1, command.n - n - 1 };
	server_counts.info++;
	for (size_t k = 0; k < sizeof(commands) / sizeof(*commands); k++)
		if (span_is((struct span){ command.p, n }, commands[k].name)) {
			if (commands[k].text)
				buf_span(out, span_of(commands[k].text));
			else
				commands[k].answer(&i);
			return;
		}
	info_error(&i, RESULT_PARAMETER, "unrecognized command");
}

static void answer_line(struct connection *c, struct span command, struct buf *out)
{
	buf_span(out, command);
	buf_byte(out, '\t');
	answer(c, command, out);
	buf_byte(out, '\n');
}

void info_answer(struct connection *c, struct span request, struct buf *out)
{
	/* What very old clients ask for with an empty request. */
	static const char *const summary[] = { "features", "node", "compatibility-id", "edition", "build_ee_sha", "build_sha",
		"build_arch", "build_time", "build_os", "build", "version", "statistics", "services-alumni", "services", "partition-generation" };
	const char *p = request.p, *end = request.p + request.n, *nl;

	for (size_t k = 0; request.n == 0 && k < sizeof(summary) / sizeof(*summary); k++)
		answer_line(c, span_of(summary[k]), out);
	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
		answer_line(c, (struct span){ p, (size_t)(nl - p) }, out);
}
