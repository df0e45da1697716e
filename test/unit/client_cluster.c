/* SPDX-License-Identifier: Apache-2.0 */
#include "aero_many.h"
#include "client_batch.h"
#include "client_scan.h"
#include "info.h"

#include <sys/stat.h>

/* The client and clusters that change, break, and lie: test/fake-cluster in front of one as-local. */

static struct child local;

static unsigned nodes_of(const struct client *c)
{
	return client_nodes(c, NULL, 0);
}

struct counting {
	struct client_scan s;
	unsigned rows, ended, twice;
	int code;
	struct fake *f;
	const char *command;
	unsigned char seen[1 << 16];
};

static bool scan_row(struct client_scan *s, const struct scan_row *row)
{
	struct counting *k = (struct counting *)s;
	unsigned hash = get_be16(row->digest.p);

	k->rows++;
	k->twice += k->seen[hash] > 0;
	k->seen[hash] = 1;
	if (k->rows == 20 && k->command)
		fake_do(k->f, k->command);
	return true;
}

static void scan_end(struct client_scan *s, int code)
{
	((struct counting *)s)->ended = 1;
	((struct counting *)s)->code = code;
}

static void scan_test(struct client *c, struct fake *f, const char *command, const char *what)
{
	static struct counting k;

	memset(&k, 0, sizeof(k));
	k.f = f;
	k.command = command;
	k.s = (struct client_scan){ .ns = SPAN("test"), .set = SPAN("demo"), .row = scan_row, .done = scan_end, .socket_ms = 500 };
	client_scan(c, &k.s);
	RUN_UNTIL(c, k.ended);
	is_int(k.code, RESULT_OK, "scan, %s", what);
	is_int(k.rows, KEYS, "it brings every record");
	if (!k.ended)
		client_scan_cancel(&k.s);
}

static unsigned rows_seen, rows_ok, batch_ended;

static void batch_row(struct client_batch *b, unsigned index, int code, bool in_doubt, struct span body)
{
	(void)b;
	(void)index;
	(void)in_doubt;
	(void)body;
	rows_seen++;
	rows_ok += code == RESULT_OK;
}

static void batch_end(struct client_batch *b)
{
	(void)b;
	batch_ended++;
}

static void batch_test(struct client *c, bool write, const char *what)
{
	static struct batch_row rows[KEYS];
	struct client_batch b = { .rows = rows, .n = KEYS, .total_ms = 8000, .socket_ms = 500, .retries = 8, .row = batch_row, .done = batch_end };

	rows_seen = rows_ok = batch_ended = 0;
	for (unsigned i = 0; i < KEYS; i++) {
		if (write)
			call_put(&calls[i], i, i);
		else
			call_get(&calls[i], i);
		rows[i] = (struct batch_row){ .unit = buf_as_span(&calls[i].unit), .write = write, .idempotent = true };
	}
	client_batch(c, &b);
	RUN_UNTIL(c, batch_ended);
	is_int(rows_ok, KEYS, "batch of %s, %s", write ? "puts" : "gets", what);
	ok(rows_seen == KEYS && batch_ended == 1, "every row once, and one end");
}

/* Rows that no node takes wait for one; who closes the client instead gets them back. */
static void test_close(void)
{
	static struct batch_row rows[3];
	struct client_batch b = { .rows = rows, .n = 3, .total_ms = 60000, .row = batch_row, .done = batch_end };
	struct client_batch fresh = { .rows = rows, .n = 0, .total_ms = 60000, .row = batch_row, .done = batch_end };
	struct client *c = client_open(&(struct client_options){ .seeds = "127.0.0.1:1" }, &(const char *){ NULL });

	rows_seen = rows_ok = batch_ended = 0;
	for (unsigned i = 0; i < 3; i++) {
		call_get(&calls[i], i);
		rows[i] = (struct batch_row){ .unit = buf_as_span(&calls[i].unit) };
	}
	client_batch(c, &b);
	for (int i = 0; i < 5; i++)
		client_wait(c, 20);
	is_int(rows_seen, 0, "rows wait for a node");
	client_batch(c, &fresh);
	client_close(c);
	ok(rows_seen == 3 && rows_ok == 0 && batch_ended == 2, "closing the client ends batches that wait, and those that have not begun");
}

