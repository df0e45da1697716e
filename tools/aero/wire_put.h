/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_PUT_H
#define WIRE_PUT_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* The wire's MessagePack, piece by piece: what lists, maps and the arguments of operations are made of. Integers take their smallest form; text and
 * bytes have their particle type in front. Source: the wire protocol reference, section 3.8. */
void wire_put_int(struct buf *out, int64_t i);
void wire_put_double(struct buf *out, double d);
void wire_put_bool(struct buf *out, bool yes);
void wire_put_nil(struct buf *out);
void wire_put_raw(struct buf *out, uint8_t particle, struct span bytes);
void wire_put_list(struct buf *out, uint32_t n);	/* n items follow */
void wire_put_map(struct buf *out, uint32_t n);		/* n pairs follow */

#endif
