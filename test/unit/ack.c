/* SPDX-License-Identifier: Apache-2.0 */
#include "ack.h"
#include "out.h"
#include "tap.h"

#include <limits.h>

static void parse_good(void)
{
	static const struct { const char *line; bool ok, retry; uint64_t first, last; const char *error; } rows[] = {
		{ "{\"ack\":17}", true, true, 17, 17, NULL },
		{ " { \"ack\" : 17 } ", true, true, 17, 17, NULL },
		{ "{\"ack\":17}\r", true, true, 17, 17, NULL },
		{ "{\"ack\":[17,40]}", true, true, 17, 40, NULL },
		{ "{\"ack\":[17,17]}", true, true, 17, 17, NULL },
		{ "{\"ack\":[ 0 , 9007199254740991 ]}", true, true, 0, ACK_ID_MAX, NULL },
		{ "{\"\\u0061ck\":9007199254740991}", true, true, ACK_ID_MAX, ACK_ID_MAX, NULL },
		{ "{\"to\":\"kafka:orders/3@991\",\"ack\":1,\"x\":{\"ack\":5,\"nack\":[]}}", true, true, 1, 1, NULL },
		{ "{\"nack\":17}", false, true, 17, 17, NULL },
		{ "{\"nack\":17,\"retry\":true,\"error\":\"busy \\u00e4\"}", false, true, 17, 17, "\"busy \\u00e4\"" },
		{ "{\"nack\":17,\"retry\":false,\"error\":\"no\"}", false, false, 17, 17, "\"no\"" },
		{ "{\"error\":\"no\",\"retry\":false,\"nack\":[3,4]}", false, false, 3, 4, "\"no\"" },
		{ "{\"nack\":17,\"retry\":null,\"error\":null}", false, true, 17, 17, NULL },
		{ "{\"nack\":17,\"error\":[1,{}]}", false, true, 17, 17, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span line = tap_exact(span_of(rows[i].line));
		struct ack a;
		bool good = ack_parse(line, &a);

		ok(good && a.ok == rows[i].ok && a.retry == rows[i].retry && a.first == rows[i].first && a.last == rows[i].last,
			"%s", rows[i].line);
		if (!good)
			diag("%s", a.why);
		else
			is_span(a.error, span_of(rows[i].error), "its error");
		free((void *)(uintptr_t)line.p);
	}
}

static void parse_bad(void)
{
	static const char *const rows[] = {
		"", "{}", "null", "17", "[17]", "\"ack\"", "{\"ack\":}", "{\"ack\":17", "{\"ack\":17}}", "{\"ack\":17}{\"ack\":18}", "{\"ack\":17,}",
		"{\"ack\":\"17\"}", "{\"ack\":-1}", "{\"ack\":17.0}", "{\"ack\":1e3}", "{\"ack\":null}", "{\"ack\":true}", "{\"ack\":{}}", "{\"ack\":[]}",
		"{\"ack\":[17]}", "{\"ack\":[17,18,19]}", "{\"ack\":[18,17]}", "{\"ack\":[17,\"18\"]}", "{\"ack\":[[17],18]}", "{\"ack\":[17,18}",
		"{\"ack\":9007199254740992}", "{\"ack\":[1,9007199254740992]}", "{\"ack\":18446744073709551617}", "{\"ack\":017}",
		"{\"ack\":17,\"nack\":17}", "{\"ack\":17,\"ack\":17}", "{\"nack\":17,\"nack\":18}", "{\"Ack\":17}", "{\"id\":17}", "{\"id\":17,\"skip\":true}",
		"{\"nack\":17,\"error\":\"\xff\"}", "{\"nack\":17,\"error\":\"a", "{'ack':17}", "\x00",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span line = tap_exact(span_of(rows[i]));
		struct ack a;

		ok(!ack_parse(line, &a) && a.why && *a.why, "refuse '%s': %s", i == 35 ? "invalid UTF-8" : rows[i], a.why ? a.why : "for no reason");
		free((void *)(uintptr_t)line.p);
	}
}

static void every_prefix(void)
{
	struct span whole = SPAN("{\"nack\":[17,40],\"retry\":false,\"error\":\"x \\u0041\"}");
	unsigned bad = 0;

	for (size_t n = 0; n < whole.n; n++) {
		struct span line = tap_exact((struct span){ whole.p, n });
		struct ack a;

		bad += ack_parse(line, &a);
		free((void *)(uintptr_t)line.p);
	}
	is_int(bad, 0, "a line that was cut is refused wherever it was");
}

static void ranges(void)
{
	struct writer w;
	struct acks a;

	out_open(&w);
	acks_open(&a, &w);
	acks_ok(&a, 17);
	is_span(out_text(&w), SPAN(""), "an ack waits for its neighbours");
	acks_ok(&a, 18);
	acks_ok(&a, 19);
	acks_ok(&a, 16);
	acks_ok(&a, 25);
	is_span(out_text(&w), SPAN("{\"ack\":[16,19]}\n"), "a range, from both sides");
	acks_fail(&a, 26, true, "%s %d", "busy", 7);
	is_span(out_text(&w), SPAN("{\"ack\":[16,19]}\n{\"ack\":25}\n{\"nack\":26,\"retry\":true,\"error\":\"busy 7\"}\n"), "acks go out before a nack");
	out_taken(&w);
	acks_ok(&a, 27);
	acks_ok_to(&a, 28, SPAN("kafka:a\"b/0@1"));
	acks_ok(&a, 29);
	is_span(out_text(&w), SPAN("{\"ack\":27}\n{\"ack\":28,\"to\":\"kafka:a\\\"b/0@1\"}\n"), "verbose acks are not joined");
	is_int(acks_flush(&a), 0, "flush");
	is_int((int64_t)writer_pending(&w), 0, "nothing is left");
	acks_ok(&a, 0);
	acks_ok(&a, ACK_ID_MAX);
	acks_ok(&a, ACK_ID_MAX);
	is_span(out_text(&w), SPAN("{\"ack\":0}\n{\"ack\":9007199254740991}\n"), "the ends of the range do not wrap");
	out_taken(&w);
	acks_flush(&a);
	acks_flush(&a);
	is_int((int64_t)writer_pending(&w), 0, "flush without acks writes nothing");
	writer_close(&w);
}

/* Each id once, whatever the order; read back through ack_parse. */
static void random_order(void)
{
	enum { N = 5000 };
	static unsigned char seen[N];
	unsigned ids[N], bad = 0, lines = 0;
	uint64_t seed = 5;
	const char *p, *end;
	struct writer w;
	struct acks a;

	for (unsigned i = 0; i < N; i++)
		ids[i] = i;
	for (unsigned i = 0; i + 8 < N; i++) {	/* mixed up, but nearly in order, as delivery reports are */
		unsigned j = i + (unsigned)(tap_random(&seed) % (tap_random(&seed) % 20 ? 1 : 8)), was = ids[i];

		ids[i] = ids[j];
		ids[j] = was;
	}
	out_open(&w);
	w.growing = true;
	acks_open(&a, &w);
	for (unsigned i = 0; i < N; i++) {
		if (ids[i] % 97 == 0)
			acks_fail(&a, ids[i], false, "no");
		else
			acks_ok(&a, ids[i]);
	}
	acks_ok_to(&a, 0, SPAN("end"));	/* brings the last range out */
	end = out_text(&w).p + out_text(&w).n;
	for (p = out_text(&w).p; p < end; lines++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct ack got;

		if (!ack_parse((struct span){ p, (size_t)(nl - p) }, &got)) {
			bad++;
		} else {
			for (uint64_t id = got.first; id <= got.last; id++) {
				bad += got.ok != (id % 97 != 0) && id != 0;
				seen[id]++;
			}
		}
		p = nl + 1;
	}
	for (unsigned i = 1; i < N; i++)
		bad += seen[i] != 1;
	ok(bad == 0 && seen[0] == 2, "each id comes out once");
	ok(lines < N / 2, "in few lines: %u for %u", lines, N);
	out_taken(&w);
	w.growing = false;
	writer_close(&w);
}

static void long_errors(void)
{
	char text[20000];
	unsigned bad = 0;
	struct writer w;
	struct acks a;
	struct ack got;

	out_open(&w);
	acks_open(&a, &w);
	for (size_t n = 3300; n < 20000; n += n < 3600 ? 1 : 1777)
		for (int kind = 0; kind < 4; kind++) {
			static const char *const fill[] = { "x", "\x01", "\xc3\xa4", "\xff" };
			struct span line;

			for (size_t i = 0; i < n; i++)
				text[i] = fill[kind][i % strlen(fill[kind])];
			text[n] = '\0';
			acks_fail(&a, ACK_ID_MAX, false, "%s", text);
			line = out_text(&w);
			bad += line.n > PIPE_BUF || line.p[line.n - 1] != '\n' || !ack_parse((struct span){ line.p, line.n - 1 }, &got) ||
				got.error.n < 3000 || memchr(line.p, '\n', line.n - 1);
			out_taken(&w);
			acks_ok_to(&a, ACK_ID_MAX, (struct span){ text, n });
			line = out_text(&w);
			bad += line.n > PIPE_BUF || line.p[line.n - 1] != '\n' || !ack_parse((struct span){ line.p, line.n - 1 }, &got);
			out_taken(&w);
		}
	is_int(bad, 0, "a long error is cut to a good line under PIPE_BUF");
	acks_fail(&a, 1, false, "a\nb\xff");
	is_span(out_text(&w), SPAN("{\"nack\":1,\"retry\":false,\"error\":\"a\\nb\xef\xbf\xbd\"}\n"), "line ends and bad bytes are harmless");
	writer_close(&w);
}

static void members(void)
{
	struct writer w;
	struct acks a;
	struct ack got;
	char big[PIPE_BUF];

	ok(ack_parse(SPAN("{\"ack\":7,\"to\":\"a\\u0041\",\"x\":{\"y\":1}}"), &got) && got.more, "a member that nobody knows is told");
	is_span(got.to, SPAN("\"a\\u0041\""), "and `to` is given as it stands");
	ok(ack_parse(SPAN("{\"nack\":7,\"retry\":true,\"error\":\"e\"}"), &got) && !got.more && !got.to.p, "here is none");
	ok(ack_parse(SPAN("{\"ack\":7,\"to\":5}"), &got) && got.more && !got.to.p, "a `to` that is no text is like any other");
	out_open(&w);
	acks_open(&a, &w);
	acks_ok(&a, 1);
	acks_members(&a, SPAN("\"k\":{\"x\":1}"));
	acks_ok_to(&a, 2, SPAN("t"));
	is_span(out_text(&w), SPAN("{\"ack\":1}\n{\"ack\":2,\"to\":\"t\",\"k\":{\"x\":1}}\n"), "members come last, and join nothing");
	out_taken(&w);
	acks_ok_to(&a, 3, (struct span){ NULL, 0 });
	is_span(out_text(&w), SPAN("{\"ack\":3}\n"), "once");
	out_taken(&w);
	acks_members(&a, SPAN("\"k\":1"));
	acks_fail(&a, 4, true, "why");
	is_span(out_text(&w), SPAN("{\"nack\":4,\"retry\":true,\"error\":\"why\",\"k\":1}\n"), "with a nack");
	out_taken(&w);
	memset(big, '1', sizeof(big));
	memcpy(big, "\"k\":", 4);
	for (size_t n = PIPE_BUF - 40; n < sizeof(big); n++) {
		acks_members(&a, (struct span){ big, n });
		acks_ok_to(&a, 5, (struct span){ NULL, 0 });
		if (out_text(&w).n > PIPE_BUF || !ack_parse((struct span){ out_text(&w).p, out_text(&w).n - 1 }, &got))
			break;
		out_taken(&w);
	}
	is_int((int64_t)out_text(&w).n, 0, "a line stays under PIPE_BUF");
	writer_close(&w);
}

int main(void)
{
	members();
	parse_good();
	parse_bad();
	every_prefix();
	ranges();
	random_order();
	long_errors();
	return tap_end();
}
