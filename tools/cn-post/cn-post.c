/* SPDX-License-Identifier: Apache-2.0 */
/* cn-post: record lines in, HTTP requests out, acks back. One loop over standard input and libcurl. */
#include "post.h"

#include "clock.h"
#include "err.h"
#include "sig.h"

#define PAUSE_MAX 2000

struct post post;

#define COUNTER(field, text, key) \
	{ .name = "cn_post_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &post.count.field }

static const struct metric metrics[] = {
	SINK_ROWS_DONE("cn_post", post.sink),
	SINK_ROWS_FAILED("cn_post", post.sink),
	COUNTER(bytes, "Bytes of records that were taken, before batches and compression.", "bytes"),
	COUNTER(requests, "Requests.", "requests"),
	COUNTER(again, "Requests repeated after a pause.", "repeated"),
	COUNTER(failovers, "Requests repeated at another endpoint at once.", "failovers"),
	COUNTER(probes, "Probes.", "probes"),
	COUNTER(bad_probes, "Probes without a good answer.", "bad_probes"),
	{ .name = "cn_post_under_way", .help = "Requests without an answer yet.", .brief = "under_way", .type = METRIC_GAUGE,
	  .value = &post.under_way },
	{ 0 }
};

/* ms until something is due; -1: until something happens. */
static int time_left(int64_t due)
{
	int ms = fetch_wait(post.fetch);

	if (due != INT64_MAX) {
		int64_t left = due - clock_ms();

		left = left < 0 ? 0 : left > 60000 ? 60000 : left;
		ms = ms < 0 || left < ms ? (int)left : ms;
	}
	return ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until the end of input, and until nothing is held any more. */
static void run(void)
{
	for (;;) {
		int64_t due;
		bool room;

		post.now = clock_ms();
		room = lines_take();
		due = earlier(queue_run(), health_run());
		fetch_run(post.fetch);
		if (post.sink.eof && !post.held)
			return;
		/* Answers make room: look again before sleeping. */
		post.now = clock_ms();
		due = earlier(due, queue_run());
		if (!room && queue_room())
			due = 0;
		sink_wait(&post.sink, room && !post.sink.eof, fetch_fd(post.fetch), time_left(due), metrics);
	}
}

int main(int argc, char **argv)
{
	err_program(argv[0]);
	options_parse(&post.options, argc, argv);
	sig_init();
	retry_open(&post.retry, post.options.pause, PAUSE_MAX, post.options.deadline);
	post.fetch = fetch_open(&post.options.fetch);
	post.now = clock_ms();
	dests_open();
	sink_open(&post.sink);
	run();
	metrics_log(metrics);
	fetch_close(post.fetch);
	dests_close();
	options_free(&post.options);
	curl_slist_free_all(post.plain_headers);
	curl_slist_free_all(post.gzip_headers);
	return sink_close(&post.sink);
}