static unsigned scans_closed;

static void scan_closed(struct client_scan *s, int code)
{
	(void)s;
	scans_closed += code == CLIENT_CLOSED;
}

/* The same for scans: one that waits for its next round, one that waits for a node's answer, one that has not begun. */
static void test_close_scans(void)
{
	static struct counting k;
	struct client_scan waiting = { .ns = SPAN("test"), .row = scan_row, .done = scan_closed }, fresh = waiting, gone = waiting;
	struct client *c = client_open(&(struct client_options){ .seeds = "127.0.0.1:1" }, &(const char *){ NULL });
	struct fake f;

	scans_closed = 0;
	client_scan(c, &waiting);
	client_scan(c, &gone);
	for (int i = 0; i < 5; i++)
		client_wait(c, 20);
	client_scan_cancel(&gone);
	client_scan(c, &fresh);
	client_close(c);
	is_int(scans_closed, 2, "closing the client ends scans between two rounds, and those that have not begun");

	fake_start(&f, &local, 2, NULL);
	fake_do(&f, "fault A silent");
	fake_do(&f, "fault B silent");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0] });
	k = (struct counting){ .s = { .ns = SPAN("test"), .row = scan_row, .done = scan_closed } };
	client_scan(c, &k.s);
	RUN_UNTIL(c, fake_count(&f, 'A', "requests") > 0);
	client_close(c);
	is_int(scans_closed, 3, "and those that wait for an answer");
	child_kill(&f.c, SIGKILL);
}

static struct client_scan cancelled;
static bool lives;

static void scan_lives(struct client_scan *s, int code)
{
	(void)s;
	(void)code;
	lives = true;
}

static void scan_cancels(struct client_scan *s, int code)
{
	(void)s;
	is_int(code, RESULT_NAMESPACE, "a scan of no namespace ends in the turn in which it begins");
	client_scan_cancel(&cancelled);
}

/* The end of one takes another one away that was to begin in the same turn. */
static void test_cancel(void)
{
	struct client_scan s = { .ns = SPAN("nothing"), .row = scan_row, .done = scan_cancels };
	struct client *c = open_fast(&(struct client_options){ .seeds = local.address });

	cancelled = (struct client_scan){ .ns = SPAN("nothing"), .row = scan_row, .done = scan_lives };
	client_scan(c, &cancelled);
	client_scan(c, &s);
	run_for(c, 200);
	client_close(c);
	ok(!lives, "nothing is called of a scan that was cancelled");
}

/* ---- the map ---- */

