/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DIGEST_H
#define DIGEST_H

#include "span.h"

#include <stdint.h>

#define DIGEST_SIZE 20

/* RIPEMD-160 over the set name (no bytes when there is none), one byte of particle type and the key's bytes: an integer as 8 bytes
 * big endian, string and blob as they are. The namespace is no part of it. particle_type: PARTICLE_INTEGER, _STRING or _BLOB. */
void digest_compute(uint8_t digest[DIGEST_SIZE], struct span set, uint8_t particle_type, struct span key);
/* 0..4095: the low 12 bits of the first two bytes read as little endian. */
unsigned digest_partition(const uint8_t digest[DIGEST_SIZE]);

#endif
