/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_H
#define POLICY_H

#include "buf.h"
#include "span.h"

#include <stdbool.h>
#include <stdint.h>

/* How a record is written: what the options say, over which a line's member `put` goes. */
struct policy {
	uint8_t exists;			/* enum command_exists */
	bool ttl_given;			/* else metadata.exp says */
	uint32_t ttl;			/* seconds or TTL_... */
	bool send_key, durable_delete;
	uint64_t ignore[4];		/* a bit for each result code that counts as done */
};

#define POLICY_EXISTS "update update-only create-only replace replace-only"	/* in the order of enum command_exists */

static inline void policy_ignore(struct policy *p, unsigned code)
{
	p->ignore[code / 64 & 3] |= UINT64_C(1) << code % 64;
}

static inline bool policy_ignores(const struct policy *p, int code)
{
	return code > 0 && code < 256 && p->ignore[code / 64] >> code % 64 & 1;
}

/* put: the raw object. NULL, or why it can't be. */
const char *policy_of_line(struct policy *p, struct span put);

#endif
