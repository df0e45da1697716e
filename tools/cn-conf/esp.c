/* SPDX-License-Identifier: Apache-2.0 */
/* The ESP connector's destinations: cn-post, or cn-post-kinesis for one that leads to API Gateway as the Kinesis guide sets it up. */
#include "esp.h"

#include "shell.h"

#include <stdio.h>

/* cn-listen answers after 8 s by itself, and XDR waits for 10. */
#define CALL_MAX 6500
#define LINGER_MAX 4000

static void put_times(struct feed *f, struct buf *b, const struct conf_node *d)
{
	int64_t call = plan_int(d, "call-timeout", 0), connect = plan_int(d, "connect-timeout", 0), ttl = plan_int(d, "connection-ttl", -1);

	if (call > CALL_MAX) {
		plan_note(f->plan, conf_get(d, "call-timeout"), "call-timeout: %d ms here, so that the sender of a record gets its answer "
			"before it sends it again, after 10 s", CALL_MAX);
		call = CALL_MAX;
	}
	if (call)
		shell_number(b, "--call-timeout", call, "ms");
	if (connect)
		shell_number(b, "--connect-timeout", connect > CALL_MAX ? CALL_MAX : connect, "ms");
	if (ttl >= 0)
		shell_number(b, "--connection-ttl", ttl < 1 ? 1 : ttl > 86400000 ? 86400000 : ttl, "ms");
	if (conf_get(d, "max-connections-per-endpoint"))
		shell_number(b, "--connections", plan_int(d, "max-connections-per-endpoint", 1), "");
	if (conf_get(d, "max-request-queued-per-endpoint"))
		shell_number(b, "--queue", plan_int(d, "max-request-queued-per-endpoint", 1), "");
}

/* Numbers, and ranges such as 200..299 or 200-299. */
static bool put_codes(struct plan *p, struct buf *b, const struct conf_node *list)
{
	struct buf codes = { 0 };
	bool good = true;

	for (const struct conf_node *c = plan_first(list); c && good; c = plan_next(list, c)) {
		unsigned from = 0, to = 0;
		int n = 0;

		if (sscanf(c->text.p, "%3u%n", &from, &n) == 1 && !c->text.p[n])
			to = from;
		else if ((sscanf(c->text.p, "%3u..%3u%n", &from, &to, &n) != 2 && sscanf(c->text.p, "%3u-%3u%n", &from, &to, &n) != 2) || c->text.p[n])
			from = 0;
		good = (from >= 100 && to >= from && to <= 599) || conf_fail(p->conf, c, "%s is no status, nor a range of them", c->text.p);
		buf_printf(&codes, to > from ? "%s%u-%u" : "%s%u", codes.n ? "," : "", from, to);
	}
	if (good)
		shell_option(b, "--ok", buf_as_span(&codes));
	buf_free(&codes);
	return good;
}

static bool put_batching(struct feed *f, struct buf *b, const struct conf_node *d)
{
	const struct conf_node *batching = feed_section(f, NULL, NULL, "batching");
	int64_t records = plan_int(batching, "max-records", 100000), bytes = plan_int(batching, "max-bytes", 64 << 20);
	int64_t linger = plan_int(batching, "batch-interval", 8000);

	if (!batching || !plan_bool(batching, "enabled", true))
		return true;
	if (plan_bool(conf_get(d, "headers"), "send-digest-headers", false))
		return conf_fail(f->plan->conf, batching, "batching: a batch has many digests, and send-digest-headers of %s sends one", d->key.p);
	plan_note(f->plan, batching, "batching: a batch is a JSON array of what a record alone would be");
	if (linger > LINGER_MAX) {
		plan_note(f->plan, batching, "batch-interval: %d ms here, so that there is time to send the batch before the records come again",
			LINGER_MAX);
		linger = LINGER_MAX;
	}
	shell_number(b, "--batch", records > 100000 ? 100000 : records, "");
	shell_number(b, "--batch-bytes", bytes > 64 << 20 ? 64 << 20 : bytes, "");
	shell_number(b, "--linger", linger, "ms");
	return true;
}

/* The path of a URL, for the probe. */
static struct span path_of(struct span url)
{
	const char *slashes = memmem(url.p, url.n, "://", 3), *p = slashes ? slashes + 3 : url.p;

	p += strcspn(p, "/?#");
	return *p == '/' ? (struct span){ p, strcspn(p, "?#") } : SPAN("/");
}

