/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFO_H
#define INFO_H

#include "server.h"
#include "store.h"

/* Info commands (wire reference, section 2): one table in info.c, parameters in info_param.c, answers by subject in the others. */

#define NODE_ID "BB9000000000001"
#define CLUSTER_KEY "9CAC92F9C489"

struct info {
	struct connection *c;
	struct span path;	/* what stands behind "name/", absent when there is none */
	struct span params;	/* what stands behind "name:", likewise */
	struct buf *out;
};

typedef void info_answer_fn(struct info *i);

/* The value of a parameter ("key=value;..."), absent when it is not there; of a repeated one the first. */
struct span info_param(const struct info *i, const char *key);
/* The next "key=value" of *rest. A word without '=' has an absent value. */
bool info_next(struct span *rest, struct span *key, struct span *value);
/* A parameter of 1 to max bytes. False: it is missing, empty or too long, and the answer says so. */
bool info_need(struct info *i, const char *key, size_t max, struct span *value);
/* The same for one that may be missing (then absent). */
bool info_may(struct info *i, const char *key, size_t max, struct span *value);
/* namespace=, or the older ns= and id=. The name alone, or the namespace it stands for. */
bool info_need_namespace_name(struct info *i, struct span *name);
struct namespace *info_need_namespace(struct info *i);
/* The next piece between slashes. */
struct span info_piece(struct span *path);
void info_error(struct info *i, int code, const char *message);
bool info_number(struct span text, uint64_t *n);

/* Texts of info_text.c. */
typedef const char *const info_text[];	/* pieces of "name=value;...", NULL behind the last */
extern info_text info_node_stats, info_namespace_stats, info_service_config, info_network_config, info_namespace_config,
	info_set_config, info_help, info_log_contexts;

/* What stands over the resting values of such a text: true when it printed a value for that name. */
typedef bool info_live(const void *of, struct span name, struct buf *out);
void info_print(const char *const *text, info_live *live, const void *of, char between, struct buf *out);
/* Is there such a name in the text? */
bool info_has(const char *const *text, struct span name);

/* Configuration (info_config.c): the namespace's, and what a set has of its own, for the rows of "sets". */
void config_print_namespace(const struct namespace *ns, struct buf *out);
void config_print_set(const struct namespace *ns, unsigned set, struct buf *out);

/* Answers. */
info_answer_fn info_get_config, info_set_config_command;
info_answer_fn info_statistics, info_namespace, info_sets, info_objects, info_latencies, info_histogram, info_index_pressure;
info_answer_fn info_sindex, info_sindex_list, info_sindex_stat, info_sindex_exists, info_sindex_create, info_sindex_delete;
info_answer_fn info_truncate, info_truncate_namespace, info_truncate_undo, info_truncate_namespace_undo;
info_answer_fn info_query_show, info_query_abort, info_query_abort_all;
info_answer_fn info_udf_put, info_udf_list, info_udf_get, info_udf_remove;

#endif
