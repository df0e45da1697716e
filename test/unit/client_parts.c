/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "client.h"
#include "client_batch_parts.h"
#include "client_login.h"
#include "client_map.h"
#include "client_message.h"
#include "client_peers.h"
#include "client_retry.h"
#include "client_timer.h"
#include "info.h"
#include "result.h"
#include "tap.h"

/* The pure parts of the client: text and numbers in, decisions out. */

/* ---- info ---- */

static void test_info(void)
{
	static const struct { const char *value; int code; const char *text; } errors[] = {
		{ "ok", 0, NULL }, { "", 0, NULL }, { "ERRORS", 0, NULL }, { "FAILED", 0, NULL }, { "error", 0, NULL },
		{ "ERROR:4:unrecognized command", 4, "unrecognized command" },
		{ "ERROR::something", 1, "something" },
		{ "ERROR:201:no index", 201, "no index" },
		{ "ERROR:7", 7, "" },
		{ "ERROR:", 1, "" },
		{ "FAIL:201:no index", 201, "no index" },
		{ "FAIL: 200 : exists", 200, " exists" },
		{ "fail:4:x:y", 4, "x:y" },
		{ "error=not_found", 100, "not_found" },
		{ "ERROR:99999999999999999999:x", 0, NULL },
	};
	struct span text, name, value, body = SPAN("node\tBB9\nbuild\t8.1.0.3\nempty\t\nnode\tother\n");
	unsigned items = 0;
	int64_t n;

	for (unsigned i = 0; i + 1 < sizeof(errors) / sizeof(*errors); i++) {
		is_int(info_error(span_of(errors[i].value), &text), errors[i].code, "error code of \"%s\"", errors[i].value);
		if (errors[i].text)
			is_span(text, span_of(errors[i].text), "and its text");
	}
	ok(info_error(span_of("ERROR:99999999999999999999:x"), &text) > 0, "a code without end is some error");
	for (struct span rest = body; info_next(&rest, &name, &value); )
		items++;
	is_int(items, 4, "items");
	is_span(info_value(body, "node"), SPAN("BB9"), "the first of a name");
	is_span(info_value(body, "empty"), SPAN(""), "an empty value");
	ok(!info_value(body, "none").p, "an absent one");
	ok(!info_value(SPAN("node"), "node").p, "a name alone is no item");
	is_int(info_body_error(SPAN("a\tok\nb\tERROR:25:enterprise only\n"), &text), 25, "an error behind a tab");
	is_int(info_body_error(SPAN("ERROR:80:not authenticated\n"), &text), 80, "an error without echo");
	is_int(info_body_error(SPAN("a\tok\nb\tno ERROR:25:here\n"), NULL), 0, "only at the start of a value");
	ok(info_ok(SPAN("ok")) && info_ok(SPAN("OK")) && !info_ok(SPAN("oki")) && !info_ok(SPAN("")), "ok in any case");
	ok(info_number(SPAN("-1"), &n) && n == -1 && !info_number(SPAN(""), &n) && !info_number(SPAN("-"), &n) && !info_number(SPAN("1x"), &n) &&
		!info_number(SPAN("12345678901234567890"), &n), "numbers");
	ok(info_build(SPAN("8.1.0.3")) == INFO_BUILD(8, 1, 0, 3) && info_build(SPAN("4.9.0")) == INFO_BUILD(4, 9, 0, 0), "releases");
	ok(info_build(SPAN("6.0.0.0-rc1")) == INFO_BUILD(6, 0, 0, 0) && info_build(SPAN("8.1")) == 0 && info_build(SPAN("")) == 0 &&
		info_build(SPAN("10.0.0.0")) > info_build(SPAN("9.9.9.9")), "with tails, in order, and none");
}

/* ---- partition map ---- */

static void put_bitmap(struct buf *b, const uint8_t bits[512])
{
	base64_encode(b, bits, 512);
}

