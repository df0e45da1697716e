/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOCAL_H
#define LOCAL_H

#include <stdint.h>

/* What the command line asks for. */
struct settings {
	const char *host, *data, *ship;
	uint16_t port;
	unsigned connections, ship_connections;
	int64_t ship_probe;	/* ms */
	uint32_t default_ttl;	/* seconds, 0 never */
};
extern struct settings settings;

#define LOCAL_BUILD "8.1.0.3"	/* the server release whose answers are given */

#endif
