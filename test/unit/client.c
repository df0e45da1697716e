/* SPDX-License-Identifier: Apache-2.0 */
#include "aero_live.h"
#include "client_batch.h"
#include "client_scan.h"
#include "info.h"

#include <sys/epoll.h>

/* The client against as-local: normal use. */

static struct child local;
static struct client *client;

static void test_single(void)
{
	struct call c = { 0 };
	struct command cmd;
	struct command_writer w;
	struct message m;
	struct message_op op;
	uint8_t one[8] = { [7] = 1 };

	is_int(do_get(client, 1), -1000 - RESULT_NOT_FOUND, "what is not there is not found");
	is_int(do_put(client, 1, 41), RESULT_OK, "put");
	is_int(do_get(client, 1), 41, "get");
	call_prepare(&c, 1, false);
	cmd = call_command(&c);
	command_exists(&c.unit, &cmd);
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), RESULT_OK, "exists");
	ok(message_open(&m, c.body.p, c.body.n) && m.generation == 1 && m.n_ops == 0, "exists tells the generation and no bins");

	call_prepare(&c, 1, true);
	cmd = call_command(&c);
	cmd.respond_all = true;
	command_begin(&w, &c.unit, &cmd);
	command_op(&w, OP_INCREMENT, SPAN("n"), PARTICLE_INTEGER, (struct span){ (char *)one, 8 });
	command_op(&w, OP_READ, SPAN("n"), 0, (struct span){ 0 });
	command_end(&w);
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), RESULT_OK, "operate");
	ok(message_open(&m, c.body.p, c.body.n) && m.generation == 2 && message_next_op(&m, &op) && message_next_op(&m, &op) &&
		get_be64(op.value.p) == 42, "operate has counted and read");

	call_prepare(&c, 1, true);
	cmd = call_command(&c);
	cmd.generation = 1;
	cmd.generation_policy = GENERATION_EQUAL;
	command_delete(&c.unit, &cmd);
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), RESULT_GENERATION, "delete of another generation is refused");
	ok(!c.in_doubt, "and not in doubt");
	call_prepare(&c, 1, true);
	cmd = call_command(&c);
	cmd.ttl = 1000;
	command_touch(&c.unit, &cmd);
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), RESULT_OK, "touch");
	ok(message_open(&m, c.body.p, c.body.n) && command_ttl(m.ttl, clock_unix_ms() / 1000) - 999 <= 1, "touch has set the time to live");
	call_prepare(&c, 1, true);
	cmd = call_command(&c);
	command_delete(&c.unit, &cmd);
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), RESULT_OK, "delete");
	is_int(call_run(client, &c), RESULT_NOT_FOUND, "deleted is deleted");
	call_get(&c, 1);
	c.r.ns = SPAN("nowhere");
	is_int(call_run(client, &c), RESULT_NAMESPACE, "a namespace that no node has");
	buf_free(&c.unit);
	buf_free(&c.body);
}

static unsigned info_calls, info_ends;
static char info_said[64];

static void info_each(void *ctx, const char *node, int code, struct span answer)
{
	struct span v = info_value(answer, "build");

	(void)ctx;
	info_calls += code == 0 && node[0];
	snprintf(info_said, sizeof(info_said), "%.*s", (int)v.n, v.n ? v.p : "");
}

static void info_end(void *ctx, unsigned nodes, unsigned failed)
{
	(void)ctx;
	info_ends += nodes == 1 && failed == 0;
}

static void test_info(void)
{
	struct call c = { .r = { .kind = CLIENT_INFO, .done = call_done, .total_ms = 1000 } };

	command_info(&c.unit, SPAN("namespaces"));
	c.r.unit = buf_as_span(&c.unit);
	is_int(call_run(client, &c), 0, "info to any node");
	is_span(info_value(buf_as_span(&c.body), "namespaces"), SPAN("test"), "its answer");
	ok(client_info_all(client, "build\n", 1000, info_each, info_end, NULL), "info to all");
	RUN_UNTIL(client, info_ends);
	ok(info_calls == 1 && info_ends == 1 && info_build(span_of(info_said)) == client_build(client), "each is called once, then the end");
	c.finished = false;
	c.r.node = "BB9FFFFFFFFFFFF";
	is_int(call_run(client, &c), CLIENT_NO_NODE, "info to a node that is not there");
	buf_free(&c.unit);
	buf_free(&c.body);
}

/* ---- a thousand at once ---- */

enum { MANY = 1000 };
static unsigned many_done, many_good;

static void many_end(struct client_request *r, const struct client_reply *reply)
{
	(void)r;
	many_done++;
	many_good += reply->code == RESULT_OK;
}

