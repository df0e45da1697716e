/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ANSWER_H
#define ANSWER_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* A body in JSON or MessagePack, written by the same calls: containers are opened with their number of items (MessagePack says it in front), then
 * come the items, each with its key in front inside of maps, then the end. Whether it fit is seen in out->full, once, at the end.
 *
 *	struct answer a = { .out = &body, .msgpack = false };
 *	answer_map(&a, 2);
 *	answer_key(&a, SPAN("message"));
 *	answer_text(&a, SPAN("Record not found"));
 *	answer_key(&a, SPAN("inDoubt"));
 *	answer_bool(&a, false);
 *	answer_map_end(&a);
 */
struct answer {
	struct buf *out;
	bool msgpack;
	bool comma;		/* JSON: an item stands before the next one */
};

void answer_map(struct answer *a, uint32_t n);
void answer_map_end(struct answer *a);
void answer_list(struct answer *a, uint32_t n);
void answer_list_end(struct answer *a);
void answer_key(struct answer *a, struct span name);	/* UTF-8 */
void answer_null(struct answer *a);
void answer_bool(struct answer *a, bool yes);
void answer_int(struct answer *a, int64_t i);
void answer_uint(struct answer *a, uint64_t u);
void answer_double(struct answer *a, double d);		/* JSON has no NaN or infinity: "NaN", "Infinity", "-Infinity" */
/* Text that is not valid UTF-8 gets U+FFFD in JSON, and becomes bytes in MessagePack. */
void answer_text(struct answer *a, struct span text);
void answer_bytes(struct answer *a, struct span bytes);	/* JSON: standard base64 */
void answer_ext(struct answer *a, uint8_t type, struct span bytes);	/* MessagePack only */
/* A value that stands there in the answer's own form, as an item. */
void answer_raw(struct answer *a, struct span value);

#endif
