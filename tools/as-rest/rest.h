/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REST_H
#define REST_H

#include "answer.h"
#include "arena.h"
#include "buf.h"
#include "client.h"
#include "client_message.h"
#include "digest.h"
#include "params.h"
#include "span.h"

#include <stdint.h>

/* as-rest as its handlers see it: a request that is whole, and ways to end it.
 *
 * A handler is called once, when the route is found, the body has come, content types and parameters have been checked, the key is digested and
 * the cluster client of the caller's credentials stands ready. It answers or fails the request at once, or submits something to the client
 * and does so in the callback; until then the connection is held. Exactly one of the rest_answer / rest_fail functions is called in the
 * life of a request, and nothing of it is touched behind that call.
 *
 *	static void done(struct request *r, const struct client_reply *reply)
 *	{
 *		if (reply->code != RESULT_OK)
 *			rest_fail_reply(r, reply);
 *		else
 *			rest_answer(r);
 *	}
 *
 *	void kvs_delete(struct request *r)
 *	{
 *		struct command c;
 *
 *		rest_command(r, &c);
 *		command_delete(&r->unit, &c);
 *		rest_send(r, REST_WRITE, done);
 *	}
 *
 * What a handler may keep lives in r->arena, r->unit and r->out; they are emptied before the handler is called and given back after the answer
 * has gone out. A callback gets nothing later than the request's end, so there is nothing to cancel. */

struct server;
struct request;

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_OPTIONS, METHOD_ANY, METHODS };
enum media { MEDIA_JSON, MEDIA_MSGPACK };

/* What the body of a request, or of an answer, is: the schema of that name in the API document (docs.c). BODY_NONE: none is read. */
enum body {
	BODY_NONE, BODY_BINS, BODY_RECORD, BODY_OPERATIONS, BODY_OPERATIONS_2, BODY_RECORD_2, BODY_RECORDS, BODY_RECORDS_2, BODY_BATCH,
	BODY_BATCH_RESULT, BODY_COMMANDS, BODY_INFO, BODY_CLUSTER, BODY_INDEX, BODY_INDEXES, BODY_INDEX_STATS, BODY_HEALTH, BODY_API,
	BODY_KINDS
};

/* One row of the table in routes.c, from which dispatch, Allow, the API document and the man page's table come. */
struct route {
	enum method method;
	const char *path;		/* "/v1/kvs/{namespace}/{set}/{key}" */
	unsigned params;		/* PARAM_... groups (params.h) that are read, OR-ed */
	void (*handle)(struct request *r);
	unsigned success;		/* status */
	enum body takes, gives;
	const char *summary;
	uint8_t exists;			/* recordExistsAction unless the caller says otherwise: enum command_exists */
	bool local;			/* needs no cluster: r->client is NULL */
};

struct request {
	struct server *server;
	const struct route *route;
	enum method method;		/* as it came: HEAD for a GET route too */

	/* Percent-decoded, valid UTF-8, not empty. Absent when the route has no such segment. */
	struct span ns, set, key;
	struct span name;		/* {name}, {node}, {taskId}, ... */
	struct span more;		/* a second one of those: {count} */
	struct policy p;		/* the route's groups; everything else holds its default */
	enum media takes, gives;	/* of the body that came, of the answer */
	struct span body;		/* whole; empty when none came */

	/* Routes with {key}: */
	uint8_t digest[DIGEST_SIZE];
	uint8_t key_type;		/* PARTICLE_STRING, _INTEGER, _BLOB; 0 for keytype=DIGEST */
	struct span key_value;		/* as on the wire */

	struct client *client;
	struct arena arena;
	struct buf unit;		/* of rest_send */
	struct buf out;			/* the answer's body ... */
	struct answer answer;		/* ... and what writes into it, in the form that the caller wants */
	struct client_request db;	/* rest_send's; a handler may use its own in the arena instead */
	void (*done)(struct request *r, const struct client_reply *reply);
	void *own;			/* the handler's */

	struct exchange *exchange;	/* the HTTP side (http.c): not for handlers */
};

/* ---- asking the cluster ---- */

/* What the parameters say of a request for one record: namespace, set, digest, key (with sendKey), timeouts, expiration, generation, filter ... */
void rest_command(struct request *r, struct command *c);
/* Retries, timeouts and replica of a client_request or client_batch, as the parameters say. */
int8_t rest_retries(const struct request *r);
uint32_t rest_socket_ms(const struct request *r);
uint32_t rest_total_ms(const struct request *r);

enum rest_kind { REST_READ, REST_WRITE };
/* Submit r->unit to the owner of r->digest. A unit that became `full` fails the request (413). done may be called only after the handler
 * has returned. */
void rest_send(struct request *r, enum rest_kind kind, void (*done)(struct request *r, const struct client_reply *reply));

/* ---- the end of a request ---- */

/* The route's success status with what r->out holds in r->gives. An r->out that became `full` answers 500. */
void rest_answer(struct request *r);
void rest_answer_status(struct request *r, unsigned status);
/* An error of the gateway's own: no internalErrorCode. The text may hold what the client sent (invalid UTF-8 is repaired, long text is cut). */
void rest_fail(struct request *r, unsigned status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "Record not found", 404. */
void rest_fail_missing(struct request *r);
/* A result of the cluster or of the client (codes of result.h, CLIENT_...): status, text and internalErrorCode by the table in codes.c. */
void rest_fail_code(struct request *r, int code, bool in_doubt, const char *node);
void rest_fail_reply(struct request *r, const struct client_reply *reply);
/* What none of the tables knows: a status, and the number that clients of the gateway expect with it. */
void rest_fail_as(struct request *r, unsigned status, int number, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- tables ---- */

/* Result code (of the server, or CLIENT_...) to what the gateway's clients know: the number they expect (the negative ones differ), the HTTP
 * status, and the text (also resultCodeString of batches). */
int code_number(int code);
unsigned code_status(int code);
const char *code_text(int code);

/* useBoolBin: booleans at the top level are stored as booleans, not as 1 and 0. */
bool rest_bool_bins(const struct request *r);

#endif
