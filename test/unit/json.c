/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "tap.h"

#include <dirent.h>

/* The JSON parsing corpus: y_* must be accepted, n_* refused, i_* may be either. */
#define CORPUS "test/fixtures/json-parsing"

static void discard(struct span exact)
{
	free((void *)(uintptr_t)exact.p);
}

/* Is this whole text one good JSON value? In memory of exactly its size. */
static bool good(struct span text)
{
	struct span s = tap_exact(text), raw;
	struct json j;
	enum json_type type;
	bool yes;

	json_open(&j, s);
	type = json_value(&j, &raw);
	yes = json_done(&j);
	if (yes != !j.error || (type == JSON_BAD) != !raw.p || j.p < s.p || j.p > s.p + s.n)
		abort();
	discard(s);
	return yes;
}

/* The same by entering every object and array by hand. */
static void walk(struct json *j)
{
	struct json_member m;

	if (json_peek(j) == JSON_OBJECT)
		for (json_object(j); json_member(j, &m);)
			walk(j);
	else if (json_peek(j) == JSON_ARRAY)
		for (json_array(j); json_element(j);)
			walk(j);
	else
		json_value(j, NULL);
}

static bool walked(struct span text)
{
	struct span s = tap_exact(text);
	struct json j;
	bool yes;

	json_open(&j, s);
	walk(&j);
	yes = json_done(&j);
	discard(s);
	return yes;
}

static void corpus(void)
{
	unsigned seen[256] = { 0 };
	struct dirent *d;
	DIR *dir = opendir(CORPUS);

	if (!dir) {
		ok(false, "open %s", CORPUS);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		char path[512];
		struct span s;
		bool yes;

		if (d->d_name[0] == '\0' || d->d_name[1] != '_')
			continue;
		snprintf(path, sizeof(path), CORPUS "/%s", d->d_name);
		s = tap_file(path);
		yes = good(s);
		seen[(unsigned char)d->d_name[0]]++;
		if (d->d_name[0] == 'i')
			ok(yes == walked(s), "%s: %s", d->d_name, yes ? "accepted" : "refused");
		else
			ok(yes == (d->d_name[0] == 'y') && yes == walked(s), "%s", d->d_name);
		discard(s);
	}
	closedir(dir);
	ok(seen['y'] == 95 && seen['n'] == 188 && seen['i'] == 35, "the corpus is whole");
}

static const char sample[] =
	" {\"id\":17,\"metadata\":{\"namespace\":\"shop\",\"set\":\"Z\\u00fcrich \\ud83d\\ude00\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\"},"
	"\"bins\":{\"qty\":-42,\"f\":1.5e-3,\"t\":true,\"no\":false,\"nil\":null,\"l\":[1,[2,[]],{}],\"long\":\"0123456789abcdef0123456789abcdef\","
	"\"utf8\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 sixteen and more \xc3\xa4\"}} ";

static void prefixes(void)
{
	struct span whole = span_of(sample);
	unsigned bad = 0;

	ok(good(whole) && walked(whole), "the sample is good");
	for (size_t n = 0; n < whole.n - 1; n++)
		if (good((struct span){ whole.p, n }) || walked((struct span){ whole.p, n })) {
			diag("accepted when cut at byte %zu", n);
			bad++;
		}
	is_int(bad, 0, "every prefix of it is refused");
	/* Any one byte broken: it may still be JSON, but both ways must say the same and stay inside. */
	for (size_t i = 0; i < whole.n; i++)
		for (int c = 0; c < 256; c++) {
			struct span broken = tap_exact(whole);

			((char *)(uintptr_t)broken.p)[i] = (char)c;
			bad += good(broken) != walked(broken);
			discard(broken);
		}
	is_int(bad, 0, "skipping and walking agree on every change of one byte");
}

