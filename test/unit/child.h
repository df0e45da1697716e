/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHILD_H
#define CHILD_H

#include "tap.h"

#include <sys/wait.h>
#include <unistd.h>

/* What a function does to the process, looked at from outside: exit code and output. */
struct child {
	int status;		/* exit code, or minus the signal */
	char out[8192], err[128 << 10];
};

static inline void child_read(int fd, char *to, size_t max)
{
	size_t n = 0;
	ssize_t got;

	lseek(fd, 0, SEEK_SET);
	while (n < max - 1 && (got = read(fd, to + n, max - 1 - n)) > 0)
		n += (size_t)got;
	to[n] = '\0';
	close(fd);
}

/* Run it in a child; 99 when it comes back. */
static inline void child_run(struct child *c, void (*run)(const void *), const void *with)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	if (!out || !err)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		run(with);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	child_read(dup(fileno(out)), c->out, sizeof(c->out));
	child_read(dup(fileno(err)), c->err, sizeof(c->err));
	fclose(out);
	fclose(err);
}

#endif
