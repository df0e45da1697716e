/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSFORM_H
#define TRANSFORM_H

#include "buf.h"
#include "span.h"

#include <regex.h>

/* What is done to a name, of a destination or a bin: lowercase, uppercase (ASCII letters), trim (white space at both ends),
 * or s/RE/REPLACEMENT/FLAGS with a POSIX extended regular expression. Any character may stand for the slash. The replacement refers to
 * the groups as \1 or $1 and to the whole match as \0, $0 or &; a backslash before any other character makes it a plain one. Flags:
 * g for every match instead of the first, i for either case.
 * j/RE/REPLACEMENT/FLAGS is the same in the syntax of Java's regular expressions and of its replacements: there & is a plain character,
 * $12 the group 12 if there is one, and ${name} a named group. */
struct transform {
	enum { TRANSFORM_LOWER, TRANSFORM_UPPER, TRANSFORM_TRIM, TRANSFORM_REPLACE, TRANSFORM_JAVA } kind;
	regex_t regex;
	struct transform_java *java;	/* TRANSFORM_JAVA */
	char *replacement;	/* compiled: bytes 1..10 stand for groups 0..9 */
	bool all;
};

/* Read one transform; t owns what it allocates. NULL when that went well, else why not (a text good until the next call). */
const char *transform_parse(struct transform *t, const char *text);
void transform_free(struct transform *t);

/* Apply to the name in *name, in place. */
void transform_apply(const struct transform *t, struct buf *name);

#endif
