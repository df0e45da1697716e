/* SPDX-License-Identifier: Apache-2.0 */
#include "aero_many.h"

#include <sys/stat.h>

/* Which node the client asks, by which address, and how it gets in: replicas, strong consistency, nodes that pass requests on, alternate
 * addresses, and logins of the other two kinds; test/fake-cluster in front of one as-local. */

static struct child local;

static void put_reads(struct client *c, bool any_replica, uint8_t strict)
{
	for (unsigned i = 0; i < KEYS; i++) {
		struct command cmd;

		call_prepare(&calls[i], i, false);
		cmd = call_command(&calls[i]);
		cmd.strict = strict;
		command_get(&calls[i].unit, &cmd, NULL, 0);
		calls[i].r.unit = buf_as_span(&calls[i].unit);
		calls[i].r.any_replica = any_replica;
		calls[i].r.retries = 5;
		client_submit(c, &calls[i].r);
	}
}

static unsigned run_reads(struct client *c, bool any_replica, uint8_t strict)
{
	unsigned good = 0;

	put_reads(c, any_replica, strict);
	for (unsigned i = 0; i < KEYS; i++) {
		RUN_UNTIL(c, calls[i].finished);
		good += calls[i].code == RESULT_OK;
	}
	return good;
}

static void test_replicas(void)
{
	struct fake f;
	struct client *c;
	long a, b;

	fake_start(&f, &local, 2, (const char *[]){ "replicas=2", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0] });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts, with two copies");
	ok(fake_count(&f, 'A', "writes") > KEYS / 3 && fake_count(&f, 'B', "writes") > KEYS / 3, "went to the masters");
	fake_do(&f, "own A 0-4095");
	RUN_UNTIL(c, strcmp(client_master(c, SPAN("test"), 4095), "BB90000000000001") == 0);
	run_for(c, 200);
	a = fake_count(&f, 'A', "requests");
	b = fake_count(&f, 'B', "requests");
	is_int(run_reads(c, false, 0), KEYS, "gets from the one master");
	ok(fake_count(&f, 'A', "requests") - a == KEYS && fake_count(&f, 'B', "requests") == b, "no replica is asked");
	is_int(run_reads(c, true, 0), KEYS, "gets from any replica");
	a = fake_count(&f, 'A', "requests") - a - KEYS;
	b = fake_count(&f, 'B', "requests") - b;
	ok(a + b == KEYS && a > KEYS / 3 && b > KEYS / 3, "by turns: %ld and %ld", a, b);
	/* The master is there and takes nothing. */
	fake_do(&f, "fault A silent");
	b = fake_count(&f, 'B', "requests");
	is_int(run_all(c, false, false, 5000, 150), KEYS, "a silent master: its replica answers reads");
	is_int(fake_count(&f, 'B', "requests") - b, KEYS, "each of them");
	ok(run_all(c, true, false, 600, 150) == 0 && calls[0].in_doubt && calls[0].sent == 1, "writes are not taken to it");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

static unsigned run_near(struct client *c)
{
	unsigned good = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		call_get(&calls[i], i);
		calls[i].r.prefer_rack = true;
		calls[i].r.socket_ms = 150;
		client_submit(c, &calls[i].r);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		RUN_UNTIL(c, calls[i].finished);
		good += calls[i].code == RESULT_OK;
	}
	return good;
}

static void test_racks(void)
{
	struct fake f;
	struct client *c;
	long a, b;

	fake_start(&f, &local, 2, (const char *[]){ "replicas=2", "racks=2", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .rack_aware = true, .rack = 2 });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts to two racks");
	run_for(c, 300);
	a = fake_count(&f, 'A', "requests");
	is_int(run_near(c), KEYS, "gets");
	is_int(fake_count(&f, 'A', "requests") - a, 0, "from the client's own rack only");
	is_int(run_reads(c, false, 0), KEYS, "others");
	ok(fake_count(&f, 'A', "requests") - a > KEYS / 3, "from the masters");
	fake_do(&f, "fault B silent");
	is_int(run_near(c), KEYS, "a silent node: the other rack answers");
	fake_do(&f, "fault B none");
	fake_do(&f, "rack B 1");
	fake_do(&f, "rack A 2");
	run_for(c, 500);
	b = fake_count(&f, 'B', "requests");
	is_int(run_near(c), KEYS, "nodes change their racks");
	is_int(fake_count(&f, 'B', "requests") - b, 0, "and that is followed");
	client_close(c);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .rack_aware = true, .rack = 7 });
	a = fake_count(&f, 'A', "requests");
	is_int(run_near(c), KEYS, "a rack without nodes");
	ok(fake_count(&f, 'A', "requests") - a > KEYS / 3 && fake_count(&f, 'A', "requests") - a < KEYS, "the masters");
	client_close(c);
	child_kill(&f.c, SIGKILL);
	fake_start(&f, &local, 2, (const char *[]){ "replicas=2", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .rack_aware = true, .rack = 1 });
	is_int(client_nodes(c, NULL, 0), 2, "a server that tells no racks is used all the same");
	is_int(run_near(c), KEYS, "gets");
	ok(strstr(fake_do(&f, "stats"), "rack-ids") != NULL, "it was asked");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* "modes=1.2.3.4" */
static unsigned mode_count(struct fake *f, unsigned mode)
{
	const char *p = strstr(fake_do(f, "stats"), "modes=");
	unsigned n[4] = { 0 };

	if (p)
		sscanf(p, "modes=%u.%u.%u.%u", &n[0], &n[1], &n[2], &n[3]);
	return n[mode];
}

