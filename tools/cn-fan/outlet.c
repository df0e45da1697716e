/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an outlet: it is fed; when it dies, what it had under way is kept and given to the next one, in the same order, unless
 * it stays dead for too long. */
#include "fan.h"

#include "err.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/uio.h>

#define PAUSE_FIRST 100		/* ms before a dead sink is started again */
#define PAUSE_MAX 5000
#define PROVEN_MS 10000		/* one that lived so long starts with short pauses again */
#define LOOK_MS 5		/* how often it is looked whether a process that closed its acks has exited */
#define PARTING_MS 3000		/* a sink that takes no more lines must end within this time */
#define EXIT_MS 1000		/* and how long it may take */
#define LIVES 5			/* a line that this many processes died with is given up */
#define PIECES 512		/* lines in one write */

void outlets_open(void)
{
	retry_open(&fan.retry, PAUSE_FIRST, PAUSE_MAX, 0);
	for (unsigned i = 0; i < fan.options.n; i++) {
		struct outlet *o = &fan.outlets[i];

		*o = (struct outlet){ .name = fan.options.names[i], .command = fan.options.commands[i], .index = i,
			.state = OUTLET_PAUSED, .to = -1, .from = -1, .due = fan.now };
	}
}

void outlets_close(void)
{
	for (unsigned i = 0; i < fan.options.n; i++) {
		child_close(&fan.outlets[i].to);
		child_close(&fan.outlets[i].from);
	}
}

bool outlet_dead(const struct outlet *o)
{
	return o->state == OUTLET_PAUSED && o->dead_since && fan.now - o->dead_since >= fan.options.dead_after;
}

void outlet_fail_all(struct outlet *o, const char *why)
{
	while (o->first) {
		o->count.retry++;
		entry_note(o->first, o, SHARE_RETRY, span_of(why), (struct span){ 0 });
		share_settle(o, o->first, SHARE_RETRY);
	}
}

/* What was written comes first again. True when a line among it has been there too often. */
static bool take_back(struct outlet *o)
{
	bool too_often = false;

	for (struct entry *e = o->first; e && e != o->cursor; e = e->share[o->index].newer) {
		e->share[o->index].state = SHARE_WAITING;
		if (++e->share[o->index].deaths >= LIVES)
			too_often = true;
	}
	o->cursor = o->first;
	o->part = 0;
	return too_often;
}

/* The options or the environment are wrong, and so will be the next start. */
static bool hopeless(int code)
{
	return code == EX_USAGE || code == EX_CONFIG || code == 126 || code == 127;
}

static void died(struct outlet *o)
{
	uint64_t under_way = o->waiting;
	bool too_often = take_back(o);
	int64_t pause;

	if (!o->dead_since)
		o->dead_since = fan.now;
	pause = retry_pause(&fan.retry, ++o->tries);
	o->due = fan.now + pause;
	o->state = OUTLET_PAUSED;
	log_warn("sink died", "sink", o->name, "how", o->why, "under_way", log_num((int64_t)under_way), "pause_ms", log_num(pause), NULL);
	/* All of them: what stands behind a line that comes again may not overtake it. */
	if (too_often || outlet_dead(o))
		outlet_fail_all(o, o->why);
}

static void buried(struct outlet *o)
{
	o->kill_at = 0;
	if (!o->proven && o->count.starts == 1 && hopeless(o->code))
		die(o->code, "sink %s: %s at its start", o->name, o->why);
	if (o->silent)
		o->code = EX_TEMPFAIL;
	if ((o->told || o->silent) && !o->first) {	/* it has done all that it was asked for */
		o->state = OUTLET_ENDED;
		return;
	}
	if (fan.now - o->started >= PROVEN_MS) {
		o->tries = 0;
		o->dead_since = 0;
	}
	died(o);
}

void outlet_ended(struct outlet *o)
{
	child_close(&o->to);
	child_close(&o->from);
	reader_free(&o->in);
	o->blocked = false;
	o->state = OUTLET_ENDING;
	o->due = fan.now;
	o->kill_at = fan.now + EXIT_MS;
}

static void start(struct outlet *o)
{
	o->told = o->blocked = false;
	o->code = 0;
	o->count.starts++;
	fan.count.starts++;
	o->started = o->sign = fan.now;
	if (child_start(o)) {
		o->state = OUTLET_RUNNING;
		return;
	}
	snprintf(o->why, sizeof(o->why), "can't be started: %s", strerror(errno));
	died(o);
}

