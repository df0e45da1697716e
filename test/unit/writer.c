/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_pipe(int p[2])
{
	if (pipe(p) < 0)
		exit(70);
}

static size_t available(int fd, char *to, size_t max)
{
	size_t n = 0;
	ssize_t got;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	while (n < max && (got = read(fd, to + n, max - n)) > 0)
		n += (size_t)got;
	return n;
}

static void holds(void)
{
	struct writer w;
	char got[100];
	int p[2];

	make_pipe(p);
	writer_open(&w, p[1]);
	writer_lit(&w, "a");
	writer_span(&w, SPAN("b\n"));
	writer_span(&w, (struct span){ NULL, 0 });
	is_int((int64_t)writer_pending(&w), 3, "held");
	is_int((int64_t)available(p[0], got, 100), 0, "nothing is written yet");
	is_int(writer_flush(&w), 0, "flush");
	is_int((int64_t)writer_pending(&w), 0, "nothing is left");
	ok(available(p[0], got, 100) == 3 && memcmp(got, "ab\n", 3) == 0, "it is there");
	writer_lit(&w, "c\n");
	is_int(writer_close(&w), 0, "close");
	is_int((int64_t)available(p[0], got, 100), 2, "close writes the rest");
	close(p[0]);
}

/* Pieces of all sizes, some larger than the block, to a file: all bytes in order. */
static void sizes(void)
{
	char name[] = "/tmp/writer.XXXXXX";
	int fd = mkstemp(name), back = open(name, O_RDONLY);
	uint64_t seed = 3;
	size_t total = 0, n = 0, max = 3 << 20, bad = 0;
	char *text = malloc(max), *got;
	struct writer w;
	struct stat st;

	unlink(name);
	for (size_t i = 0; i < max; i++)
		text[i] = (char)(i * 31 + (i >> 8) * 7);
	writer_open(&w, fd);
	for (int i = 0; i < 300; i++) {
		n = tap_random(&seed) % (i % 40 == 0 ? max : i % 7 == 0 ? 300000 : 300);
		writer_put(&w, text, n);
		total += n;
	}
	is_int(writer_close(&w), 0, "close");
	ok(fstat(back, &st) == 0 && (size_t)st.st_size == total, "%zu bytes", total);
	seed = 3;
	got = malloc(max);
	for (int i = 0; i < 300; i++) {
		n = tap_random(&seed) % (i % 40 == 0 ? max : i % 7 == 0 ? 300000 : 300);
		bad += read(back, got, n) != (ssize_t)n || memcmp(got, text, n) != 0;
	}
	is_int((int64_t)bad, 0, "each piece as it was");
	close(back);
	free(text);
	free(got);
}

static void full_disk(void)
{
	struct writer w;
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0) {
		skip("needs /dev/full");
		return;
	}
	writer_open(&w, fd);
	writer_lit(&w, "x\n");
	errno = 0;
	ok(writer_flush(&w) == -1 && errno == ENOSPC && w.error == ENOSPC, "a full disk shows at flush");
	for (int i = 0; i < 100000; i++)
		writer_lit(&w, "more and more of it\n");
	ok(w.n <= w.cap && w.cap <= 1 << 20, "what can't be written is not kept for ever");
	errno = 0;
	ok(writer_flush(&w) == -1 && errno == ENOSPC, "it stays failed");
	errno = 0;
	ok(writer_close(&w) == -1 && errno == ENOSPC, "and close tells it too");
	fd = open("/dev/full", O_WRONLY);
	writer_open(&w, fd);
	writer_lit(&w, "x\n");
	ok(writer_close(&w) == -1 && errno == ENOSPC, "a full disk shows at close");
	fd = open("/dev/full", O_WRONLY);
	writer_open(&w, fd);
	for (int i = 0; i < 100000; i++)
		writer_lit(&w, "more and more of it\n");
	ok(w.error == ENOSPC && writer_close(&w) == -1, "a full disk in the middle");
}