static void test_racks(void)
{
	static const char *const bad[] = { "test", "test:", "test:x", "test:99999999999", "test:1;bar" };
	struct map m = { 0 };
	struct buf b = { 0 };
	uint8_t bits[512];
	struct map_namespace *ns;

	memset(bits, 0xff, sizeof(bits));
	buf_lit(&b, "test:0,1,");
	put_bitmap(&b, bits);
	client_map_update(&m, 5, buf_as_span(&b));
	ns = client_map_find(&m, SPAN("test"));
	is_int(client_map_near(ns, 17, 2), 0, "no racks: the master");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(client_map_racks(&m, 5, span_of(bad[i])), "refused: \"%s\"", bad[i]);
	is_str(client_map_racks(&m, 3, SPAN("other:1;test:2")), NULL, "racks, one of an unknown namespace");
	ns->node[17][1] = 4;
	ns->node[17][2] = 3;
	is_int(client_map_near(ns, 17, 2), 2, "the column of the node in that rack");
	is_int(client_map_near(ns, 18, 2), 0, "none there: the master");
	client_map_remove(&m, 3);
	ns->node[17][2] = 3;
	is_int(client_map_near(ns, 17, 2), 0, "a node that went has no rack");
	buf_free(&b);
	client_map_free(&m);
}

static void test_map(void)
{
	static const char *const bad[] = { "", "test", "test:", "test:0", "test:0,", "test:0,1", "test:0,1,", "test:0,1,AAAA", "test:-1,0", ":0,0",
		"test:x,0", "test:0,9999", "a-name-of-a-namespace-beyond-31-ch:0,0" };
	struct map m = { 0 };
	struct buf b = { 0 };
	uint8_t bits[512] = { 0 }, got[512];
	struct map_namespace *ns;

	memset(bits, 0xff, sizeof(bits));
	put_bitmap(&b, bits);
	ok(b.n == 684 && memcmp(b.p + 680, "//8=", 4) == 0 && info_bitmap(buf_as_span(&b), got) && memcmp(got, bits, 512) == 0, "all partitions");
	b.p[100] = '*';
	ok(!info_bitmap(buf_as_span(&b), got) && !info_bitmap((struct span){ b.p, 683 }, got), "what is no bitmap");
	memset(bits, 0, sizeof(bits));
	bits[0] = 0x04;
	buf_reset(&b);
	put_bitmap(&b, bits);
	ok(memcmp(b.p, "BAAA", 4) == 0, "partition 5 alone");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(client_map_update(&m, 0, span_of(bad[i])), "refused: \"%s\"", bad[i]);

	/* Slot 0 owns 5; slot 1 is master of the others and replica of 5. */
	client_map_free(&m);
	buf_reset(&b);
	buf_lit(&b, "test:0,2,");
	put_bitmap(&b, bits);
	memset(bits, 0xff, sizeof(bits));
	bits[0] = 0xfb;
	buf_byte(&b, ',');
	put_bitmap(&b, bits);
	is_str(client_map_update(&m, 0, buf_as_span(&b)), NULL, "one node's answer");
	buf_reset(&b);
	buf_lit(&b, "test:0,2,");
	put_bitmap(&b, bits);
	memset(bits, 0, sizeof(bits));
	bits[0] = 0x04;
	buf_byte(&b, ',');
	put_bitmap(&b, bits);
	buf_lit(&b, ";bar:3,0");
	is_str(client_map_update(&m, 1, buf_as_span(&b)), NULL, "another's, with a second namespace");
	ns = client_map_find(&m, SPAN("test"));
	ok(m.n == 2 && ns && client_map_find(&m, SPAN("bar"))->strong && !ns->strong && !client_map_find(&m, SPAN("tes")), "namespaces");
	ok(ns->node[5][0] == 0 && ns->node[5][1] == 1 && ns->node[4][0] == 1 && ns->node[4][1] == 0 && ns->node[4095][2] == MAP_NONE, "columns");
	/* A node goes: none of its entries stays. */
	client_map_remove(&m, 1);
	ok(ns->node[5][1] == MAP_NONE && ns->node[5][0] == 0 && !client_map_has(&m, 1) && client_map_has(&m, 0), "removed");
	/* Regimes. */
	ns->regime[5] = 7;
	buf_reset(&b);
	buf_lit(&b, "test:6,1,");
	put_bitmap(&b, bits);
	client_map_update(&m, 2, buf_as_span(&b));
	is_int(ns->node[5][0], 0, "a lower regime is passed over");
	b.p[5] = '8';
	client_map_update(&m, 2, buf_as_span(&b));
	ok(ns->node[5][0] == 2 && ns->regime[5] == 8 && ns->strong, "a higher one wins");
	client_map_free(&m);
	buf_free(&b);
}

