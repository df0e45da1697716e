/* SPDX-License-Identifier: Apache-2.0 */
#include "info.h"
#include "clock.h"
#include "base64.h"
#include "query.h"
#include "udf.h"

/* Truncation, query jobs, modules. */

/* ---- truncate ---- */

/* The time from which records stay, in milliseconds since 2010; UINT64_MAX: none stays. */
static bool threshold(struct info *i, uint64_t *before)
{
	struct span lut;
	uint64_t ns;

	*before = UINT64_MAX;
	if (!info_may(i, "lut", 20, &lut))
		return false;
	if (!lut.p || span_is(lut, "now"))
		return true;
	if (!info_number(lut, &ns) || ns / 1000000 <= (uint64_t)EPOCH_2010 * 1000) {
		info_error(i, RESULT_PARAMETER, "would truncate to 0");
		return false;
	}
	*before = ns / 1000000 - (uint64_t)EPOCH_2010 * 1000;
	if (*before > now_2010_ms()) {
		info_error(i, RESULT_PARAMETER, "would truncate in the future");
		return false;
	}
	return true;
}

void info_truncate(struct info *i)
{
	struct span name, set;
	struct namespace *ns;
	uint64_t before;
	int number;

	if (!info_need_namespace_name(i, &name) || !info_need(i, "set", 63, &set) || !threshold(i, &before))
		return;
	ns = store_namespace(name);
	number = ns ? store_set(ns, set, false) : -1;
	if (number > 0)
		store_truncate(ns, (unsigned)number, before);
	buf_lit(i->out, "ok");
}

void info_truncate_namespace(struct info *i)
{
	struct namespace *ns;
	struct span name;
	uint64_t before;

	if (!info_need_namespace_name(i, &name) || !threshold(i, &before))
		return;
	if (info_param(i, "set").p) {
		info_error(i, RESULT_PARAMETER, "unexpected set name");
		return;
	}
	ns = store_namespace(name);
	if (ns)
		store_truncate(ns, 0, before);
	buf_lit(i->out, "ok");
}

/* Records go at once, so there is nothing to take back. */
void info_truncate_undo(struct info *i)
{
	struct span name, set;

	if (info_need_namespace_name(i, &name) && info_need(i, "set", 63, &set))
		buf_lit(i->out, "ok");
}

void info_truncate_namespace_undo(struct info *i)
{
	struct span name;

	if (info_need_namespace_name(i, &name))
		buf_lit(i->out, "ok");
}

/* ---- queries ---- */

static void query_row_text(const struct query_info *q, struct buf *out)
{
	int64_t end = q->done ? q->done : clock_ms();
	bool basic = strcmp(q->type, "basic") == 0;
	char from[sizeof(q->from)], *colon;

	strcpy(from, q->from);
	colon = strrchr(from, ':');	/* ':' parts the members of a row */
	if (colon)
		*colon = '+';
	buf_printf(out, "trid=%llu:ns=%s", (unsigned long long)q->trid, q->ns);
	if (*q->set)
		buf_printf(out, ":set=%s", q->set);
	if (*q->index)
		buf_printf(out, ":sindex-name=%s", q->index);
	if (basic)
		buf_printf(out, ":n-pids-requested=%u:n-keyds-requested=%u", q->n_pids, q->n_digests);
	buf_printf(out, ":rps=%u:active-threads=%d:status=%s:job-progress=%s:run-time=%lld:time-since-done=%lld", q->rps, !q->done,
		q->status, q->done ? "100.00" : "0.00", (long long)(end - q->started), (long long)(q->done ? clock_ms() - q->done : 0));
	buf_printf(out, ":recs-throttled=%llu:recs-filtered-meta=%llu:recs-filtered-bins=%llu:recs-succeeded=%llu:recs-failed=%llu:from=%s"
		":job-type=%s:net-io-bytes=30", (unsigned long long)q->throttled, (unsigned long long)q->filtered_meta,
		(unsigned long long)q->filtered_bins, (unsigned long long)q->succeeded, (unsigned long long)q->failed, from, q->type);
	if (basic)
		buf_lit(out, ":net-io-time=0");
	buf_printf(out, ":socket-timeout=%u", q->socket_timeout ? q->socket_timeout : 10000);
	if (!basic)
		buf_lit(out, ":ops-active=0");
}

