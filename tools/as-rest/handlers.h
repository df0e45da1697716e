/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "rest.h"

/* What the rows of routes.c name; each file has those of one area. */

/* kvs.c */
void kvs_get(struct request *r);
void kvs_head(struct request *r);
void kvs_write(struct request *r);
void kvs_delete(struct request *r);

/* operate.c, batch.c */
void operate_v1(struct request *r);
void operate_v2(struct request *r);
void operate_read_v1(struct request *r);
void operate_read_v2(struct request *r);
void batch_run(struct request *r);

/* info.c, cluster.c */
void info_any(struct request *r);
void info_node(struct request *r);
void cluster_get(struct request *r);

/* index.c, truncate.c */
void index_list(struct request *r);
void index_create(struct request *r);
void index_stats(struct request *r);
void index_drop(struct request *r);
void truncate_records(struct request *r);

/* plain.c */
void plain_root(struct request *r);
void plain_health(struct request *r);
void plain_api(struct request *r);
void plain_swagger(struct request *r);

#endif
