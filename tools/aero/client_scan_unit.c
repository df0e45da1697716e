/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "client_message.h"
#include "client_scan_parts.h"
#include "clock.h"
#include "particle.h"

#include <sys/random.h>

/* Requests of scans and queries. Source: the wire protocol reference, section 8. */

static void put_number(struct message_writer *w, uint8_t field, uint64_t v, unsigned size)
{
	uint8_t bytes[8];

	put_be64(bytes, v);
	message_put_field(w, field, (struct span){ (char *)bytes + 8 - size, size });
}

static uint64_t task_id(void)
{
	static uint64_t next;

	if (!next && getrandom(&next, sizeof(next), GRND_NONBLOCK) != sizeof(next))
		next = (uint64_t)clock_us() << 20;
	return ++next;
}

static void put_partitions(struct message_writer *w, const struct scan_group *g)
{
	const struct scan_cursor *k = scan_cursor(g->s);
	struct buf pids = { 0 }, digests = { 0 }, bvals = { 0 };

	for (unsigned i = 0; i < g->n; i++) {
		const struct scan_mark *m = &k->partition[g->partition[i]];

		if (m->begun) {
			buf_put(&digests, m->digest, DIGEST_SIZE);
			buf_put(&bvals, &m->bval, sizeof(m->bval));
		} else {
			buf_put(&pids, &g->partition[i], 2);	/* little endian */
		}
	}
	if (pids.n)
		message_put_field(w, FIELD_PARTITIONS, buf_as_span(&pids));
	if (digests.n)
		message_put_field(w, FIELD_DIGESTS, buf_as_span(&digests));
	if (digests.n && g->s->index_range.p)
		message_put_field(w, FIELD_BVALS, buf_as_span(&bvals));
	w->out->full |= pids.full || digests.full || bvals.full;
	buf_free(&pids);
	buf_free(&digests);
	buf_free(&bvals);
}

static void put_old_bins(struct message_writer *w, const struct client_scan *s)
{
	struct buf names = { 0 };

	buf_byte(&names, (char)s->n_bins);
	for (unsigned i = 0; i < s->n_bins; i++) {
		buf_byte(&names, (char)s->bins[i].n);
		buf_span(&names, s->bins[i]);
	}
	message_put_field(w, FIELD_QUERY_BINS, buf_as_span(&names));
	buf_free(&names);
}

void client_scan_encode(struct scan_group *g)
{
	struct client_scan *s = g->s;
	struct message head = { .info1 = INFO1_READ | (s->no_bins ? INFO1_NO_BINS : 0), .info3 = g->whole ? 0 : INFO3_PARTITION_DONE,
		.ttl = TTL_NEVER };
	size_t unit = proto_begin(&g->unit, PROTO_MESSAGE);
	struct message_writer w;

	message_begin(&w, &g->unit, &head);
	message_put_field(&w, FIELD_NAMESPACE, s->ns);
	if (s->set.n)
		message_put_field(&w, FIELD_SET, s->set);
	if (s->rps)
		put_number(&w, FIELD_RECORDS_PER_SECOND, s->rps, 4);
	put_number(&w, FIELD_SOCKET_TIMEOUT, s->socket_ms ? s->socket_ms : 30000, 4);
	put_number(&w, FIELD_TASK_ID, task_id(), 8);
	if (s->index_range.p) {
		if (s->index_type)
			put_number(&w, FIELD_INDEX_TYPE, s->index_type, 1);
		message_put_field(&w, FIELD_INDEX_RANGE, s->index_range);
		if (s->index_context.p)
			message_put_field(&w, FIELD_INDEX_CONTEXT, s->index_context);
	}
	if (s->index_name.p)
		message_put_field(&w, FIELD_INDEX_NAME, s->index_name);
	if (g->whole && s->n_bins)
		put_old_bins(&w, s);
	if (s->filter.p)
		message_put_field(&w, FIELD_FILTER, s->filter);
	if (!g->whole)
		put_partitions(&w, g);
	if (g->share)
		put_number(&w, FIELD_MAX_RECORDS, g->share, 8);
	for (unsigned i = 0; i < s->n_bins && !g->whole; i++)
		message_end_op(&w, message_begin_op(&w, OP_READ, 0, s->bins[i]));
	message_end(&w);
	proto_end(&g->unit, unit);
}

void scan_range_integer(struct buf *out, struct span bin, int64_t from, int64_t to)
{
	uint8_t bytes[24];

	buf_byte(out, 1);
	buf_byte(out, (char)bin.n);
	buf_span(out, bin);
	buf_byte(out, PARTICLE_INTEGER);
	put_be32(bytes, 8);
	put_be64(bytes + 4, (uint64_t)from);
	put_be32(bytes + 12, 8);
	put_be64(bytes + 16, (uint64_t)to);
	buf_put(out, bytes, sizeof(bytes));
}

void scan_range_string(struct buf *out, struct span bin, struct span value)
{
	uint8_t size[4];

	put_be32(size, (uint32_t)value.n);
	buf_byte(out, 1);
	buf_byte(out, (char)bin.n);
	buf_span(out, bin);
	buf_byte(out, PARTICLE_STRING);
	for (unsigned i = 0; i < 2; i++) {
		buf_put(out, size, 4);
		buf_span(out, value);
	}
}
