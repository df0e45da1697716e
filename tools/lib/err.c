/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "?";

/* A standard stream that is closed would be the number of the next pipe or socket, and lines or logs would go into that. What
 * is put in its place fails when it is used; /dev/full, since /dev/null as standard input says that there are no acks. */
static void fill_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/full", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EX_SOFTWARE);
}

void err_program(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	program = slash ? slash + 1 : argv0;
	fill_standard_streams();
}

const char *err_program_name(void)
{
	return program;
}

static void print(const char *fmt, va_list ap, int reason)
{
	char text[2048];
	size_t n = strlen(fmt);

	vsnprintf(text, sizeof(text), fmt, ap);
	if (n && fmt[n - 1] == ':')
		fprintf(stderr, "%s: %s %s\n", program, text, strerror(reason));
	else
		fprintf(stderr, "%s: %s\n", program, text);
}

void warn(const char *fmt, ...)
{
	int reason = errno;
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap, reason);
	va_end(ap);
	errno = reason;
}

void die(int exit_code, const char *fmt, ...)
{
	int reason = errno;
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap, reason);
	va_end(ap);
	exit(exit_code);
}

void *xmalloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		die(EX_SOFTWARE, "out of memory");
	return p;
}

void *xcalloc(size_t count, size_t n)
{
	void *p = calloc(count ? count : 1, n ? n : 1);

	if (!p)
		die(EX_SOFTWARE, "out of memory");
	return p;
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}
