/* SPDX-License-Identifier: Apache-2.0 */
#include "client_retry.h"
#include "client.h"
#include "result.h"

/* Ends that say nothing about whether the request was done. */
static bool unknown_end(const struct attempt *a)
{
	return a->sent && (a->code == RESULT_TIMEOUT || a->local);
}

static bool worth_it(int code, bool local)
{
	if (local)
		return code == RESULT_TIMEOUT || code == CLIENT_UNREACHABLE || code == CLIENT_NO_NODE;
	/* Not authenticated: the session has ended, the next login is on its way. */
	return code == RESULT_TIMEOUT || code == RESULT_UNAVAILABLE || code == RESULT_DEVICE_OVERLOAD || code == RESULT_NOT_AUTHENTICATED;
}

struct retry_choice client_retry_decide(const struct attempt *a)
{
	struct retry_choice r = { RETRY_NO, a->write && (a->in_doubt || unknown_end(a)), 0 };

	if (!worth_it(a->code, a->local) || a->started || a->left_ms <= 0 || a->number >= a->retries)
		return r;
	if (a->write && !a->idempotent && unknown_end(a))
		return r;
	/* A write that timed out may still be at work on the master: a replica would only pass it there again. */
	r.where = a->write && a->code == RESULT_TIMEOUT ? RETRY_SAME : RETRY_NEXT;
	r.pause_ms = a->number < 6 ? 10U << a->number : 500;
	if (a->code == RESULT_UNAVAILABLE && r.pause_ms < 500)
		r.pause_ms *= 5;	/* time for a new map */
	if (r.pause_ms >= a->left_ms)
		r.pause_ms = (unsigned)(a->left_ms / 2);
	return r;
}