/* ---- peers ---- */

static void test_peers(void)
{
	struct span value = SPAN("7,3000,[[BB9A,,[10.0.0.7]],[BB9B,tls.name,[10.0.0.8:3100,[fd00::8]:3100]],[BB9C,,]]"), host;
	static const char *const bad[] = { "", "7", "7,3000", "7,3000,", "7,3000,[", "x,3000,[]", "7,70000,[]", "7,3000,[[" };
	static const char *const bad_lists[] = { "7,3000,[x]", "7,3000,[[A]]", "7,3000,[[A,]]", "7,3000,[[,,[1.1.1.1]]]", "7,3000,[[A,,[1.1.1.1]",
		"7,3000,[[ABCDEFGHIJKLMNOPQ,,[1.1.1.1]]]" };
	struct peers ps;
	struct peer p;
	uint16_t port;

	ok(client_peers_open(&ps, value) && ps.generation == 7 && ps.port == 3000, "a list of peers");
	ok(client_peers_next(&ps, &p) == 1 && span_is(p.id, "BB9A") && p.tls_name.n == 0, "the first");
	ok(client_peers_next_host(&p.hosts, ps.port, &host, &port) == 1 && span_is(host, "10.0.0.7") && port == 3000 &&
		client_peers_next_host(&p.hosts, ps.port, &host, &port) == 0, "with one host, on the default port");
	ok(client_peers_next(&ps, &p) == 1 && span_is(p.id, "BB9B") && span_is(p.tls_name, "tls.name"), "the second");
	ok(client_peers_next_host(&p.hosts, ps.port, &host, &port) == 1 && span_is(host, "10.0.0.8") && port == 3100, "with a port");
	ok(client_peers_next_host(&p.hosts, ps.port, &host, &port) == 1 && span_is(host, "fd00::8") && port == 3100, "and a v6 address");
	ok(client_peers_next(&ps, &p) == 1 && span_is(p.id, "BB9C") && p.hosts.n == 0, "one that has left");
	is_int(client_peers_next(&ps, &p), 0, "the end");
	ok(client_peers_open(&ps, SPAN("0,3000,[]")) && client_peers_next(&ps, &p) == 0, "no peers");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!client_peers_open(&ps, span_of(bad[i])) || client_peers_next(&ps, &p) < 0, "refused: \"%s\"", bad[i]);
	for (unsigned i = 0; i < sizeof(bad_lists) / sizeof(*bad_lists); i++)
		ok(!client_peers_open(&ps, span_of(bad_lists[i])) || client_peers_next(&ps, &p) < 0, "refused: \"%s\"", bad_lists[i]);
	ok(client_peers_host(SPAN("[::1]:4000"), 3000, &host, &port) && span_is(host, "::1") && port == 4000, "[v6]:port");
	ok(client_peers_host(SPAN("::1"), 3000, &host, &port) && span_is(host, "::1") && port == 3000, "bare v6");
	ok(client_peers_host(SPAN("db"), 3000, &host, &port) && span_is(host, "db"), "a name");
	ok(!client_peers_host(SPAN("db:"), 1, &host, &port) && !client_peers_host(SPAN(":1"), 1, &host, &port) &&
		!client_peers_host(SPAN("[]"), 1, &host, &port) &&
		!client_peers_host(SPAN("db:65536"), 1, &host, &port) && !client_peers_host(SPAN("[::1]x"), 1, &host, &port), "no hosts");
	ok(!client_peers_host(SPAN(":::"), 1, &host, &port) && !client_peers_host(SPAN("[:::]"), 1, &host, &port) &&
		!client_peers_host(SPAN("a:b:c"), 1, &host, &port) &&
		!client_peers_host(SPAN("1:2:3:4:5:6:7:8:9"), 1, &host, &port), "no v6 addresses");
	ok(client_peers_host(SPAN("[fe80::1%eth0]:3000"), 1, &host, &port) && span_is(host, "fe80::1%eth0"), "v6 with its zone");
	ok(client_peers_service_has(SPAN("1.1.1.1:3000,[::1]:3000"), "::1", 3000) &&
		!client_peers_service_has(SPAN("1.1.1.1:3000"), "1.1.1.1", 3001) &&
		!client_peers_service_has(SPAN(""), "1.1.1.1", 3000), "the service list");
}

