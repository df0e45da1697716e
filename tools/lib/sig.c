/* SPDX-License-Identifier: Apache-2.0 */
#include "sig.h"
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop, hup, usr1;
static int wake[2] = { -1, -1 };

static void on_signal(int s)
{
	int reason = errno;

	if (s == SIGHUP)
		hup = 1;
	else if (s == SIGUSR1)
		usr1 = 1;
	else if (stop)
		_exit(EX_TEMPFAIL);
	else
		stop = 1;
	if (wake[1] >= 0 && write(wake[1], "", 1) < 0) {
		/* The pipe is full: it is readable already. */
	}
	errno = reason;
}

void sig_init(void)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	struct sigaction a = { .sa_handler = on_signal };

	if (pipe2(wake, O_NONBLOCK | O_CLOEXEC) < 0)
		die(EX_SOFTWARE, "can't make a pipe:");
	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		struct sigaction was;

		/* What a parent such as nohup chose to ignore stays ignored. */
		if (sigaction(caught[i], NULL, &was) == 0 && was.sa_handler == SIG_IGN && caught[i] != SIGTERM)
			continue;
		sigaction(caught[i], &a, NULL);
	}
	a.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &a, NULL);
}

bool sig_stop(void)
{
	return stop;
}

bool sig_take_hup(void)
{
	bool was = hup;

	if (was)
		hup = 0;
	return was;
}

bool sig_take_usr1(void)
{
	bool was = usr1;

	if (was)
		usr1 = 0;
	return was;
}

int sig_fd(void)
{
	return wake[0];
}

void sig_fd_clear(void)
{
	char drain[64];

	while (read(wake[0], drain, sizeof(drain)) > 0)
		;
}
