/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"
#include "bytes.h"
#include "client.h"
#include "client_message.h"
#include "clock.h"
#include "digest.h"
#include "err.h"
#include "particle.h"
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* client_bench HOST:PORT get|put SECONDS CONNECTIONS IN-FLIGHT [PIPELINE]: small records, as many requests as fit into the time.
 * client_bench HOST:PORT fill COUNT CONNECTIONS IN-FLIGHT [PIPELINE]: so many different records.
 * Prints "requests/s CPU-microseconds-per-request p50-us p99-us requests". */
#define KEYS 100000

struct job {
	struct client_request r;	/* first, so that a request is its job */
	struct buf unit;
	uint8_t digest[DIGEST_SIZE];
	int64_t since;
};

static struct client *client;
static bool puts_it, stopping;
static uint64_t done, failed, fill, filled;
static unsigned open_jobs;
static uint64_t random_state = 1;
static uint64_t histogram[1000000 / 10 + 1];	/* by 10 us */

static void next(struct job *j)
{
	struct command c = { .ns = SPAN("test"), .set = SPAN("bench"), .digest = j->digest, .timeout_ms = 1000 };
	struct command_writer w;
	uint8_t key[8], value[8];

	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	put_be64(key, fill ? filled++ : (random_state >> 33) % KEYS);
	put_be64(value, random_state);
	digest_compute(j->digest, c.set, PARTICLE_INTEGER, (struct span){ (char *)key, 8 });
	buf_reset(&j->unit);
	if (puts_it) {
		command_begin(&w, &j->unit, &c);
		command_put(&w, SPAN("n"), PARTICLE_INTEGER, (struct span){ (char *)value, 8 });
		command_put(&w, SPAN("s"), PARTICLE_STRING, SPAN("small"));
		command_end(&w);
	} else {
		command_get(&j->unit, &c, NULL, 0);
	}
	j->r.unit = buf_as_span(&j->unit);
	j->since = clock_us();
	client_submit(client, &j->r);
}

static void on_done(struct client_request *r, const struct client_reply *reply)
{
	struct job *j = (struct job *)r;
	int64_t took = (clock_us() - j->since) / 10;

	done++;
	histogram[took < 100000 ? took : 100000]++;
	if (reply->code != RESULT_OK && !(reply->code == RESULT_NOT_FOUND && !puts_it))
		if (failed++ == 0)
			fprintf(stderr, "client_bench: %s\n", client_text(reply->code));
	if (stopping || (fill && filled >= fill))
		open_jobs--;
	else
		next(j);
}

static double percentile(double p)
{
	uint64_t want = (uint64_t)((double)done * p), seen = 0;

	for (unsigned i = 0; i <= 100000; i++) {
		seen += histogram[i];
		if (seen >= want)
			return i * 10;
	}
	return 1e6;
}

int main(int argc, char **argv)
{
	struct client_options o = { .connections = 16 };
	struct rusage before, after;
	const char *why;
	unsigned in_flight;
	int64_t begin, end;
	double seconds, cpu;

	err_program(argv[0]);
	if (argc < 6)
		die(EX_USAGE, "usage: client_bench HOST:PORT get|put SECONDS CONNECTIONS IN-FLIGHT [PIPELINE]");
	o.seeds = argv[1];
	puts_it = strcmp(argv[2], "get") != 0;
	fill = strcmp(argv[2], "fill") == 0 ? strtoull(argv[3], NULL, 10) : 0;
	o.connections = (unsigned)atoi(argv[4]);
	in_flight = (unsigned)atoi(argv[5]);
	o.pipeline = argc > 6 ? (unsigned)atoi(argv[6]) : 1;
	client = client_open(&o, &why);
	if (!client)
		die(EX_CONFIG, "%s", why);
	if (!client_connect(client, 5000))
		die(EX_UNAVAILABLE, "%s", client_why(client));
	getrusage(RUSAGE_SELF, &before);
	begin = clock_us();
	end = begin + (int64_t)(atof(argv[3]) * 1e6);
	for (; open_jobs < in_flight; open_jobs++) {
		struct job *j = xcalloc(1, sizeof(*j));

		j->r = (struct client_request){ .ns = SPAN("test"), .digest = j->digest, .write = puts_it, .idempotent = puts_it,
			.total_ms = 5000, .done = on_done };
		next(j);
	}
	while (fill ? open_jobs > 0 : clock_us() < end)
		client_wait(client, 100);
	seconds = (double)(clock_us() - begin) / 1e6;
	getrusage(RUSAGE_SELF, &after);
	cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
		(double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec);
	printf("%.0f %.2f %.0f %.0f %llu\n", (double)done / seconds, cpu / (double)done, percentile(0.5), percentile(0.99),
		(unsigned long long)done);
	stopping = true;
	while (open_jobs)
		client_wait(client, 100);
	client_close(client);
	return failed ? EX_UNAVAILABLE : 0;
}
