/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AERO_MANY_H
#define AERO_MANY_H

#include "aero_live.h"

/* Requests for many keys at once, for tests of the client with clusters. */
enum { KEYS = 300 };

static inline struct client *open_fast(const struct client_options *o)
{
	struct client_options fast = *o;
	struct client *c;

	fast.tend_ms = fast.tend_ms ? fast.tend_ms : 100;
	fast.connect_ms = 2000;	/* TLS handshakes of a busy machine, too */
	c = must_open(&fast);
	client_connect(c, 5000);
	return c;
}

/* All keys at once; how many end well. */
static struct call calls[KEYS];
static inline unsigned run_all(struct client *c, bool write, bool idempotent, uint32_t total, uint32_t socket)
{
	unsigned good = 0;

	for (unsigned i = 0; i < KEYS; i++) {
		if (write)
			call_put(&calls[i], i, i);
		else
			call_get(&calls[i], i);
		calls[i].r.total_ms = total;
		calls[i].r.socket_ms = socket;
		calls[i].r.idempotent = idempotent;
		calls[i].r.retries = 5;
		client_submit(c, &calls[i].r);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		RUN_UNTIL(c, calls[i].finished);
		if (!calls[i].finished) {
			printf("Bail out! a request is not answered\n");
			exit(1);
		}
		good += calls[i].code == RESULT_OK;
	}
	return good;
}

static inline void expect_refused(const struct client_options *o, const char *why, const char *what)
{
	struct client *c = open_fast(o);

	ok(client_state(c) == CLIENT_LOST && strstr(client_why(c), why), "%s: %s", what, client_why(c));
	client_close(c);
}

#endif
