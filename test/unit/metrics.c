/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"
#include "child.h"
#include "err.h"
#include "tap.h"

static uint64_t good = 5, bad = UINT64_MAX, gauge;
static struct histogram seconds;

static const struct metric table[] = {
	{ "requests_total", "status=\"success\"", "Requests.", "ok", METRIC_COUNTER, &good, NULL },
	{ "requests_total", "status=\"error\"", NULL, "bad", METRIC_COUNTER, &bad, NULL },
	{ "in_flight", NULL, "Now.", NULL, METRIC_GAUGE, &gauge, NULL },
	{ "seconds", NULL, "How long.", "never", METRIC_HISTOGRAM, NULL, &seconds },
	{ 0 }
};

static unsigned bucket_of(double s)
{
	struct histogram h = { .count = 0 };

	histogram_add(&h, s);
	for (unsigned i = 0; i <= METRIC_BUCKETS; i++)
		if (h.bucket[i])
			return i;
	return 99;
}

static void prints(void)
{
	static const char begin[] =
		"# HELP requests_total Requests.\n"
		"# TYPE requests_total counter\n"
		"requests_total{status=\"success\"} 5\n"
		"requests_total{status=\"error\"} 18446744073709551615\n"
		"# HELP in_flight Now.\n"
		"# TYPE in_flight gauge\n"
		"in_flight 0\n"
		"# HELP seconds How long.\n"
		"# TYPE seconds histogram\n"
		"seconds_bucket{le=\"0.0001\"} 1\n"
		"seconds_bucket{le=\"0.00025\"} 1\n";
	static const char end[] =
		"seconds_bucket{le=\"5\"} 3\n"
		"seconds_bucket{le=\"10\"} 3\n"
		"seconds_bucket{le=\"+Inf\"} 4\n"
		"seconds_sum 12.400100\n"
		"seconds_count 4\n";
	static const struct metric labelled[] = { { "s", "path=\"/\"", NULL, NULL, METRIC_HISTOGRAM, NULL, &seconds }, { 0 } };
	struct buf b = { 0 };
	struct span text;

	histogram_add(&seconds, 0.0001);
	histogram_add(&seconds, 0.2);
	histogram_add(&seconds, 0.2);
	histogram_add(&seconds, 12);
	metrics_print(&b, table);
	text = buf_as_span(&b);
	is_span((struct span){ text.p, sizeof(begin) - 1 }, span_of(begin), "the beginning");
	is_span((struct span){ text.p + text.n - (sizeof(end) - 1), sizeof(end) - 1 }, span_of(end), "the end");
	buf_reset(&b);
	metrics_print(&b, labelled);
	buf_byte(&b, '\0');
	ok(strncmp(b.p, "# TYPE s histogram\ns_bucket{path=\"/\",le=\"0.0001\"} 1\n", 52) == 0, "a histogram with labels");
	ok(strstr(b.p, "\ns_sum{path=\"/\"} 12.400100\ns_count{path=\"/\"} 4\n"), "its sum and count");
	buf_free(&b);
}

static void buckets(void)
{
	is_int(bucket_of(0), 0, "nothing");
	is_int(bucket_of(0.0001), 0, "bounds are included");
	is_int(bucket_of(0.00011), 1, "above the first");
	is_int(bucket_of(10), METRIC_BUCKETS - 1, "the last bound");
	is_int(bucket_of(10.1), METRIC_BUCKETS, "above all bounds");
}

static void log_table(const void *p)
{
	metrics_log(p);
}

static void logs(void)
{
	static const struct metric none[] = { { 0 } };
	struct metric many[30] = { { 0 } };
	static uint64_t n = 3;
	struct child c;

	child_run(&c, log_table, table);
	ok(strstr(c.err, " level=info program=prog msg=counters ok=5 bad=") && !strstr(c.err, "never"), "the counters line");
	child_run(&c, log_table, none);
	ok(strstr(c.err, "msg=counters\n"), "of nothing");
	for (int i = 0; i < 20; i++)
		many[i] = (struct metric){ "name", NULL, NULL, i < 16 ? "few" : "rest", METRIC_COUNTER, &n, NULL };
	child_run(&c, log_table, many);
	ok(strstr(c.err, "few=3 few=3\n"), "sixteen fit");
}

int main(void)
{
	err_program("prog");
	prints();
	buckets();
	logs();
	return tap_end();
}
