/* SPDX-License-Identifier: Apache-2.0 */
/* Digests against test/fixtures/digest/vectors. */
#include "tap.h"

#include "digest.h"

static char file_text[65536];

static size_t unhex(char *out, const char *hex)
{
	size_t n = 0;
	unsigned byte;

	for (; hex[0] != '-' && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		out[n++] = (char)byte;
	return n;
}

static void vector(const char *line)
{
	static char set_hex[4096], key_hex[4096], digest_hex[64], set[2048], key[2048];
	unsigned type, partition;
	char want[DIGEST_SIZE + 1];
	uint8_t got[DIGEST_SIZE];
	struct span s, k;

	if (sscanf(line, "%4095s %u %4095s %63s %u", set_hex, &type, key_hex, digest_hex, &partition) != 5) {
		ok(false, "a line of five fields: %s", line);
		return;
	}
	s = tap_exact((struct span){ set, unhex(set, set_hex) });
	k = tap_exact((struct span){ key, unhex(key, key_hex) });
	unhex(want, digest_hex);
	digest_compute(got, s, (uint8_t)type, k);
	ok(memcmp(got, want, DIGEST_SIZE) == 0 && digest_partition(got) == partition, "%.60s", line);
	free((void *)(uintptr_t)s.p);
	free((void *)(uintptr_t)k.p);
}

/* Keys around and beyond the size that is hashed in one piece: whatever the way, a bit more of key is another digest. */
static void long_keys(void)
{
	static char key[4096];
	uint8_t before[DIGEST_SIZE] = { 0 }, one[DIGEST_SIZE], set_and_key[DIGEST_SIZE];

	for (size_t n = 1000; n < 1100; n++) {
		digest_compute(one, SPAN("abc"), 3, (struct span){ key, n });
		if (memcmp(one, before, DIGEST_SIZE) == 0)
			ok(false, "a key of %zu bytes has a digest of its own", n);
		memcpy(before, one, DIGEST_SIZE);
	}
	/* The same bytes in all, once below and once above the limit, cut at other places between set and key. */
	memset(key, 3, sizeof(key));
	for (size_t n = 500; n < 4000; n += 1500) {
		digest_compute(one, (struct span){ key, 10 }, 3, (struct span){ key, n });
		digest_compute(set_and_key, (struct span){ key, n }, 3, (struct span){ key, 10 });
		ok(memcmp(one, set_and_key, DIGEST_SIZE) == 0, "%zu bytes: only the sequence of bytes counts", n + 11);
	}
}

int main(void)
{
	struct span file = tap_file("test/fixtures/digest/vectors");

	snprintf(file_text, sizeof(file_text), "%.*s", SPAN_ARG(file));
	free((void *)(uintptr_t)file.p);
	for (char *line = strtok(file_text, "\n"); line; line = strtok(NULL, "\n"))
		if (line[0] != '#')
			vector(line);
	long_keys();
	return tap_end();
}
