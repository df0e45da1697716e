/* SPDX-License-Identifier: Apache-2.0 */
#include "ack.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TEXT_MAX 3500	/* with ids and names around it, a line stays under PIPE_BUF */

static bool refuse(struct ack *a, const char *why)
{
	a->why = why;
	return false;
}

static bool id(struct json *j, uint64_t *out)
{
	struct span raw;

	return json_value(j, &raw) == JSON_NUMBER && json_uint64(raw, out) && *out <= ACK_ID_MAX;
}

/* A number, or an array of two: first and last. */
static bool range(struct json *j, struct ack *a)
{
	if (json_peek(j) != JSON_ARRAY) {
		if (!id(j, &a->first))
			return false;
		a->last = a->first;
		return true;
	}
	json_array(j);
	return json_element(j) && id(j, &a->first) && json_element(j) && id(j, &a->last) && !json_element(j) &&
		a->first <= a->last;
}

bool ack_parse(struct span line, struct ack *a)
{
	bool seen = false;
	struct json_member m;
	struct json j;

	*a = (struct ack){ .retry = true };
	json_open(&j, line);
	for (json_object(&j); json_member(&j, &m);) {
		bool is_ack = json_key_is(&m, "ack");

		if (is_ack || json_key_is(&m, "nack")) {
			if (seen)
				return refuse(a, "more than one ack or nack in a line");
			seen = true;
			a->ok = is_ack;
			if (!range(&j, a))
				return refuse(a, j.error ? j.error : "an ack takes an id or a range [first,last]");
		} else if (json_key_is(&m, "retry")) {
			a->retry = json_value(&j, NULL) != JSON_FALSE;
		} else if (json_key_is(&m, "error") && json_peek(&j) == JSON_STRING) {
			json_value(&j, &a->error);
		} else if (json_key_is(&m, "to") && json_peek(&j) == JSON_STRING) {
			json_value(&j, &a->to);
		} else {
			a->more = true;
			json_value(&j, NULL);
		}
	}
	if (!json_done(&j))
		return refuse(a, j.error);
	return seen || refuse(a, "neither ack nor nack");
}

const char *ack_none(int fd)
{
	struct stat st;

	if (isatty(fd))
		return "a terminal";
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? "/dev/null" : NULL;
}

void acks_open(struct acks *a, struct writer *out)
{
	*a = (struct acks){ .out = out };
}

static void put_pending(struct acks *a)
{
	char text[80];
	int n;

	if (!a->pending)
		return;
	if (a->first == a->last)
		n = snprintf(text, sizeof(text), "{\"ack\":%" PRIu64 "}\n", a->first);
	else
		n = snprintf(text, sizeof(text), "{\"ack\":[%" PRIu64 ",%" PRIu64 "]}\n", a->first, a->last);
	writer_put(a->out, text, (size_t)n);
	a->pending = false;
}

void acks_ok(struct acks *a, uint64_t ack)
{
	if (a->pending && ack == a->last + 1) {
		a->last = ack;
	} else if (a->pending && ack + 1 == a->first) {
		a->first = ack;
	} else {
		put_pending(a);
		a->first = a->last = ack;
		a->pending = true;
	}
}

void acks_members(struct acks *a, struct span members)
{
	a->members = members;
}

/* The end of a line that is not joined with others. */
static void put_line(struct acks *a, struct buf *b)
{
	if (a->members.n && b->n + a->members.n + sizeof(",}\n") <= PIPE_BUF) {
		buf_byte(b, ',');
		buf_span(b, a->members);
	}
	a->members = (struct span){ NULL, 0 };
	buf_lit(b, "}\n");
	writer_span(a->out, buf_as_span(b));
	buf_free(b);
}

void acks_ok_to(struct acks *a, uint64_t ack, struct span to)
{
	struct buf b = { 0 };

	put_pending(a);
	buf_printf(&b, "{\"ack\":%" PRIu64, ack);
	if (to.p) {
		buf_lit(&b, ",\"to\":");
		json_put_lossy(&b, to, TEXT_MAX);
	}
	put_line(a, &b);
}

void acks_fail(struct acks *a, uint64_t nack, bool retry, const char *fmt, ...)
{
	char text[TEXT_MAX];
	struct buf b = { 0 };
	va_list ap;

	put_pending(a);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&b, "{\"nack\":%" PRIu64 ",\"retry\":%s,\"error\":", nack, retry ? "true" : "false");
	json_put_lossy(&b, span_of(text), TEXT_MAX);
	put_line(a, &b);
}

int acks_flush(struct acks *a)
{
	put_pending(a);
	return writer_flush(a->out);
}
