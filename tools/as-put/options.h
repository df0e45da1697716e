/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "client.h"

#include <stdint.h>

struct options {
	struct client_options client;	/* its texts are argv's or the environment's, the password is ours */
	const char *ns, *set;		/* go before the metadata; NULL: the metadata's */
	uint8_t exists;			/* enum command_exists */
	uint8_t generation;		/* enum command_generation */
	bool ttl_given;			/* else metadata.exp says */
	uint32_t ttl;			/* seconds or TTL_... */
	bool send_key, durable_delete, verbose;
	bool ignore[256];		/* result codes that count as done */
	size_t window;			/* lines under way at most */
	int64_t timeout;		/* ms for a record, from its line to its answer */
};

/* Options and environment; dies EX_USAGE when they are wrong. */
void options_parse(struct options *o, int argc, char **argv);

#endif