struct listing {
	struct buf *out;
	unsigned n;
};

static void list_one(const struct query_info *q, void *ctx)
{
	struct listing *l = ctx;

	if (l->n++)
		buf_byte(l->out, ';');
	query_row_text(q, l->out);
}

/* id=, or trid= of older clients. Absent when neither is there. */
static struct span job_id(const struct info *i)
{
	struct span id = info_param(i, "id");

	return id.p ? id : info_param(i, "trid");
}

static struct query_info *find_job(struct span id)
{
	uint64_t n;

	return info_number(id, &n) ? jobs_find(n) : NULL;
}

void info_query_show(struct info *i)
{
	struct span id = job_id(i);
	struct query_info *q;

	if (!id.p) {
		jobs_each(list_one, &(struct listing){ i->out, 0 });
		return;
	}
	q = find_job(id);
	if (q)
		query_row_text(q, i->out);
	else
		info_error(i, RESULT_NOT_FOUND, "job not found");
}

void info_query_abort(struct info *i)
{
	struct span id = job_id(i);
	struct query_info *q;

	if (!id.p) {
		info_error(i, RESULT_PARAMETER, "missing 'id'");
		return;
	}
	q = find_job(id);
	if (!q || q->done) {
		info_error(i, RESULT_NOT_FOUND, "id not active");
		return;
	}
	q->abort = true;
	buf_lit(i->out, "ok");
}

static void abort_one(const struct query_info *q, void *ctx)
{
	if (q->done)
		return;
	((struct query_info *)(uintptr_t)q)->abort = true;
	++*(unsigned *)ctx;
}

void info_query_abort_all(struct info *i)
{
	unsigned n = 0;

	jobs_each(abort_one, &n);
	buf_printf(i->out, "number-of-queries-killed:%u", n);
}

/* ---- modules ---- */

#define MODULE_MAX (1 << 20)	/* bytes of its content */

/* What is wrong with a module that comes in; NULL when it is taken. */
static const char *refuse_module(struct info *i, struct span name)
{
	static struct buf bytes;
	struct span content = info_param(i, "content"), type = info_param(i, "udf-type");
	uint64_t size;

	if (name.n < 3 || name.n > 127 || name.p[0] == '.' || !memchr(name.p, '.', name.n - 1) || memchr(name.p, '/', name.n))
		return "invalid_filename";
	if (!info_number(info_param(i, "content-len"), &size) || size % 4)
		return "invalid_content_len";
	if (size != content.n || size > BASE64_SIZE(MODULE_MAX))
		return "invalid_content";
	if (type.n && !span_is(type, "LUA"))
		return "invalid_udf_type";
	buf_reset(&bytes);
	if (!base64_decode(&bytes, content))
		return "invalid_base64_content";
	return udf_put(name, content) ? NULL : "invalid_content";
}

void info_udf_put(struct info *i)
{
	struct span name = info_param(i, "filename");
	const char *why = refuse_module(i, name);

	if (why)
		buf_printf(i->out, "error=%s", why);
	else
		buf_lit(i->out, "ok");
}

void info_udf_list(struct info *i)
{
	udf_list(i->out);
}

void info_udf_get(struct info *i)
{
	struct span name = info_param(i, "filename"), content = udf_get(name);

	if (!name.n) {
		buf_lit(i->out, "error=invalid_filename");
	} else if (!content.p) {
		buf_lit(i->out, "error=not_found");
	} else {
		buf_lit(i->out, "type=LUA;content=");
		buf_span(i->out, content);
		buf_byte(i->out, ';');
	}
}

void info_udf_remove(struct info *i)
{
	struct span name = info_param(i, "filename");

	if (name.n)
		udf_remove(name);
	buf_span(i->out, name.n ? SPAN("ok") : SPAN("error=invalid_filename"));
}
