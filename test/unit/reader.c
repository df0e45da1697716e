/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"
#include "tap.h"
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX ((size_t)1 << 20)

static void send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			exit(70);
		p += done;
		n -= (size_t)done;
	}
}

/* A pipe whose other end a child fills with the text, in pieces of `piece` bytes. */
static int fed(struct span text, size_t piece, pid_t *child)
{
	int p[2];

	if (pipe(p) < 0 || (*child = fork()) < 0)
		exit(70);
	if (*child)
		return close(p[1]), p[0];
	close(p[0]);
	for (size_t i = 0; i < text.n; i += piece)
		send_all(p[1], text.p + i, text.n - i < piece ? text.n - i : piece);
	_exit(0);
}

static int pipe_with(const char *text)
{
	int p[2];

	if (pipe(p) < 0)
		exit(70);
	send_all(p[1], text, strlen(text));
	close(p[1]);
	return p[0];
}

static void done(struct reader *r)
{
	close(r->fd);
	reader_free(r);
}

static void lines(void)
{
	struct span line = { NULL, 0 };
	struct reader r;

	reader_open(&r, pipe_with("first\n\nthird\r\nlast"), MAX);
	is_int(reader_next(&r, NULL, &line), READER_LINE, "a line");
	is_span(line, SPAN("first"), "without its end");
	is_int((int64_t)r.lines, 1, "its number");
	is_int(reader_next(&r, NULL, &line), READER_LINE, "an empty line is a line");
	is_span(line, SPAN(""), "of no bytes");
	reader_next(&r, NULL, &line);
	is_span(line, SPAN("third\r"), "a carriage return is a byte like others");
	is_int(reader_next(&r, NULL, &line), READER_LINE, "a last line without an end");
	is_span(line, SPAN("last"), "is given whole");
	is_int(reader_next(&r, NULL, &line), READER_EOF, "the end");
	is_int(reader_next(&r, NULL, &line), READER_EOF, "and again");
	is_int((int64_t)r.lines, 4, "four lines");
	done(&r);
	reader_open(&r, pipe_with(""), MAX);
	is_int(reader_next(&r, NULL, &line), READER_EOF, "no input at all");
	done(&r);
	reader_open(&r, pipe_with("x\n"), MAX);
	ok(reader_next(&r, NULL, &line) == READER_LINE && reader_next(&r, NULL, &line) == READER_EOF, "no empty line behind the last end");
	done(&r);
	reader_open(&r, open("/", O_RDONLY | O_DIRECTORY), MAX);
	ok(reader_next(&r, NULL, &line) == READER_ERROR && errno == EISDIR, "an error of read is told");
	done(&r);
}

/* Random lines through a pipe in pieces of many sizes: what comes out is what went in, with long ones cut. */
static void pieces(void)
{
	const size_t line_max = 2000, n = 3000000;
	static const size_t sizes[] = { 1000003, 65536, 4097, 100 };
	uint64_t seed = 7;
	char *text = malloc(n);

	for (size_t i = 0; i < n;) {
		size_t len = tap_random(&seed) % (tap_random(&seed) % 500 == 0 ? 700000 : tap_random(&seed) % 9 == 0 ? 4000 : 300);

		for (; len && i < n - 1; len--)
			text[i++] = (char)('a' + tap_random(&seed) % 26);
		text[i++] = '\n';
	}
	text[n - 1] = 'z';	/* the last one has no end */
	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		const char *want = text;
		unsigned bad = 0, longs = 0, count = 0;
		enum reader_result res;
		struct span line;
		struct reader r;
		pid_t child;

		reader_open(&r, fed((struct span){ text, n }, sizes[s], &child), line_max);
		while ((res = reader_next(&r, NULL, &line)) > 0 && want < text + n) {
			const char *nl = memchr(want, '\n', (size_t)(text + n - want));
			size_t len = (size_t)((nl ? nl : text + n) - want);

			count++;
			longs += len > line_max;
			if (res != (len > line_max ? READER_TOO_LONG : READER_LINE) ||
				!span_eq(line, (struct span){ want, len < line_max ? len : line_max }))
				bad++;
			want += len + 1;
		}
		ok(res == READER_EOF && bad == 0 && longs > 100 && want >= text + n && r.lines == count,
			"%u lines, %u of them too long, in pieces of %zu bytes", count, longs, sizes[s]);
		ok(r.cap <= line_max + (256 << 10), "the buffer stays bounded: %zu bytes", r.cap);
		waitpid(child, NULL, 0);
		done(&r);
	}
	free(text);
}

static void limits(void)
{
	char text[] = "1234567\n12345678\n123456789\nx\n1234567890";
	struct span line;
	struct reader r;

	reader_open(&r, pipe_with(text), 8);
	is_int(reader_next(&r, NULL, &line), READER_LINE, "below the limit");
	is_int(reader_next(&r, NULL, &line), READER_LINE, "at the limit");
	is_span(line, SPAN("12345678"), "whole");
	is_int(reader_next(&r, NULL, &line), READER_TOO_LONG, "one byte over it");
	is_span(line, SPAN("12345678"), "as much as is allowed");
	is_int(reader_next(&r, NULL, &line), READER_LINE, "it goes on behind it");
	is_span(line, SPAN("x"), "with the next line");
	is_int(reader_next(&r, NULL, &line), READER_TOO_LONG, "a long line without an end");
	is_int(reader_next(&r, NULL, &line), READER_EOF, "and then nothing");
	is_int((int64_t)r.lines, 5, "long lines count");
	done(&r);
}

