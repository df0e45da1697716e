/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FETCH_H
#define FETCH_H

#include "buf.h"
#include "span.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* HTTP requests, many at a time: libcurl's multi interface on an epoll descriptor that goes into the caller's poll or epoll. One
 * thread, nothing blocks. The caller calls fetch_run when fetch_fd is readable and when fetch_wait says that time is up; that is
 * where done() is called, and there new requests may be started.
 *
 * HTTP/2 is spoken where a TLS endpoint offers it. There is none in clear text: libcurl 7.88 breaks when it uses such a
 * connection again, so http:// is HTTP/1.1. A connection that turns out dead when it is used again is replaced by libcurl by itself,
 * so a request can reach the other side twice. Redirects are not followed, proxies of the environment not used. */
struct fetch;
struct fetch_endpoint;

struct fetch_options {
	bool http2;
	unsigned connections;		/* per endpoint, at most; so many requests at a time over HTTP/1.1 */
	unsigned streams;		/* HTTP/2: requests at a time per connection */
	int64_t connect_timeout;	/* ms */
	int64_t call_timeout;		/* ms, everything from looking up the name to the end of the answer */
	int64_t connection_ttl;		/* ms, 0 for ever: an older connection is not used again (whole seconds, rounded up) */
	size_t body_max;		/* bytes of a response that are kept */
	const char *ca, *cert, *key;	/* PEM files or NULL: the system's CAs; no client certificate; key in the same file */
};

struct fetch_response {
	long status;			/* 0: no whole answer */
	const char *error;		/* then why; good until done() returns */
	bool refused;			/* and there was not even a connection */
	struct span body;		/* its first body_max bytes */
	bool cut;			/* there was more */
	int64_t retry_after;		/* ms, from Retry-After (seconds or a date); -1 when it said nothing */
	struct span error_type;		/* x-amzn-ErrorType up to its ':'; absent for none */
	int64_t took;			/* microseconds */
	CURL *easy;			/* for whatever else is needed: curl_easy_header() */
};

/* All of it is the caller's and stays as it is until done(). */
struct fetch_request {
	const char *method;		/* NULL: POST */
	const char *url;		/* NULL: the endpoint's own */
	struct curl_slist *headers;	/* "Name: value"; from fetch_headers */
	struct span body;
	int64_t timeout;		/* ms instead of call_timeout, 0 for that */
	/* CURLOPT_AWS_SIGV4 and the keys for it; NULL: not signed. libcurl before 8.3 puts headers that are turned off ("Accept:") into the
	 * signature, though they are not sent: such a request's list begins with NULL, not with fetch_headers. */
	const char *sigv4, *userpwd;
	void (*done)(struct fetch_request *r, const struct fetch_response *answer);
	void *ctx;
};

/* Options are copied, their texts are not. Dies when libcurl refuses something (EX_CONFIG). */
struct fetch *fetch_open(const struct fetch_options *o);
void fetch_close(struct fetch *f);	/* requests under way end without done() */
int fetch_fd(const struct fetch *f);
int fetch_wait(const struct fetch *f);	/* ms until fetch_run is due, 0 for now, -1 for never */
void fetch_run(struct fetch *f);

/* A place that requests go to: it bounds how many are under way. url may be NULL when each request brings its own. at_a_time:
 * requests, 0 for what the options say. The text is copied. Closed with the whole. */
struct fetch_endpoint *fetch_endpoint(struct fetch *f, const char *url, unsigned at_a_time);
const char *fetch_endpoint_url(const struct fetch_endpoint *e);
bool fetch_room(const struct fetch_endpoint *e);
unsigned fetch_under_way(const struct fetch_endpoint *e);
/* Only when there is room. The request's own timeout and the URL are taken over now, the rest is only pointed to. */
void fetch_start(struct fetch_endpoint *e, struct fetch_request *r);

/* A list of header lines; headers of libcurl's own that nobody asked for (Accept, Expect) are off in it. Values are cleaned: control
 * bytes become blanks, and blanks at the ends go. False when the name is no token (RFC 9110) or memory is out; *list stays. */
struct curl_slist *fetch_headers(void);
bool fetch_header_add(struct curl_slist **list, struct span name, struct span value);
bool fetch_header_name_valid(struct span name);
/* "Name: value" lines of a file (for secrets); empty lines and such with # do not count. Dies (EX_CONFIG) when it can't. */
void fetch_headers_file(struct curl_slist **list, const char *path);
/* Why this is no URL for us, NULL when it is: http or https, a host, and no user and password, which all could read. */
const char *fetch_url_wrong(const char *url);

#endif