static void test_many(unsigned connections, unsigned pipeline)
{
	struct client *c = must_open(&(struct client_options){ .seeds = local.address, .connections = connections, .pipeline = pipeline });
	struct call *calls = calloc(MANY, sizeof(*calls));
	struct client_node node;
	unsigned most = 0;

	many_done = many_good = 0;
	ok(client_connect(c, 5000), "connected, %u connections, %u on one", connections, pipeline);
	for (unsigned i = 0; i < MANY; i++) {
		call_put(&calls[i], 1000 + i, i);
		calls[i].r.done = many_end;
		calls[i].r.total_ms = 10000;
		client_submit(c, &calls[i].r);
	}
	while (many_done < MANY) {
		client_wait(c, 100);
		client_nodes(c, &node, 1);
		if (node.connections > most)
			most = node.connections;
	}
	is_int(many_good, MANY, "all puts are done");
	ok(most <= connections && (pipeline > 1 || most == connections), "%u connections were used", most);
	many_done = 0;
	for (unsigned i = 0; i < MANY; i++) {
		calls[i].r.done = call_done;
		call_get(&calls[i], 1000 + i);
		client_submit(c, &calls[i].r);
	}
	for (unsigned i = 0; i < MANY; i++) {
		struct message m;
		struct message_op op;

		RUN_UNTIL(c, calls[i].finished);
		many_done += calls[i].code == RESULT_OK && message_open(&m, calls[i].body.p, calls[i].body.n) &&
			message_next_op(&m, &op) && get_be64(op.value.p) == i;
	}
	is_int(many_done, MANY, "every get has its own answer");
	for (unsigned i = 0; i < MANY; i++) {
		buf_free(&calls[i].unit);
		buf_free(&calls[i].body);
	}
	free(calls);
	client_close(c);
}

/* ---- batches ---- */

static unsigned rows_seen, rows_ok, rows_missing, batch_ended, rows_sum;

static void batch_row(struct client_batch *b, unsigned index, int code, bool in_doubt, struct span body)
{
	struct message m;
	struct message_op op;

	(void)b;
	(void)in_doubt;
	rows_seen++;
	rows_ok += code == RESULT_OK;
	rows_missing += code == RESULT_NOT_FOUND;
	if (body.p && message_open(&m, body.p, body.n) && message_next_op(&m, &op) && op.value.n == 8)
		rows_sum += get_be64(op.value.p) == index;
}

static void batch_end(struct client_batch *b)
{
	(void)b;
	batch_ended++;
}

static void test_batch(unsigned n, bool write)
{
	struct client_batch b = { .n = n, .total_ms = 10000, .row = batch_row, .done = batch_end };
	struct call *calls = calloc(n, sizeof(*calls));

	rows_seen = rows_ok = rows_missing = batch_ended = rows_sum = 0;
	b.rows = calloc(n, sizeof(*b.rows));
	for (unsigned i = 0; i < n; i++) {
		if (write)
			call_put(&calls[i], 50000 + i, i);
		else
			call_get(&calls[i], 50000 + i);
		b.rows[i] = (struct batch_row){ .unit = buf_as_span(&calls[i].unit), .write = write, .idempotent = write };
	}
	client_batch(client, &b);
	RUN_UNTIL(client, batch_ended);
	is_int(rows_seen, n, "a batch of %u %s: every row once", n, write ? "puts" : "gets");
	is_int(rows_ok, n, "and well");
	if (!write)
		is_int(rows_sum, n, "with its own value");
	is_int(batch_ended, 1, "and one end");
	for (unsigned i = 0; i < n; i++)
		buf_free(&calls[i].unit);
	free(calls);
	free(b.rows);
}

/* ---- scans ---- */

struct counting {
	struct client_scan s;
	unsigned rows, ended, stop_at, pauses, in_order;
	int code;
	uint64_t sum;
};

static bool scan_row(struct client_scan *s, const struct scan_row *row)
{
	struct counting *k = (struct counting *)s;
	struct message m = row->m;
	struct message_op op;

	k->rows++;
	if (message_next_op(&m, &op) && op.value.n == 8)
		k->sum += get_be64(op.value.p);
	if (k->pauses && k->rows % 1000 == 0)
		client_scan_pause(s);
	return !k->stop_at || k->rows < k->stop_at;
}

static void scan_end(struct client_scan *s, int code)
{
	struct counting *k = (struct counting *)s;

	k->ended++;
	k->code = code;
}

