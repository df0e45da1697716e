/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include "err.h"

#include <gcrypt.h>

/* One-shot hashing of one piece of memory has a short way through libgcrypt; this is room for set, type and almost every key. */
#define TOGETHER 1024

static void start(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	if (!gcry_check_version(GCRYPT_VERSION))
		die(EX_SOFTWARE, "libgcrypt is older than %s", GCRYPT_VERSION);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

void digest_compute(uint8_t digest[DIGEST_SIZE], struct span set, uint8_t particle_type, struct span key)
{
	static bool started;
	unsigned char together[TOGETHER];
	gcry_buffer_t piece[3] = { 0 };

	if (!started) {
		start();
		started = true;
	}
	if (set.n + 1 + key.n <= sizeof(together)) {
		if (set.n)
			memcpy(together, set.p, set.n);
		together[set.n] = particle_type;
		if (key.n)
			memcpy(together + set.n + 1, key.p, key.n);
		gcry_md_hash_buffer(GCRY_MD_RMD160, digest, together, set.n + 1 + key.n);
		return;
	}
	piece[0].data = (void *)(uintptr_t)(set.n ? set.p : "");
	piece[0].len = set.n;
	piece[1].data = &particle_type;
	piece[1].len = 1;
	piece[2].data = (void *)(uintptr_t)(key.n ? key.p : "");
	piece[2].len = key.n;
	if (gcry_md_hash_buffers(GCRY_MD_RMD160, 0, digest, piece, 3))
		die(EX_SOFTWARE, "libgcrypt refuses RIPEMD-160");
}

unsigned digest_partition(const uint8_t digest[DIGEST_SIZE])
{
	return (digest[0] | (unsigned)digest[1] << 8) & 0xfff;
}
