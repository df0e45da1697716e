/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COUNTERS_H
#define COUNTERS_H

/* The counters line that SIGUSR1 and the end print. */
void counters_log(void);

#endif