/* ---- retries ---- */

enum { LOCAL = 1, SENT = 2, WRITE = 4, IDEM = 8, DOUBT = 16, BEGUN = 32 };

static void test_retry(void)
{
	static const struct { int code; int flags; unsigned number; int64_t left; enum retry_where where; bool doubt; const char *what; } cases[] = {
		{ CLIENT_UNREACHABLE, LOCAL, 0, 1000, RETRY_NEXT, false, "read, not connected" },
		{ CLIENT_UNREACHABLE, LOCAL | SENT, 1, 1000, RETRY_NEXT, false, "read, connection broke" },
		{ CLIENT_UNREACHABLE, LOCAL | SENT, 2, 1000, RETRY_NO, false, "read, no more retries" },
		{ RESULT_TIMEOUT, LOCAL | SENT, 0, 1000, RETRY_NEXT, false, "read, timeout here" },
		{ RESULT_TIMEOUT, SENT, 0, 1000, RETRY_NEXT, false, "read, timeout there" },
		{ RESULT_TIMEOUT, LOCAL | SENT, 0, 0, RETRY_NO, false, "read, deadline" },
		{ RESULT_NOT_FOUND, SENT, 0, 1000, RETRY_NO, false, "read, not found" },
		{ RESULT_UNAVAILABLE, SENT, 0, 1000, RETRY_NEXT, false, "read, moved" },
		{ RESULT_DEVICE_OVERLOAD, SENT, 0, 1000, RETRY_NEXT, false, "read, overload" },
		{ CLIENT_UNREACHABLE, LOCAL | SENT | BEGUN, 0, 1000, RETRY_NO, false, "stream that has begun" },
		{ CLIENT_UNREACHABLE, LOCAL | WRITE, 0, 1000, RETRY_NEXT, false, "write, never sent" },
		{ CLIENT_UNREACHABLE, LOCAL | WRITE | SENT, 0, 1000, RETRY_NO, true, "write, connection broke" },
		{ CLIENT_UNREACHABLE, LOCAL | WRITE | SENT | IDEM, 0, 1000, RETRY_NEXT, true, "idempotent write, connection broke" },
		{ RESULT_TIMEOUT, LOCAL | WRITE | SENT, 0, 1000, RETRY_NO, true, "write, timeout" },
		{ RESULT_TIMEOUT, LOCAL | WRITE, 0, 1000, RETRY_SAME, false, "write, timeout before it was sent" },
		{ RESULT_TIMEOUT, WRITE | SENT, 0, 1000, RETRY_NO, true, "write, timeout there" },
		{ RESULT_TIMEOUT, LOCAL | WRITE | SENT | IDEM, 0, 1000, RETRY_SAME, true, "idempotent write, timeout: the master again" },
		{ RESULT_UNAVAILABLE, WRITE | SENT, 0, 1000, RETRY_NEXT, false, "write, moved: not done, so again" },
		{ RESULT_UNAVAILABLE, WRITE | SENT | DOUBT, 1, 1000, RETRY_NEXT, true, "write, moved after a doubt" },
		{ RESULT_GENERATION, WRITE | SENT, 0, 1000, RETRY_NO, false, "write, generation" },
		{ RESULT_GENERATION, WRITE | SENT | DOUBT, 1, 1000, RETRY_NO, true, "write, generation after a doubt: perhaps our own" },
		{ CLIENT_BAD_REPLY, LOCAL | WRITE | SENT, 0, 1000, RETRY_NO, true, "write, garbage came" },
		{ CLIENT_BAD_REPLY, LOCAL | SENT, 0, 1000, RETRY_NO, false, "read, garbage came" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int f = cases[i].flags;
		struct retry_choice r = client_retry_decide(&(struct attempt){ .code = cases[i].code, .local = f & LOCAL, .sent = f & SENT,
			.write = f & WRITE,
			.idempotent = f & IDEM, .in_doubt = f & DOUBT, .started = f & BEGUN, .number = cases[i].number, .retries = 2,
			.left_ms = cases[i].left });

		is_int(r.where, cases[i].where, "%s", cases[i].what);
		is_int(r.in_doubt, cases[i].doubt, "its doubt");
	}
	ok(client_retry_decide(&(struct attempt){ .code = CLIENT_UNREACHABLE, .local = true, .retries = 200, .number = 100, .left_ms = 100 }).pause_ms <= 50,
		"a pause ends before the deadline");
}

/* ---- login ---- */

static void test_login(void)
{
	static const char reply[] = "\0\0\0\2" "\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\3" "\5ab" "\0\0\0\5" "\6\0\0\16\20";
	struct login_reply r;
	char hash[LOGIN_HASH];
	struct buf b = { 0 };

	ok(client_login_hash("admin", hash), "a password is hashed");
	is_str(hash, "$2a$10$7EqJtq98hPqEX7fNZaFWoO1mVO/4MLpGzsqojz6E9Gef6iXDjXdDa", "as all clients hash it");
	client_login_put(&b, "admin", hash, NULL);
	ok(b.n == 8 + 16 + 10 + 65 && memcmp(b.p, "\2\2\0\0\0\0\0\x5b\0\0\24\2", 12) == 0 && memcmp(b.p + 24, "\0\0\0\6\0admin\0\0\0\x3d\3$2a$", 19) == 0,
		"the login unit");
	buf_reset(&b);
	client_login_put_authenticate(&b, "u", SPAN("tok"));
	ok(b.n == 8 + 16 + 6 + 8 && b.p[10] == 0 && b.p[11] == 2, "the authenticate unit");
	ok(client_login_parse((struct span){ reply, sizeof(reply) - 1 }, &r) && r.result == 0 && r.ttl == 3600, "the reply");
	is_span(r.token, SPAN("ab"), "its token");
	ok(!client_login_parse((struct span){ reply, 15 }, &r) && !client_login_parse((struct span){ reply, 22 }, &r), "cut off");
	buf_free(&b);
}

/* ---- timers ---- */

static struct client_wheel wheel;
static int64_t now;
static unsigned fired, early, late;

struct alarm {
	struct client_timer t;
	int64_t want;
	unsigned again;
};

static void on_alarm(struct client_timer *t)
{
	struct alarm *a = (struct alarm *)t;

	fired++;
	early += now < a->want;
	late += now > a->want + 3 * CLIENT_WHEEL_TICK;
	if (a->again) {
		a->again--;
		a->want = now + 1;
		client_timer_set(&wheel, t, a->want);
	}
}

static void test_timers(void)
{
	static struct alarm a[2000];
	uint64_t seed = 7;

	client_wheel_init(&wheel, now = 1000000);
	for (unsigned i = 0; i < 2000; i++) {
		a[i].t.fire = on_alarm;
		a[i].want = now + (int64_t)(tap_random(&seed) % 30000);
		client_timer_set(&wheel, &a[i].t, a[i].want);
	}
	for (unsigned i = 0; i < 2000; i += 4)
		client_timer_clear(&a[i].t);
	for (unsigned i = 1; i < 2000; i += 4) {
		a[i].want = now + (int64_t)(tap_random(&seed) % 9000);
		client_timer_set(&wheel, &a[i].t, a[i].want);
	}
	a[1].again = 5;
	while (now < 1040000 && wheel.bound != INT64_MAX) {
		now = wheel.bound > now ? wheel.bound : now + 1;
		client_wheel_run(&wheel, now);
	}
	is_int(fired, 1500 + 5, "all timers that were not cleared fire once");
	is_int(early, 0, "none early");
	is_int(late, 0, "none late");
	is_int(wheel.bound, INT64_MAX, "and then there is nothing to wait for");
	a[0].want = now + 100000;
	client_timer_set(&wheel, &a[0].t, a[0].want);
	now += 200000;
	client_wheel_run(&wheel, now);
	is_int(fired, 1506, "after a long sleep too");
}

/* ---- units ---- */

static void is_hex(struct buf *b, const char *hex, const char *what)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < b->n; i++)
		buf_printf(&text, "%02x", (unsigned char)b->p[i]);
	is_span(buf_as_span(&text), span_of(hex), "%s", what);
	buf_free(&text);
	buf_reset(b);
}

