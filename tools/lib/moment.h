/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/* A point in time as people give it: "2026-11-27", "2026-11-27T06:00", "...:00", "...:00.123", each with "Z" or "+02:00" behind it, else
 * UTC; milliseconds since 1970; or "-15m", so long before now (units as for opt_ms). Milliseconds since 1970; false when it is
 * none of these. */
bool moment_parse(const char *text, int64_t now, int64_t *ms);

#endif
