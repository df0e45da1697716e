/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "frame.h"
#include "frame_zip.h"
#include "tap.h"

#include <stdlib.h>
#include <zlib.h>

/* Compressed units there and back, and those that lie. */

static void put_message(struct buf *b, size_t n, unsigned alphabet)
{
	size_t unit = proto_begin(b, PROTO_MESSAGE);

	for (size_t i = 0; i < n; i++)
		buf_byte(b, (char)(rand() % (int)alphabet));
	proto_end(b, unit);
}

/* A compressed unit's body by hand: the length that it says, and any bytes as a zlib stream. */
static void by_hand(struct buf *b, uint64_t says, struct span inside)
{
	uLongf size = compressBound((uLong)inside.n);
	char *to;

	buf_reset(b);
	to = buf_reserve(b, 8 + size);
	put_be64((uint8_t *)to, says);
	if (compress2((Bytef *)to + 8, &size, (const Bytef *)inside.p, (uLong)inside.n, 9) != Z_OK)
		abort();
	b->n = 8 + size;
}

static struct buf packed, plain, unit;

static void there_and_back(size_t n, unsigned alphabet, bool smaller)
{
	struct frame f;

	buf_reset(&packed);
	buf_lit(&packed, "before");
	buf_reset(&unit);
	put_message(&unit, n, alphabet);
	ok(zip_unit(&packed, buf_as_span(&unit)) == smaller, "%zu bytes of %u kinds: %s", n, alphabet, smaller ? "smaller" : "not worth it");
	if (!smaller) {
		is_int((long)packed.n, 6, "nothing was appended");
		return;
	}
	is_int(frame_parse(&f, packed.p + 6, packed.n - 6), 1, "one unit");
	ok(f.type == PROTO_COMPRESSED && f.size == packed.n - 6 && packed.n - 6 < unit.n, "%zu bytes instead of %zu", f.size, unit.n);
	ok(zip_open(&plain, f.body, FRAME_MAX) == NULL && span_eq(buf_as_span(&plain), buf_as_span(&unit)), "the same comes out");
}

static void refused(struct span body, size_t max, const char *why, const char *what)
{
	const char *said = zip_open(&plain, body, max);

	ok(said && strcmp(said, why) == 0, "%s: %s", what, said ? said : "taken");
}

static void lies(void)
{
	struct buf body = { 0 }, odd = { 0 };
	struct span whole;
	char *zeros = calloc(1, 8 << 20);

	refused((struct span){ "1234567", 7 }, FRAME_MAX, "no length", "seven bytes");
	refused((struct span){ "\0\0\0\0\0\0\0\7", 8 }, FRAME_MAX, "a length out of bounds", "less than a header");
	refused((struct span){ "\377\377\377\377\377\377\377\377", 8 }, FRAME_MAX, "a length out of bounds", "2^64 - 1");
	refused((struct span){ "\0\0\0\0\0\0\1\0", 8 }, FRAME_MAX, "not a zlib stream", "no stream");
	refused((struct span){ "\0\0\0\0\0\0\1\0 garbage", 16 }, FRAME_MAX, "not a zlib stream", "garbage");
	buf_reset(&unit);
	put_message(&unit, 1000, 4);
	whole = buf_as_span(&unit);
	by_hand(&body, whole.n, whole);
	ok(!zip_open(&plain, buf_as_span(&body), whole.n), "exactly at the bound");
	refused(buf_as_span(&body), whole.n - 1, "a length out of bounds", "over the bound");
	buf_byte(&body, 'x');
	refused(buf_as_span(&body), FRAME_MAX, "bytes behind its end", "one byte more");
	for (size_t cut = 9; cut < body.n - 1; cut += 7)
		if (!zip_open(&plain, (struct span){ body.p, cut }, FRAME_MAX))
			ok(false, "cut at %zu: taken", cut);
	refused((struct span){ body.p, body.n - 3 }, FRAME_MAX, "cut short", "cut short");
	by_hand(&body, whole.n - 1, whole);
	refused(buf_as_span(&body), FRAME_MAX, "longer than it says", "one byte longer");
	by_hand(&body, whole.n + 1, whole);
	refused(buf_as_span(&body), FRAME_MAX, "shorter than it says", "one byte shorter");
	/* Eight megabytes that say to be a hundred bytes: they must not come out. */
	buf_free(&plain);
	by_hand(&body, 100, (struct span){ zeros, 8 << 20 });
	refused(buf_as_span(&body), FRAME_MAX, "longer than it says", "a bomb");
	ok(plain.cap < 4096, "and it took %zu bytes of memory", plain.cap);
	by_hand(&body, 8 << 20, (struct span){ zeros, 8 << 20 });
	refused(buf_as_span(&body), 1 << 20, "a length out of bounds", "a bomb that says what it is");
	/* What is inside must be one message. */
	by_hand(&body, 4096, (struct span){ zeros, 4096 });
	refused(buf_as_span(&body), FRAME_MAX, "not a message inside", "zeros");
	put_message(&unit, 10, 4);
	by_hand(&body, unit.n, buf_as_span(&unit));
	refused(buf_as_span(&body), FRAME_MAX, "not a message inside", "two units");
	zip_unit(&odd, whole);
	by_hand(&body, odd.n, buf_as_span(&odd));
	refused(buf_as_span(&body), FRAME_MAX, "not a message inside", "a compressed unit in a compressed unit");
	buf_free(&body);
	buf_free(&odd);
	free(zeros);
}

int main(void)
{
	struct buf small = { .max = 40 };

	there_and_back(0, 2, false);
	there_and_back(120, 2, false);
	there_and_back(121, 2, true);
	there_and_back(5000, 256, false);
	there_and_back(70000, 20, true);
	there_and_back(3 << 20, 3, true);
	buf_reset(&unit);
	put_message(&unit, 1000, 2);
	ok(!zip_unit(&small, buf_as_span(&unit)) && small.n == 0 && !small.full, "no room: as if nothing had been asked");
	lies();
	buf_free(&packed);
	buf_free(&plain);
	buf_free(&unit);
	buf_free(&small);
	return tap_end();
}
