/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIP_H
#define SHIP_H

#include <stdint.h>

/* Change notification as servers 4.4 to 4.9 do it: every change is posted to a URL in wire format, one record a request, again and again
 * until the answer is 200; a GET every 5 s asks whether the other side is well, and nothing is shipped while it was not for six times as long. */

/* Start shipping in the server's loop. connections: requests under way at most, 1..32. probe_every: ms between GETs. */
void ship_open(const char *url, unsigned connections, int64_t probe_every);
void ship_close(void);
uint64_t ship_pending(void);	/* changes not yet shipped */

struct ship_counters {
	uint64_t shipped, failed;
};
extern struct ship_counters ship_counters;

#endif
