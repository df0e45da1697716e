/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VALUE_MAX 1024
#define EVENT_MAX ((size_t)32 << 10)

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static enum log_level threshold = LOG_INFO;
static bool as_json;

int log_set_format(const char *word)
{
	as_json = strcmp(word, "json") == 0;
	return as_json || strcmp(word, "logfmt") == 0 ? 0 : -1;
}

int log_set_level(const char *word)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(word, level_names[i]) == 0) {
			threshold = (enum log_level)i;
			return 0;
		}
	return -1;
}

static bool plain(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || *s == '"' || *s == '=' || *s == '\\')
			return false;
	return true;
}

static void put_text(struct buf *b, const char *s, size_t n)
{
	size_t i = b->n;

	json_put_lossy(b, (struct span){ s, n }, 8 * VALUE_MAX);
	/* JSON lets DEL and the C1 controls stand for themselves, but a terminal obeys them. */
	for (; i < b->n; i++) {
		unsigned char *c = (unsigned char *)b->p + i;

		if (c[0] == 0x7f)
			c[0] = '?';
		else if (c[0] == 0xc2 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
}

static void put_pair(struct buf *b, const char *key, const char *value)
{
	size_t n = strnlen(value, VALUE_MAX);

	if (b->n > EVENT_MAX)	/* the line ends well all the same */
		return;
	if (b->n > 1)
		buf_byte(b, as_json ? ',' : ' ');
	buf_printf(b, as_json ? "\"%s\":" : "%s=", key);
	if (!as_json && n < VALUE_MAX && plain(value))
		buf_put(b, value, n);
	else
		put_text(b, value, n);
}

static void put_time(struct buf *b)
{
	char text[40];
	int64_t now = clock_unix_ms();
	time_t seconds = now / 1000;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, 25, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + strlen(text), 8, ".%03dZ", (int)(now % 1000));
	put_pair(b, "ts", text);
}

void log_event(enum log_level level, const char *msg, ...)
{
	struct buf b = { .max = 64 << 10 };
	const char *key, *value;
	va_list ap;

	if (level < threshold)
		return;
	if (as_json)
		buf_byte(&b, '{');
	put_time(&b);
	put_pair(&b, "level", level_names[level]);
	put_pair(&b, "program", err_program_name());
	put_pair(&b, "msg", msg);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value)
			put_pair(&b, key, value);
	}
	va_end(ap);
	buf_lit(&b, "}\n");
	if (!as_json && b.n >= 2) {
		b.p[b.n - 2] = '\n';
		b.n--;
	}
	/* One write a line, so that the lines of several processes on one terminal or file don't mix. */
	if (b.p && write(STDERR_FILENO, b.p, b.n) < 0) {
		/* There is nowhere to say it. */
	}
	buf_free(&b);
}

const char *log_num(int64_t n)
{
	static char ring[16][24];
	static unsigned next;
	char *text = ring[next++ % 16];

	snprintf(text, sizeof(ring[0]), "%" PRId64, n);
	return text;
}

int log_allow(struct log_limit *l, int64_t ms, uint64_t *missed)
{
	int64_t now = clock_ms();

	if (now < l->next) {
		l->kept_back++;
		return 0;
	}
	*missed = l->kept_back;
	l->kept_back = 0;
	l->next = now + ms;
	return 1;
}