static void test_strong(void)
{
	static const char *const names[] = { "session", "linearize", "allow replica", "allow unavailable" };
	struct fake f;
	struct client *c;
	long a;

	fake_start(&f, &local, 2, (const char *[]){ "replicas=2", "regime=7", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[1] });
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts into a namespace of strong consistency");
	a = fake_count(&f, 'A', "requests");
	run_reads(c, true, COMMAND_SESSION);
	run_reads(c, true, COMMAND_SESSION);
	ok(fake_count(&f, 'A', "requests") - a == 2 * a, "its reads go to the masters whatever they say of replicas");
	for (unsigned mode = 0; mode < 4; mode++) {
		unsigned before = mode_count(&f, mode);

		put_reads(c, false, (uint8_t)mode);
		for (unsigned i = 0; i < KEYS; i++)
			RUN_UNTIL(c, calls[i].finished);
		ok(mode_count(&f, mode) - before == (unsigned)a, "%s is said to the node", names[mode]);
	}
	client_close(c);
	child_kill(&f.c, SIGKILL);
	/* To a server that has no such thing. */
	c = open_fast(&(struct client_options){ .seeds = local.address });
	run_reads(c, false, COMMAND_LINEARIZE);
	is_int(calls[0].code, RESULT_ENTERPRISE_ONLY, "as-local refuses to linearize, as a Community server does");
	is_int(run_reads(c, false, COMMAND_ALLOW_REPLICA), KEYS, "and lets the others be");
	client_close(c);
}

static void test_proxy(void)
{
	struct fake f;
	struct client *c;

	fake_start(&f, &local, 2, (const char *[]){ "proxy=1", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .tend_ms = 2000 });
	fake_do(&f, "quiet-own B 0-4095");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts to nodes that pass them on");
	is_int((long)client_counters(c)->retries, 0, "need no second try");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

static void test_alternate(void)
{
	struct fake f;
	struct client *c;

	fake_start(&f, &local, 3, (const char *[]){ "alt=1", NULL });
	c = open_fast(&(struct client_options){ .seeds = f.seed[0], .alternate = true });
	RUN_UNTIL(c, client_nodes(c, NULL, 0) == 3);
	is_int(client_nodes(c, NULL, 0), 3, "peers by their alternate addresses");
	is_int(run_all(c, true, false, 3000, 0), KEYS, "puts");
	client_close(c);
	c = open_fast(&(struct client_options){ .seeds = f.seed[0] });
	run_for(c, 500);
	is_int(client_nodes(c, NULL, 0), 1, "which is needed: the usual ones lead nowhere");
	client_close(c);
	child_kill(&f.c, SIGKILL);
}

/* ---- logins over TLS ---- */

static char dir[] = "/tmp/cn-client-access.XXXXXX", tls[64], cert[64], key[64];

static bool make_certificate(void)
{
	char line[512];

	if (!mkdtemp(dir))
		return false;
	snprintf(line, sizeof(line), "cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
		"-keyout key.pem -out cert.pem 2>/dev/null && cp cert.pem ca.pem", dir);
	snprintf(tls, sizeof(tls), "tls=%s", dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	return system(line) == 0;
}

static void renewed(struct client *c, struct fake *f, const char *what)
{
	long before;

	is_int(run_all(c, true, false, 5000, 0), KEYS, "%s: puts", what);
	ok(fake_count(f, 'A', "auths") > 0, "%s: connections are authenticated", what);
	before = fake_count(f, 'A', "logins");
	RUN_UNTIL(c, fake_count(f, 'A', "logins") > before);
	ok(fake_count(f, 'A', "logins") > before, "%s: the session is renewed before it ends", what);
	fake_do(f, "expire A");
	is_int(run_all(c, true, false, 5000, 0), KEYS, "%s: a session that is refused is renewed at once", what);
}

static void test_logins(void)
{
	struct client_options o = { .tls = true, .tls_ca = cert, .tls_name = "localhost", .tls_cert = cert, .tls_key = key, .user = "joe",
		.password = "secret", .auth = CLIENT_AUTH_EXTERNAL };
	struct client *c;
	struct fake f;

	if (!make_certificate()) {
		skip("needs openssl");
		return;
	}
	fake_start(&f, &local, 1, (const char *[]){ tls, "user=joe", "auth=external", "ttl=2", NULL });
	o.seeds = f.seed[0];
	c = open_fast(&o);
	renewed(c, &f, "external");
	client_close(c);
	o.password = "wrong";
	expect_refused(&o, "invalid credential (65)", "external: the wrong password");
	o.password = "secret";
	o.auth = CLIENT_AUTH_INTERNAL;
	expect_refused(&o, "invalid credential (65)", "internal where external is meant: the password itself is not sent");
	child_kill(&f.c, SIGKILL);

	fake_start(&f, &local, 1, (const char *[]){ tls, "user=joe", "auth=pki", "ttl=2", NULL });
	o = (struct client_options){ .seeds = f.seed[0], .tls = true, .tls_ca = cert, .tls_name = "localhost", .tls_cert = cert, .tls_key = key,
		.auth = CLIENT_AUTH_PKI };
	c = open_fast(&o);
	renewed(c, &f, "PKI");
	client_close(c);
	o.auth = CLIENT_AUTH_INTERNAL;
	expect_refused(&o, "not authenticated", "a certificate without a login");
	child_kill(&f.c, SIGKILL);
	snprintf(tls, sizeof(tls), "rm -r %s", dir);
	is_int(system(tls), 0, "cleaned up");
}

int main(void)
{
	log_set_level("error");
	local_start(&local, "0");
	test_replicas();
	test_racks();
	test_strong();
	test_proxy();
	test_alternate();
	test_logins();
	for (unsigned i = 0; i < KEYS; i++) {
		buf_free(&calls[i].unit);
		buf_free(&calls[i].body);
	}
	child_kill(&local, SIGTERM);
	return tap_end();
}