static void members(void)
{
	struct span line = SPAN(" { \"a\" : 1 ,\"b\\u0062\":\"x\\n\", \"c\":{\"d\":[ 1, \"2\" ,{}]} , \"\":null}\t");
	struct json_member m;
	struct span raw;
	struct json j;

	json_open(&j, line);
	is_int(json_peek(&j), JSON_OBJECT, "peek at the object");
	ok(json_object(&j) && json_member(&j, &m) && json_key_is(&m, "a") && !m.escaped, "first member");
	is_int(json_value(&j, &raw), JSON_NUMBER, "a number");
	is_span(raw, SPAN("1"), "its text");
	ok(json_member(&j, &m) && m.escaped && json_key_is(&m, "bb") && !json_key_is(&m, "b\\u0062"), "a key with an escape");
	is_int(json_value(&j, &raw), JSON_STRING, "a string");
	is_span(raw, SPAN("\"x\\n\""), "with its quotes");
	ok(json_member(&j, &m) && json_key_is(&m, "c"), "third member");
	is_int(json_value(&j, &raw), JSON_OBJECT, "an object");
	is_span(raw, SPAN("{\"d\":[ 1, \"2\" ,{}]}"), "as it stands, no space around");
	ok(json_member(&j, &m) && json_key_is(&m, "") && m.key.n == 0, "an empty key");
	is_int(json_value(&j, &raw), JSON_NULL, "null");
	ok(!json_member(&j, &m) && json_done(&j), "the end");
	ok(!json_member(&j, &m), "nothing behind the end");
}

