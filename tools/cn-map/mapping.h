/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAPPING_H
#define MAPPING_H

#include "copy.h"
#include "notify.h"
#include "select.h"

#include <regex.h>

/* What becomes of the lines of a topic. */
enum on_null { NULL_ERROR, NULL_DELETE, NULL_IGNORE };
enum replay { REPLAY_NONE, REPLAY_AUTO, REPLAY_LINE, REPLAY_FLAT_JSON, REPLAY_JSON, REPLAY_MSGPACK };

#define NAMESPACE_MAX 31	/* bytes of names */
#define SET_MAX 63
#define BIN_MAX 15
#define BINS_MAX 32767
#define TTL_MAX INT64_C(315360000)	/* ten years, the servers' limit */

struct bin_rule {
	char *name;
	char *label;		/* `"name":` as JSON */
	char *hint;		/* where a line's types speak of it, "/value/amount" */
	struct selector from;
};

/* Owns all that its pointers point to. */
struct mapping {
	char *topic;			/* a name, a regular expression when it begins with ^; NULL is any topic */
	regex_t pattern;
	bool has_pattern;
	struct selector ns, set, key, digest, ttl, lut;
	bool all_fields;
	struct bin_rule *bin;
	size_t n_bins;
	char **except;			/* fields that --all-fields leaves out */
	size_t n_except;
	enum on_null on_null;
	bool ignore_invalid;		/* drop records that can't be mapped */
	bool deletes;			/* every line is a delete */
	bool remove_null;		/* a null field takes the bin away, instead of leaving it alone */
	bool integer_booleans, plain_maps;
	bool events;			/* values are change events of Debezium */
	enum replay replay;
	struct buf put;			/* members for as-put that are the same for all records, with commas between */
};

/* What options and configuration files say. Each answers NULL, or why it can't be (good until the next call). */
const char *mapping_add_bins(struct mapping *g, const char *fields);	/* a,b:name,... */
const char *mapping_add_bin(struct mapping *g, const char *name, struct selector *from);	/* takes the selector */
const char *mapping_add_except(struct mapping *g, const char *fields);	/* a,b,... */
const char *mapping_set_topic(struct mapping *g, const char *topic);
const char *mapping_check_name(const char *what, const struct selector *s, size_t min, size_t max);	/* a static one */
const char *mapping_check_ttl(const struct selector *s);		/* the same */
const char *mapping_check(const struct mapping *g);	/* is it all there? */
/* What goes on to as-put. */
const char *mapping_put_exists(struct mapping *g, const char *action);
void mapping_put_flag(struct mapping *g, const char *name, bool value);
const char *mapping_put_ignore(struct mapping *g, const char *codes);	/* 5,2 */
void mapping_free(struct mapping *g);

/* Seconds to live from text: -2, -1, 0, 90, 10M, 24H, 1D. False when it is none, or more than ten years. */
bool ttl_parse(struct span text, int64_t *seconds);

/* Scratch that is kept from line to line. */
struct mapper {
	struct copier copy;
	struct types hints;
	struct notify notify;
	struct buf text, bytes, path, record;
	struct buf why;		/* of the last line that could not be mapped, plain text */
};

enum mapped { MAPPED_WRITE, MAPPED_DELETE, MAPPED_SKIP, MAPPED_BAD };

void mapper_init(struct mapper *m);
void mapper_free(struct mapper *m);
/* Append the record line of a Kafka line to *out, without a line end. For MAPPED_BAD m->why tells; only for the first two *out is more
 * than it was. */
enum mapped map_line(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out);

/* The parts that the ways to a record share. put_bad answers MAPPED_BAD. */
enum mapped map_bad(struct mapper *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Null, and not in the place of a double that JSON can't say; hint: where the line's types speak of it. */
bool map_is_nothing(struct mapper *m, struct span raw, struct span hint);
void map_begin(struct buf *out, const struct kafka_line *k);	/* {"id":17, */
void map_end(struct buf *out, const struct kafka_line *k);	/* ,"kafka":{...}} */
/* debezium.c: the row of a change event becomes the value. False: m->why tells. */
bool map_open_event(struct mapper *m, struct kafka_line *k, bool *is_delete);
/* replay.c: the value is a record already. */
enum mapped map_replay(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out);

#endif