static void put_health(struct feed *f, struct buf *b, const struct conf_node *d)
{
	const struct conf_node *check = conf_get(d, "health-check");
	struct span path = f->plan->health_path ? span_of(f->plan->health_path) : path_of(plan_first(conf_get(d, "urls"))->text);

	if (!check || conf_null(check) || !plan_bool(check, "enabled", true))
		return;
	shell_option(b, "--health-check", path);
	if (conf_get(check, "interval-seconds"))
		shell_number(b, "--health-interval", plan_int(check, "interval-seconds", 5), "s");
	if (conf_get(check, "call-timeout"))
		shell_number(b, "--health-timeout", plan_int(check, "call-timeout", 1000), "ms");
	if (conf_get(check, "healthy-threshold"))
		shell_number(b, "--healthy-threshold", plan_int(check, "healthy-threshold", 3), "");
	if (conf_get(check, "unhealthy-threshold"))
		shell_number(b, "--unhealthy-threshold", plan_int(check, "unhealthy-threshold", 3), "");
	if (!f->plan->health_path)
		plan_note(f->plan, check, "health-check of %s: its probe is GET %.*s, which must answer 2xx; --health-path says another path", d->key.p,
			SPAN_ARG(path));
}

static bool check_url(struct plan *p, const struct conf_node *url)
{
	const char *slashes = strstr(url->text.p, "://"), *authority = slashes ? slashes + 3 : url->text.p;

	if (!span_starts(url->text, "http://") && !span_starts(url->text, "https://"))
		return conf_fail(p->conf, url, "%s: a URL begins with http:// or https://", url->text.p);
	if (memchr(authority, '@', strcspn(authority, "/?#")))
		return conf_fail(p->conf, url, "secrets don't belong into a URL: additional-headers with Authorization");
	for (const char *c = url->text.p; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return conf_fail(p->conf, url, "a URL has no blanks and no letters beyond ASCII");
	return true;
}

static bool put_protocol(struct feed *f, struct buf *b, const struct conf_node *d, const struct conf_node *urls)
{
	struct span protocol = plan_text(d, "protocol", "HTTP_2");
	bool tls = span_starts(plan_first(urls)->text, "https://");

	if (!span_is(protocol, "HTTP_2") && !span_is(protocol, "HTTP_1_1"))
		return conf_fail(f->plan->conf, conf_get(d, "protocol"), "protocol is HTTP_1_1 or HTTP_2");
	if (span_is(protocol, "HTTP_1_1"))
		return true;
	if (tls) {
		buf_lit(b, " --http2");
		if (conf_get(d, "http2-max-concurrent-streams"))
			shell_number(b, "--streams", plan_int(d, "http2-max-concurrent-streams", 100), "");
	} else if (conf_get(d, "protocol")) {
		plan_note(f->plan, conf_get(d, "protocol"), "HTTP_2 is spoken with https:// only: this destination gets HTTP/1.1");
	}
	return true;
}

static bool put_post(struct feed *f, struct buf *b, const struct conf_node *d)
{
	const struct conf_node *urls = conf_get(d, "urls"), *tls = conf_get(d, "tls");
	struct span compression = plan_text(d, "compression", "none");

	buf_lit(b, "cn-post");
	if (f->named)
		shell_option(b, "--to", span_of(destination_name(f, d)));
	format_options(b, &f->format);
	if (!put_protocol(f, b, d, urls))
		return false;
	if (!span_is(compression, "none")) {
		if (!span_is(compression, "gzip"))
			return conf_fail(f->plan->conf, conf_get(d, "compression"), "compression is none or gzip");
		buf_lit(b, " --compression gzip");
		if (conf_get(d, "compression-threshold"))
			shell_number(b, "--compression-threshold", plan_int(d, "compression-threshold", 0), "");
	}
	put_times(f, b, d);
	if (conf_get(d, "http-success-status-codes") && !put_codes(f->plan, b, conf_get(d, "http-success-status-codes")))
		return false;
	put_health(f, b, d);
	if (plan_bool(conf_get(d, "headers"), "send-digest-headers", false))
		buf_lit(b, " --send-digest-headers");
	plan_path(f->plan, b, "--ca-file", tls, "ca-file");
	plan_path(f->plan, b, "--cert", tls, "cert-file");
	plan_path(f->plan, b, "--key", tls, "key-file");
	if (!put_batching(f, b, d) || !esp_headers(f, b, d, false))
		return false;
	for (const struct conf_node *u = plan_first(urls); u; u = plan_next(urls, u)) {
		struct buf one = { 0 };

		esp_doubled(&one, u->text);
		shell_add(b, buf_as_span(&one));
		buf_free(&one);
	}
	return true;
}

/* What the guide to Kinesis sets up: the stream's name and the digest are headers, which the gateway's mapping puts into a PutRecord.
 * There an answer of 200 alone is no success, as errors of Kinesis come with it too; cn-post-kinesis looks into the body. */
static bool put_kinesis(struct feed *f, struct buf *b, const struct conf_node *d)
{
	static const char *const unfit[] = { "compression", "http-success-status-codes" };
	const struct conf_node *url = plan_first(conf_get(d, "urls")), *stream = esp_header(d, "streamname"), *key = esp_header(d, "x-api-key");
	const struct conf_node *urls = conf_get(d, "urls"), *check = conf_get(d, "health-check");
	struct buf text = { 0 };

	if (plan_next(urls, url))
		return conf_fail(f->plan->conf, urls, "a destination with the header streamname is API Gateway, which has one URL");
	for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++)
		if (conf_get(d, unfit[i]) && !span_is(plan_text(d, unfit[i], ""), "none"))
			return conf_fail(f->plan->conf, conf_get(d, unfit[i]), "%s: not with API Gateway (the header streamname)", unfit[i]);
	if (!plan_bool(conf_get(d, "headers"), "send-digest-headers", false))
		return conf_fail(f->plan->conf, stream, "the header streamname is for API Gateway, which needs send-digest-headers: true");
	if (plan_bool(feed_section(f, NULL, NULL, "batching"), "enabled", feed_section(f, NULL, NULL, "batching")))
		return conf_fail(f->plan->conf, feed_section(f, NULL, NULL, "batching"), "batching: API Gateway takes one record a request");
	if (strcmp(f->format.mode, "msgpack") == 0)
		return conf_fail(f->plan->conf, d, "message-pack: the gateway's mapping takes text only");
	if (check && plan_bool(check, "enabled", true))
		plan_note(f->plan, check, "health-check is left out: the gateway answers 403 to a probe, and the answers to records tell enough");
	buf_lit(b, "cn-post-kinesis");
	if (f->named)
		shell_option(b, "--to", span_of(destination_name(f, d)));
	shell_option(b, "--gateway", url->text);
	shell_option(b, "--stream", stream->text);
	format_options(b, &f->format);
	put_times(f, b, d);
	plan_path(f->plan, b, "--ca-file", conf_get(d, "tls"), "ca-file");
	if (conf_get(conf_get(d, "tls"), "cert-file"))
		return conf_fail(f->plan->conf, conf_get(conf_get(d, "tls"), "cert-file"), "cert-file: not with API Gateway (the header streamname)");
	if (!esp_headers(f, b, d, true))
		return false;
	if (key) {
		buf_span(&text, key->text);
		buf_byte(&text, '\n');
		esp_file(f, b, "--api-key-file", d, "key", &text);
		buf_free(&text);
	}
	return true;
}

