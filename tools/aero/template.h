/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "buf.h"
#include "record.h"

/* Text with places that a record fills: "https://example.net/{namespace}/{set}?q={bin:qty}". What can stand in braces:
 *	namespace set userKey digest msg gen lut exp	of the metadata
 *	bin:NAME					a bin that is text, a number, true or false
 * and behind a bar what to do when the record has no such thing (a null or a container is none): {set|ignore}. "{{" and "}}" are
 * braces. A digest that is absent is computed when there is a user key. */
enum template_missing {
	TEMPLATE_USE_DIGEST,	/* the digest stands there instead */
	TEMPLATE_FAIL,		/* a failure that may pass */
	TEMPLATE_IGNORE		/* one for good */
};
enum template_use {
	TEMPLATE_TEXT,		/* values as they are */
	TEMPLATE_URL		/* percent-encoded, all but unreserved characters (RFC 3986); "." and ".." are refused before "?" */
};

struct template;

/* By the words of the connectors, "use-digest", "fail" and "ignore"; '_' and '-' are equal, case does not matter. -1 for others. */
int template_missing_of(struct span word);
/* The text is copied. NULL with *why (static text) and *offset when it is no template. */
struct template *template_parse(struct span text, enum template_missing missing, const char **why, size_t *offset);
void template_free(struct template *t);
/* No place in it: the same for every record. */
bool template_fixed(const struct template *t);
/* Append the text for this record. False when something is missing, with *retry as the policy says, *out as before, and *why a text
 * good until the next call. */
bool template_write(struct buf *out, const struct template *t, const struct record *r, enum template_use use, bool *retry,
	const char **why);

#endif
