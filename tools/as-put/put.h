/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PUT_H
#define PUT_H

#include "buf.h"
#include "client.h"
#include "digest.h"
#include "options.h"
#include "operate.h"
#include "pack.h"
#include "retry.h"
#include "sink.h"
#include "types.h"

#define NAME_MAX_NS 31

struct put;

/* A line on its way to the cluster: its request and who waits behind it. */
struct job {
	struct client_request request;	/* first: the client's pointer is ours */
	struct put *put;
	struct job *next;		/* free, pausing, ready, or behind another one of the same digest */
	struct job *chain;		/* in its bucket */
	struct job *behind, *behind_last;
	bool is_delete, idempotent, in_doubt;
	bool once;			/* a second time would do harm: operations */
	bool alone;			/* not in a batch (again) */
	bool nested;			/* has lists or maps, or works on them */
	bool setless;			/* a delete that tells no set, which can be asked for */
	struct policy policy;
	uint64_t tag;			/* sink.h: its id */
	uint8_t digest[DIGEST_SIZE];
	char ns[NAME_MAX_NS + 1];
	struct buf unit, to;		/* the request's bytes; --verbose: where it goes */
	struct buf ask;			/* set.c: the question */
	unsigned tries;
	int64_t begun, due;		/* clock_ms */
};

/* Making requests of records: scratch that is kept from line to line. */
struct maker {
	struct types types;
	struct packer pack;
	struct operate operate;
	struct buf value, ns_text, set_text, name_text, digest_text, key_text, filter;
	char why[320];
};

enum made { MADE_REQUEST, MADE_NOT_FOR_US, MADE_EXPIRED, MADE_BAD };

struct put {
	struct sink sink;
	struct options options;
	struct client *client;
	struct { uint64_t expired, stale, ignored, again, in_doubt, in_flight, batches; } count;
	struct log_limit refusals;
	struct maker maker;
	struct retry retry;

	/* jobs.c */
	struct job *job, *free;
	struct job *pausing;		/* to be sent again, in no order */
	int64_t next_due;		/* the first of them, clock_ms; INT64_MAX when there is none */
	struct job **bucket;		/* of jobs that are under way, by digest */
	size_t bucket_mask;
	size_t bytes;			/* of all requests in memory */

	/* send.c */
	struct job *ready, *ready_last;
	int64_t begun;			/* clock_ms */
	struct batch *batch_free;
	bool no_batches;		/* the servers don't take them */
};

/* make.c: j->unit, digest and the rest from the record. MADE_BAD: maker.why says why. MADE_EXPIRED: there is no request: a record that is over
 * and has nothing to take away. */
enum made make(struct put *p, struct job *j, const struct record *r);
void maker_free(struct maker *m);
/* key.c: the user key and the digest; k->particle 0 when there is no key to send. NULL, or why it can't be. */
struct key {
	uint8_t particle;
	struct span bytes;
	uint8_t number[8];
};
const char *key_make(struct maker *m, struct key *k, uint8_t digest[DIGEST_SIZE], const struct record *r, struct span set, bool set_given);

/* outcome.c: what a result means. */
enum outcome { OUTCOME_DONE, OUTCOME_STALE, OUTCOME_IGNORED, OUTCOME_AGAIN, OUTCOME_BAD, OUTCOME_OPERATOR };
enum outcome outcome_of(const struct job *j, int code);

/* jobs.c */
void jobs_open(struct put *p);
void jobs_free(struct put *p);
bool jobs_room(const struct put *p);
struct job *job_new(struct put *p);		/* only with room */
void job_drop(struct job *j);			/* one that was not started */
void job_start(struct job *j);
void jobs_again(struct put *p);			/* send what has paused long enough */

void job_answered(struct job *j, int code, bool in_doubt, struct span body);

/* set.c: true: the record is asked for its set, and the delete goes off again. */
bool set_ask(struct job *j);

/* send.c: jobs go off, alone or in batches. send_job puts one in line, send_ready sends what is there. */
void send_job(struct job *j);
void send_ready(struct put *p);
void send_free(struct put *p);

/* How long a request may take, ms: all the time there is, or when there is no end to that, what one try is worth. */
static inline int64_t job_patience(const struct options *o)
{
	return o->timeout == TIMEOUT_NEVER ? 10000 : o->timeout;
}

/* lines.c: take lines in memory, until there are no more (true) or there is no room (false). */
bool lines_take(struct put *p);

#endif
