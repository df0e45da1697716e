/* SPDX-License-Identifier: Apache-2.0 */
/* bare_curl URL CONNECTIONS REQUESTS FILE: libcurl's multi interface and nothing else, what cn-post is measured against. Each connection
 * posts the first line of FILE again and again. Prints requests per second. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t discard(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *first_line(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;

	if (!f || getline(&line, &cap, f) < 0)
		exit(1);
	fclose(f);
	return line;
}

int main(int argc, char **argv)
{
	long connections, todo, done = 0, good = 0;
	struct curl_slist *headers = NULL;
	CURLM *multi;
	char *body;
	double begin;
	int running, left;

	if (argc != 5)
		return 64;
	connections = strtol(argv[2], NULL, 10);
	todo = strtol(argv[3], NULL, 10);
	body = first_line(argv[4]);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	begin = now();
	for (long i = 0; i < connections; i++) {
		CURL *e = curl_easy_init();

		curl_easy_setopt(e, CURLOPT_URL, argv[1]);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, discard);
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, 1000L);
		curl_multi_add_handle(multi, e);
	}
	while (done < todo) {
		CURLMsg *m;

		curl_multi_perform(multi, &running);
		while ((m = curl_multi_info_read(multi, &left))) {
			CURL *e = m->easy_handle;

			good += m->data.result == CURLE_OK;
			done++;
			curl_multi_remove_handle(multi, e);
			if (done + connections <= todo)
				curl_multi_add_handle(multi, e);
			else
				curl_easy_cleanup(e);
		}
		if (done < todo)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("%.0f\n", (double)good / (now() - begin));
	return good != todo;
}
