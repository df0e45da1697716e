/* SPDX-License-Identifier: Apache-2.0 */
#include "client_scan.h"
#include "clock.h"
#include "err.h"
#include "result.h"

#include <stdio.h>
#include <sys/resource.h>

/* bare_scan HOST:PORT NAMESPACE [SET]: a scan whose rows and ops are walked over and counted. Prints "rows/s CPU-microseconds-per-row rows". */
static uint64_t rows, ops;
static int result = 1000;

static bool on_row(struct client_scan *s, const struct scan_row *row)
{
	struct message m = row->m;
	struct message_op op;

	(void)s;
	rows++;
	while (message_next_op(&m, &op))
		ops += op.value.n != 0;
	return true;
}

static void on_done(struct client_scan *s, int code)
{
	(void)s;
	result = code;
}

int main(int argc, char **argv)
{
	struct client_scan scan = { .row = on_row, .done = on_done };
	struct client *client;
	struct rusage u;
	const char *why;
	double seconds;
	int64_t begin;

	err_program(argv[0]);
	if (argc < 3)
		die(EX_USAGE, "usage: bare_scan HOST:PORT NAMESPACE [SET]");
	client = client_open(&(struct client_options){ .seeds = argv[1] }, &why);
	if (!client || !client_connect(client, 5000))
		die(EX_UNAVAILABLE, "%s", client ? client_why(client) : why);
	scan.ns = span_of(argv[2]);
	scan.set = span_of(argv[3]);
	begin = clock_us();
	client_scan(client, &scan);
	while (result == 1000)
		client_wait(client, -1);
	seconds = (double)(clock_us() - begin) / 1e6;
	getrusage(RUSAGE_SELF, &u);
	if (result != RESULT_OK)
		die(EX_UNAVAILABLE, "%s", client_text(result));
	printf("%.0f %.3f %llu\n", (double)rows / seconds,
		((double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec)) / (double)rows,
		(unsigned long long)rows);
	client_close(client);
	return ops ? 0 : EX_DATAERR;
}