static void test_units(void)
{
	static const uint8_t digest[] = "\xec\x91\x19\x2d\x4b\x7f\x8c\xe3\x5d\x5d\x78\xd3\x4b\xca\x65\xcb\xaa\xaa\xc9\x60";
	struct command c = { .ns = SPAN("test"), .set = SPAN("demo"), .digest = digest, .timeout_ms = 1000 }, with_key = c;
	struct command_writer w;
	struct buf b = { 0 };
	struct span rest, row;
	unsigned rows = 0;

	/* The worked examples of the reference. */
#define FIELDS "00000005" "00" "74657374" "00000005" "01" "64656d6f" "00000015" "04" "ec91192d4b7f8ce35d5d78d34bca65cbaaaac960"
	command_get(&b, &c, NULL, 0);
	is_hex(&b, "0203000000000041" "16030000000000000000" "00000000" "000003e8" "00030000" FIELDS, "get");
	command_exists(&b, &c);
	is_hex(&b, "0203000000000041" "16210000000000000000" "00000000" "000003e8" "00030000" FIELDS, "exists");
	command_delete(&b, &c);
	is_hex(&b, "0203000000000041" "16000300000000000000" "00000000" "000003e8" "00030000" FIELDS, "delete");
	with_key.ttl = 3600;
	with_key.key_type = 3;
	with_key.key = SPAN("key1");
	command_begin(&w, &b, &with_key);
	command_put(&w, SPAN("age"), 1, (struct span){ "\0\0\0\0\0\0\0\x2a", 8 });
	command_put(&w, SPAN("nm"), 3, SPAN("Bo"));
	command_end(&w);
	is_hex(&b, "020300000000006a" "16000100000000000000" "00000e10" "000003e8" "00040002" FIELDS "00000006" "02" "03" "6b657931"
		"0000000f" "02010003" "616765" "000000000000002a" "00000008" "02030002" "6e6d" "426f", "put");
	c.respond_all = true;
	command_begin(&w, &b, &c);
	command_op(&w, 5, SPAN("age"), 1, (struct span){ "\0\0\0\0\0\0\0\1", 8 });
	command_op(&w, 1, SPAN("age"), 0, (struct span){ 0 });
	command_end(&w);
	is_hex(&b, "020300000000005f" "16018100000000000000" "00000000" "000003e8" "00030002" FIELDS "0000000f" "05010003" "616765"
		"0000000000000001" "00000007" "01000003" "616765", "operate");
	c.respond_all = false;
	c.exists = COMMAND_REPLACE_ONLY;
	c.generation_policy = GENERATION_GREATER;
	c.generation = 9;
	command_touch(&b, &c);
	is_hex(&b, "0203000000000049" "16000920000000000009" "00000000" "000003e8" "00030001" FIELDS "00000004" "0b000000", "touch, with policies");
	command_udf(&b, &(struct command){ .ns = SPAN("test"), .set = SPAN("demo"), .digest = digest, .timeout_ms = 10000 }, SPAN("capudf"),
		SPAN("fail"), SPAN("\x90"));
	is_hex(&b, "020300000000005b" "16000100000000000000" "00000000" "00002710" "00060000" FIELDS "00000007" "1e" "636170756466"
		"00000005" "1f" "6661696c" "00000002" "20" "90", "a function");
	command_info(&b, SPAN("node"));
	is_hex(&b, "0201000000000005" "6e6f64650a", "info");
	command_get(&b, &c, NULL, 0);
	command_exists(&b, &c);
	for (rest = (struct span){ b.p + 8, b.n - 8 }; command_split(&rest, &row); rows++)
		rest = rows ? rest : (struct span){ rest.p + 8, rest.n - 8 };
	ok(rows == 2 && rest.n == 0, "rows are told apart");
	rest = (struct span){ b.p + 8, 60 };
	ok(!command_split(&rest, &row) && rest.n == 60, "half a row is none");
	is_int(command_ttl(0, 1700000000), TTL_NEVER, "never expires");
	is_int(command_ttl(1700000100 - 1262304000, 1700000000), 100, "a hundred seconds");
	is_int(command_ttl(5, 1700000000), 1, "past is 1");
	is_str(client_text(RESULT_NOT_FOUND), "record not found", "words for codes");
	ok(strlen(client_text(CLIENT_NO_MEMORY)) > 3 && client_text(-99)[0], "of all kinds");
	buf_free(&b);
}

