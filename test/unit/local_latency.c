/* SPDX-License-Identifier: Apache-2.0 */
/* The histograms of as-local's `latencies`. */
#include "tap.h"

#include "latency.h"
#include "server.h"

static struct buf out;

static const char *printed(const struct namespace *ns, unsigned which)
{
	buf_reset(&out);
	latency_print(ns, which, &out);
	buf_byte(&out, '\0');
	return out.p;
}

#define NONE "msec,0.0,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00"

int main(void)
{
	const char *names[] = { "test", "bar" };
	struct namespace *ns;

	store_open(NULL, names, 2);
	ns = store_namespace(SPAN("bar"));
	is_str(printed(ns, LATENCY_READ), "", "nothing before the first slice");
	latency_round(0);
	ns->count[ORIGIN_CLIENT][KIND_READ][OUTCOME_SUCCESS] += 70;
	ns->count[ORIGIN_CLIENT][KIND_READ][OUTCOME_NOT_FOUND] += 10;
	latency_round(900);
	ns->count[ORIGIN_CLIENT][KIND_READ][OUTCOME_SUCCESS] += 20;
	ns->count[ORIGIN_CLIENT][KIND_DELETE][OUTCOME_SUCCESS] += 3;
	ns->count[ORIGIN_BATCH][KIND_WRITE][OUTCOME_ERROR] += 1;
	server_counts.batches++;
	latency_round(3000);
	latency_query(ns, false, 70000);
	latency_query(ns, true, 0);
	latency_query(NULL, true, 0);
	is_str(printed(ns, LATENCY_READ), "", "still not");
	latency_slice(10);
	is_str(printed(ns, LATENCY_READ), "msec,10.0,20.00,20.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00",
		"a hundred reads, a fifth of them between two and four ms");
	is_str(printed(ns, LATENCY_WRITE), "msec,0.3,100.00,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00",
		"deletes are writes");
	is_str(printed(ns, LATENCY_BATCH_WRITE), "msec,0.1,100.00,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00",
		"rows of batches");
	is_str(printed(NULL, 0), "msec,0.1,100.00,100.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00", "batches");
	is_str(printed(ns, LATENCY_PI_QUERY), "msec,0.1,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,100.00,"
		"100.00,100.00,100.00,100.00", "a scan of more than a minute");
	is_str(printed(ns, LATENCY_SI_QUERY), "msec,0.1,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00",
		"a query of no time");
	is_str(printed(store_namespace(SPAN("test")), LATENCY_READ), NONE, "the other namespace");
	latency_slice(10);
	is_str(printed(ns, LATENCY_READ), NONE, "the next slice begins anew");
	buf_free(&out);
	store_close();
	return tap_end();
}
