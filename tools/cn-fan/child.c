/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks as processes: a shell that runs the command, with a pipe to and one from it. They stay in our process group, so that whoever
 * ends the whole pipeline by its group ends them too. */
#include "fan.h"

#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ACK_LINE_MAX ((size_t)64 << 10)
#define PIPE_SIZE (1 << 20)
#define LEFTOVERS_MAX 1000	/* processes that a dead sink can leave behind: an end to the search for them */

/* Processes whose parent died become ours, so that we can end what a dead sink leaves behind. */
void children_open(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void child_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool in_path(struct span program)
{
	const char *path = getenv("PATH");
	char full[4096];

	if (memchr(program.p, '/', program.n))
		return snprintf(full, sizeof(full), "%.*s", SPAN_ARG(program)) < (int)sizeof(full) && access(full, X_OK) == 0;
	for (const char *p = path ? path : ""; *p; p += strspn(p, ":")) {
		size_t n = strcspn(p, ":");

		if (snprintf(full, sizeof(full), "%.*s/%.*s", (int)n, p, SPAN_ARG(program)) < (int)sizeof(full) && access(full, X_OK) == 0)
			return true;
		p += n;
	}
	return false;
}

/* One program and its words, no list, no pipeline, no assignment before it: then no shell needs to wait for it. */
static bool simple(const char *command)
{
	size_t n = strspn(command, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");

	return n && (!command[n] || command[n] == ' ') && !command[strcspn(command, ";&|()`\n")] && in_path((struct span){ command, n });
}

static _Noreturn void become(const struct outlet *o, int in, int out, pid_t parent)
{
	struct buf command = { 0 };

	/* A sink that outlived us would write old versions behind the new ones that the next start brings. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EX_SOFTWARE);
	buf_printf(&command, "%s%s", simple(o->command) ? "exec " : "", o->command);
	buf_byte(&command, '\0');
	execl("/bin/sh", "sh", "-c", command.p, (char *)NULL);
	_exit(127);
}

bool child_start(struct outlet *o)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, reason;
	pid_t parent = getpid();

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0 || (o->pid = fork()) < 0) {
		reason = errno;
		child_close(&to[0]);
		child_close(&to[1]);
		child_close(&from[0]);
		child_close(&from[1]);
		o->pid = 0;
		errno = reason;
		return false;
	}
	if (o->pid == 0)
		become(o, to[0], from[1], parent);
	close(to[0]);
	close(from[1]);
	o->to = to[1];
	o->from = from[0];
	fcntl(o->to, F_SETFL, O_NONBLOCK);
	fcntl(o->from, F_SETFL, O_NONBLOCK);
	fcntl(o->to, F_SETPIPE_SZ, PIPE_SIZE);
	reader_open(&o->in, o->from, ACK_LINE_MAX);
	return true;
}

static bool is_outlet(pid_t pid)
{
	for (unsigned i = 0; i < fan.options.n; i++)
		if (fan.outlets[i].pid == pid)
			return true;
	return false;
}

/* A child that is no sink is what a sink left behind when it died. 0: there is none. */
static pid_t leftover(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	long pid, found = 0;

	if (!f)
		return 0;
	while (!found && fscanf(f, "%ld", &pid) == 1)
		if (!is_outlet((pid_t)pid))
			found = pid;
	fclose(f);
	return (pid_t)found;
}

/* Its children become ours in turn. */
static void end_leftovers(void)
{
	pid_t pid;

	for (int i = 0; i < LEFTOVERS_MAX && (pid = leftover()) != 0; i++) {
		kill(pid, SIGKILL);
		if (waitpid(pid, NULL, 0) < 0)
			return;
	}
}

bool child_gone(struct outlet *o, bool force)
{
	int status = 0;
	pid_t pid;

	if (force && o->pid > 0)
		kill(o->pid, SIGKILL);
	pid = waitpid(o->pid, &status, WNOHANG);
	if (pid == 0 || (pid < 0 && errno == EINTR))
		return false;
	o->pid = 0;
	end_leftovers();
	if (WIFSIGNALED(status)) {
		o->code = 128 + WTERMSIG(status);
		snprintf(o->why, sizeof(o->why), "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		o->code = WEXITSTATUS(status);
		snprintf(o->why, sizeof(o->why), "ended with status %d", o->code);
	}
	return true;
}