/* The request of a batch: what its flags say of work in the thread that reads. */
static void test_batch_unit(void)
{
	static const uint8_t digest[20] = { 1 };
	struct command c = { .ns = SPAN("test"), .digest = digest };
	struct batch_row rows[2] = { 0 };
	struct client_batch batch = { .rows = rows, .n = 2, .socket_ms = 1000 };
	struct batch_group *g = calloc(1, sizeof(*g) + 2 * sizeof(g->index[0]));
	struct buf unit = { 0 };
	static const struct { bool not_inline, device, old; uint8_t flags; } cases[] = { { false, false, false, 0x0d },
		{ true, false, false, 0x0c }, { false, true, false, 0x0f }, { false, true, true, 0x01 }, { true, false, true, 0x00 } };

	command_get(&unit, &c, NULL, 0);
	rows[0].unit = rows[1].unit = buf_as_span(&unit);
	g->b = &batch;
	g->n = 2;
	g->index[1] = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		batch.not_inline = cases[i].not_inline;
		batch.inline_device = cases[i].device;
		buf_reset(&g->unit);
		client_batch_encode(g, cases[i].old);
		/* Behind proto and message header, the field's size and type, and the number of rows. */
		is_int((uint8_t)g->unit.p[8 + 22 + 5 + 4], cases[i].flags, "flags of a batch, %zu", i);
	}
	buf_free(&g->unit);
	free(g);
	buf_free(&unit);
}

int main(void)
{
	test_info();
	test_map();
	test_racks();
	test_peers();
	test_retry();
	test_login();
	test_timers();
	test_units();
	test_batch_unit();
	return tap_end();
}
