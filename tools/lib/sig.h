/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIG_H
#define SIG_H

#include <stdbool.h>

/* Signals as the house does them: the first SIGTERM or SIGINT asks to drain, the second ends the program at once (exit 75);
 * SIGHUP asks to reload; SIGUSR1 to print counters; SIGPIPE is ignored (writes tell). Blocking system calls are interrupted
 * (no SA_RESTART), so loops look at the flags when they see EINTR.
 *
 * A filter in the middle of a ring drains by going on until its input ends: the source is the one who stops. So filters
 * need only call sig_init and look at sig_usr1 and, if they can reload, sig_hup. */
void sig_init(void);
bool sig_stop(void);		/* SIGTERM or SIGINT has come */
bool sig_take_hup(void);	/* SIGHUP has come since the last call */
bool sig_take_usr1(void);
/* A descriptor that becomes readable at every signal, for poll and epoll; sig_fd_clear empties it. */
int sig_fd(void);
void sig_fd_clear(void);

#endif
