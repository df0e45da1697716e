/* SPDX-License-Identifier: Apache-2.0 */
#include "iso_date.h"
#include "result.h"
#include "server.h"
#include "tap.h"

/* as-rest's pure parts: targets, routes, parameters, content types, dates, results. */

static struct arena arena;

static void paths(void)
{
	static const char *const bad[] = { "%2F", "a%2fb", "%00", "%5C", "%", "%2", "%zz", "%ff", "%c3", "a%e2%82" };
	struct span segments[SEGMENTS_MAX], query;
	unsigned n;

	is_int(path_split(SPAN("/v1/kvs/a/b?x=1?2"), "", segments, &n, &query), 0, "a target");
	is_int(n, 4, "its segments");
	is_span(segments[3], SPAN("b"), "the last one");
	is_span(query, SPAN("x=1?2"), "the query");
	path_split(SPAN("/a;x=1/b;/;c"), "", segments, &n, &query);
	is_int(n, 3, "segments with semicolons");
	is_span(segments[0], SPAN("a"), "what follows a semicolon is dropped");
	is_span(segments[2], SPAN(""), "also all of it");
	ok(!query.p, "no query");
	path_split(SPAN("/a%2Fb/c"), "", segments, &n, &query);
	is_int(n, 2, "an escaped slash does not separate");
	is_int(path_split(SPAN("/"), "", segments, &n, &query), 0, "the root");
	is_int(n, 1, "has one segment");
	is_int(path_split(SPAN("a/b"), "", segments, &n, &query), 400, "no slash in front");
	is_int(path_split(SPAN("HTTP://h:1/a/b?c"), "", segments, &n, &query), 0, "the form for proxies");
	is_int(n == 2 && span_is(segments[0], "a") && span_is(query, "c"), 1, "... means its path");
	is_int(path_split(SPAN("http://h"), "", segments, &n, &query), 0, "... and may have none");
	is_int(path_split(SPAN("http://h?c"), "", segments, &n, &query), 400, "... but no query without one");
	is_int(path_split(SPAN("/1/2/3/4/5/6/7/8/9/10/11"), "", segments, &n, &query), 404, "too many segments");
	is_int(path_split(SPAN("/pre/v1"), "/pre", segments, &n, &query), 0, "a prefix");
	is_int(n, 1, "is not counted");
	is_int(path_split(SPAN("/pre"), "/pre", segments, &n, &query), 0, "the prefix alone is the root");
	is_int(path_split(SPAN("/prefix"), "/pre", segments, &n, &query), 404, "a prefix ends at a slash");

	is_span(path_decode(&arena, SPAN("a%7Cb+c")), SPAN("a|b+c"), "escapes; a plus is a plus");
	is_span(path_decode(&arena, SPAN("%C3%BC")), SPAN("\xc3\xbc"), "UTF-8");
	is_span(path_decode(&arena, SPAN("a.b.json")), SPAN("a.b.json"), "dots");
	is_span(path_decode(&arena, SPAN("%3B")), SPAN(";"), "an escaped semicolon");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!path_decode(&arena, span_of(bad[i])).p, "%s is refused", bad[i]);
	is_span(query_decode(&arena, SPAN("a+b%2Bc%2F")), SPAN("a b+c/"), "a plus in a query is a blank");
	ok(!query_decode(&arena, SPAN("a%4")).p, "half an escape in a query");
}

static const struct route *find(enum method m, const char *target, const char **allow)
{
	static struct span segments[SEGMENTS_MAX];
	struct span query;
	unsigned n;

	if (path_split(span_of(target), "", segments, &n, &query))
		return NULL;
	return route_find(m, segments, n, allow);
}

static void routes(void)
{
	const struct route *r;
	const char *allow;

	routes_init();
	r = find(METHOD_GET, "/v1/kvs/ns/set/key", &allow);
	is_str(r ? r->path : "", "/v1/kvs/{namespace}/{set}/{key}", "three segments");
	r = find(METHOD_PUT, "/v1/kvs/ns/key", &allow);
	is_str(r ? r->path : "", "/v1/kvs/{namespace}/{key}", "two segments");
	r = find(METHOD_HEAD, "/v1/kvs/ns/key", &allow);
	ok(r && r->method == METHOD_HEAD, "HEAD of its own");
	r = find(METHOD_HEAD, "/v1/cluster", &allow);
	ok(r && r->method == METHOD_GET, "HEAD of a GET route");
	ok(!find(METHOD_GET, "/v1/kvs//key", &allow) && !allow, "an empty segment is no namespace");
	ok(!find(METHOD_GET, "/v1/cluster/", &allow) && !allow, "a slash at the end");
	ok(!find(METHOD_GET, "/V1/cluster", &allow) && !allow, "case counts");
	ok(!find(METHOD_PUT, "/v1/cluster", &allow), "wrong method");
	is_str(allow, "GET, HEAD, OPTIONS", "what would be right");
	ok(!find(METHOD_OPTIONS, "/v1/index", &allow), "OPTIONS has no row");
	is_str(allow, "GET, HEAD, POST, OPTIONS", "but a list");
	ok(find(METHOD_PATCH, "/", &allow), "the root takes any method");
	for (r = route_table; r->path; r++) {
		struct span segments[SEGMENTS_MAX], query;
		unsigned n;

		path_split(span_of(r->path), "", segments, &n, &query);
		if (route_find(r->method, segments, n, &allow) != r)
			ok(false, "%s is found by its own path", r->path);
	}
}

