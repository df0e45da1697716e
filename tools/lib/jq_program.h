/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_PROGRAM_H
#define JQ_PROGRAM_H

#include "buf.h"
#include "jq_sight.h"
#include "span.h"

#include <jv.h>

/* A program in jq that looks at one line at a time. What libjq 1.6 does to those who use it plainly is met here: it aborts on `include`
 * unless it has a library path, it reads ~/.jq, it calls abort() on some programs, its messages name the program "<top-level>". */
struct jq_program;

struct jq_program_source {
	const char *text;	/* -e: the program itself ... */
	const char *file;	/* -f: ... or the file that holds it */
	jv libraries;		/* array of directories for include and import */
	jv args;		/* object: $name -> value */
};

/* The directories that every program may include from: the file's own, then the ones given, then the routes that come with
 * this program (beside its binary, and installed). Paths are made absolute. */
jv jq_program_libraries(jv given, const char *file);

/* Read and compile; about 20 ms. NULL when it can't be: then *why has the first error in the house's grammar
 * ("orders.jq:3: syntax error, unexpected ..."), and all others of the compiler behind it, one per line. */
struct jq_program *jq_program_load(const struct jq_program_source *s, struct buf *why);
void jq_program_free(struct jq_program *p);

/* What the program sees of a line. */
const struct jq_sight *jq_program_sight(const struct jq_program *p);

/* Run on one line, whole and checked (record_parse and its like do that). The output goes to take, which takes the value, appends to *text
 * what it makes of it and answers a number of its own, 0 or more; that is the result. Two outputs are an error. For JQ_ERROR *text is the
 * message; good until the next call. A program that never ends can't be stopped from here. */
enum { JQ_ERROR = -1, JQ_NOTHING = -2 };
typedef int jq_take(void *ctx, struct buf *text, jv value);
int jq_program_run(struct jq_program *p, struct span line, jq_take *take, void *ctx, struct span *text);

/* The message of an error without the pieces of data that libjq puts in: `string (...) and number (...) cannot be added`. */
void jq_program_censor(struct buf *out, struct span message);

/* After libjq has called abort() the state can't be used again: then this says so, and the owner loads the program anew. */
bool jq_program_broken(const struct jq_program *p);

#endif