static void keys(void)
{
	static const struct { const char *key, *name; bool same; } rows[] = {
		{ "id", "id", true }, { "id", "i", false }, { "id", "idx", false }, { "", "", true }, { "\\u0069d", "id", true },
		{ "i\\u0064", "id", true }, { "i\\u0064", "i", false }, { "i\\u0064", "idx", false }, { "\\/\\\\\\\"", "/\\\"", true },
		{ "\\b\\f\\n\\r\\t", "\b\f\n\r\t", true }, { "\\u00E4", "\xc3\xa4", true }, { "\\u20aC", "\xe2\x82\xac", true },
		{ "\\uD83D\\uDE00", "\xf0\x9f\x98\x80", true }, { "\\uD83D", "", false }, { "\\ude00\\ud83d", "", false },
		{ "\xc3\xa4\\u0061", "\xc3\xa4\x61", true }, { "\\u0000", "", false }, { "\\n", "n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[80];
		struct json_member m;
		struct json j;

		snprintf(text, sizeof(text), "{\"%s\":1}", rows[i].key);
		json_open(&j, span_of(text));
		ok(json_object(&j) && json_member(&j, &m) && json_key_is(&m, rows[i].name) == rows[i].same, "the key %s %s %s", text,
			rows[i].same ? "is" : "isn't", i == 9 ? "control characters" : rows[i].name);
	}
}

static void errors(void)
{
	static const struct { const char *text; size_t offset; const char *error; } rows[] = {
		{ "", 0, "text ends too early" }, { "   ", 3, "text ends too early" }, { "{\"a\":1", 6, "text ends too early" },
		{ "{\"a\" 1}", 5, "expected ':'" }, { "{\"a\":1,}", 7, "expected a key" }, { "{a:1}", 1, "expected a key" },
		{ "[1 2]", 3, "expected ',' or ']'" }, { "{\"a\":1]", 6, "expected ',' or '}'" }, { "[1,]", 3, "expected a value" },
		{ "[01]", 2, "expected ',' or ']'" }, { "[1.]", 3, "expected a digit" }, { "[-]", 2, "expected a digit" },
		{ "[1e+]", 4, "expected a digit" }, { "[tru]", 4, "expected a value" }, { "[\"a\tb\"]", 3, "control character in a string" },
		{ "[\"\\q\"]", 3, "unknown escape" }, { "[\"\\u12g4\"]", 6, "expected a hexadecimal digit" },
		{ "[\"a\xff\"]", 3, "invalid UTF-8" }, { "{} {}", 3, "unexpected text behind the value" }, { "]", 0, "expected a value" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json j;

		json_open(&j, span_of(rows[i].text));
		json_value(&j, NULL);
		ok(!json_done(&j) && json_offset(&j) == rows[i].offset && strcmp(j.error, rows[i].error) == 0, "row %zu: %s at %zu", i,
			rows[i].error, rows[i].offset);
		if (j.error && (json_offset(&j) != rows[i].offset || strcmp(j.error, rows[i].error) != 0))
			diag("got %s at %zu", j.error, json_offset(&j));
	}
}

static void misuse(void)
{
	struct json_member m;
	struct span raw = SPAN("x");
	struct json j;

	json_open(&j, SPAN("{\"a\":1}"));
	ok(!json_array(&j) && j.error, "an object is no array");
	ok(!json_object(&j) && !json_member(&j, &m) && !json_element(&j) && json_value(&j, &raw) == JSON_BAD && !raw.p &&
		json_peek(&j) == JSON_BAD && !json_done(&j), "after an error nothing goes on");
	json_open(&j, SPAN("{\"a\":1}"));
	ok(json_object(&j) && json_member(&j, &m) && !json_member(&j, &m) && j.error, "a value not consumed is an error");
	json_open(&j, SPAN("[1,2]"));
	ok(json_array(&j) && json_element(&j) && !json_done(&j), "done in the middle is an error");
	json_open(&j, SPAN("{"));
	ok(json_object(&j) && !json_done(&j), "done inside an object at the end of the text is an error");
	json_open(&j, SPAN("1"));
	json_fail(&j, "mine");
	json_fail(&j, "second");
	ok(!json_done(&j) && strcmp(j.error, "mine") == 0, "the caller's own error, the first one");
	json_open(&j, (struct span){ NULL, 0 });
	ok(json_peek(&j) == JSON_BAD && !j.error && json_value(&j, NULL) == JSON_BAD && j.error, "an absent text");
}

static void nested(struct buf *b, unsigned depth, bool objects)
{
	buf_reset(b);
	for (unsigned i = 0; i < depth; i++)
		buf_span(b, objects && i % 3 ? SPAN("{\"k\":") : SPAN("["));
	for (unsigned i = depth; i-- > 0;) {
		if (i == depth - 1)
			buf_lit(b, "0");
		buf_byte(b, objects && i % 3 ? '}' : ']');
	}
}

static void depth(void)
{
	struct buf b = { 0 };
	struct json j;
	int i;

	for (int objects = 0; objects < 2; objects++) {
		nested(&b, JSON_DEPTH_MAX, objects);
		ok(good(buf_as_span(&b)) && walked(buf_as_span(&b)), "%d levels", JSON_DEPTH_MAX);
		nested(&b, JSON_DEPTH_MAX + 1, objects);
		ok(!good(buf_as_span(&b)) && !walked(buf_as_span(&b)), "not one more");
	}
	nested(&b, JSON_DEPTH_MAX + 1, false);
	json_open(&j, buf_as_span(&b));
	for (i = 0; i < 10; i++)
		ok(json_array(&j) && json_element(&j), "enter %d", i);
	ok(json_value(&j, NULL) == JSON_BAD && strcmp(j.error, "nested too deeply") == 0, "levels entered and levels skipped count together");
	nested(&b, JSON_DEPTH_MAX, false);
	json_open(&j, buf_as_span(&b));
	json_array(&j);
	json_element(&j);
	ok(json_value(&j, NULL) == JSON_ARRAY && !json_element(&j) && json_done(&j), "leaving them comes out even");
	buf_free(&b);
}

static void texts(void)
{
	static const struct { const char *raw, *text; } rows[] = {
		{ "\"\"", "" }, { "\"plain\"", "plain" }, { "\"a\\nb\"", "a\nb" }, { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00.\"", "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80." },
		{ "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" }, { "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
		{ "\"\\ud800\"", NULL }, { "\"\\udc00\"", NULL }, { "\"x\\ud800\\u0041\"", NULL }, { "\"\\ud800\\ud800\"", NULL },
		{ "\"\\ud800x\\udc00\"", NULL }, { "\"\\ud83d\\n\"", NULL }, { "17", NULL }, { "null", NULL }, { "[\"a\"]", NULL },
	};
	struct buf scratch = { 0 }, small = { .max = 4 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span raw = tap_exact(span_of(rows[i].raw));

		buf_reset(&scratch);
		buf_lit(&scratch, "keep");
		is_span(json_text(raw, &scratch), span_of(rows[i].text), "the text of %s", rows[i].raw);
		ok(rows[i].text || scratch.n == 4, "nothing half done is left behind");
		discard(raw);
	}
	is_span(json_text(SPAN("\"a\\u0000b\""), &scratch), (struct span){ "a\0b", 3 }, "a NUL is a character like others");
	is_span(json_text((struct span){ NULL, 0 }, &scratch), (struct span){ NULL, 0 }, "absent stays absent");
	is_span(json_text(SPAN("\"abc\\ndef\""), &small), (struct span){ NULL, 0 }, "a scratch buffer that is full");
	ok(small.n == 0 && small.full, "it is as it was");
	buf_free(&scratch);
	buf_free(&small);
}

static void strings(void)
{
	struct buf b = { 0 }, scratch = { 0 }, small = { .max = 8 };
	unsigned bad = 0;

	json_put_string(&b, SPAN("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa4"));
	is_span(buf_as_span(&b), SPAN("\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa4\""), "escapes only what must be");
	buf_reset(&b);
	json_put_escaped(&b, SPAN("say \"hi\""));
	is_span(buf_as_span(&b), SPAN("say \\\"hi\\\""), "without the quotes");
	buf_reset(&b);
	json_put_base64(&b, "\0\1\2", 3);
	is_span(buf_as_span(&b), SPAN("\"AAEC\""), "base64 in quotes");
	buf_reset(&b);
	json_put_string(&b, (struct span){ NULL, 0 });
	is_span(buf_as_span(&b), SPAN("\"\""), "no text");
	/* Every byte that ASCII has, at every place of two blocks. */
	for (int place = 0; place < 40; place++)
		for (int c = 0; c < 128; c++) {
			char text[40];
			struct span s = { text, sizeof(text) }, back;

			memset(text, 'x', sizeof(text));
			text[place] = (char)c;
			buf_reset(&b);
			buf_reset(&scratch);
			json_put_string(&b, s);
			back = json_text(buf_as_span(&b), &scratch);
			bad += !good(buf_as_span(&b)) || !span_eq(back, s);
		}
	is_int(bad, 0, "all of ASCII comes back");
	json_put_string(&small, SPAN("ab"));
	json_put_string(&small, SPAN("\n\n\n\n"));
	ok(small.full, "a full buffer says so");
	is_span(buf_as_span(&small), SPAN("\"ab\""), "and holds nothing by halves");
	buf_free(&b);
	buf_free(&scratch);
	buf_free(&small);
}

/* Bytes that are UTF-8 by the definition of RFC 3629, written again in the slowest way. */
static bool utf8_slow(const unsigned char *s, size_t n)
{
	while (n) {
		unsigned len = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
		static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
		unsigned c = len == 1 ? s[0] : s[0] & (0x7fU >> len);

		if (!len || len > n)
			return false;
		for (unsigned i = 1; i < len; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (s[i] & 0x3f);
		}
		if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return false;
		s += len;
		n -= len;
	}
	return true;
}

static void utf8(void)
{
	static const unsigned char picks[] = { 0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
		0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfe, 0xff };
	const size_t n = sizeof(picks);
	unsigned bad = 0, yes = 0;

	for (size_t i = 0; i < n * n * n * n; i++) {
		unsigned char s[4] = { picks[i / (n * n * n)], picks[i / (n * n) % n], picks[i / n % n], picks[i % n] };
		bool want = utf8_slow(s, 4);

		yes += want;
		bad += utf8_valid((struct span){ (char *)s, 4 }) != want;
	}
	ok(bad == 0 && yes > 500, "agrees with a second definition on %zu texts, %u of them good", n * n * n * n, yes);
	for (size_t at = 0; at < 40; at++) {
		char text[44];
		struct span cut, whole;

		memset(text, 'x', sizeof(text));
		memcpy(text + at, "\xf0\x9f\x98\x80", 4);
		for (size_t end = at + 1; end < at + 4; end++) {
			cut = tap_exact((struct span){ text, end });
			bad += utf8_valid(cut);
			discard(cut);
		}
		whole = tap_exact((struct span){ text, at + 4 });
		bad += !utf8_valid(whole);
		discard(whole);
	}
	is_int(bad, 0, "a character cut at the end is refused at every place");
	ok(utf8_valid((struct span){ NULL, 0 }), "no text is valid");
}

int main(void)
{
	corpus();
	prefixes();
	members();
	keys();
	errors();
	misuse();
	depth();
	texts();
	strings();
	utf8();
	return tap_end();
}
