/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMAS_H
#define SCHEMAS_H

#include "avro_json.h"

#include <stdint.h>

/* Avro schemas by the id that a schema registry gave them: a directory of files ID.avsc, read when first asked for, or one file that
 * stands for every id. */
struct schemas;

/* Dies (EX_CONFIG) when the path is neither a directory nor a file with a schema. */
struct schemas *schemas_open(const char *path);
/* The schema of an id; of any id when path is a file. NULL when there is none (why is "" then) or it is broken (why says so). What is
 * not there is looked for again, once a second at most. */
const struct avro_json *schemas_get(struct schemas *s, uint32_t id, char *why, size_t why_size);
/* The one schema of a file, NULL when there is a directory. */
const struct avro_json *schemas_one(const struct schemas *s);
void schemas_free(struct schemas *s);

#endif
