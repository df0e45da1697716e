/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "jq_program.h"
#include "memo.h"
#include "verdict.h"

/* A route written in jq, and what it said before. */
struct program;

/* As jq_program_load. */
struct program *program_load(const struct jq_program_source *s, struct buf *why);
void program_free(struct program *p);

/* Run on one record line, whole and checked. For VERDICT_TO *text is the `to` object, for VERDICT_ERROR the message; good until the
 * next call. */
enum verdict program_run(struct program *p, struct span line, struct span *text);
/* As jq_program_broken. */
bool program_broken(const struct program *p);

#endif
