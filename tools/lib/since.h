/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SINCE_H
#define SINCE_H

#include <stdbool.h>
#include <stdint.h>

/* A time of day as people say it: "90s", "10m", "24h", "7d" (so long ago), "2026-01-31", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.250+02:00",
 * or a plain number: milliseconds since 1970, as in metadata.lut. *ms: milliseconds since 1970. False: *why says what is wrong. */
bool since_parse(const char *text, int64_t now_ms, int64_t *ms, const char **why);

#endif
