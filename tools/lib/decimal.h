/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include "buf.h"

/* Decimals as Kafka Connect and Avro carry them: an integer of any length, big-endian two's complement, and a scale: the number is
 * integer * 10^-scale. */
enum decimal_form {
	DECIMAL_TEXT,		/* "5.00" */
	DECIMAL_NUMBER,		/* 5.00 */
	DECIMAL_UNSCALED	/* 500, must fit 64 bits */
};

#define DECIMAL_BYTES_MAX 256
#define DECIMAL_SCALE_MAX 1000

/* Append it as JSON. NULL, or why not (a static text). */
const char *decimal_put(struct buf *out, struct span bytes, int scale, enum decimal_form form);

#endif
