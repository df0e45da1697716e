/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINE_H
#define LINE_H

#include "json.h"
#include "span.h"
#include "writer.h"

#include <stdint.h>

/* What every filter does with a line it passes on. A line keeps its bytes: a member is spliced in, never printed anew.
 * All write the line end too. */

/* The line as it is. */
void line_pass(struct writer *out, struct span line);
/* Is the last line of all (reader.h: torn) one that was cut short, as a stage leaves it that is killed while it writes? Nothing is wrong
 * with its record: to call it an error would have the source give up what it only needs to send again. */
bool line_is_cut(bool torn, struct span line);
/* Such a line goes on as it is, without a line end, with a word in the log; the sink has it come again. */
void line_pass_cut(struct writer *out, struct span line);
/* The line with `"name":value` added as its last member; `line` is a valid JSON object. If the line has such a member already
 * (old: its raw value, a span into line), that value is replaced in its place. `value` is JSON text without line ends. */
void line_put(struct writer *out, struct span line, struct span old, const char *name, struct span value);
/* {"id":17,"skip":true}: the record was dropped on purpose. `id` is the raw JSON text of the id, absent when the line has none:
 * then nobody waits for it and nothing is written. */
void line_skip(struct writer *out, struct span id);
/* {"id":17,"error":"..."}: this stage could not handle the record. Without an id only the log tells of it, so the caller logs
 * too. The text is plain, escaped here; invalid UTF-8 becomes U+FFFD. */
void line_error(struct writer *out, struct span id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The id of a line that may be cut short or broken: the raw value of a top-level "id" if it stands before the damage, else
 * absent. */
struct span line_id(struct span text);
/* A raw id as number; false when absent or not an integer up to ACK_ID_MAX. */
bool line_id_number(struct span id, uint64_t *out);

#endif
