/* SPDX-License-Identifier: Apache-2.0 */
/* How far it is. Records of a partition come in descending order of their digests, which are spread evenly: so the last digest tells how much of
 * its partition is done, whatever set or filter is asked for, and nobody needs to be asked for counts. */
#include "clock.h"
#include "scan.h"

#include <stdio.h>
#include <unistd.h>

#define EVERY_MS 1000
#define EVERY_LOG_MS 10000

static bool on_terminal(const struct scanner *s)
{
	return s->options.progress != PROGRESS_NEVER && isatty(STDERR_FILENO);
}

void progress_open(struct scanner *s)
{
	s->begun = clock_ms();
	s->fraction_before = progress_fraction(s);
	s->progress_due = INT64_MAX;
	if (on_terminal(s))
		s->progress_due = s->begun + EVERY_MS;
	else if (s->options.progress == PROGRESS_ALWAYS)
		s->progress_due = s->begun + EVERY_LOG_MS;
}

/* The first byte and half of the second are the partition's; of the rest, 20 bits are enough. */
static double part(const struct scan_mark *m)
{
	if (m->done)
		return 1;
	if (!m->begun)
		return 0;
	return 1 - (double)((m->digest[1] >> 4) << 16 | m->digest[2] << 8 | m->digest[3]) / (1 << 20);
}

double progress_fraction(const struct scanner *s)
{
	double sum = 0;

	for (unsigned p = s->options.first; p < s->options.first + s->options.count; p++)
		sum += part(&s->cursor.partition[p]);
	return sum / s->options.count;
}

static void left_text(char *to, size_t size, const struct scanner *s, double fraction)
{
	double here = fraction - s->fraction_before, took = (double)(clock_ms() - s->begun) / 1000;
	double left = here > 0.0001 ? took / here * (1 - fraction) : -1;

	if (left < 0 || left > 1e7)
		snprintf(to, size, "?");
	else if (left < 3600)
		snprintf(to, size, "%u:%02u", (unsigned)left / 60, (unsigned)left % 60);
	else
		snprintf(to, size, "%u:%02u:%02u", (unsigned)left / 3600, (unsigned)left / 60 % 60, (unsigned)left % 60);
}

void progress_tick(struct scanner *s)
{
	int64_t now = clock_ms();
	double fraction;
	char left[32], percent[16];

	if (now < s->progress_due)
		return;
	fraction = progress_fraction(s);
	left_text(left, sizeof(left), s, fraction);
	snprintf(percent, sizeof(percent), "%.1f", 100 * fraction);
	if (on_terminal(s)) {
		fprintf(stderr, "\r%llu records, %s%%, %.0f/s, left %s \033[K", (unsigned long long)s->count.records, percent,
			(double)s->count.records * 1000 / (double)(now - s->begun), left);
		s->progress_due = now + EVERY_MS;
	} else {
		log_info("progress", "records", log_num((int64_t)s->count.records), "percent", percent, "left", left, NULL);
		s->progress_due = now + EVERY_LOG_MS;
	}
}

/* What is logged next begins a line of its own. */
void progress_end(struct scanner *s)
{
	if (s->progress_due != INT64_MAX && on_terminal(s))
		fprintf(stderr, "\r\033[K");
	s->progress_due = INT64_MAX;
}
