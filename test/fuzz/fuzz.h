/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A fuzz target is one file with this function: it takes any bytes, and ends the program when something that must hold does not.
 * `make fuzz` links it with libFuzzer; `make test` with driver/once.c, which runs it on its seeds (test/fixtures/fuzz/NAME). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

#endif
