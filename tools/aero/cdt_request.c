/* SPDX-License-Identifier: Apache-2.0 */
#include "cdt_request.h"

#include "wire_put.h"

enum { NESTED = 0xff };		/* [255, path, call]: the call inside of the path */

void cdt_path(struct buf *out, const struct cdt_step *path, unsigned n)
{
	wire_put_list(out, 2 * n);
	for (unsigned i = 0; i < n; i++) {
		wire_put_int(out, path[i].type);
		buf_span(out, path[i].value);
	}
}

size_t cdt_begin(struct buf *out, const struct cdt_step *path, unsigned n, uint8_t code)
{
	size_t mark;

	if (n) {
		wire_put_list(out, 3);
		wire_put_int(out, NESTED);
		cdt_path(out, path, n);
	}
	mark = out->n;
	wire_put_list(out, 1);
	wire_put_int(out, code);
	return mark;
}

void cdt_end(struct buf *out, size_t mark, unsigned args)
{
	if (!out->full)
		out->p[mark] = (char)(0x90 | (args + 1));
}
