/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"
#include "tap.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

static void headers(void)
{
	struct curl_slist *list = fetch_headers();
	struct curl_slist *last;

	is_str(list->data, "Accept:", "libcurl's own Accept is off");
	is_str(list->next->data, "Expect:", "and its Expect");
	ok(fetch_header_add(&list, SPAN("x-a"), SPAN(" b\r\nx-c: d\t")), "a value with line ends is taken");
	last = list->next->next;
	is_str(last->data, "x-a: b  x-c: d", "without them, and trimmed");
	ok(fetch_header_add(&list, SPAN("x-e"), SPAN("")), "an empty value");
	is_str(last->next->data, "x-e;", "is sent as such");
	ok(fetch_header_add(&list, SPAN("x-f"), SPAN("a\0b\x7f""c")), "NUL and DEL");
	is_str(last->next->next->data, "x-f: a b c", "become blanks");
	ok(!fetch_header_add(&list, SPAN("x f"), SPAN("a")), "a name with a blank is refused");
	ok(!fetch_header_add(&list, SPAN("x:f"), SPAN("a")), "a name with a colon");
	ok(!fetch_header_add(&list, SPAN(""), SPAN("a")), "an empty name");
	ok(!fetch_header_add(&list, SPAN("x\r\nb"), SPAN("a")), "a name with line ends");
	curl_slist_free_all(list);
}

static void urls(void)
{
	is_str(fetch_url_wrong("http://127.0.0.1:1/a?b=c"), NULL, "http");
	is_str(fetch_url_wrong("https://example.net"), NULL, "https");
	is_str(fetch_url_wrong("ftp://example.net/"), "not an http or https URL", "ftp");
	is_str(fetch_url_wrong("http://a:b@example.net/"), "secrets don't belong into the URL", "user and password");
	is_str(fetch_url_wrong("/path"), "not a URL", "a path");
	is_str(fetch_url_wrong("http://"), "not a URL", "no host");
	is_str(fetch_url_wrong("http://a b/"), "not a URL", "a blank");
}

/* A server that gives each connection the next of these answers and closes it. */
static int serve(const char *const *answers, pid_t *pid)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		abort();
	*pid = fork();
	if (*pid == 0) {
		for (; *answers; answers++) {
			int c = accept(fd, NULL, NULL);
			char text[4096];

			if (read(c, text, sizeof(text)) < 0 || write(c, *answers, strlen(*answers)) < 0)
				_exit(1);
			shutdown(c, SHUT_WR);
			while (read(c, text, sizeof(text)) > 0)
				;
			close(c);
		}
		_exit(0);
	}
	close(fd);
	return ntohs(a.sin_port);
}

static struct {
	struct fetch_response last;
	char body[64], error[256], type[64];
	unsigned count;
} got;

static void done(struct fetch_request *r, const struct fetch_response *a)
{
	(void)r;
	got.last = *a;
	got.count++;
	snprintf(got.body, sizeof(got.body), "%.*s", SPAN_ARG(a->body));
	snprintf(got.type, sizeof(got.type), "%.*s", SPAN_ARG(a->error_type));
	snprintf(got.error, sizeof(got.error), "%s", a->error ? a->error : "");
}

static void run(struct fetch *f, struct fetch_endpoint *e, struct fetch_request *r)
{
	unsigned before = got.count;

	fetch_start(e, r);
	ok(!fetch_room(e) && fetch_under_way(e) == 1, "one place, and it is taken");
	while (got.count == before) {
		struct pollfd p = { .fd = fetch_fd(f), .events = POLLIN };

		poll(&p, 1, fetch_wait(f));
		fetch_run(f);
	}
	ok(fetch_room(e), "it is free again");
}

static void answers(void)
{
	static const char *const texts[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
		"HTTP/1.1 503 Later\r\nContent-Length: 12\r\nRetry-After: 2\r\nConnection: close\r\n\r\nsomething lo",
		"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nx-amzn-errortype: LimitExceededException:http://x/\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut",
		"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n",
		NULL
	};
	struct fetch_options o = { .connections = 1, .connect_timeout = 1000, .call_timeout = 3000, .body_max = 8 };
	struct fetch_request r = { .headers = fetch_headers(), .body = SPAN("{}"), .done = done };
	struct fetch *f = fetch_open(&o);
	struct fetch_endpoint *e;
	char url[64];
	pid_t pid;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", serve(texts, &pid));
	e = fetch_endpoint(f, url, 0);
	is_str(fetch_endpoint_url(e), url, "an endpoint knows its URL");
	run(f, e, &r);
	is_int(got.last.status, 200, "200");
	is_str(got.body, "hello", "with its body");
	ok(!got.last.cut && got.last.retry_after == -1 && !got.last.error, "and nothing else");
	run(f, e, &r);
	is_int(got.last.status, 503, "503");
	is_int(got.last.retry_after, 2000, "Retry-After in seconds");
	ok(got.last.cut, "a long body is cut");
	is_str(got.body, "somethin", "at the bound");
	run(f, e, &r);
	is_int(got.last.status, 400, "400");
	is_str(got.type, "LimitExceededException", "the error type of AWS, without what follows the colon");
	run(f, e, &r);
	is_int(got.last.status, 0, "an answer that is cut off is none");
	is_str(got.error, "the answer was cut off", "and says so");
	ok(!got.last.refused, "there was a connection");
	r.method = "HEAD";
	run(f, e, &r);
	is_int(got.last.status, 204, "HEAD");
	waitpid(pid, NULL, 0);
	r.method = NULL;
	run(f, e, &r);
	ok(got.last.status == 0 && got.last.refused, "nobody there: refused (%s)", got.error);
	fetch_close(f);
	curl_slist_free_all(r.headers);
}

int main(void)
{
	headers();
	urls();
	answers();
	return tap_end();
}