static void test_map(void)
{
	struct fake f;
	struct client *c;
	struct client_counters before;

	fake_start(&f, &local, 2, NULL);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0] });
	ok(client_state(c) == CLIENT_READY && nodes_of(c) == 2, "one seed leads to both nodes");
	ok(strcmp(client_master(c, SPAN("test"), 0), "BB90000000000001") == 0 && strcmp(client_master(c, SPAN("test"), 4095), "BB90000000000002") == 0,
		"the map is split");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts through both");
	is_int(run_all(c, false, false, 3000, 0), KEYS, "gets through both");
	ok(fake_count(&f, 'A', "requests") + fake_count(&f, 'B', "requests") == 2 * KEYS && fake_count(&f, 'A', "requests") > KEYS / 2,
		"each request went to its owner, once");
	is_int(client_counters(c)->retries, 0, "nothing was sent again");
	batch_test(c, true, "split");
	batch_test(c, false, "split");
	scan_test(c, &f, NULL, "split");

	fake_do(&f, "own B 0-2999");
	RUN_UNTIL(c, strcmp(client_master(c, SPAN("test"), 0), "BB90000000000002") == 0);
	before = *client_counters(c);
	is_int(run_all(c, false, false, 3000, 0), KEYS, "gets after partitions have moved");
	is_int(client_counters(c)->retries - before.retries, 0, "straight to the new owner");
	run_for(c, 200);
	fake_do(&f, "quiet-own A 0-2999");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts while partitions move and nobody says so");
	ok(client_counters(c)->retries > before.retries, "were sent again (%u times)", (unsigned)(client_counters(c)->retries - before.retries));
	run_for(c, 500);
	scan_test(c, &f, "quiet-own B 0-2999", "while partitions move");
	run_for(c, 500);
	fake_do(&f, "quiet-own A 0-4095");
	batch_test(c, true, "while partitions move");
	run_for(c, 500);

	/* A node dies; its partitions are taken over; it comes back. */
	fake_do(&f, "own A 0-2047");
	fake_do(&f, "own B 2048-4095");
	run_for(c, 300);
	fake_do(&f, "down B");
	ok(run_all(c, false, false, 300, 0) < KEYS, "a node is gone: some gets fail");
	fake_do(&f, "own A 0-4095");
	RUN_UNTIL(c, nodes_of(c) == 1);
	is_int(nodes_of(c), 1, "it is seen to be lost");
	is_int(run_all(c, false, false, 3000, 0), KEYS, "the other one has taken over");
	fake_do(&f, "up B");
	fake_do(&f, "own B 2048-4095");
	RUN_UNTIL(c, nodes_of(c) == 2);
	is_int(nodes_of(c), 2, "it is back");
	is_int(run_all(c, false, false, 3000, 0), KEYS, "and used again");
	fake_do(&f, "move B");
	run_for(c, 300);
	RUN_UNTIL(c, nodes_of(c) == 2 && client_master(c, SPAN("test"), 4095));
	is_int(run_all(c, false, false, 3000, 0), KEYS, "on another port too");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* The owner's death is only seen by its broken connections; the rest of the cluster answers for it a little later. */