static void scan_run(struct counting *k)
{
	k->s.ns = SPAN("test");
	k->s.row = scan_row;
	k->s.done = scan_end;
	k->ended = 0;
	client_scan(client, &k->s);
	RUN_UNTIL(client, (client_scan_resume(&k->s), k->ended));
}

static void test_scan(void)
{
	struct counting k = { 0 };
	struct scan_cursor *cursor = calloc(1, sizeof(*cursor));
	struct buf range = { 0 };
	unsigned all, pages = 0;

	for (uint64_t i = 0; i < 50000; i += 100)
		do_put(client, 200000 + i, i);
	k.s.set = SPAN("demo");
	scan_run(&k);
	ok(k.code == RESULT_OK && k.ended == 1 && k.rows >= 6000, "a scan brings %u records", k.rows);
	all = k.rows;
	k = (struct counting){ .pauses = 1, .s.set = SPAN("demo") };
	scan_run(&k);
	ok(k.code == RESULT_OK && k.rows == all, "with pauses all the same");
	k = (struct counting){ .s = { .set = SPAN("demo"), .rps = 20000, .retries = -1 } };
	scan_run(&k);
	ok(k.code == RESULT_OK && k.rows == all, "at a rate");
	k = (struct counting){ .s = { .set = SPAN("demo"), .no_bins = true } };
	scan_run(&k);
	ok(k.rows == all && k.sum == 0, "without bins");
	k = (struct counting){ .stop_at = 10 };
	scan_run(&k);
	ok(k.code == CLIENT_STOPPED && k.rows == 10 && k.ended == 1, "stopped when the caller has had enough");
	is_int(do_put(client, 1, 1), RESULT_OK, "and the client goes on");
	do {
		k = (struct counting){ .rows = k.rows * (pages > 0), .s = { .set = SPAN("demo"), .max_records = 999, .cursor = cursor } };
		scan_run(&k);
		pages++;
	} while (k.code == RESULT_OK && pages < 100 && !scan_cursor_done(cursor, 0, CLIENT_PARTITIONS));
	is_int(k.rows, all + 1, "page by page (%u pages)", pages);
	k = (struct counting){ .s = { .set = SPAN("nothing") } };
	scan_run(&k);
	ok(k.code == RESULT_OK && k.rows == 0, "an empty set");
	scan_range_integer(&range, SPAN("n"), 1, 9);
	k = (struct counting){ .s = { .set = SPAN("demo"), .index_range = buf_as_span(&range) } };
	scan_run(&k);
	is_int(k.code, RESULT_INDEX_NOT_FOUND, "a query without its index");
	ok(client_info_all(client, "sindex-create:namespace=test;set=demo;indexname=i;bin=n;type=numeric\n", 1000, info_each, info_end, NULL), "make it");
	info_ends = 0;
	RUN_UNTIL(client, info_ends);
	run_for(client, 300);
	k = (struct counting){ .s = { .set = SPAN("demo"), .index_range = buf_as_span(&range) } };
	scan_run(&k);
	ok(k.code == RESULT_OK && k.rows >= 18, "a query brings %u (%d)", k.rows, k.code);
	buf_free(&range);
	free(cursor);
}

/* ---- the node goes and comes ---- */

static void test_restart(void)
{
	struct call c = { 0 };
	char port[8];
	int code;

	snprintf(port, sizeof(port), "%s", strchr(local.address, ':') + 1);
	child_kill(&local, SIGKILL);
	call_put(&c, 1, 1);
	c.r.total_ms = 300;
	code = call_run(client, &c);
	ok(code == CLIENT_UNREACHABLE || code == RESULT_TIMEOUT, "a node that was killed: %s", client_text(code));
	ok(c.sent > 0 || !c.in_doubt, "what was never sent is not in doubt");
	local_start(&local, port);
	RUN_UNTIL(client, do_put(client, 2, 22) == RESULT_OK);
	is_int(do_get(client, 2), 22, "and again there");
	child_kill(&local, SIGKILL);
	RUN_UNTIL(client, client_state(client) == CLIENT_LOST);
	is_int(client_state(client), CLIENT_LOST, "lost after five looks");
	call_put(&c, 1, 1);
	c.r.total_ms = 200;
	is_int(call_run(client, &c), CLIENT_NO_NODE, "then there is no node");
	local_start(&local, port);
	RUN_UNTIL(client, client_state(client) == CLIENT_READY);
	is_int(do_put(client, 3, 33), RESULT_OK, "found again through its seed");
	/* The node comes back while the request waits. */
	child_kill(&local, SIGKILL);
	run_for(client, 50);
	call_put(&c, 4, 44);
	c.r.total_ms = 5000;
	c.r.retries = 20;
	c.r.idempotent = true;
	c.finished = false;
	client_submit(client, &c.r);
	run_for(client, 200);
	local_start(&local, port);
	RUN_UNTIL(client, c.finished);
	is_int(c.code, RESULT_OK, "a request outlives a restart (sent %u times)", c.sent);
	buf_free(&c.unit);
	buf_free(&c.body);
}