static const char *parse(struct policy *p, unsigned groups, const char *query)
{
	params_default(p, groups);
	return params_parse(p, &arena, groups, query ? span_of(query) : (struct span){ NULL, 0 });
}

static void parameters(void)
{
	static const struct {
		const char *query, *why;
	} bad[] = {
		{ "totalTimeout=", "Invalid integer value: " }, { "totalTimeout=2147483648", "Invalid integer value: 2147483648" },
		{ "totalTimeout=-2147483649", "Invalid integer value: -2147483649" }, { "totalTimeout=1.5", "Invalid integer value: 1.5" },
		{ "totalTimeout=1+", "Invalid integer value: 1 " }, { "maxRetries=0x1", "Invalid integer value: 0x1" },
		{ "expiration=--1", "Invalid integer value: --1" }, { "replica=master", "Invalid replica: master" },
		{ "replica=", "Invalid replica: " }, { "commitLevel=COMMIT_ALL%20", "Invalid CommitLevel: COMMIT_ALL " },
		{ "keytype=DOUBLE", "Invalid keytype: DOUBLE , valid choices are STRING, INTEGER, BYTES, DIGEST" },
		{ "filterexp=a", "Invalid Filter Expression: a" }, { "filterexp=", "Invalid Filter Expression: " },
		{ "filterexp=+/==", "Invalid Filter Expression:  /==" }, { "%zz=1", "Query is not percent-encoded" },
		{ "generationPolicy=NONE%", "Query is not percent-encoded" },
	};
	const unsigned all = PARAM_BASE | PARAM_WRITE | PARAM_KEYTYPE | PARAM_BINS;
	struct policy p;

	ok(!parse(&p, all, NULL), "no query");
	is_int(p.total_ms, 1000, "total timeout by default");
	is_int(p.max_retries, 0, "writes are not repeated");
	ok(!parse(&p, PARAM_BASE, "") && p.max_retries == 2, "reads are");
	ok(!parse(&p, PARAM_BASE | PARAM_SCAN, "") && p.total_ms == 0, "scans have no time limit");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *why = parse(&p, all, bad[i].query);

		is_str(why ? why : "taken", bad[i].why, "%s", bad[i].query);
	}
	ok(!parse(&p, all, "totalTimeout=-2147483648&socketTimeout=2147483647&expiration=-2&generation=%2B7"), "integers at their ends");
	ok(p.total_ms == INT32_MIN && p.socket_ms == INT32_MAX && p.expiration == -2 && p.generation == 7, "are what they are");
	ok(!parse(&p, PARAM_BASE, "expiration=x&generationPolicy=NOPE&unknown=%41"), "parameters of other groups and unknown ones are passed over");
	ok(!parse(&p, all, "sendKey=TrUe&durableDelete=yes&respondAllOps=1"), "booleans never fail");
	ok(p.send_key && !p.durable && !p.respond_all, "only true is true");
	ok(!parse(&p, all, "recordExistsAction=REPLACE&recordExistsAction=NOPE&&=&a"), "the first one counts");
	is_int(p.exists, COMMAND_REPLACE, "REPLACE");
	ok(!parse(&p, all, "recordBins=a&bins=b&recordBins[]=c,d&recordBins%5B3%5D=e&recordBins[12]=f&recordBins=a"), "a list");
	is_int(p.bins.n, 5, "in its forms; two digits are none of them");
	is_span(p.bins.item[2], SPAN("c,d"), "a comma separates nothing");
	ok(!parse(&p, all, "filterexp=kwGTUQKhYQo"), "a compiled filter without padding");
	is_int(p.filter.n, 8, "its bytes");
	ok(!parse(&p, all, "filterexp=YSA9PSA5OQ=="), "filter text");
	is_span(p.filter, SPAN("\x93\x01\x93\x51\x02\xa1" "a\x63"), "is compiled");
	is_str(parse(&p, all, "filterexp=YSA9OTk="), "Invalid Filter Expression, expected ==, !=, >, >=, < or <= at byte 2: YSA9OTk=",
		"filter text with a fault is told from a compiled filter");
}

