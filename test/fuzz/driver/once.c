/* SPDX-License-Identifier: Apache-2.0 */
#include "../fuzz.h"
#include "../../unit/tap.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

/* Runs a fuzz target without a fuzzer, for `make test`: each of its seeds as it is, cut at every byte, and with bytes changed at
 * random but the same in every run. The name of the program says which target it is. */
#define CUTS 400
#define CHANGES 3000

static struct span current;	/* what the target has in hand, for the report of a crash */

static void on_crash(int s)
{
	static const char name[] = "fuzz-crash";
	FILE *f = fopen(name, "wb");

	if (f) {
		fwrite(current.p, 1, current.n, f);
		fclose(f);
		printf("# the input is in %s\nnot ok %u - signal %d\n", name, tap_count + 1, s);
		fflush(stdout);
	}
	signal(s, SIG_DFL);
	raise(s);
}

static void try_one(struct span input)
{
	struct span exact = tap_exact(input);

	current = exact;
	LLVMFuzzerTestOneInput((const uint8_t *)exact.p, exact.n);
	free((void *)(uintptr_t)exact.p);
}

static void change(struct span seed, uint64_t *state)
{
	static const char telling[] = "{}[]\",:\\\0\x7f\x80\xff\xc0""09-eE.u\n";
	char *p = malloc(seed.n + 1);
	size_t n = seed.n;

	memcpy(p, seed.p, seed.n);
	for (uint64_t times = 1 + tap_random(state) % 4; times && n; times--) {
		size_t at = tap_random(state) % n;

		switch (tap_random(state) % 4) {
		case 0:
			p[at] = (char)tap_random(state);
			break;
		case 1:
			p[at] = telling[tap_random(state) % (sizeof(telling) - 1)];
			break;
		case 2:
			p[at] = (char)(p[at] ^ 1 << tap_random(state) % 8);
			break;
		default:
			memmove(p + at, p + at + 1, n - at - 1);
			n--;
		}
	}
	try_one((struct span){ p, n });
	free(p);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	uint64_t state = 1;
	unsigned seeds = 0;
	char path[512];
	struct dirent *d;
	DIR *dir;

	(void)argc;
	signal(SIGABRT, on_crash);
	signal(SIGSEGV, on_crash);
	try_one((struct span){ "", 0 });
	ok(true, "nothing at all");
	snprintf(path, sizeof(path), "test/fixtures/fuzz/%s", name ? name + 1 : argv[0]);
	dir = opendir(path);
	if (!dir) {
		skip("no seeds in %s", path);
		return tap_end();
	}
	while ((d = readdir(dir)) != NULL) {
		struct span seed;
		char file[1024];

		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		seed = tap_file(file);
		try_one(seed);
		for (size_t n = 0; n < seed.n; n += 1 + seed.n / CUTS)
			try_one((struct span){ seed.p, n });
		for (int i = 0; i < CHANGES && seed.n; i++)
			change(seed, &state);
		ok(true, "%s, cut and changed", d->d_name);
		seeds++;
		free((void *)(uintptr_t)seed.p);
	}
	closedir(dir);
	ok(seeds > 0, "there are seeds in %s", path);
	return tap_end();
}
