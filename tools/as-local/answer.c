/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "connection.h"
#include "frame.h"
#include "frame_zip.h"
#include "result.h"

/* From a whole frame to its answer in the connection's output: at once, or in pieces. */

/* ---- compression ---- */

bool server_compression;

/* The units behind mark, each compressed where that makes it smaller. */
static void squeeze(struct connection *c, size_t mark)
{
	static struct buf plain;
	struct frame f;

	if (!c->compress || c->out.full || c->out.n - mark <= ZIP_WORTH)
		return;
	plain.max = OUT_MAX;
	buf_reset(&plain);
	buf_put(&plain, c->out.p + mark, c->out.n - mark);
	if (plain.full)
		return;
	c->out.n = mark;
	for (size_t at = 0; frame_parse(&f, plain.p + at, plain.n - at) == 1; at += f.size) {
		struct span unit = { plain.p + at, f.size };

		if (zip_unit(&c->out, unit))
			server_counts.zipped++;
		else
			buf_span(&c->out, unit);
	}
	if (plain.cap > OUT_HIGH)
		buf_free(&plain);
}

static void answer_message(struct connection *c, struct span body)
{
	size_t mark = c->out.n;

	c->compress = server_compression && body.n > 1 && ((uint8_t)body.p[1] & INFO1_COMPRESS);
	request_answer(c, body);
	squeeze(c, mark);
}

static void answer_compressed(struct connection *c, struct span body)
{
	static struct buf plain;

	if (!server_compression) {
		reply_code(&c->out, RESULT_ENTERPRISE_ONLY, 0, 0);
		return;
	}
	plain.max = FRAME_MAX + ((size_t)128 << 10);
	if (zip_open(&plain, body, FRAME_MAX)) {
		reply_code(&c->out, RESULT_PARAMETER, 0, 0);
	} else {
		server_counts.unzipped++;
		answer_message(c, (struct span){ plain.p + PROTO_SIZE, plain.n - PROTO_SIZE });
	}
	if (plain.cap > OUT_HIGH)
		buf_free(&plain);
}

void answer_frame(struct connection *c, uint8_t type, struct span body)
{
	size_t unit;

	switch (type) {
	case PROTO_INFO:
		unit = proto_begin(&c->out, PROTO_INFO);
		info_answer(c, body, &c->out);
		proto_end(&c->out, unit);
		break;
	case PROTO_SECURITY:
		/* "Security is off" (52): clients that were given credentials go on without; see the wire reference, section 9. */
		unit = proto_begin(&c->out, PROTO_SECURITY);
		buf_put(&c->out, "\0\064\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
		proto_end(&c->out, unit);
		break;
	case PROTO_MESSAGE:
		answer_message(c, body);
		break;
	case PROTO_COMPRESSED:
		answer_compressed(c, body);
		break;
	default:
		c->close = true;
	}
}

bool answer_waits(const struct connection *c)
{
	return c->job && c->job->due > clock_ms();
}

void answer_go_on(struct connection *c)
{
	while (c->job && connection_unsent(c) < OUT_HIGH && !answer_waits(c)) {
		size_t mark = c->out.n;

		if (!c->job->step(c->job, c)) {
			c->job->free(c->job);
			c->job = NULL;
		}
		squeeze(c, mark);
	}
	if (answer_waits(c))
		connection_waits(c);
}
