/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of the bench: libmicrohttpd at its best (one thread, epoll) that reads a request and answers 200 at once, with an
 * empty body or with so many bytes.
 *	bare_mhd PORT [BYTES] */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *ok;

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version,
	const char *data, size_t *size, void **con_cls)
{
	static int seen;

	(void)ctx;
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	if (!*con_cls) {
		*con_cls = &seen;
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	return MHD_queue_response(c, 200, ok);
}

int main(int argc, char **argv)
{
	const uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
	const size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	char *body = calloc(1, size + 1);
	struct MHD_Daemon *d;

	if (!body)
		return 70;
	memset(body, 'x', size);
	ok = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, port, NULL, NULL, handle, NULL,
		MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
	if (!ok || !d) {
		fprintf(stderr, "bare_mhd: can't listen on port %u\n", port);
		return 69;
	}
	for (;;)
		pause();
}
