/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "jq_program.h"
#include "mapping.h"

/* A mapping written in jq: it sees the Kafka line and puts out the record, as {"metadata":{"namespace":...},"bins":{...}}; null, false or
 * nothing drops it. Like map_line, and of *g what concerns values and as-put. */
enum mapped map_program(struct mapper *m, const struct mapping *g, struct jq_program *jq, struct kafka_line *k, struct buf *out);

#endif
