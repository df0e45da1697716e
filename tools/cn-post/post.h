/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POST_H
#define POST_H

#include "options.h"
#include "retry.h"
#include "sink.h"

/* A line becomes an item; items that travel in one request are a message; messages go to a destination, to whichever of its
 * endpoints. Two items with the same key are never under way at once, and the later one never first: see queue.c. */
struct item {
	struct item *next;		/* in its message, or waiting for its turn */
	struct lane *lane;		/* of its key; NULL: no order to keep */
	struct dest *dest;
	uint64_t tag, key;
	int64_t read;			/* clock_ms */
	size_t body_n, target_n;
	char text[];			/* body, then target (target.h) */
};

struct message {
	struct message *next;
	struct dest *dest;
	struct item *items, **last;
	unsigned n;
	size_t bytes;			/* of the items' bodies */
	bool open;			/* takes more items */
	bool one_by_one;		/* refused as a whole: each item goes alone, `items` next */
	int64_t begun, due;		/* clock_ms: the oldest item; end of a pause or of lingering */
	unsigned tries;
	uint64_t tried;			/* endpoints, since the last pause */
	struct endpoint *at;		/* under way there */
	char error[192];		/* of the last try */
	char detail[128];		/* what the answer's body said to it: for the nack, not for the log */

	/* send.c: what libcurl points to */
	struct fetch_request request;
	struct buf body;
	char *url;
	struct curl_slist *headers;
	bool own_headers, ready_made, gzip;
};

#define ENDPOINTS_MAX 64

struct endpoint {
	struct dest *dest;
	unsigned index;
	char *origin;			/* "http://host:port"; NULL when each message brings its URL */
	struct template *rest;		/* path and query; NULL when fixed */
	unsigned rest_index;		/* which of the destination's */
	struct fetch_endpoint *at;
	int64_t away_until;		/* clock_ms: after failures; others are preferred */
	unsigned failures;		/* in a row */

	/* health.c */
	bool unhealthy;
	bool probing;
	unsigned good, bad;		/* probes in a row */
	int64_t probe_due;
	char *probe_url;
	struct fetch_endpoint *probe_at;
	struct fetch_request probe;
};

struct dest {
	struct dest *next;
	char *name;
	struct endpoint *endpoints[ENDPOINTS_MAX];
	unsigned n;
	const struct template *rests[ENDPOINTS_MAX];	/* that differ */
	const char *rest_texts[ENDPOINTS_MAX];
	unsigned n_rests;
	struct message *ready, **ready_last;
	struct message *open, **open_last;
	size_t waiting;			/* items that are not under way */
	unsigned turn;
};

struct post {
	struct sink sink;
	struct options options;
	struct fetch *fetch;
	struct dest *dests;		/* in order of the command line */
	struct dest loose;		/* records with a URL of their own */
	struct retry retry;
	struct curl_slist *plain_headers, *gzip_headers;	/* when all records have the same */
	struct log_limit trouble;
	int64_t now;			/* clock_ms, once a turn of the loop */
	size_t held, bytes;		/* items, and their bytes */
	uint64_t under_way;		/* messages */
	struct {
		uint64_t bytes, requests, again, failovers, probes, bad_probes;
	} count;
};
extern struct post post;

/* lines.c: take lines that are in memory, until there are no more (true) or no room is left (false). */
bool lines_take(void);

/* dest.c */
void dests_open(void);
void dests_close(void);
struct dest *dest_find(struct span name);	/* NULL: none */
/* Where to send next; NULL when it has to wait. *hopeless: not for room, but because no endpoint is healthy. */
struct endpoint *dest_choose(struct dest *d, const struct message *m, bool *hopeless);
bool dest_other(const struct dest *d, const struct message *m);	/* is there a good endpoint that was not tried yet? */
void endpoint_failed(struct endpoint *e, const char *why);
void endpoint_good(struct endpoint *e);

/* health.c */
void health_open(struct endpoint *e);
int64_t health_run(void);	/* start probes that are due; when the next one is */

/* queue.c */
void queue_add(struct item *i);
bool queue_room(void);
void queue_again(struct message *m, int64_t due);	/* after a pause */
void queue_at_once(struct message *m);			/* before all others */
void queue_done(struct message *m);			/* all its items are answered; frees it */
void message_fail(const struct message *m, bool retry, const char *why);	/* nack all items of it that are left */
struct item *queue_next_item(struct message *m);	/* one by one: drop the first, NULL when it was the last */
int64_t queue_run(void);	/* send what can be sent; when it is to be called again at the latest, INT64_MAX for never */

/* send.c */
void send_message(struct message *m, struct endpoint *e);
void send_forget(struct message *m);	/* what was made ready for libcurl */

#endif
