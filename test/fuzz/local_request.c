/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "local.h"
#include "request.h"
#include "sindex.h"

/* Messages to as-local: single records, batches, scans, queries by index. The input is a row of them, each behind a length of two
 * bytes; they meet a namespace with a few records in it. Every answer must be made of whole messages. */

struct settings settings = { .host = "127.0.0.1", .port = 3000, .connections = 10 };

static void put(uint8_t n)
{
	static const char list[] = "\x93\1\xa3\3ab\xcb\x3f\xf8\0\0\0\0\0\0", map[] = "\x83\xc7\0\1\xc0\xa2\3a\1\xa2\3b\x91\2";
	char number[8] = { [7] = (char)n };
	uint8_t digest[DIGEST_SIZE] = { n, 2, 3 };
	const struct bin bins[] = { { SPAN("a"), { PARTICLE_INTEGER, { number, 8 } } }, { SPAN("s"), { PARTICLE_STRING, SPAN("text") } },
		{ SPAN("l"), { PARTICLE_LIST, { list, sizeof(list) - 1 } } }, { SPAN("m"), { PARTICLE_MAP, { map, sizeof(map) - 1 } } } };
	const struct value key = { PARTICLE_STRING, SPAN("key") };
	struct stored *r = stored_new(digest, &key, bins, 4);

	MUST(r);
	r->set = (uint16_t)store_set(namespaces[0], SPAN("demo"), true);
	r->generation = 1;
	r->lut = now_2010_ms();
	store_put(namespaces[0], r);
}

static void start(void)
{
	static const char *const names[] = { "test" };
	static struct sindex numbers = { .name = "by-a", .set = "demo", .bin = "a", .particle = PARTICLE_INTEGER },
		elements = { .name = "by-l", .set = "demo", .bin = "l", .particle = PARTICLE_STRING, .kind = SINDEX_LIST };

	store_open(NULL, names, 1);
	sindex_open();
	MUST(sindex_create(namespaces[0], &numbers) == RESULT_OK && sindex_create(namespaces[0], &elements) == RESULT_OK);
}

/* Jobs go on between requests, which is the event loop's affair. */
static bool is_background(struct span body)
{
	struct request r;

	return request_parse(body, &r) == RESULT_OK && !r.has_digest && !r.batch.p && (r.m.info2 & INFO2_WRITE);
}

static const uint8_t *check_message(const uint8_t *p, const uint8_t *end)
{
	struct message m;
	struct message_op op;
	struct message_field f;

	MUST(message_open(&m, p, (size_t)(end - p)));
	while (message_next_field(&m, &f))
		;
	for (unsigned i = 0; i < m.n_ops; i++)
		MUST(message_next_op(&m, &op));
	MUST(!m.error);
	return m.p;
}

static void check(const struct buf *out)
{
	const uint8_t *p = (const uint8_t *)out->p, *end = p + out->n;

	while (p < end) {
		uint64_t size = 0;
		const uint8_t *body = p + PROTO_SIZE;

		MUST(end - p >= PROTO_SIZE && p[0] == PROTO_VERSION && p[1] == PROTO_MESSAGE);
		for (int i = 2; i < PROTO_SIZE; i++)
			size = size << 8 | p[i];
		MUST(size <= (uint64_t)(end - body));
		for (p = body; p < body + size;)
			p = check_message(p, body + size);
		MUST(p == body + size);
	}
}

static void ask(struct connection *c, struct span body)
{
	buf_reset(&c->out);
	request_answer(c, body);
	while (c->job) {
		struct job *j = c->job;

		if (j->step(j, c))
			continue;
		c->job = NULL;
		j->free(j);
	}
	MUST(c->out.n && !c->out.full);
	check(&c->out);
}

/* Clearing the store takes longer than most inputs, so it is done only after something was written. */
static uint64_t changes_so_far(void)
{
	uint64_t n = 1;

	for (int o = 0; o < ORIGINS; o++)
		n += namespaces[0]->count[o][KIND_WRITE][OUTCOME_SUCCESS] + namespaces[0]->count[o][KIND_DELETE][OUTCOME_SUCCESS];
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct connection c = { .fd = -1, .peer = "127.0.0.1:1" };

	static uint64_t changes;

	if (!namespaces)
		start();
	if (changes != changes_so_far() || !changes) {
		store_truncate(namespaces[0], 0, UINT64_MAX);
		for (uint8_t n = 1; n < 4; n++)
			put(n);
		changes = changes_so_far();
	}
	while (size > 2) {
		size_t n = (size_t)data[0] << 8 | data[1];
		char *exact;

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		exact = malloc(n + 1);
		memcpy(exact, data, n);
		if (!is_background((struct span){ exact, n }))
			ask(&c, (struct span){ exact, n });
		free(exact);
		data += n;
		size -= n;
	}
	return 0;
}
