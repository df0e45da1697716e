/* SPDX-License-Identifier: Apache-2.0 */
/* Result codes by what is to be done about them. Source: the inbound reference, 2.9. */
#include "put.h"
#include "result.h"

enum { QUOTA = 83, SINDEX_OOM = 32, BUSY = 120 };

static bool passes(int code)
{
	switch (code) {
	case RESULT_SERVER_ERROR:
	case RESULT_CLUSTER_KEY:
	case RESULT_OUT_OF_SPACE:
	case RESULT_TIMEOUT:
	case RESULT_UNAVAILABLE:
	case RESULT_KEY_BUSY:
	case RESULT_DEVICE_OVERLOAD:
	case SINDEX_OOM:
	case QUOTA:
	case BUSY:
	case RESULT_BATCH_QUEUES_FULL:
		return true;
	default:
		return code < 0 && code != CLIENT_AUTH;
	}
}

/* Every record would fail like this one until somebody mends the configuration: none of them may be given up. */
static bool operator_must_act(int code)
{
	return code == CLIENT_AUTH || code == RESULT_NAMESPACE || code == RESULT_ALWAYS_FORBIDDEN || code == RESULT_FORBIDDEN ||
		code == RESULT_UNSUPPORTED || code == RESULT_ENTERPRISE_ONLY || (code > RESULT_QUERY_END && code <= 82);
}

#define TRIES_NESTED 3

/* Servers answer "server error" to a list or map that they can't take: twice the same key, keys that are none, an order that is not kept. Trying that
 * for ever would hold up all that comes behind it. */
static bool bad_nested(const struct job *j, int code)
{
	return code == RESULT_SERVER_ERROR && j->nested && j->tries >= TRIES_NESTED;
}

enum outcome outcome_of(const struct job *j, int code)
{
	if (code == RESULT_OK || (j->is_delete && code == RESULT_NOT_FOUND))
		return OUTCOME_DONE;
	if (code == RESULT_FILTERED_OUT && j->put->options.newer != NEWER_OFF)
		return OUTCOME_STALE;
	if (policy_ignores(&j->policy, code))
		return OUTCOME_IGNORED;
	if (passes(code) && !bad_nested(j, code))
		return OUTCOME_AGAIN;
	return operator_must_act(code) ? OUTCOME_OPERATOR : OUTCOME_BAD;
}
