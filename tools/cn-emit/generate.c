/* SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"

#include "bytes.h"
#include "digest.h"
#include "json.h"
#include "particle.h"

#define FIRST_UPDATE INT64_C(1700000000000)	/* lut of the first record; one more millisecond for each */

enum { ORDERS, USERS, EVENTS };
static const struct span set_names[] = { { "orders", 6 }, { "users", 5 }, { "events", 6 } };

static uint64_t draw(struct generator *g)
{
	uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);	/* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t below(struct generator *g, uint32_t n)
{
	return (uint32_t)((draw(g) >> 32) * n >> 32);
}

void generate_open(struct generator *g, uint64_t seed, unsigned insert, unsigned update)
{
	*g = (struct generator){ .state = seed, .insert = insert, .update = update };
}

static const char *const words[] = { "red", "green", "blue", "oak", "steel", "Zürich", "Köln", "東京", "chair", "lamp", "desk", "large",
	"small", "next-day", "gift", "return", "café", "fragile", "bulk", "new" };
static const char *const states[] = { "new", "paid", "packed", "shipped", "returned" };
static const char *const kinds[] = { "view", "click", "search", "cart", "checkout" };

#define PICK(g, list) span_of((list)[below((g), sizeof(list) / sizeof(*(list)))])

static void put_words(struct generator *g, struct buf *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (i)
			buf_byte(b, ' ');
		buf_span(b, PICK(g, words));
	}
}

static void put_blob(struct generator *g, struct buf *b, unsigned max)
{
	uint64_t bytes[64];
	unsigned n = 1 + below(g, max);

	for (unsigned i = 0; i <= n / 8; i++)
		bytes[i] = draw(g);
	json_put_base64(b, bytes, n);
}

static void put_cents(struct generator *g, struct buf *b)
{
	unsigned cents = below(g, 100000);

	json_put_int64(b, cents / 100);
	buf_byte(b, '.');
	buf_byte(b, (char)('0' + cents / 10 % 10));
	if (cents % 10)	/* as the shortest text has it */
		buf_byte(b, (char)('0' + cents % 10));
}

static void put_coordinate(struct generator *g, struct buf *b, int range)
{
	json_put_int64(b, (int64_t)below(g, (uint32_t)range * 2) - range);
	buf_byte(b, '.');
	buf_byte(b, (char)('1' + below(g, 9)));
}

static void put_items(struct generator *g, struct buf *b)
{
	unsigned n = 1 + below(g, 4);

	buf_lit(b, ",\"items\":[");
	for (unsigned i = 0; i < n; i++) {
		buf_span(b, i ? SPAN(",{\"n\":") : SPAN("{\"n\":"));
		json_put_int64(b, 1 + below(g, 5));
		buf_lit(b, ",\"price\":");
		put_cents(g, b);
		buf_lit(b, ",\"sku\":\"A-");
		json_put_int64(b, below(g, 5000));
		buf_lit(b, "\"}");
	}
	buf_byte(b, ']');
}

static void put_order(struct generator *g, struct buf *b)
{
	bool placed = below(g, 4) == 0, noted = below(g, 8) == 0;

	buf_lit(b, "\"customer\":");
	json_put_int64(b, 1 + below(g, 100000));
	buf_lit(b, ",\"status\":\"");
	buf_span(b, PICK(g, states));
	buf_lit(b, "\",\"total\":");
	put_cents(g, b);
	buf_span(b, below(g, 2) ? SPAN(",\"paid\":true") : SPAN(",\"paid\":false"));
	put_items(g, b);
	if (placed) {
		buf_lit(b, ",\"at\":{\"type\":\"Point\",\"coordinates\":[");
		put_coordinate(g, b, 180);
		buf_byte(b, ',');
		put_coordinate(g, b, 85);
		buf_lit(b, "]}");
	}
	if (noted) {
		buf_lit(b, ",\"note\":\"");
		put_words(g, b, below(g, 32) ? 1 + below(g, 30) : 500 + below(g, 1500));	/* now and then a long one */
		buf_byte(b, '"');
	}
	buf_span(b, placed ? SPAN("},\"types\":{\"/at\":\"geojson\"}") : SPAN("}"));
}

static void put_user(struct generator *g, struct buf *b)
{
	buf_lit(b, "\"name\":\"");
	put_words(g, b, 2);
	buf_lit(b, "\",\"age\":");
	json_put_int64(b, 18 + below(g, 70));
	buf_lit(b, ",\"tags\":[\"");
	buf_span(b, PICK(g, words));
	buf_lit(b, "\",\"");
	buf_span(b, PICK(g, words));
	buf_lit(b, "\"],\"prefs\":{\"lang\":\"de\",\"limit\":");
	json_put_int64(b, below(g, 1000));
	buf_lit(b, ",\"news\":null},\"avatar\":");
	put_blob(g, b, 96);
	buf_lit(b, "},\"types\":{\"/tags\":\"ordered\",\"/prefs\":\"key-ordered\",\"/avatar\":\"blob\"}");
}

