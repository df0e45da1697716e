/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TARGET_H
#define TARGET_H

#include "format_said.h"
#include "post.h"

/* What a record says of its request beside the body, as one run of bytes, so that two records with the same can travel together:
 * nothing at all when the options say it all, else texts that end with NUL: the kind of URL, the method, the URL's text or
 * texts, and names and values of all headers. */
enum target_url { TARGET_FIXED = '-', TARGET_URL = 'U', TARGET_PATH = 'P', TARGET_RESTS = 'R' };

/* What to.http says, raw; absent when it says nothing. */
struct to_http {
	struct span destination, url, path, method, headers;
	struct format_said format;
};

/* A record on its way to be an item. Owns the buffers and keeps them; zero it at the start. */
struct outgoing {
	struct dest *dest;
	struct buf body, target;
	uint64_t key;			/* 0: nothing to keep in order */
	bool not_for_us;
	bool retry;			/* when it fails */
	char why[320];

	struct buf scratch, text;
};

/* False when it can't be done, with why and retry set. */
bool outgoing_make(struct outgoing *out, const struct record *r);
void outgoing_free(struct outgoing *out);

/* Reading a target: the texts one after the other; NULL at the end. */
const char *target_next(const char **p, const char *end);

/* The record's own part: URL, method, headers. */
bool target_make(struct outgoing *out, const struct record *r, const struct to_http *v, enum format format);

#endif