static void test_death(void)
{
	struct fake f;
	struct client *c;
	static struct counting k;

	fake_start(&f, &local, 2, NULL);
	c = open_fast(&(struct client_options){ .seeds = f.seed[1] });
	k = (struct counting){ .f = &f, .command = "down B", .s = { .ns = SPAN("test"), .set = SPAN("demo"), .row = scan_row, .done = scan_end } };
	client_scan(c, &k.s);
	run_for(c, 400);
	fake_do(&f, "own A 0-4095");
	RUN_UNTIL(c, k.ended);
	ok(k.code == RESULT_OK && k.rows == KEYS, "a scan outlives a node: %u rows, code %d", k.rows, k.code);
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* ---- faults ---- */

static void test_faults(void)
{
	static const char *const kinds[] = { "cut", "half", "garbage", "size", "short", "type", "late", "silent", "refuse", "overload", "busy-timeout" };
	struct fake f;
	struct client *c;

	fake_start(&f, &local, 1, NULL);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .errors_max = 100000 });
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		bool nonsense = strchr("ghzt", kinds[i][0]) || strcmp(kinds[i], "short") == 0 || strcmp(kinds[i], "size") == 0;
		bool code = strcmp(kinds[i], "refuse") == 0 || strcmp(kinds[i], "overload") == 0;
		unsigned good, doubt = 0, odd = 0, sent = 0;
		long writes;
		char line[64];

		nonsense = nonsense && strcmp(kinds[i], "half") != 0;
		snprintf(line, sizeof(line), "fault A %s 5", kinds[i]);
		fake_do(&f, line);
		good = run_all(c, false, false, 8000, 150);
		if (nonsense)
			ok(good < KEYS && good > KEYS / 2, "%s: %u of %u gets are well, nonsense is said to be", kinds[i], good, KEYS);
		else
			is_int(good, KEYS, "%s: every get ends well", kinds[i]);
		writes = fake_count(&f, 'A', "writes");
		good = run_all(c, true, false, 8000, 150);
		for (unsigned k = 0; k < KEYS; k++) {
			doubt += calls[k].in_doubt;
			odd += calls[k].in_doubt && calls[k].code == RESULT_OK;
			sent += calls[k].sent;
		}
		writes = fake_count(&f, 'A', "writes") - writes;
		if (code)
			ok(good == KEYS && doubt == 0, "%s: every put ends well (%u), none is in doubt (%u)", kinds[i], good, doubt);
		else
			ok(good < KEYS && doubt == KEYS - good && odd == 0 && sent == KEYS && writes <= KEYS,
				"%s: %u puts that failed are in doubt, none was sent twice (%ld)", kinds[i], doubt, writes);
		if (!nonsense)
			is_int(run_all(c, true, true, 8000, 150), KEYS, "%s: every put that may be repeated ends well", kinds[i]);
		is_int(client_state(c), CLIENT_READY, "and the node is still good");
	}
	fake_do(&f, "fault A cut 7");
	scan_test(c, &f, NULL, "answers cut");
	batch_test(c, true, "answers cut");
	fake_do(&f, "fault A half 3");
	scan_test(c, &f, NULL, "half answers");
	batch_test(c, false, "half answers");
	fake_do(&f, "fault A busy-timeout 2");
	batch_test(c, true, "timeouts of the server");
	scan_test(c, &f, NULL, "timeouts of the server");
	fake_do(&f, "fault A silent");
	is_int(run_all(c, false, false, 200, 0), 0, "a silent node: deadlines hold");
	is_int(calls[0].code, RESULT_TIMEOUT, "it is a timeout");
	fake_do(&f, "fault A none");
	is_int(run_all(c, false, false, 3000, 0), KEYS, "all is well afterwards");
	client_close(c);
	/* The breaker. */
	fake_do(&f, "fault A cut");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .errors_max = 5, .tend_ms = 1000, .connections = 3 });
	{
		long before = fake_count(&f, 'A', "requests");

		run_all(c, false, false, 3000, 0);
		before = fake_count(&f, 'A', "requests") - before;
		ok(before < KEYS / 2, "a node with many errors is left alone for a while (%ld requests)", before);
	}
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* ---- login ---- */

static void test_login(void)
{
	struct fake f;
	struct client *c;
	long before;

	fake_start(&f, &local, 1, (const char *[]){ "user=joe", "ttl=2", NULL });
	expect_refused(&(struct client_options){ .seeds = f.seed[0] }, "not authenticated", "no login");
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .user = "eve", .password = "x" }, "invalid credential (65)", "the wrong user");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .user = "joe", .password = "secret", .connections = 20 });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "with a login");
	ok(fake_count(&f, 'A', "auths") <= 20 && fake_count(&f, 'A', "auths") > 0, "each connection is authenticated once");
	before = fake_count(&f, 'A', "logins");
	run_for(c, 2500);
	ok(fake_count(&f, 'A', "logins") >= before + 2, "the session is renewed before it ends");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "and goes on");
	fake_do(&f, "expire A");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "a session that is refused is renewed at once");
	client_close(c);
	child_kill(&f.c, SIGKILL);

	fake_start(&f, &local, 1, (const char *[]){ "security=52", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .user = "joe", .password = "secret" });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "security is off: on without a login");
	client_close(c);
	child_kill(&f.c, SIGKILL);
	fake_start(&f, &local, 1, (const char *[]){ "security=51", NULL });
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .user = "joe", .password = "x" }, "security not supported (51): this server knows no users",
		"a server without security");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .user = "joe", .password = "x", .auth_lenient = true });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "unless lenient");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* ---- TLS ---- */