static void media(void)
{
	static const struct {
		const char *accept;
		int media;
	} accepts[] = {
		{ NULL, MEDIA_JSON }, { "", MEDIA_JSON }, { "*/*", MEDIA_JSON }, { "application/*", MEDIA_JSON },
		{ "application/json", MEDIA_JSON }, { "application/msgpack", MEDIA_MSGPACK }, { "Application/MsgPack;v=1", MEDIA_MSGPACK },
		{ "text/html", -1 }, { "text/html, */*;q=0.1", MEDIA_JSON }, { "application/json;q=0.5, application/msgpack", MEDIA_MSGPACK },
		{ "application/json;q=0, application/msgpack;q=0.1", MEDIA_MSGPACK }, { "application/json;q=0", -1 },
		{ "application/msgpack, */*", MEDIA_MSGPACK }, { "*/*;q=0", -1 }, { "application/msgpack;q=0.2,*/*;q=0.8", MEDIA_JSON },
		{ ",,;;q=,", -1 },
	};

	is_int(media_type(SPAN("application/json")), MEDIA_JSON, "JSON");
	is_int(media_type(SPAN("application/JSON ; charset=utf-8")), MEDIA_JSON, "with a parameter");
	is_int(media_type(SPAN("application/msgpack")), MEDIA_MSGPACK, "MessagePack");
	is_int(media_type(SPAN("application/x-www-form-urlencoded")), -1, "a form");
	is_int(media_type((struct span){ NULL, 0 }), -1, "nothing");
	for (size_t i = 0; i < sizeof(accepts) / sizeof(*accepts); i++)
		is_int(media_accept(span_of(accepts[i].accept)), accepts[i].media, "Accept: %s", accepts[i].accept ? accepts[i].accept : "(none)");
}

static void dates(void)
{
	static const char *const bad[] = { "", "2019-12-03", "2019-12-03T10:15:30", "2019-13-03T10:15:30Z", "2019-02-29T10:15:30Z", "2019-12-03T24:00:00Z",
		"2019-12-03T10:15:60Z", "2019-12-03 10:15:30Z", "2019-12-03T10:15:30+19:00", "2019-12-03T10:15:30.Z", "2019-12-03T10:15:30ZZ", "January" };
	int64_t ns = 0;

	ok(iso_date(SPAN("1970-01-01T00:00:00Z"), &ns) && ns == 0, "the epoch");
	ok(iso_date(SPAN("2019-12-03T10:15:30+01:00"), &ns), "an offset");
	ok(ns == INT64_C(1575364530) * 1000000000, "is taken off");
	ok(iso_date(SPAN("2019-12-03T10:15:30.123456789-08"), &ns) && ns == INT64_C(1575396930123) * 1000000, "milliseconds");
	ok(iso_date(SPAN("2000-02-29T23:59Z"), &ns) && ns == INT64_C(951868740) * 1000000000, "no seconds, a leap day");
	ok(iso_date(SPAN("2999-01-01T00:00:00Z"), &ns) && ns == INT64_MAX, "beyond what nanoseconds count");
	ok(iso_date(SPAN("0001-01-01T00:00:00Z"), &ns) && ns == INT64_MIN, "and before");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!iso_date(span_of(bad[i]), &ns), "\"%s\" is no date", bad[i]);
}

static void codes(void)
{
	is_int(code_status(RESULT_NOT_FOUND), 404, "not found");
	is_int(code_status(RESULT_RECORD_EXISTS), 409, "exists");
	is_int(code_status(RESULT_RECORD_TOO_BIG), 500, "too big");
	is_int(code_status(CLIENT_UNREACHABLE), 503, "unreachable");
	is_int(code_number(CLIENT_UNREACHABLE), -8, "by the number that clients know");
	is_int(code_number(RESULT_TIMEOUT), RESULT_TIMEOUT, "a server's code stays");
	is_int(code_status(99), 500, "an unknown one");
	is_str(code_text(99), "Result code 99", "has words too");
	is_str(code_text(RESULT_OK), "ok", "as for success");
}

static void numbers(void)
{
	struct span b;
	int64_t n;

	ok(param_integer(SPAN("-9223372036854775808"), INT64_MIN, INT64_MAX, &n) && n == INT64_MIN, "the smallest");
	ok(param_integer(SPAN("+9223372036854775807"), INT64_MIN, INT64_MAX, &n) && n == INT64_MAX, "the largest");
	ok(!param_integer(SPAN("9223372036854775808"), INT64_MIN, INT64_MAX, &n), "one more");
	ok(!param_integer(SPAN("-9223372036854775809"), INT64_MIN, INT64_MAX, &n), "one less");
	ok(!param_integer(SPAN("-"), INT64_MIN, INT64_MAX, &n) && !param_integer(SPAN(" 1"), INT64_MIN, INT64_MAX, &n), "no number");
	b = param_base64url(&arena, SPAN("-_-_"));
	is_span(b, SPAN("\xfb\xff\xbf"), "base64url");
	is_span(param_base64url(&arena, SPAN("AA==")), ((struct span){ "", 1 }), "padding");
	is_span(param_base64url(&arena, SPAN("AA")), ((struct span){ "", 1 }), "or none");
	ok(!param_base64url(&arena, SPAN("A")).p && !param_base64url(&arena, SPAN("AA=")).p && !param_base64url(&arena, SPAN("A+/A")).p &&
		!param_base64url(&arena, SPAN("====")).p, "none of it");
}

int main(void)
{
	paths();
	routes();
	parameters();
	media();
	dates();
	codes();
	numbers();
	arena_free(&arena);
	return tap_end();
}
