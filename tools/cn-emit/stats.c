/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include "clock.h"
#include "log.h"
#include "metrics.h"

#include <stdio.h>
#include <unistd.h>

/* Latencies in microseconds, in steps of at most 1.6 %: 64 steps for each power of two, up to about 36 minutes. */
#define STEPS 64
#define SLOTS (26 * STEPS)
#define PROGRESS_US 250000

struct stats stats;
static uint64_t slot[SLOTS], latencies;
static int64_t longest, begun, next_progress = INT64_MAX;
static bool shown;

static const struct metric table[] = {
	{ .name = "records", .brief = "records", .value = &stats.records },
	{ .name = "taken", .brief = "taken", .value = &stats.taken },
	{ .name = "retries", .brief = "retries", .value = &stats.retries },
	{ .name = "given_up", .brief = "given_up", .value = &stats.given_up },
	{ .name = "refused", .brief = "refused", .value = &stats.refused },
	{ .name = "skipped", .brief = "skipped", .value = &stats.skipped },
	{ 0 }
};

void stats_open(void)
{
	begun = clock_us();
	if (isatty(STDERR_FILENO))
		next_progress = begun + PROGRESS_US;
}

static unsigned slot_of(uint64_t us)
{
	unsigned shift = 0, i;

	while (us >> shift >= 2 * STEPS)
		shift++;
	i = shift * STEPS + (unsigned)(us >> shift);
	return i < SLOTS ? i : SLOTS - 1;
}

/* The middle of what goes into the slot. */
static double slot_value(unsigned i)
{
	unsigned shift = i < 2 * STEPS ? 0 : i / STEPS - 1;

	return ((double)(i - shift * STEPS) + (shift ? 0.5 : 0)) * (double)(UINT64_C(1) << shift);
}

void stats_latency(int64_t us)
{
	slot[slot_of(us < 0 ? 0 : (uint64_t)us)]++;
	latencies++;
	if (us > longest)
		longest = us;
}

static double percentile_ms(unsigned percent)
{
	uint64_t rank = (latencies * percent + 99) / 100, seen = 0;
	double us;

	for (unsigned i = 0; i < SLOTS; i++) {
		seen += slot[i];
		if (seen >= rank && seen) {
			us = slot_value(i);
			return (us < (double)longest ? us : (double)longest) / 1000;
		}
	}
	return 0;
}

int64_t stats_next_progress(void)
{
	return next_progress;
}

void stats_progress(int64_t now)
{
	static uint64_t before;
	static int64_t since;

	if (now == INT64_MAX) {
		if (shown)
			fputs("\r\033[K", stderr);
		return;
	}
	if (now < next_progress)
		return;
	next_progress = now + PROGRESS_US;
	fprintf(stderr, "\r%llu taken, %.0f/s, %zu held, %llu retries\033[K", (unsigned long long)stats.taken,
		(double)(stats.taken - before) * 1e6 / (double)(now - (since ? since : begun)), jobs_held(),
		(unsigned long long)stats.retries);
	shown = true;
	before = stats.taken;
	since = now;
}

void stats_counters(void)
{
	metrics_log(table);
}

static const char *decimal(char text[32], double value)
{
	snprintf(text, 32, "%.3f", value);
	return text;
}

void stats_summary(void)
{
	double seconds = (double)(clock_us() - begun) / 1e6;
	char text[5][32];

	snprintf(text[1], sizeof(text[1]), "%.0f", seconds > 0 ? (double)stats.taken / seconds : 0);
	log_info("done", "records", log_num((int64_t)stats.records), "taken", log_num((int64_t)stats.taken),
		"skipped", stats.skipped ? log_num((int64_t)stats.skipped) : NULL,
		"refused", log_num((int64_t)stats.refused), "given_up", log_num((int64_t)stats.given_up),
		"retries", log_num((int64_t)stats.retries), "bytes", log_num((int64_t)stats.bytes),
		"seconds", decimal(text[0], seconds), "rate", text[1], "p50_ms", decimal(text[2], percentile_ms(50)),
		"p99_ms", decimal(text[3], percentile_ms(99)), "max_ms", decimal(text[4], (double)longest / 1000), NULL);
}