static void test_tls(void)
{
	char dir[] = "/tmp/cn-client-tls.XXXXXX", line[2048], tls[64], ca[64], cert[64], key[64];
	struct fake f;
	struct client *c;

	if (!mkdtemp(dir))
		abort();
	snprintf(line, sizeof(line), "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
		"-keyout key.pem -out cert.pem 2>/dev/null", dir);
	if (system(line) != 0) {
		skip("needs openssl");
		return;
	}
	snprintf(tls, sizeof(tls), "tls=%s", dir);
	snprintf(ca, sizeof(ca), "%s/cert.pem", dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	fake_start(&f, &local, 2, (const char *[]){ tls, NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .tls = true, .tls_ca = ca, .tls_name = "localhost" });
	ok(client_state(c) == CLIENT_READY && nodes_of(c) == 2, "TLS to both nodes: %s", client_why(c));
	is_int(run_all(c, true, false, 5000, 0), KEYS, "puts over TLS");
	is_int(run_all(c, false, false, 5000, 0), KEYS, "gets over TLS");
	scan_test(c, &f, NULL, "over TLS");
	client_close(c);
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .tls = true, .tls_ca = ca, .tls_name = "elsewhere" }, "name", "a certificate of another name");
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .tls = true, .tls_name = "localhost" }, "rust", "a certificate that nobody vouches for");
	expect_refused(&(struct client_options){ .seeds = f.seed[0] }, "", "clear to a TLS port");
	child_kill(&f.c, SIGKILL);

	snprintf(line, sizeof(line), "cp %s/cert.pem %s/ca.pem", dir, dir);
	is_int(system(line), 0, "now the server asks for a certificate");
	fake_start(&f, &local, 1, (const char *[]){ tls, NULL });
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .tls = true, .tls_ca = ca, .tls_name = "localhost" }, "", "without one");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .tls = true, .tls_ca = ca, .tls_name = "localhost", .tls_cert = cert, .tls_key = key });
	is_int(run_all(c, true, false, 5000, 0), KEYS, "with one");
	client_close(c);
	child_kill(&f.c, SIGKILL);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	is_int(system(line), 0, "cleaned up");
}

/* ---- releases, names, addresses ---- */

static unsigned made;

static void on_made(void *ctx, unsigned nodes, unsigned failed)
{
	(void)ctx;
	made = nodes && !failed;
}

static void query_test(struct client *c, const char *what)
{
	static struct counting k;
	struct span bin = SPAN("n");
	struct buf range = { 0 };

	if (!made) {
		struct client *direct = open_fast(&(struct client_options){ .seeds = local.address });

		client_info_all(direct, "sindex-create:namespace=test;set=demo;indexname=i;bin=n;type=numeric\n", 1000, NULL, on_made, NULL);
		RUN_UNTIL(direct, made);
		run_for(direct, 300);
		client_close(direct);
	}
	scan_range_integer(&range, SPAN("n"), 100, 149);
	memset(&k, 0, sizeof(k));
	k.s = (struct client_scan){ .ns = SPAN("test"), .set = SPAN("demo"), .bins = &bin, .n_bins = 1, .index_range = buf_as_span(&range),
		.row = scan_row, .done = scan_end };
	client_scan(c, &k.s);
	RUN_UNTIL(c, k.ended);
	ok(k.code == RESULT_OK && k.rows == 50 && !k.twice, "a query brings %u records, code %d, %s", k.rows, k.code, what);
	buf_free(&range);
}

