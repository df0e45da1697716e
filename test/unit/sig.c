/* SPDX-License-Identifier: Apache-2.0 */
#include "sig.h"
#include "child.h"
#include "tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

static bool fd_ready(void)
{
	return poll(&(struct pollfd){ .fd = sig_fd(), .events = POLLIN }, 1, 0) > 0;
}

static void twice(const void *p)
{
	sig_init();
	raise(*(const int *)p);
	if (!sig_stop())
		_exit(1);
	raise(SIGTERM);
}

static void ignored(const void *p)
{
	(void)p;
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sig_init();
	raise(SIGINT);
	raise(SIGHUP);
	_exit(sig_stop() || sig_take_hup() || fd_ready() ? 1 : 0);
}

static void interrupts(const void *p)
{
	pid_t parent = getpid(), child;
	bool good;
	char c;
	int fd[2];

	(void)p;
	if (pipe(fd) < 0)
		_exit(2);
	sig_init();
	if ((child = fork()) == 0) {
		while (getppid() == parent) {	/* again and again, until it sits in read */
			kill(parent, SIGUSR1);
			poll(NULL, 0, 10);
		}
		_exit(0);
	}
	good = read(fd[0], &c, 1) < 0 && errno == EINTR && sig_take_usr1();
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(good ? 0 : 1);
}

static void flags(const void *p)
{
	(void)p;
	sig_init();
	if (sig_stop() || sig_take_hup() || sig_take_usr1() || fd_ready())
		_exit(1);
	raise(SIGPIPE);
	raise(SIGHUP);
	if (!fd_ready() || !sig_take_hup() || sig_take_hup() || sig_take_usr1() || sig_stop())
		_exit(2);
	sig_fd_clear();
	if (fd_ready())
		_exit(3);
	for (int i = 0; i < 100000; i++)	/* more than the pipe holds */
		raise(SIGUSR1);
	if (!sig_take_usr1() || sig_take_usr1() || !fd_ready())
		_exit(4);
	sig_fd_clear();
	_exit(fd_ready() ? 5 : 0);
}

int main(void)
{
	struct child c;

	child_run(&c, twice, &(int){ SIGTERM });
	is_int(c.status, 75, "the second SIGTERM gives up");
	child_run(&c, twice, &(int){ SIGINT });
	is_int(c.status, 75, "SIGINT counts like SIGTERM");
	child_run(&c, ignored, NULL);
	is_int(c.status, 0, "what nohup ignores stays ignored");
	child_run(&c, interrupts, NULL);
	is_int(c.status, 0, "a blocking read is interrupted");
	child_run(&c, flags, NULL);
	is_int(c.status, 0, "flags are told once, and the descriptor wakes");
	return tap_end();
}