/* It takes no more lines, but may still have something to say. */
void outlet_stop_feeding(struct outlet *o)
{
	child_close(&o->to);
	o->blocked = false;
	o->kill_at = fan.now + PARTING_MS;
}

static void advance(struct outlet *o, size_t n)
{
	for (n += o->part; o->cursor && n >= o->cursor->n; o->cursor = o->cursor->share[o->index].newer) {
		n -= o->cursor->n;
		o->cursor->share[o->index].state = SHARE_WRITTEN;
		o->count.lines++;
	}
	o->part = n;
}

static int pieces(const struct outlet *o, struct iovec iov[PIECES])
{
	int n = 0;

	for (const struct entry *e = o->cursor; e && n < PIECES; e = e->share[o->index].newer)
		iov[n++] = (struct iovec){ e->text, e->n };
	iov[0].iov_base = o->cursor->text + o->part;
	iov[0].iov_len -= o->part;
	return n;
}

static void feed(struct outlet *o)
{
	struct iovec iov[PIECES];

	while (o->cursor && o->to >= 0 && !o->blocked) {
		ssize_t n = writev(o->to, iov, pieces(o, iov));

		if (n >= 0) {
			advance(o, (size_t)n);
			o->sign = fan.now;
		} else if (errno == EAGAIN) {
			o->blocked = true;
		} else if (errno != EINTR) {
			outlet_stop_feeding(o);
		}
	}
	if (fan.sink.eof && !o->cursor && o->to >= 0) {
		child_close(&o->to);
		o->told = true;
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When it has been silent for too long: after the end of input there is nobody else to end the wait. */
static int64_t patience_ends(const struct outlet *o)
{
	if (!fan.sink.eof || o->kill_at)
		return INT64_MAX;
	return (o->sign > fan.eof_at ? o->sign : fan.eof_at) + fan.options.silent_after;
}

static void check_silence(struct outlet *o)
{
	if (fan.now < patience_ends(o))
		return;
	log_error("sink does not end, and says nothing: killing it", "sink", o->name, "under_way", log_num((int64_t)o->waiting), NULL);
	outlet_fail_all(o, "no word of it after the end of input");
	o->silent = true;
	o->kill_at = fan.now;
}

static void run(struct outlet *o)
{
	switch (o->state) {
	case OUTLET_RUNNING:
		feed(o);
		check_silence(o);
		if (o->kill_at && fan.now >= o->kill_at) {
			outlet_ended(o);
			o->kill_at = fan.now;
		}
		break;
	case OUTLET_ENDING:
		if (child_gone(o, fan.now >= o->kill_at))
			buried(o);
		else
			o->due = fan.now + LOOK_MS;
		break;
	case OUTLET_PAUSED:
		if (outlet_dead(o))
			outlet_fail_all(o, o->why);
		if (fan.sink.eof && !o->first && o->count.starts) {
			o->state = OUTLET_ENDED;
			o->code = 0;
		} else if (fan.now >= o->due) {
			start(o);
			if (o->state == OUTLET_RUNNING)
				feed(o);
		}
		break;
	case OUTLET_ENDED: break;
	}
}

static int64_t due(const struct outlet *o)
{
	switch (o->state) {
	case OUTLET_RUNNING: return o->kill_at ? o->kill_at : patience_ends(o);
	case OUTLET_ENDING: return o->due;
	case OUTLET_PAUSED: return o->first ? earlier(o->due, o->dead_since + fan.options.dead_after) : o->due;
	case OUTLET_ENDED: break;
	}
	return INT64_MAX;
}

int outlets_run(void)
{
	int64_t first = INT64_MAX;

	for (unsigned i = 0; i < fan.options.n; i++) {
		run(&fan.outlets[i]);
		first = earlier(first, due(&fan.outlets[i]));
	}
	if (first == INT64_MAX)
		return -1;
	return first <= fan.now ? 0 : first - fan.now < 60000 ? (int)(first - fan.now) : 60000;
}

bool outlets_ended(void)
{
	for (unsigned i = 0; i < fan.options.n; i++)
		if (fan.outlets[i].state != OUTLET_ENDED)
			return false;
	return true;
}

/* 0 is the best, then 65, then 75, then all others. */
static int badness(int code)
{
	return code == EX_OK ? 0 : code == EX_DATAERR ? 1 : code == EX_TEMPFAIL ? 2 : 3;
}

int outlets_status(int own)
{
	for (unsigned i = 0; i < fan.options.n; i++)
		if (badness(fan.outlets[i].code) > badness(own))
			own = fan.outlets[i].code;
	return own;
}