/* In somebody else's loop, with nothing but the descriptor and the deadline. */
static void test_nested(void)
{
	struct client *c = must_open(&(struct client_options){ .seeds = local.address });
	struct call calls[100] = { 0 };
	struct epoll_event e = { .events = EPOLLIN };
	int loop = epoll_create1(EPOLL_CLOEXEC);
	unsigned good = 0, turns = 0;
	int64_t end = clock_ms() + 10000;

	epoll_ctl(loop, EPOLL_CTL_ADD, client_fd(c), &e);
	for (unsigned i = 0; i < 100; i++) {
		call_put(&calls[i], i, i);
		client_submit(c, &calls[i].r);
	}
	while (good < 100 && clock_ms() < end) {
		int64_t left = client_deadline(c) - clock_ms();

		epoll_wait(loop, &e, 1, left <= 0 ? 0 : left > 5000 ? 5000 : (int)left);
		client_run(c);
		turns++;
		good = 0;
		for (unsigned i = 0; i < 100; i++)
			good += calls[i].finished && calls[i].code == RESULT_OK;
	}
	ok(good == 100 && turns < 1000, "nested in another loop, %u turns", turns);
	end = clock_ms() + 500;
	for (turns = 0; clock_ms() < end; turns++) {
		int64_t left = client_deadline(c) - clock_ms();

		epoll_wait(loop, &e, 1, left <= 0 ? 0 : left > 500 ? 500 : (int)left);
		client_run(c);
	}
	ok(turns < 30, "an idle client sleeps (%u turns in half a second)", turns);
	client_close(c);
	close(loop);
	for (unsigned i = 0; i < 100; i++) {
		buf_free(&calls[i].unit);
		buf_free(&calls[i].body);
	}
}

/* Cancelling one of many on a connection: the others are done all the same, and not from inside client_cancel. */
static void test_cancel(void)
{
	struct client *c = must_open(&(struct client_options){ .seeds = local.address, .connections = 1, .pipeline = 100 });
	struct call calls[60] = { 0 };
	unsigned before, good = 0;

	client_connect(c, 5000);
	do_put(c, 7, 77);
	for (unsigned i = 0; i < 60; i++) {
		call_get(&calls[i], 7);
		client_submit(c, &calls[i].r);
	}
	client_run(c);
	before = (unsigned)client_counters(c)->done;
	client_cancel(&calls[30].r);
	is_int(client_counters(c)->done, before, "nothing is done inside client_cancel");
	for (unsigned i = 0; i < 60; i++) {
		if (i != 30)
			RUN_UNTIL(c, calls[i].finished);
		good += calls[i].finished && calls[i].code == RESULT_OK;
	}
	is_int(good, 59, "all others end well");
	client_close(c);
	for (unsigned i = 0; i < 60; i++) {
		buf_free(&calls[i].unit);
		buf_free(&calls[i].body);
	}
}

static unsigned closed;

static void on_closed(struct client_request *r, const struct client_reply *reply)
{
	(void)r;
	closed += reply->code == CLIENT_CLOSED;
}

static void test_close(void)
{
	struct client *c = must_open(&(struct client_options){ .seeds = local.address, .connections = 2 });
	struct call calls[10] = { 0 };

	client_connect(c, 5000);
	for (unsigned i = 0; i < 10; i++) {
		call_put(&calls[i], i, i);
		calls[i].r.done = on_closed;
		client_submit(c, &calls[i].r);
	}
	client_run(c);
	client_cancel(&calls[9].r);
	client_close(c);
	is_int(closed, 9, "all that is not done or cancelled ends with the client");
	for (unsigned i = 0; i < 10; i++)
		buf_free(&calls[i].unit);
	c = must_open(&(struct client_options){ .seeds = "127.0.0.1:1" });
	ok(!client_connect(c, 5000) && client_state(c) == CLIENT_LOST, "nobody there: %s", client_why(c));
	client_close(c);
}

