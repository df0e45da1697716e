/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_H
#define FRAME_H

#include "message.h"
#include "span.h"

#include <stdint.h>

/* Units on a connection: the 8-byte proto header and its body. Source: the wire protocol reference, section 1. */
#define FRAME_MAX ((size_t)128 << 20)	/* bytes of a body */

struct frame {
	uint8_t type;		/* PROTO_INFO, PROTO_SECURITY, PROTO_MESSAGE ... */
	struct span body;
	size_t size;		/* header and body */
};

/* 1: a whole unit is there. 0: more bytes are needed; f->size is what the unit needs in all, 0 while even that is unknown. -1: no
 * unit (bad version or type, or too large): close the connection. */
int frame_parse(struct frame *f, const char *p, size_t n);

#endif
