/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ISO_DATE_H
#define ISO_DATE_H

#include "span.h"

#include <stdint.h>

/* "2019-12-03T10:15:30+01:00", "2019-12-03T10:15Z", "2019-12-03T10:15:30.123456789-08": nanoseconds since 1970, of which what is below a
 * millisecond is dropped. An offset is required. What nanoseconds can't count becomes the last one, or the first, that they can. False: no such date. */
bool iso_date(struct span text, int64_t *ns);

#endif