static int status_of(void (*child)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		child();
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void write_to_nobody(void)
{
	struct writer w;
	int p[2];

	make_pipe(p);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	writer_open(&w, p[1]);
	writer_lit(&w, "x\n");
	writer_flush(&w);
}

static void broken_pipe(void)
{
	struct writer w;
	int p[2];

	is_int(status_of(write_to_nobody), 75, "a reader that went away ends the program");
	make_pipe(p);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	writer_open(&w, p[1]);
	w.keep_epipe = true;
	writer_lit(&w, "x\n");
	ok(writer_flush(&w) == -1 && w.error == EPIPE, "or is told, as wanted");
	ok(writer_close(&w) == -1 && errno == EPIPE, "also at close");
}

/* A pipe in packet mode gives back each write(2) by itself. */
static void whole_lines(void)
{
	unsigned bad = 0, packets = 0;
	char line[4096], got[8192];
	uint64_t seed = 11;
	size_t total = 0;
	struct writer w;
	ssize_t n;
	int p[2];

	if (pipe2(p, O_DIRECT) < 0) {
		skip("needs pipes in packet mode");
		return;
	}
	memset(line, 'x', sizeof(line));
	writer_open_acks(&w, p[1]);
	for (int i = 0; i < 200; i++) {
		size_t len = 1 + tap_random(&seed) % (i % 10 == 0 ? PIPE_BUF : 60);

		line[len - 1] = '\n';
		writer_put(&w, line, len);
		line[len - 1] = 'x';
		total += len;
	}
	is_int(writer_close(&w), 0, "acks are written");
	while ((n = read(p[0], got, sizeof(got))) > 0) {
		packets++;
		bad += n > PIPE_BUF || got[n - 1] != '\n';
		total -= (size_t)n;
	}
	ok(bad == 0 && total == 0, "every write ends at a line end and has at most PIPE_BUF bytes");
	ok(packets > 5 && packets < 40, "and as many lines as fit: %u writes for 200 lines", packets);
	close(p[0]);
}

/* Two processes write numbered lines into one pipe: each line arrives whole, and each writer's lines in order. */
static void shared_fifo(void)
{
	enum { LINES = 20000 };
	unsigned next[2] = { 0, 0 }, bad = 0;
	char *line = NULL;
	size_t cap = 0;
	FILE *in;
	int p[2];

	make_pipe(p);
	for (int who = 0; who < 2; who++)
		if (fork() == 0) {
			uint64_t seed = (uint64_t)who;
			struct writer w;
			char text[5000];

			close(p[0]);
			writer_open_acks(&w, p[1]);
			for (int i = 0; i < LINES; i++) {
				int fill = (int)(tap_random(&seed) % (i % 100 == 0 ? 4000 : 40));
				int n = snprintf(text, sizeof(text), "%d %d %0*d %d\n", who, i, fill + 1, 0, i);

				writer_put(&w, text, (size_t)n);
				if (tap_random(&seed) % 300 == 0)
					writer_flush(&w);
			}
			_exit(writer_close(&w) < 0);
		}
	close(p[1]);
	in = fdopen(p[0], "r");
	while (getline(&line, &cap, in) > 0) {
		unsigned who = 9, i = 0, again = 1;

		if (sscanf(line, "%u %u %*s %u\n", &who, &i, &again) != 3 || who > 1 || i != again || i != next[who]++)
			bad++;
	}
	ok(bad == 0 && next[0] == LINES && next[1] == LINES, "lines of two writers never mix (%u bad)", bad);
	for (int status; wait(&status) > 0;)
		bad += status != 0;
	is_int(bad, 0, "both ended well");
	fclose(in);
	free(line);
}

static void nonblocking(void)
{
	size_t total = 0, n;
	char *got = malloc(4 << 20);
	unsigned bad = 0;
	struct writer w;
	int p[2], other;

	make_pipe(p);
	other = dup(p[1]);
	writer_open(&w, p[1]);
	fcntl(p[1], F_SETPIPE_SZ, 65536);
	writer_nonblock(&w, 4 << 20);
	ok((fcntl(other, F_GETFL) & O_NONBLOCK) == 0, "others who hold the pipe keep their mode");
	for (unsigned i = 0; i < 200000; i++)
		writer_put(&w, &(unsigned){ i }, sizeof(unsigned));
	is_int((int64_t)writer_pending(&w), 800000, "held, not written");
	is_int(writer_flush(&w), 0, "flush never blocks");
	ok(writer_pending(&w) > 0, "what does not fit is left");
	close(other);
	while ((n = available(p[0], got + total, (4 << 20) - total)) > 0) {
		total += n;
		writer_flush(&w);
		if (total == 400000 - 400000 % 65536)	/* put more while part of it is out */
			writer_put(&w, "tail", 4);
	}
	for (unsigned i = 0; i < 200000; i++)
		bad += memcmp(got + 4 * i, &i, 4) != 0;
	ok(total >= 800000 && bad == 0, "all of it arrives in order");
	close(p[0]);
	w.keep_epipe = true;
	writer_lit(&w, "x");
	ok(writer_close(&w) == -1 && errno == EPIPE, "a reader that went away shows at close");
	free(got);
}

static void nonblocking_bound(void)
{
	struct writer w;
	char block[4096] = { 0 };
	int p[2], puts = 0;

	make_pipe(p);
	writer_open(&w, p[1]);
	writer_nonblock(&w, 1 << 20);
	while (!w.error && puts < 10000) {
		writer_put(&w, block, sizeof(block));
		puts++;
	}
	ok(w.error == ENOBUFS && puts > 256 && puts < 600, "a buffer that nobody empties fails at its bound: %d KiB", puts * 4);
	close(p[0]);
	w.keep_epipe = true;
	ok(writer_close(&w) == -1 && errno == ENOBUFS, "and says so");
}

/* At the end a writer may wait: a slow reader gets everything. */
static void nonblocking_close(void)
{
	struct writer w;
	int p[2], status;
	pid_t child;

	make_pipe(p);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		size_t n = 0;
		char got[5000];
		ssize_t m;

		close(p[1]);
		poll(NULL, 0, 50);
		while ((m = read(p[0], got, sizeof(got))) > 0)
			n += (size_t)m;
		_exit(n == 3000000 ? 0 : 1);
	}
	close(p[0]);
	writer_open(&w, p[1]);
	writer_nonblock(&w, 4 << 20);
	for (int i = 0; i < 300000; i++)
		writer_lit(&w, "0123456789");
	writer_flush(&w);
	is_int(writer_close(&w), 0, "close waits");
	waitpid(child, &status, 0);
	is_int(status, 0, "and the reader has all of it");
}

int main(void)
{
	holds();
	sizes();
	full_disk();
	broken_pipe();
	whole_lines();
	shared_fifo();
	nonblocking();
	nonblocking_bound();
	nonblocking_close();
	return tap_end();
}
