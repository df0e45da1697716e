/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"
#include "err.h"

static const struct {
	unsigned status;
	const char *text;
	const char *header, *value;
} answers[] = {
	{ 200, "", NULL, NULL },
	{ 400, "400 Bad Request\n", NULL, NULL },
	{ 401, "401 Unauthorized\n", "WWW-Authenticate", "Basic realm=\"notifications\", charset=\"UTF-8\"" },
	{ 403, "403 Forbidden\n", NULL, NULL },
	{ 404, "404 Not Found\n", NULL, NULL },
	{ 405, "405 Method Not Allowed\n", "Allow", "GET, HEAD, POST" },
	{ 413, "413 Content Too Large\n", NULL, NULL },
	{ 500, "500 Internal Server Error\n", NULL, NULL },
	{ 503, "503 Service Unavailable\n", "Retry-After", "1" },
};
#define N_ANSWERS (sizeof(answers) / sizeof(*answers))

static size_t find(unsigned status)
{
	size_t i = 0;

	while (i < N_ANSWERS - 1 && answers[i].status != status)
		i++;
	return i;
}

static struct MHD_Response *make(size_t i, bool close)
{
	const struct span text = span_of(answers[i].text);
	struct MHD_Response *r = MHD_create_response_from_buffer(text.n, (void *)(uintptr_t)text.p, MHD_RESPMEM_PERSISTENT);

	if (!r)
		die(EX_SOFTWARE, "out of memory");
	if (text.n)
		MHD_add_response_header(r, "Content-Type", "text/plain");
	if (answers[i].header)
		MHD_add_response_header(r, answers[i].header, answers[i].value);
	if (close)
		MHD_add_response_header(r, "Connection", "close");
	return r;
}

enum MHD_Result http_answer(struct MHD_Connection *c, unsigned status, bool close)
{
	static struct MHD_Response *shared[N_ANSWERS][2];
	const size_t i = find(status);

	if (!shared[i][close])
		shared[i][close] = make(i, close);
	return MHD_queue_response(c, status, shared[i][close]);
}

enum MHD_Result http_answer_body(struct MHD_Connection *c, unsigned status, const char *type, struct span body)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ok;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	ok = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ok;
}
