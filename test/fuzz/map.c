/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"
#include "pack.h"
#include "record.h"
#include "value_encode.h"

#include "fuzz.h"

#define MAPPINGS 6

static void select_or_die(struct selector *s, const char *text)
{
	MUST(!select_parse(s, text, true));
}

/* All kinds of selectors, of ways with values, and the formats. */
static void make_mappings(struct mapping g[MAPPINGS])
{
	for (int i = 0; i < 3; i++) {
		select_or_die(&g[i].ns, i == 1 ? "field:a" : "n");
		select_or_die(&g[i].set, i == 1 ? "meta:topic" : "s");
		select_or_die(&g[i].key, i == 1 ? "field:/a/b/0" : "key");
		select_or_die(&g[i].ttl, "field:t");
		g[i].all_fields = i != 1;
	}
	select_or_die(&g[1].lut, "meta:timestamp");
	MUST(!mapping_add_bins(&g[1], "a,/a/b:c,/m~0/0:d"));
	struct selector from = { 0 };
	select_or_die(&from, "value");
	MUST(!mapping_add_bin(&g[1], "doc", &from));
	select_or_die(&from, "meta:header:h");
	MUST(!mapping_add_bin(&g[1], "h", &from));
	select_or_die(&from, "key-field:/a/b");
	MUST(!mapping_add_bin(&g[1], "k", &from));
	MUST(!mapping_add_except(&g[2], "x"));
	g[2].plain_maps = g[2].integer_booleans = g[2].remove_null = true;
	g[2].on_null = NULL_DELETE;
	g[3].replay = REPLAY_AUTO;
	select_or_die(&g[4].ns, "n");
	select_or_die(&g[4].digest, "key");
	g[4].deletes = true;
	select_or_die(&g[5].ns, "n");
	select_or_die(&g[5].key, "field:id");
	g[5].all_fields = g[5].events = true;
}

/* Bins that as-put and its like can encode, each in whole; objects in the order of their names where types says so. */
static void check_bins(const struct record *r)
{
	static struct types types;
	static struct packer pack;
	static struct buf value;
	struct json_member m;
	struct span raw;
	struct json j;

	MUST(types_open(&types, r->types));
	pack_open(&pack, &value, &types, true);
	json_open(&j, r->bins);
	for (json_object(&j); json_member(&j, &m);) {
		static struct buf scratch;
		struct span name = json_text((struct span){ m.key.p - 1, m.key.n + 2 }, (buf_reset(&scratch), &scratch));

		json_value(&j, &raw);
		MUST(name.p && name.n >= 1 && name.n <= BIN_MAX);
		buf_reset(&value);
		value_encode_particle(&pack, name, raw);
		/* What the line itself said of its types may be wrong. */
		MUST(!pack.why || types.n);
	}
	MUST(json_done(&j));
}

static void check_line(const struct kafka_line *k, struct span line, bool is_delete, bool hints)
{
	struct record r;

	MUST(!memchr(line.p, '\n', line.n));
	MUST(record_parse(line, &r) && r.is_delete == is_delete);
	MUST(span_eq(r.id, k->id));
	MUST(is_delete || r.bins.p || r.operate.p);
	if (r.bins.p && !hints)
		check_bins(&r);
}

/* Mapped once more, a record's own bins stay as they are: their order is the one that is kept. */
static void check_again(struct mapper *m, const struct mapping *g, struct span line)
{
	static struct kafka_line again;
	static struct buf text, out;
	struct record r, s;

	MUST(record_parse(line, &r));
	buf_reset(&text);
	buf_reset(&out);
	buf_lit(&text, "{\"key\":\"k\",\"value\":");
	buf_span(&text, r.bins);
	buf_byte(&text, '}');
	MUST(kafka_line_parse(&again, buf_as_span(&text)));
	enum mapped mapped = map_line(m, g, &again, &out);
	if (mapped == MAPPED_BAD)	/* a field for the ttl that is none: not of this line any more */
		return;
	MUST(mapped == MAPPED_WRITE && record_parse(buf_as_span(&out), &s));
	MUST(span_eq(r.bins, s.bins));
	MUST(span_eq(r.types, s.types) || types_find(&m->hints, SPAN("userKey")) || memmem(r.types.p, r.types.n, "userKey", 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mapping g[MAPPINGS];
	static struct kafka_line k;
	static struct mapper m;
	static struct buf out;
	static bool ready;
	struct span line = { (const char *)data, size };

	if (!ready) {
		mapper_init(&m);
		make_mappings(g);
		ready = true;
	}
	int64_t seconds;
	if (ttl_parse(line, &seconds))
		MUST(seconds >= -2 && seconds <= TTL_MAX);
	if (size && memchr(data, '\n', size))
		return 0;
	if (!kafka_line_parse(&k, line)) {
		MUST(k.why && k.at <= size);
		return 0;
	}
	if (k.skip || k.error.p || k.is_record)
		return 0;
	for (int i = 0; i < MAPPINGS; i++) {
		buf_reset(&out);
		switch (map_line(&m, &g[i], &k, &out)) {
		case MAPPED_WRITE:
			check_line(&k, buf_as_span(&out), false, k.types.p || i == 3);
			if (i == 0 && !k.types.p)
				check_again(&m, &g[0], buf_as_span(&out));
			break;
		case MAPPED_DELETE:
			check_line(&k, buf_as_span(&out), true, true);
			break;
		case MAPPED_SKIP:
		case MAPPED_BAD:
			MUST(out.n == 0);
			break;
		}
	}
	return 0;
}
