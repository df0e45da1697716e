/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);		/* milliseconds of a clock that never goes back: for deadlines */
int64_t clock_us(void);		/* the same in microseconds */
int64_t clock_unix_ms(void);	/* milliseconds since 1970: for what people read */

#endif
