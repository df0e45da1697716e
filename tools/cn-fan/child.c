/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks as processes: a shell that runs the command, in a process group of its own, with a pipe to and one from it. */
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

void child_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static _Noreturn void become(const struct outlet *o, int in, int out, pid_t parent)
{
	sigset_t none;

	setpgid(0, 0);
	/* A sink that outlived us would write old versions behind the new ones that the next start brings. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EX_SOFTWARE);
	execl("/bin/sh", "sh", "-c", o->command, (char *)NULL);
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
		errno = reason;
		return false;
	}
	if (o->pid == 0)
		become(o, to[0], from[1], parent);
	setpgid(o->pid, o->pid);	/* both do it, whoever comes first */
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

/* The group is killed as long as the process is not waited for: until then its number can't be another's. */
bool child_gone(struct outlet *o, bool force, int *code, char why[96])
{
	siginfo_t info = { 0 };
	int status;

	if (force)
		kill(-o->pid, SIGKILL);
	if (waitid(P_PID, (id_t)o->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
		return false;
	kill(-o->pid, SIGKILL);
	if (waitpid(o->pid, &status, 0) < 0)
		status = 0;
	if (WIFSIGNALED(status)) {
		*code = 128 + WTERMSIG(status);
		snprintf(why, 96, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else {
		*code = WEXITSTATUS(status);
		snprintf(why, 96, "ended with status %d", *code);
	}
	return true;
}
