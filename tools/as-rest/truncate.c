/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "info.h"
#include "info_call.h"
#include "iso_date.h"
#include "result.h"

#include <inttypes.h>

/* /v1/truncate */

static void truncated(struct request *r, const struct client_reply *reply)
{
	struct span rest = reply->body, name, value = { NULL, 0 }, words;

	if (reply->code != RESULT_OK) {
		rest_fail_reply(r, reply);
		return;
	}
	if (info_next(&rest, &name, &value) && info_ok(value))
		rest_answer(r);
	else
		rest_fail_as(r, 500, -1, "Error -1: Truncate failed: %.*s", info_error(value, &words) ? (int)words.n : (int)value.n,
			info_error(value, &words) ? words.p : value.p ? value.p : "");
}

void truncate_records(struct request *r)
{
	struct buf command = { .max = 4096 };
	int64_t ns = 0;

	if (!info_name(r->ns) || (r->set.p && !info_name(r->set))) {
		rest_fail_code(r, RESULT_PARAMETER, false, NULL);
		return;
	}
	if (r->p.date.n && !iso_date(r->p.date, &ns)) {
		rest_fail(r, 400, "Invalid date format: %.*s", SPAN_ARG(r->p.date));
		return;
	}
	buf_printf(&command, r->set.p ? "truncate:namespace=%.*s;set=%.*s" : "truncate-namespace:namespace=%.*s%.*s", SPAN_ARG(r->ns), SPAN_ARG(r->set));
	if (r->p.date.n)
		buf_printf(&command, ";lut=%" PRId64, ns);
	r->unit.full |= command.full;
	info_ask(r, buf_as_span(&command), NULL, true, truncated);
	buf_free(&command);
}
