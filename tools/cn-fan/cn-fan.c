/* SPDX-License-Identifier: Apache-2.0 */
/* cn-fan: record lines in, to several sinks that it starts, their acks joined. One loop over standard input and the pipes to and from
 * the sinks. */
#include "fan.h"

#include "clock.h"
#include "err.h"
#include "opt.h"
#include "sig.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct fan fan;

#define COUNTER(field, text, key) \
	{ .name = "cn_fan_" #field "_total", .help = text, .brief = key, .type = METRIC_COUNTER, .value = &fan.count.field }

static const struct metric metrics[] = {
	SINK_ROWS_DONE("cn_fan", fan.sink),
	SINK_ROWS_FAILED("cn_fan", fan.sink),
	COUNTER(twins, "Lines that came again while they were under way.", "twins"),
	COUNTER(spared, "Times that a line was kept from a sink that has it.", "spared"),
	COUNTER(starts, "Times that a sink was started.", "starts"),
	COUNTER(strange, "Lines of sinks that are no acks, or acks of lines that they don't have.", "strange"),
	{ .name = "cn_fan_in_flight", .help = "Lines without an answer yet.", .brief = "in_flight", .type = METRIC_GAUGE,
	  .value = &fan.count.in_flight },
	{ 0 }
};

static void log_counters(void)
{
	fan.count.in_flight = fan.entries;
	metrics_log(metrics);
	for (unsigned i = 0; i < fan.options.n; i++) {
		const struct outlet *o = &fan.outlets[i];

		log_info("sink counters", "sink", o->name, "written", log_num((int64_t)o->count.lines), "acked", log_num((int64_t)o->count.acked),
			"retry", log_num((int64_t)o->count.retry), "failed", log_num((int64_t)o->count.never),
			"spared", log_num((int64_t)o->count.spared), "starts", log_num((int64_t)o->count.starts),
			"strange", log_num((int64_t)o->count.strange), "in_flight", log_num((int64_t)o->waiting), NULL);
	}
}

/* Which outlets the rows of the poll set belong to is their place: two rows each, behind the first two. */
static void serve(struct pollfd *fds)
{
	if (fds[1].revents) {
		sig_fd_clear();
		if (sig_take_usr1())
			log_counters();
	}
	for (unsigned i = 0; i < fan.options.n; i++) {
		struct outlet *o = &fan.outlets[i];

		if (fds[2 + 2 * i].revents & POLLERR)
			outlet_stop_feeding(o);
		else if (fds[2 + 2 * i].revents)
			o->blocked = false;
		if (fds[3 + 2 * i].revents)
			answers_read(o);
	}
	if (fds[0].revents && reader_fill(&fan.sink.in) < 0 && errno != EAGAIN && errno != EINTR)
		die(EX_IOERR, "can't read standard input:");
}

static void wait_for_work(bool want_lines, int ms)
{
	struct pollfd fds[2 + 2 * OUTLETS_MAX] = {
		{ .fd = want_lines ? fan.sink.in.fd : -1, .events = POLLIN },
		{ .fd = sig_fd(), .events = POLLIN },
	};

	for (unsigned i = 0; i < fan.options.n; i++) {
		const struct outlet *o = &fan.outlets[i];

		/* While there is nothing to write, only that nobody reads any more: POLLERR comes in any case. */
		fds[2 + 2 * i] = (struct pollfd){ .fd = o->to, .events = o->blocked ? POLLOUT : 0 };
		fds[3 + 2 * i] = (struct pollfd){ .fd = o->from, .events = POLLIN };
	}
	if (ms != 0)
		sink_flush(&fan.sink);
	if (poll(fds, 2 + 2 * fan.options.n, ms) < 0) {
		if (errno != EINTR)
			die(EX_SOFTWARE, "poll:");
		return;
	}
	fan.now = clock_ms();
	serve(fds);
}

/* Until the end of input, and until all sinks have come to theirs. */
static void run(void)
{
	for (;;) {
		bool all = lines_take();
		int ms = outlets_run();

		if (fan.sink.eof && outlets_ended())
			return;
		/* A sink that was given up made room: for lines that are in memory, nothing will wake us. */
		wait_for_work(all && !fan.sink.eof, !all && entries_room() ? 0 : ms);
	}
}

int main(int argc, char **argv)
{
	int status;

	err_program(argv[0]);
	options_parse(&fan.options, argc, argv);
	sig_init();
	fan.now = clock_ms();
	entries_open();
	memory_open(&fan.memory, fan.options.remember, fan.options.remember_for);
	children_open();
	outlets_open();
	sink_open(&fan.sink);
	run();
	sink_flush(&fan.sink);
	log_counters();
	outlets_close();
	entries_close();
	memory_free(&fan.memory);
	for (unsigned i = 0; i < fan.options.n; i++)
		free((char *)(uintptr_t)fan.options.names[i]);
	status = sink_close(&fan.sink);
	return outlets_status(status);
}