static void test_releases(void)
{
	static const char *const builds[] = { "build=4.9.0.11", "build=5.7.0.8", "build=6.0.0.0", "build=8.0.0.1", "build=8.1.0.3" };
	struct fake f;
	struct client *c;

	for (unsigned i = 0; i < sizeof(builds) / sizeof(*builds); i++) {
		fake_start(&f, &local, 2, (const char *[]){ builds[i], NULL });
		c = open_fast(&(struct client_options){ .seeds = f.seed[1] });
		ok(client_state(c) == CLIENT_READY && client_build(c) == info_build(span_of(builds[i] + 6)), "%s", builds[i]);
		is_int(run_all(c, true, false, 3000, 0), KEYS, "puts");
		ok(!strstr(fake_do(&f, "stats"), "user-agent-set") == (i < 4), "user-agent-set from 8.1 on only");
		batch_test(c, true, builds[i]);
		batch_test(c, false, builds[i]);
		scan_test(c, &f, NULL, builds[i]);
		query_test(c, builds[i]);
		client_close(c);
		child_kill(&f.c, SIGKILL);
	}
	fake_start(&f, &local, 1, (const char *[]){ "build=4.8.0.1", NULL });
	expect_refused(&(struct client_options){ .seeds = f.seed[0] }, "older than 4.9", "4.8");
	child_kill(&f.c, SIGKILL);
}

static void test_names(void)
{
	struct fake f;
	struct client *c;
	struct client_node node;
	char text[128];

	fake_start(&f, &local, 2, (const char *[]){ "name=blue", NULL });
	expect_refused(&(struct client_options){ .seeds = f.seed[0], .cluster_name = "red" }, "another cluster", "another cluster's name");
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .cluster_name = "blue" });
	is_int(nodes_of(c), 2, "the right name");
	client_close(c);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .alternate = true });
	ok(nodes_of(c) == 2 && strstr(fake_do(&f, "stats"), "peers-clear-alt"), "alternate addresses");
	client_close(c);
	child_kill(&f.c, SIGKILL);

	fake_start(&f, &local, 2, (const char *[]){ "alone=1", NULL });
	snprintf(text, sizeof(text), "127.0.0.1:1,%s,%s,%s", f.seed[0], f.seed[1], f.seed[0]);
	c = open_fast(&(struct client_options){ .seeds = text });
	is_int(nodes_of(c), 2, "several seeds, one of them dead, one given twice");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "all is served");
	run_for(c, 300);
	is_int(nodes_of(c), 2, "nodes that serve something stay");
	client_close(c);
	child_kill(&f.c, SIGKILL);

	snprintf(text, sizeof(text), "service=%s", local.address);
	fake_start(&f, &local, 1, (const char *[]){ text, NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .service_always = true });
	is_int(client_nodes(c, &node, 1), 1, "one node");
	ok(strcmp(node.address, local.address) == 0, "behind a load balancer: the listed address (%s)", node.address);
	client_close(c);
	child_kill(&f.c, SIGKILL);
	fake_start(&f, &local, 1, (const char *[]){ "service=127.0.0.1:1", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .service_always = true });
	is_int(client_nodes(c, &node, 1), 1, "one node");
	ok(strcmp(node.address, f.seed[0]) == 0, "unless nobody answers there");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

static void test_idle(void)
{
	struct fake f;
	struct client *c;
	struct client_node node = { 0 };

	fake_start(&f, &local, 1, NULL);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .idle_ms = 300, .connections = 10 });
	run_all(c, true, false, 3000, 0);
	client_nodes(c, &node, 1);
	is_int(node.connections, 10, "connections are kept");
	RUN_UNTIL(c, (client_nodes(c, &node, 1), node.connections == 0));
	is_int(node.connections, 0, "and closed when they are not used");
	client_close(c);
	/* The other side closes idle connections: the next request must not run into that. */
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .connections = 10 });
	run_all(c, true, false, 3000, 0);
	fake_do(&f, "down A");
	fake_do(&f, "up A");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "connections that the node has closed are not used");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

int main(void)
{
	log_set_level("error");
	local_start(&local, "0");
	test_close();
	test_close_scans();
	test_cancel();
	test_map();
	test_death();
	test_faults();
	test_login();
	test_tls();
	test_releases();
	test_names();
	test_idle();
	for (unsigned i = 0; i < KEYS; i++) {
		buf_free(&calls[i].unit);
		buf_free(&calls[i].body);
	}
	child_kill(&local, SIGTERM);
	return tap_end();
}
