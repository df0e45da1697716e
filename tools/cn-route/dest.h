/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEST_H
#define DEST_H

#include "buf.h"
#include "span.h"

/* A destination is a kind of sink and a name that this sink understands, written "kafka:orders". In the line it is a member of
 * `to`: {"kafka":{"topic":"orders"}}. "sink:NAME" is the sink of that name itself, as cn-fan knows it: {"NAME":{}}. */
enum dest_kind { DEST_KAFKA, DEST_KINESIS, DEST_HTTP, DEST_SINK };

/* The kind of a word ("kafka", "kinesis", "http", "sink"); -1 for any other. */
int dest_kind_of(struct span word);
const char *dest_kind_name(enum dest_kind kind);

/* "kind:NAME" into its parts; the name points into text. NULL when that went well, else why it can't be one. */
const char *dest_parse(const char *text, enum dest_kind *kind, struct span *name);

/* What is wrong with a name for this kind of destination: a static text, or NULL when it will do. A Kafka topic has 1 to 249, a
 * Kinesis stream 1 to 128 of the characters a-z A-Z 0-9 . _ -, and a topic is not called "." or ".."; an HTTP destination
 * or a sink is any UTF-8 text without control characters. */
const char *dest_check(enum dest_kind kind, struct span name);

/* Append the member, `"kafka":{"topic":"orders"}`, for a name that dest_check let through; with `more`, members as JSON text, behind
 * the name. */
void dest_put(struct buf *b, enum dest_kind kind, struct span name, struct span more);

#endif
