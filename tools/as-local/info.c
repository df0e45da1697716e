/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "local.h"
#include "server.h"
#include "store.h"

#include <string.h>

/* Info commands: one row each, answered in the order of the request (wire reference, section 2). */

static void node(struct connection *c, struct span arg, struct buf *out)
{
	(void)c;
	(void)arg;
	buf_lit(out, "BB9000000000001");
}

static void constant(struct buf *out, const char *text) { buf_span(out, span_of(text)); }
static void build(struct connection *c, struct span arg, struct buf *out) { (void)c; (void)arg; constant(out, LOCAL_BUILD); }
static void zero(struct connection *c, struct span arg, struct buf *out) { (void)c; (void)arg; constant(out, "0"); }
static void peers(struct connection *c, struct span arg, struct buf *out) { (void)c; (void)arg; constant(out, "0,3000,[]"); }
static void ok(struct connection *c, struct span arg, struct buf *out) { (void)c; (void)arg; constant(out, "ok"); }
static void nothing(struct connection *c, struct span arg, struct buf *out) { (void)c; (void)arg; (void)out; }

static void service(struct connection *c, struct span arg, struct buf *out)
{
	(void)arg;
	constant(out, c->local);
}

static void replicas(struct connection *c, struct span arg, struct buf *out)
{
	char all[512];

	(void)c;
	(void)arg;
	memset(all, 0xff, sizeof(all));
	for (unsigned i = 0; i < n_namespaces; i++) {
		buf_printf(out, "%s%s:0,1,", i ? ";" : "", namespaces[i]->name);
		base64_encode(out, all, sizeof(all));
	}
}

static void names(struct connection *c, struct span arg, struct buf *out)
{
	(void)c;
	(void)arg;
	for (unsigned i = 0; i < n_namespaces; i++)
		buf_printf(out, "%s%s", i ? ";" : "", namespaces[i]->name);
}

static const struct command {
	const char *name;
	void (*answer)(struct connection *c, struct span arg, struct buf *out);
} commands[] = {
	{ "node", node },
	{ "build", build },
	{ "partition-generation", zero },
	{ "peers-generation", zero },
	{ "peers-clear-std", peers },
	{ "peers-clear-alt", peers },
	{ "service-clear-std", service },
	{ "service-clear-alt", nothing },
	{ "replicas", replicas },
	{ "namespaces", names },
	{ "user-agent-set", ok },
	{ "status", ok },
};

static void answer(struct connection *c, struct span command, struct buf *out)
{
	size_t n = 0;
	struct span arg;

	while (n < command.n && command.p[n] != ':' && command.p[n] != '/')
		n++;
	arg = n < command.n ? (struct span){ command.p + n + 1, command.n - n - 1 } : (struct span){ NULL, 0 };
	buf_span(out, command);
	buf_byte(out, '\t');
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (span_is((struct span){ command.p, n }, commands[i].name)) {
			commands[i].answer(c, arg, out);
			buf_byte(out, '\n');
			return;
		}
	buf_lit(out, "ERROR:4:unrecognized command\n");
}

void info_answer(struct connection *c, struct span request, struct buf *out)
{
	const char *p = request.p, *end = request.p + request.n, *nl;

	for (; (nl = memchr(p, '\n', (size_t)(end - p))) != NULL; p = nl + 1)
		answer(c, (struct span){ p, (size_t)(nl - p) }, out);
}
