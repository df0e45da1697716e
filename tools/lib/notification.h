/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFICATION_H
#define NOTIFICATION_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* What arrived over HTTP, as a notification line (cn-lines(5)). Any bytes at all may stand in the three spans. */
struct notification {
	uint64_t id;
	int64_t at;		/* milliseconds since 1970 */
	struct span path;	/* request target with its query */
	struct span type;	/* Content-Type, absent when there was none */
	struct span body;
};

/* Append the line with its '\n':
 *	{"id":17,"at":1700000000123,"path":"/orders","type":"application/json","body":{...}}
 * A body that is JSON stands verbatim in `body`, with line ends between its tokens turned into blanks; JSON is what a JSON
 * Content-Type announces, or what begins with { or [ under a type that is neither octet-stream nor MessagePack, if it is valid. All
 * else becomes base64 in `body64`. Bytes of the path that are not UTF-8 are percent-coded. */
void notification_line(struct buf *out, const struct notification *n);
/* At least as many bytes as the line will have, in constant time. */
size_t notification_size_max(const struct notification *n);

#endif
