/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "buf.h"
#include "span.h"
#include "verdict.h"

#include <jv.h>

/* A route written in jq. What libjq 1.6 does to those who use it plainly is met here: it aborts on `include` unless it has a library
 * path, it reads ~/.jq, it calls abort() on some programs, its messages name the program "<top-level>". */
struct program;

struct program_source {
	const char *text;	/* -e: the program itself ... */
	const char *file;	/* -f: ... or the file that holds it */
	jv libraries;		/* array of directories for include and import */
	jv args;		/* object: $name -> value */
};

/* The directories that every program may include from: the file's own, then the ones given, then the routes that come with
 * this program (beside its binary, and installed). Paths are made absolute. */
jv program_libraries(jv given, const char *file);

/* Read and compile; about 20 ms. NULL when it can't be: then *why has the first error in the house's grammar
 * ("orders.jq:3: syntax error, unexpected ..."), and all others of the compiler behind it, one per line. */
struct program *program_load(const struct program_source *s, struct buf *why);
void program_free(struct program *p);

/* Run on one record line, whole and checked. For VERDICT_TO *text is the `to` object, for VERDICT_ERROR the message; good until the
 * next call. A program that never ends can't be stopped from here. */
enum verdict program_run(struct program *p, struct span line, struct span *text);

/* The message of an error without the pieces of data that libjq puts in: `string (...) and number (...) cannot be added`. */
void program_censor(struct buf *out, struct span message);

/* After libjq has called abort() the state can't be used again: then this says so, and the owner loads the program anew. */
bool program_broken(const struct program *p);

#endif
