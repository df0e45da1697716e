/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMIT_H
#define EMIT_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* The envelope of an answer, written once for JSON and MessagePack. Counts must be what follows; JSON ignores them. Values that others print
 * (gateway_value.h) go to out behind emit_next. */
struct emit {
	struct buf *out;
	bool msgpack;
	bool comma;		/* JSON: something stands before the next element */
};

void emit_open(struct emit *e, struct buf *out, bool msgpack);
/* Call before a value that is put into out by other means; the functions below do it themselves. */
void emit_next(struct emit *e);
void emit_map(struct emit *e, uint32_t pairs);
void emit_map_end(struct emit *e);
void emit_array(struct emit *e, uint32_t elements);
void emit_array_end(struct emit *e);
void emit_key(struct emit *e, struct span key);
void emit_text(struct emit *e, struct span text);	/* invalid UTF-8 is repaired in JSON */
void emit_int(struct emit *e, int64_t n);
void emit_bool(struct emit *e, bool b);
void emit_null(struct emit *e);
#define emit_name(e, literal) emit_key((e), SPAN(literal))

#endif
