/* SPDX-License-Identifier: Apache-2.0 */
/* The immediate sink of the bench: acks every line at once, neighbours as ranges. It does as little as can be, so that what
 * is measured is the source. */
#include "ack.h"
#include "err.h"
#include "reader.h"
#include "writer.h"

/* Lines of cn-listen begin with {"id":N: */
static uint64_t id_of(struct span line)
{
	uint64_t id = 0;

	for (size_t i = sizeof("{\"id\":") - 1; i < line.n && line.p[i] >= '0' && line.p[i] <= '9'; i++)
		id = id * 10 + (uint64_t)(line.p[i] - '0');
	return id;
}

int main(int argc, char **argv)
{
	struct reader in;
	struct writer out;
	struct acks acks;
	struct span line;

	(void)argc;
	err_program(argv[0]);
	reader_open(&in, 0, (size_t)64 << 20);
	writer_open_acks(&out, 1);
	acks_open(&acks, &out);
	for (;;) {
		enum reader_result r = reader_take(&in, &line);

		if (r == READER_LINE) {
			acks_ok(&acks, id_of(line));
			continue;
		}
		acks_flush(&acks);
		if (r == READER_EOF || reader_fill(&in) < 0)
			break;
	}
	return writer_close(&out) < 0 ? EX_IOERR : EX_OK;
}
