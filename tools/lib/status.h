/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stdint.h>

/* A set of HTTP statuses, 100 to 599, from text such as "200-299,404" or "5xx". */
struct status_set {
	uint64_t bits[10];
};

/* Replace what the set holds. "none" and "" are the empty set. False when the text is not of that form; then the set is empty. */
bool status_set_parse(struct status_set *s, const char *text);
static inline bool status_set_has(const struct status_set *s, long status)
{
	return status >= 0 && status < 640 && s->bits[status / 64] >> (status % 64) & 1;
}

/* What a status means to a sink: success, a failure for good, one that may pass. What is in none of the sets may pass; success
 * goes before temporary, and that before permanent. */
enum status_meaning { STATUS_OK, STATUS_PERMANENT, STATUS_TEMPORARY };
struct status_policy {
	struct status_set ok, permanent, temporary;
};
enum status_meaning status_meaning(const struct status_policy *p, long status);

#endif