static void test_options(void)
{
	static const struct { struct client_options o; const char *why; } bad[] = {
		{ { 0 }, "no seed" },
		{ { .seeds = "," }, "no seed" },
		{ { .seeds = ":::" }, "a seed is not HOST[:PORT]" },
		{ { .seeds = "[:::]:3000" }, "a seed is not HOST[:PORT]" },
		{ { .seeds = "a:0" }, "a seed is not HOST[:PORT]" },
		{ { .seeds = "a", .user = "u" }, "a user without a password" },
		{ { .seeds = "a", .user = "u", .password = "p", .auth = CLIENT_AUTH_EXTERNAL },
			"external authentication sends the password: only with TLS" },
	};
	const char *why;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ok(!client_open(&bad[i].o, &why), "refused");
		is_str(why, bad[i].why, "because");
	}
}

/* ---- compression ---- */

/* A bin of 4,000 bytes that say themselves often. */
static int put_long(struct client *c, struct call *k, uint64_t key)
{
	static char text[4000];
	struct command_writer w;
	struct command cmd;

	memset(text, 'a' + (int)(key % 26), sizeof(text));
	call_prepare(k, key, true);
	cmd = call_command(k);
	command_begin(&w, &k->unit, &cmd);
	command_put(&w, SPAN("text"), PARTICLE_STRING, (struct span){ text, sizeof(text) });
	command_end(&w);
	k->r.unit = buf_as_span(&k->unit);
	return call_run(c, k);
}

static void scan_all(struct client *c, unsigned rows)
{
	struct client *was = client;
	struct counting k = { 0 };

	client = c;
	scan_run(&k);
	client = was;
	ok(k.code == RESULT_OK && k.rows == rows, "a scan brings %u of %u records", k.rows, rows);
}

static void test_compression(void)
{
	struct child zips;
	struct client *c;
	struct call k = { 0 };

	/* Refused by a Community server, which is what as-local is without the option. */
	c = must_open(&(struct client_options){ .seeds = local.address, .compress = true });
	client_connect(c, 5000);
	is_int(put_long(c, &k, 1), RESULT_ENTERPRISE_ONLY, "a Community server takes no compressed request");
	is_int(do_put(c, 2, 2), RESULT_OK, "but a small one, which is not compressed");
	client_close(c);

	local_start_with(&zips, "0", "--compression");
	c = must_open(&(struct client_options){ .seeds = zips.address, .compress = true });
	client_connect(c, 5000);
	for (uint64_t key = 0; key < 100; key++)
		if (put_long(c, &k, key) != RESULT_OK)
			ok(false, "put %u: code %d", (unsigned)key, k.code);
	call_get(&k, 27);
	call_run(c, &k);
	ok(k.code == RESULT_OK && k.body.n > 4000 && memchr(k.body.p, 'b', k.body.n), "a long record comes back whole (%zu bytes)", k.body.n);
	is_int(do_put(c, 200, 7), RESULT_OK, "a small one too");
	is_int(do_get(c, 200), 7, "and back");
	scan_all(c, 101);
	client_close(c);
	/* Who did not ask for it gets plain answers, and reads them. */
	c = must_open(&(struct client_options){ .seeds = zips.address });
	client_connect(c, 5000);
	call_get(&k, 27);
	ok(call_run(c, &k) == RESULT_OK && k.body.n > 4000, "a client without compression reads the same");
	scan_all(c, 101);
	client_close(c);
	/* An answer that becomes too large is none. */
	c = must_open(&(struct client_options){ .seeds = zips.address, .compress = true, .reply_max = 2000 });
	client_connect(c, 5000);
	call_get(&k, 27);
	k.r.retries = -1;
	is_int(call_run(c, &k), CLIENT_BAD_REPLY, "unpacked it would be over reply_max");
	client_close(c);
	child_kill(&zips, SIGTERM);
	buf_free(&k.unit);
	buf_free(&k.body);
}

int main(void)
{
	struct client_node node;

	log_set_level("error");
	local_start(&local, "0");
	client = must_open(&(struct client_options){ .seeds = local.address, .tend_ms = 250 });
	is_int(client_state(client), CLIENT_CONNECTING, "at first it connects");
	ok(client_connect(client, 5000), "connected");
	is_int(client_nodes(client, &node, 1), 1, "to one node");
	ok(strcmp(node.address, local.address) == 0, "%s at %s", node.id, node.address);
	ok(client_master(client, SPAN("test"), 4095) && client_has_namespace(client, SPAN("test")), "the map is there");
	test_options();
	test_single();
	test_info();
	test_many(1000, 1);
	test_many(16, 1);
	test_many(4, 32);
	test_batch(1, true);
	test_batch(3000, true);
	test_batch(3000, false);
	test_batch(12000, true);
	test_scan();
	test_compression();
	test_restart();
	test_nested();
	test_cancel();
	test_close();
	client_close(client);
	child_kill(&local, SIGTERM);
	return tap_end();
}