static bool put_sink(struct feed *f, struct buf *b, const struct conf_node *d)
{
	const struct conf_node *urls = conf_get(d, "urls");

	if (!urls)
		return conf_fail(f->plan->conf, d, "the destination %s has no urls", d->key.p);
	for (const struct conf_node *u = plan_first(urls); u; u = plan_next(urls, u)) {
		if (!check_url(f->plan, u))
			return false;
		if (span_starts(u->text, "https://") != span_starts(plan_first(urls)->text, "https://") && conf_get(d, "protocol")
				&& span_is(plan_text(d, "protocol", ""), "HTTP_2"))
			return conf_fail(f->plan->conf, u, "HTTP_2: either all URLs of %s are https:// or none", d->key.p);
	}
	return esp_header(d, "streamname") ? put_kinesis(f, b, d) : put_post(f, b, d);
}

bool esp_sink(struct feed *f, struct buf *b)
{
	struct buf one = { 0 };
	bool good = true;

	if (f->n_used == 1)
		return put_sink(f, b, f->used[0]);
	buf_lit(b, "cn-fan");
	for (unsigned i = 0; i < f->n_used && good; i++) {
		buf_reset(&one);
		good = put_sink(f, &one, f->used[i]);
		buf_printf(b, " %s=", destination_name(f, f->used[i]));
		shell_word(b, buf_as_span(&one));
	}
	buf_free(&one);
	return good;
}