static void put_event(struct generator *g, struct buf *b)
{
	buf_lit(b, "\"kind\":\"");
	buf_span(b, PICK(g, kinds));
	buf_lit(b, "\",\"nanos\":");
	json_put_int64(b, FIRST_UPDATE * 1000000 + (int64_t)(draw(g) >> 20));
	buf_lit(b, ",\"score\":");
	put_cents(g, b);
	buf_lit(b, ",\"path\":[");
	json_put_int64(b, below(g, 100));
	buf_lit(b, ",-");
	json_put_int64(b, 1 + below(g, 100000));
	buf_lit(b, ",\"");
	buf_span(b, PICK(g, words));
	buf_lit(b, "\",[true,null]],\"hits\":[[");
	json_put_int64(b, below(g, 1000));
	buf_lit(b, ",1],[-7,2]]},\"types\":{\"/hits\":\"map\"}");
}

/* The key of a record: orders "o-17", users 17, events "00000011-…" as a hex text; and its digest. */
static void put_key(struct buf *b, unsigned set, uint32_t n, bool bare)
{
	char text[24];
	uint8_t digest[DIGEST_SIZE];
	struct span key = { text, 8 };
	uint8_t particle = PARTICLE_STRING;

	if (set == USERS) {
		particle = PARTICLE_INTEGER;
		put_be64(text, n);
	} else {
		static const char hex[] = "0123456789abcdef";
		char digits[12], *d = digits + sizeof(digits);
		size_t at = 0;

		text[at++] = set == ORDERS ? 'o' : 'e';
		text[at++] = '-';
		do
			*--d = set == ORDERS ? (char)('0' + n % 10) : hex[n % 16];
		while (n /= set == ORDERS ? 10 : 16);
		memcpy(text + at, d, (size_t)(digits + sizeof(digits) - d));
		key.n = at + (size_t)(digits + sizeof(digits) - d);
	}
	digest_compute(digest, set_names[set], particle, key);
	if (!bare) {
		buf_lit(b, ",\"set\":\"");
		buf_span(b, set_names[set]);
		buf_lit(b, "\",\"userKey\":");
		if (set == USERS)
			json_put_int64(b, n);
		else
			json_put_string(b, key);
	}
	buf_lit(b, ",\"digest\":");
	json_put_base64(b, digest, sizeof(digest));
}

static void put_write(struct generator *g, struct buf *b, unsigned set, bool insert)
{
	int64_t lut = FIRST_UPDATE + (int64_t)g->made;

	buf_lit(b, ",\"msg\":\"write\",\"gen\":");
	json_put_int64(b, insert ? 1 : 2 + below(g, 20));
	buf_lit(b, ",\"lut\":");
	json_put_int64(b, lut);
	buf_lit(b, ",\"exp\":");
	json_put_int64(b, set == EVENTS ? lut / 1000 + 30 * 86400 : 0);
	buf_lit(b, "},\"bins\":{\"n\":");
	json_put_uint64(b, g->made);
	buf_byte(b, ',');
	if (set == ORDERS)
		put_order(g, b);
	else if (set == USERS)
		put_user(g, b);
	else
		put_event(g, b);
}

/* One delete of four is as a server before 5.0 ships it: no set, no key, no generation. */
static void put_delete(struct generator *g, struct buf *b, bool bare)
{
	buf_lit(b, ",\"msg\":\"delete\"");
	if (!bare) {
		buf_lit(b, ",\"gen\":");
		json_put_int64(b, 2 + below(g, 20));
		buf_lit(b, ",\"lut\":");
		json_put_int64(b, FIRST_UPDATE + (int64_t)g->made);
	}
	buf_span(b, below(g, 2) ? SPAN(",\"durable\":true}") : SPAN(",\"durable\":false}"));
}

void generate_line(struct generator *g, struct buf *b, uint64_t id)
{
	unsigned dice = below(g, 10), what = below(g, 100);
	unsigned set = dice < 5 ? ORDERS : dice < 7 ? USERS : EVENTS;
	bool insert = what < g->insert || !g->known[set];
	bool gone = !insert && what >= g->insert + g->update;
	bool bare = gone && below(g, 4) == 0;
	uint32_t key = insert ? ++g->known[set] : 1 + below(g, g->known[set]);

	if (id) {
		buf_lit(b, "{\"id\":");
		json_put_uint64(b, id);
		buf_lit(b, ",\"metadata\":{\"namespace\":\"shop\"");
	} else {
		buf_lit(b, "{\"metadata\":{\"namespace\":\"shop\"");
	}
	put_key(b, set, key, bare);
	if (gone)
		put_delete(g, b, bare);
	else
		put_write(g, b, set, insert);
	buf_byte(b, '}');
	g->made++;
}
