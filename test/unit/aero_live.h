/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AERO_LIVE_H
#define AERO_LIVE_H

#include "buf.h"
#include "bytes.h"
#include "client.h"
#include "client_message.h"
#include "clock.h"
#include "digest.h"
#include "log.h"
#include "particle.h"
#include "result.h"
#include "tap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* What tests of the client share: as-local and test/fake-cluster as children, and requests that are waited for. */
struct child {
	pid_t pid;
	FILE *in, *out;
	char address[64];
};

static inline void child_spawn(struct child *c, char **argv)
{
	int in[2], out[2];

	if (pipe(in) < 0 || pipe(out) < 0)
		abort();
	fflush(stdout);
	c->pid = fork();
	if (c->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	c->in = fdopen(in[1], "w");
	c->out = fdopen(out[0], "r");
}

static inline void child_kill(struct child *c, int sig)
{
	if (c->pid <= 0)
		return;
	kill(c->pid, sig);
	waitpid(c->pid, NULL, 0);
	fclose(c->in);
	fclose(c->out);
	c->pid = 0;
}

/* port "0": any; option: one more, or NULL. Ends the test when as-local is not there. */
static inline void local_start_with(struct child *c, const char *port, const char *option)
{
	const char *bin = getenv("CN_BIN");
	char path[4096];
	char *argv[] = { path, (char[]){ "--log-level" }, (char[]){ "error" }, (char[]){ "--port" }, (char *)(uintptr_t)port,
		(char *)(uintptr_t)option, NULL };

	snprintf(path, sizeof(path), "%s/as-local", bin ? bin : "bin");
	child_spawn(c, argv);
	if (!fgets(c->address, sizeof(c->address), c->out)) {
		printf("Bail out! %s does not start\n", path);
		exit(1);
	}
	c->address[strcspn(c->address, "\n")] = '\0';
}

static inline void local_start(struct child *c, const char *port)
{
	local_start_with(c, port, NULL);
}

struct fake {
	struct child c;
	unsigned n;
	char seed[8][32];
};

/* options: NULL-terminated "key=value" */
static inline void fake_start(struct fake *f, const struct child *local, unsigned nodes, const char **options)
{
	char count[8], *argv[16] = { (char[]){ "test/fake-cluster" }, (char *)(uintptr_t)local->address, count };
	char line[256], *word, *save;
	unsigned n = 3;

	snprintf(count, sizeof(count), "%u", nodes);
	while (options && *options)
		argv[n++] = (char *)(uintptr_t)*options++;
	*f = (struct fake){ 0 };
	child_spawn(&f->c, argv);
	if (!fgets(line, sizeof(line), f->c.out)) {
		printf("Bail out! test/fake-cluster does not start\n");
		exit(1);
	}
	strtok_r(line, " \n", &save);
	while ((word = strtok_r(NULL, " \n", &save)))
		snprintf(f->seed[f->n++], sizeof(f->seed[0]), "127.0.0.1:%s", word);
}

/* One command; returns what it printed before "ok". Good until the next call. */
static inline const char *fake_do(struct fake *f, const char *command)
{
	static char said[65536];
	char line[8192];

	said[0] = '\0';
	fprintf(f->c.in, "%s\n", command);
	fflush(f->c.in);
	while (fgets(line, sizeof(line), f->c.out) && strcmp(line, "ok\n") != 0)
		strncat(said, line, sizeof(said) - strlen(said) - 1);
	return said;
}

/* A number of one node in "stats". */
static inline long fake_count(struct fake *f, char node, const char *what)
{
	const char *said = fake_do(f, "stats"), *p;
	char head[4] = { node, ':', ' ', 0 };

	p = strstr(said, head);
	p = p ? strstr(p, what) : NULL;
	return p ? atol(p + strlen(what) + 1) : -1;
}

struct call {
	struct client_request r;
	struct buf unit;
	uint8_t digest[DIGEST_SIZE];
	bool finished;
	int code;
	bool in_doubt;
	unsigned sent;
	struct buf body;
};

static inline void call_done(struct client_request *r, const struct client_reply *reply)
{
	struct call *c = (struct call *)r;

	c->finished = true;
	c->code = reply->code;
	c->in_doubt = reply->in_doubt;
	c->sent = reply->sent;
	buf_reset(&c->body);
	buf_span(&c->body, reply->body);
}

static inline void key_digest(uint8_t digest[DIGEST_SIZE], uint64_t key)
{
	uint8_t bytes[8];

	put_be64(bytes, key);
	digest_compute(digest, SPAN("demo"), PARTICLE_INTEGER, (struct span){ (char *)bytes, 8 });
}

static inline void call_prepare(struct call *c, uint64_t key, bool write)
{
	key_digest(c->digest, key);
	buf_reset(&c->unit);
	c->finished = false;
	c->r = (struct client_request){ .ns = SPAN("test"), .digest = c->digest, .write = write, .done = call_done, .total_ms = 3000 };
}

static inline struct command call_command(const struct call *c)
{
	return (struct command){ .ns = SPAN("test"), .set = SPAN("demo"), .digest = c->digest };
}

static inline void call_get(struct call *c, uint64_t key)
{
	struct command cmd;

	call_prepare(c, key, false);
	cmd = call_command(c);
	command_get(&c->unit, &cmd, NULL, 0);
	c->r.unit = buf_as_span(&c->unit);
}

static inline void call_put(struct call *c, uint64_t key, uint64_t value)
{
	struct command_writer w;
	uint8_t bytes[8];
	struct command cmd;

	call_prepare(c, key, true);
	cmd = call_command(c);
	put_be64(bytes, value);
	command_begin(&w, &c->unit, &cmd);
	command_put(&w, SPAN("n"), PARTICLE_INTEGER, (struct span){ (char *)bytes, 8 });
	command_end(&w);
	c->r.unit = buf_as_span(&c->unit);
}

static inline int call_run(struct client *client, struct call *c)
{
	int64_t end = clock_ms() + 20000;

	c->finished = false;
	client_submit(client, &c->r);
	while (!c->finished && clock_ms() < end)
		client_wait(client, 1000);
	if (!c->finished) {
		printf("Bail out! a request is not answered\n");
		exit(1);
	}
	return c->code;
}

static inline int do_put(struct client *client, uint64_t key, uint64_t value)
{
	struct call c = { 0 };
	int code;

	call_put(&c, key, value);
	code = call_run(client, &c);
	buf_free(&c.unit);
	buf_free(&c.body);
	return code;
}

/* The value of bin n, or minus the code less 1000. */
static inline int64_t do_get(struct client *client, uint64_t key)
{
	struct call c = { 0 };
	struct message m;
	struct message_op op;
	int64_t value = -1;

	call_get(&c, key);
	if (call_run(client, &c) != RESULT_OK)
		value = -1000 - c.code;
	else if (message_open(&m, c.body.p, c.body.n) && message_next_op(&m, &op) && op.value.n == 8)
		value = (int64_t)get_be64(op.value.p);
	buf_free(&c.unit);
	buf_free(&c.body);
	return value;
}

static inline struct client *must_open(const struct client_options *o)
{
	const char *why;
	struct client *c = client_open(o, &why);

	if (!c) {
		printf("Bail out! client_open: %s\n", why);
		exit(1);
	}
	return c;
}

static inline void run_for(struct client *c, int ms)
{
	int64_t end = clock_ms() + ms;

	while (clock_ms() < end)
		client_wait(c, (int)(end - clock_ms()));
}

/* Run until `what` holds, for 10 s at most. */
#define RUN_UNTIL(c, what) \
	do { \
		int64_t end_ = clock_ms() + 10000; \
		while (!(what) && clock_ms() < end_) \
			client_wait((c), 50); \
	} while (0)

#endif
