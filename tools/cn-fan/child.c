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
#define MARK_SIZE 80

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

/* What all processes of a sink have in their environment, so that they are known for what they are when their parent is dead: we may
 * have children that are none of ours, from before an exec. */
static void mark_of(const struct outlet *o, pid_t us, char mark[MARK_SIZE])
{
	snprintf(mark, MARK_SIZE, "CN_FAN_%ld=%s", (long)us, o->name);
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
	static char mark[MARK_SIZE];
	struct buf command = { 0 };

	mark_of(o, parent, mark);
	putenv(mark);
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

static bool has_mark(pid_t pid, const char *mark)
{
	char path[64], environment[1 << 16];
	size_t n = 0, size = strlen(mark) + 1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(environment, 1, sizeof(environment), f);
	fclose(f);
	return memmem(environment, n, mark, size) != NULL;
}

/* A child that this sink left behind when it died; 0: there is none. Those that have ended are waited for by the way. */
static pid_t leftover(const struct outlet *o)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	char mark[MARK_SIZE];
	long pid, found = 0;

	if (!f)
		return 0;
	mark_of(o, getpid(), mark);
	while (!found && fscanf(f, "%ld", &pid) == 1)
		if (!is_outlet((pid_t)pid) && waitpid((pid_t)pid, NULL, WNOHANG) == 0 && has_mark((pid_t)pid, mark))
			found = pid;
	fclose(f);
	return (pid_t)found;
}

/* Its children become ours in turn. */
static void end_leftovers(const struct outlet *o)
{
	pid_t pid;

	for (int i = 0; i < LEFTOVERS_MAX && (pid = leftover(o)) != 0; i++) {
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
	end_leftovers(o);
	if (WIFSIGNALED(status)) {
		o->code = 128 + WTERMSIG(status);
		snprintf(o->why, sizeof(o->why), "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		o->code = WEXITSTATUS(status);
		snprintf(o->why, sizeof(o->why), "ended with status %d", o->code);
	}
	return true;
}
