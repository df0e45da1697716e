/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "local.h"
#include "server.h"
#include "sindex.h"

/* Info requests to as-local: each line that ends is answered by itself, a tab and something, in one line. */

struct settings settings = { .host = "127.0.0.1", .port = 3000, .connections = 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct connection c = { .fd = -1, .peer = "127.0.0.1:1", .local = "127.0.0.1:3000" };
	static const char *const names[] = { "test", "bar" };
	size_t asked = 0, answered = 0;
	char *exact = malloc(size + 1);

	if (!namespaces) {
		store_open(NULL, names, 2);
		sindex_open();
	}
	memcpy(exact, data, size);
	buf_reset(&c.out);
	info_answer(&c, (struct span){ exact, size }, &c.out);
	for (size_t i = 0; i < size; i++)
		asked += data[i] == '\n';
	for (size_t i = 0; i < c.out.n; i++)
		answered += c.out.p[i] == '\n';
	MUST(size == 0 || asked == answered);
	MUST(!c.out.full);
	free(exact);
	return 0;
}
