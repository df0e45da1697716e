/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRANSFORM_JAVA_H
#define TRANSFORM_JAVA_H

#include "buf.h"

/* The part of transform.c that speaks Java's regular expressions, by Oniguruma: replaceAll or, without `all`, replaceFirst. */
struct transform_java;

/* NULL when it can't be: *why says it, good until the next call. The texts are not kept. */
struct transform_java *transform_java_new(const char *pattern, const char *replacement, bool all, bool either_case, const char **why);
void transform_java_free(struct transform_java *t);
/* In place. A match that takes too many steps leaves the name as it is, and so does what is no text. */
void transform_java_apply(const struct transform_java *t, struct buf *name);

#endif