/* The reader of an event loop that is told to fill again and again though nobody takes. */
static void filled(void)
{
	size_t n = 2 << 20;
	char *text = calloc(1, n);
	struct span line;
	struct reader r;
	ssize_t got;
	pid_t child;

	reader_open(&r, fed((struct span){ text, n }, 65536, &child), 1000);
	while ((got = reader_fill(&r)) > 0)
		;
	ok(got < 0 && errno == ENOBUFS && !r.eof, "a full buffer is no end of input");
	is_int(reader_take(&r, &line), READER_TOO_LONG, "what is there can be taken");
	ok(reader_fill(&r) > 0, "then there is room again");
	done(&r);
	waitpid(child, NULL, 0);
	free(text);
}

static void loops(void)
{
	int p[2];
	struct span line;
	struct reader r;

	if (pipe2(p, O_NONBLOCK) < 0)
		exit(70);
	reader_open(&r, p[0], 100);
	is_int(reader_take(&r, &line), READER_AGAIN, "nothing yet");
	ok(reader_fill(&r) < 0 && errno == EAGAIN, "nothing to read");
	send_all(p[1], "ab", 2);
	ok(reader_fill(&r) == 2 && reader_take(&r, &line) == READER_AGAIN, "half a line is none");
	send_all(p[1], "c\nde", 4);
	ok(reader_fill(&r) == 4 && reader_take(&r, &line) == READER_LINE, "the other half");
	is_span(line, SPAN("abc"), "joined");
	is_int(reader_take(&r, &line), READER_AGAIN, "the next has only begun");
	close(p[1]);
	ok(reader_fill(&r) == 0 && reader_take(&r, &line) == READER_LINE, "the end of input ends it");
	is_span(line, SPAN("de"), "whole");
	ok(reader_take(&r, &line) == READER_EOF && reader_fill(&r) == 0, "and no more");
	done(&r);
}

/* Output is held while input is there, and flushed before the reader sleeps. */
static void flushes(void)
{
	int in[2], out[2];
	struct writer w;
	struct reader r;
	struct span line;
	char got[100];
	pid_t child;

	if (pipe(in) < 0 || pipe(out) < 0)
		exit(70);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	send_all(in[1], "1\n2\n3\n", 6);
	if ((child = fork()) == 0) {
		/* Answers the third line only when it has come out of the filter. */
		char three[3];
		size_t n = 0;

		close(in[0]);
		fcntl(out[0], F_SETFL, 0);
		while (n < 6)
			n += (size_t)read(out[0], three, sizeof(three));
		send_all(in[1], "4\n", 2);
		_exit(0);
	}
	reader_open(&r, in[0], 100);
	writer_open(&w, out[1]);
	for (int i = 0; i < 3; i++) {
		reader_next(&r, &w, &line);
		writer_span(&w, line);
		writer_lit(&w, "\n");
	}
	is_int((int64_t)writer_pending(&w), 6, "three lines are held while input is there");
	alarm(20);
	is_int(reader_next(&r, &w, &line), READER_LINE, "flushed before sleeping: the answer to it comes");
	is_span(line, SPAN("4"), "the answer");
	alarm(0);
	waitpid(child, NULL, 0);
	close(in[1]);
	writer_lit(&w, "end\n");
	is_int(reader_next(&r, &w, &line), READER_EOF, "the end");
	ok(read(out[0], got, sizeof(got)) == 4 && memcmp(got, "end\n", 4) == 0, "flushed at the end of input");
	done(&r);
	writer_close(&w);
	close(out[0]);
}

static void on_alarm(int s)
{
	(void)s;
}

static void interrupted(void)
{
	struct sigaction a = { .sa_handler = on_alarm };
	int p[2];
	struct span line;
	struct reader r;

	if (pipe(p) < 0)
		exit(70);
	sigaction(SIGALRM, &a, NULL);
	reader_open(&r, p[0], 100);
	send_all(p[1], "ha", 2);
	alarm(1);
	is_int(reader_next(&r, NULL, &line), READER_AGAIN, "a signal comes through");
	send_all(p[1], "lf\n", 3);
	is_int(reader_next(&r, NULL, &line), READER_LINE, "then it goes on");
	is_span(line, SPAN("half"), "and nothing is lost");
	close(p[1]);
	done(&r);
}

static void output_fails(void)
{
	struct writer w;
	struct reader r;
	struct span line;
	int full = open("/dev/full", O_WRONLY);

	if (full < 0) {
		skip("needs /dev/full");
		return;
	}
	reader_open(&r, pipe_with("a\n"), 100);
	writer_open(&w, full);
	writer_lit(&w, "x\n");
	is_int(reader_next(&r, &w, &line), READER_LINE, "input is there, so nothing is written");
	ok(reader_next(&r, &w, &line) == READER_ERROR && errno == ENOSPC, "the failure of the output is told");
	ok(w.error == ENOSPC && writer_close(&w) < 0, "and the writer knows");
	done(&r);
}

int main(void)
{
	lines();
	limits();
	pieces();
	filled();
	loops();
	flushes();
	interrupted();
	output_fails();
	return tap_end();
}
