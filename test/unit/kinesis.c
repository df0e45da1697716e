/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of cn-post-kinesis that talk to nobody: what errors mean, shards, the queue, credentials, bodies and answers. */
#include "../../tools/cn-post-kinesis/credentials.c"
#include "../../tools/cn-post-kinesis/putrecords.c"
#include "../../tools/cn-post-kinesis/queue.c"
#include "../../tools/cn-post-kinesis/shards.c"
#define inner verdict_inner
#include "../../tools/cn-post-kinesis/verdict.c"

#include "tap.h"

#include <unistd.h>

static void test_types(void)
{
	static const struct { const char *type; enum verdict verdict; } cases[] = {
		{ "ProvisionedThroughputExceededException", VERDICT_THROTTLED },
		{ "com.amazonaws.kinesis.v20131202#ProvisionedThroughputExceededException", VERDICT_THROTTLED },
		{ "InternalFailure:http://internal.amazon.com/coral/com.amazon.coral.service/", VERDICT_AGAIN },
		{ "KMSThrottlingException", VERDICT_THROTTLED },
		{ "KMSDisabledException", VERDICT_CONFIG },
		{ "ExpiredTokenException", VERDICT_CREDENTIALS },
		{ "ValidationException", VERDICT_NEVER },
		{ "SerializationException", VERDICT_NEVER },
		{ "ResourceNotFoundException", VERDICT_CONFIG },
		{ "", VERDICT_OK },
		{ "#", VERDICT_OK },
		{ "ValidationExceptio", VERDICT_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_int(verdict_of_type(span_of(cases[i].type)), cases[i].verdict, "type \"%s\"", cases[i].type);
	is_int(verdict_of_type((struct span){ 0 }), VERDICT_OK, "no type");
}

static void test_answers(void)
{
	static const struct { long status; const char *type, *body; enum verdict verdict; } cases[] = {
		{ 200, NULL, "{\"SequenceNumber\":\"49\",\"ShardId\":\"s\"}", VERDICT_OK },
		{ 200, NULL, "{\"FailedRecordCount\":0,\"Records\":[]}", VERDICT_OK },
		{ 200, NULL, "{\"FailedRecordCount\":2}", VERDICT_CONFIG },
		{ 200, NULL, "{\"SequenceNumber\":\"\"}", VERDICT_CONFIG },
		{ 200, NULL, "{\"SequenceNumber\":49}", VERDICT_CONFIG },
		{ 200, NULL, "", VERDICT_CONFIG },
		{ 200, NULL, "<html>", VERDICT_CONFIG },
		{ 200, NULL, "{\"SequenceNumber\":\"49\"", VERDICT_CONFIG },
		{ 200, NULL, "{\"SequenceNumber\":\"49\",\"__type\":\"InternalFailure\"}", VERDICT_AGAIN },
		{ 200, NULL, "{\"__type\":\"a#ProvisionedThroughputExceededException\"}", VERDICT_THROTTLED },
		{ 200, NULL, "{\"__type\":\"New\"}", VERDICT_AGAIN },
		{ 400, NULL, "{\"__type\":\"New\"}", VERDICT_NEVER },
		{ 500, NULL, "{\"SequenceNumber\":\"49\"}", VERDICT_AGAIN },
		{ 302, NULL, "", VERDICT_CONFIG },
		{ 403, "ForbiddenException", "{\"message\":\"Forbidden\"}", VERDICT_CONFIG },
		{ 413, NULL, "", VERDICT_NEVER },
		{ 415, NULL, "", VERDICT_CONFIG },
		{ 429, NULL, "{\"message\":\"Too Many Requests\"}", VERDICT_THROTTLED },
		{ 429, NULL, "{\"message\":\"Limit Exceeded\"}", VERDICT_QUOTA },
		{ 429, "LimitExceededException", "", VERDICT_QUOTA },
		{ 400, "LimitExceededException", "", VERDICT_THROTTLED },
		{ 504, NULL, "{\"message\":\"Endpoint request timed out\"}", VERDICT_AGAIN },
	};
	struct verdict_text text;
	char said[100];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_int(verdict_of_answer(cases[i].status, span_of(cases[i].type), span_of(cases[i].body), &text), cases[i].verdict,
			"%ld %s %s", cases[i].status, cases[i].type ? cases[i].type : "-", cases[i].body);
	verdict_of_answer(400, span_of(NULL), SPAN("{\"__type\":\"n#Bad\",\"message\":\"why\"}"), &text);
	verdict_say(said, sizeof(said), 400, &text);
	is_span(span_of(said), SPAN("Bad: why"), "name and message");
	verdict_say(said, sizeof(said), 502, &(struct verdict_text){ 0 });
	is_span(span_of(said), SPAN("status 502"), "the status alone");
}

static void test_hashes(void)
{
	static const unsigned char example[HASH_SIZE] = { 0x2a, 0x9f, 0x8e, 0x0d, 0xce, 0x3b, 0x66, 0x90, 0x2d, 0x75, 0x42, 0x24, 0x66,
		0x15, 0x01, 0x01 };
	unsigned char hash[HASH_SIZE], all[HASH_SIZE];

	hash_of_key(hash, SPAN("7GuNIoca3f0yU8bTUgVi0W+Xfpc="));
	ok(memcmp(hash, example, HASH_SIZE) == 0, "MD5 of the worked example");
	ok(hash_of_decimal(hash, SPAN("56656032219429058465075178298555040001")) && memcmp(hash, example, HASH_SIZE) == 0, "the same in decimal");
	memset(all, 0xff, HASH_SIZE);
	ok(hash_of_decimal(hash, SPAN("340282366920938463463374607431768211455")) && memcmp(hash, all, HASH_SIZE) == 0, "2^128-1");
	ok(!hash_of_decimal(hash, SPAN("340282366920938463463374607431768211456")), "2^128");
	ok(!hash_of_decimal(hash, SPAN("00")) && !hash_of_decimal(hash, SPAN("")) && !hash_of_decimal(hash, SPAN("-1")), "no hash keys");
}

static void test_shards(void)
{
	struct shards s = { 0 };
	unsigned char low[HASH_SIZE] = { 1 }, middle[HASH_SIZE] = { 5 }, high[HASH_SIZE] = { 9 }, other[HASH_SIZE] = { 200 };
	int64_t until;

	is_int(shards_throttled(&s, middle, SPAN("Rate exceeded"), 1000), 0, "nothing is known of its shard");
	shards_learn(&s, low, SPAN("shardId-1"));
	shards_learn(&s, high, SPAN("shardId-1"));
	shards_learn(&s, other, SPAN("shardId-2"));
	until = shards_throttled(&s, middle, SPAN("Rate exceeded"), 1000);
	ok(until > 1000 && until <= 1100, "between two hashes of the shard: it waits");
	is_int(shards_throttled(&s, low, SPAN("Rate exceeded"), 1001), until, "a second refusal of the same answer is none");
	is_int(shards_until(&s, high, 1001), until, "so does its other hash");
	is_int(shards_until(&s, other, 1001), 0, "the other shard does not");
	is_int(shards_until(&s, high, until), 0, "until then");
	ok(shards_throttled(&s, low, SPAN("for shard shardId-000000000007 in stream x"), 5000) > 5000, "named in the message");
	shards_learn(&s, middle, SPAN("shardId-3"));
	is_int(shards_until(&s, low, 0), 0, "after a split the old range is forgotten");
	shards_free(&s);
	for (int i = 0; i < 100; i++)
		if (back_off(3, 100, 500) < 250 || back_off(3, 100, 500) > 500 || back_off(60, 100, 500) > 500)
			ok(false, "back-off in its bounds");
}

static struct entry *add(struct queue *q, const char *stream, const char *key, int64_t now)
{
	struct entry *e = queue_add(q, span_of(stream), span_of(key), (struct span){ 0 }, SPAN("0123456789"), now);

	e->deadline = now + 1000;
	return e;
}

static struct queue new_queue(size_t batch, bool loose)
{
	struct queue q = { .entries_max = 100, .bytes_max = 10000, .batch_max = batch, .batch_bytes = 1000, .linger = 50, .loose = loose };

	queue_open(&q);
	return q;
}

static void test_order(void)
{
	struct queue q = new_queue(10, false);
	struct entry *a1 = add(&q, "s", "a", 0), *b1 = add(&q, "s", "b", 0), *a2 = add(&q, "s", "a", 0);
	struct batch b, b2;

	ok(queue_take(&q, 0, &b) && b.n == 2 && b.entry[0] == a1 && b.entry[1] == b1, "the first of each key");
	is_int(b.deadline, 1000, "its deadline");
	ok(!queue_take(&q, 10, &b2), "the second of a key is not under way beside the first");
	queue_again(&q, a1, 30, 10);
	queue_done(&q, b1, 10);
	b.stream->calls--;
	ok(!queue_take(&q, 20, &b2), "what failed waits, and holds back its key");
	is_int(queue_due(&q, 20), 30, "until then");
	ok(queue_take(&q, 30, &b) && b.n == 1 && b.entry[0] == a1, "the first again");
	queue_done(&q, a1, 31);
	ok(!queue_take(&q, 31, &b2), "a call is under way: wait for company");
	is_int(queue_due(&q, 31), 81, "as long as --linger");
	b.stream->calls--;
	ok(queue_take(&q, 31, &b) && b.n == 1 && b.entry[0] == a2, "none is under way: at once");
	queue_done(&q, a2, 32);
	is_int(q.entries, 0, "empty");
	is_int(q.keys, 0, "no key is left");
	queue_free(&q);
}

static void test_batches(void)
{
	struct queue q = new_queue(3, false);
	struct entry *e[8];
	struct batch b;
	char name[2] = "a";

	for (int i = 0; i < 8; i++, name[0]++)
		e[i] = add(&q, i == 7 ? "t" : "s", name, 0);
	ok(queue_take(&q, 0, &b) && b.n == 3 && b.entry[2] == e[2], "as many as a call takes");
	ok(queue_take(&q, 0, &b) && b.n == 1 && b.entry[0] == e[7], "then another stream has its turn");
	ok(queue_take(&q, 0, &b) && b.n == 3, "full ones go side by side");
	ok(!queue_take(&q, 0, &b), "a rest does not");
	ok(queue_take(&q, 50, &b) && b.n == 1, "but for so long only");
	queue_free(&q);

	q = new_queue(10, false);
	q.batch_bytes = 25;
	for (name[0] = 'a'; name[0] < 'f'; name[0]++)
		add(&q, "s", name, 0)->alone = name[0] == 'c';
	ok(queue_take(&q, 0, &b) && b.n == 2 && b.bytes == 22, "bytes count too, keys with them");
	b.stream->calls--;
	ok(queue_take(&q, 0, &b) && b.n == 1 && b.entry[0]->alone, "what goes alone");
	b.stream->calls--;
	ok(queue_take(&q, 0, &b) && b.n == 2, "and the rest");
	queue_free(&q);
}

static void test_loose(void)
{
	struct queue q = new_queue(10, true);
	struct entry *a1 = add(&q, "s", "a", 0), *a2 = add(&q, "s", "a", 0), *a3 = add(&q, "s", "a", 0);
	struct batch b;

	ok(queue_take(&q, 0, &b) && b.n == 3, "several of a key");
	queue_done(&q, a1, 1);
	queue_again(&q, a2, 5, 1);
	ok(q.waiting == 0, "the key waits for all of them to come back");
	queue_done(&q, a3, 1);
	b.stream->calls--;
	ok(queue_take(&q, 5, &b) && b.n == 1 && b.entry[0] == a2, "what failed, again");
	queue_free(&q);
}

static void test_expiry(void)
{
	struct queue q = new_queue(1, false);
	struct entry *a1 = add(&q, "s", "a", 0), *b1 = add(&q, "s", "b", 100), *b2 = add(&q, "s", "b", 200);
	struct batch b;

	queue_take(&q, 0, &b);
	is_int(queue_deadline(&q), 1100, "the first deadline of what is not under way");
	ok(queue_expired(&q, 1099) == NULL && queue_expired(&q, 1100) == b1, "and then it is over");
	queue_drop(&q, b1, 1100);
	ok(queue_expired(&q, 1200) == b2, "the next");
	queue_again(&q, a1, 1300, 1200);
	ok(queue_expired(&q, 1200) == a1, "one that waits");
	queue_drop(&q, a1, 1200);
	is_int(q.waiting, 0, "is out of the heap");
	queue_drop(&q, b2, 1200);
	is_int(q.entries + q.keys + q.bytes, 0, "nothing is left");
	ok(!queue_take(&q, 1200, &b), "nothing to do");
	queue_free(&q);
}

/* Random failures, thousands of times: the order of each key holds, nothing is lost, and the books balance. */
static void test_random(void)
{
	struct queue q = new_queue(7, false);
	long next[5] = { 0 }, done[5] = { 0 }, wrong = 0;
	int64_t now = 0;
	struct batch b;

	srandom(5);
	for (int round = 0; round < 20000; round++, now += random() % 20) {
		int k = (int)(random() % 5);
		char key[2] = { (char)('a' + k), 0 };

		if (!queue_full(&q) && round < 15000)
			add(&q, "s", key, now)->tag = (uint64_t)++next[k];
		if (!queue_take(&q, now, &b))
			continue;
		for (int i = 0; i < b.n; i++) {
			k = b.entry[i]->key->text.p[0] - 'a';
			if (random() % 3 == 0) {
				queue_again(&q, b.entry[i], now + random() % 50, now);
				continue;
			}
			wrong += (long)b.entry[i]->tag != ++done[k];
			queue_done(&q, b.entry[i], now);
		}
		b.stream->calls--;
	}
	is_int(wrong, 0, "in order under random failures");
	is_int(q.entries + q.keys + q.waiting + q.bytes, 0, "and empty at the end");
	ok(done[0] == next[0] && done[4] == next[4] && done[0] > 1000, "all of them");
	queue_free(&q);
}

static void test_bodies(void)
{
	struct queue q = new_queue(10, false);
	struct put_result r[2];
	struct buf body = { 0 };
	struct batch b;

	queue_add(&q, SPAN("s"), SPAN("k\"1"), SPAN("12"), SPAN("{}"), 0);
	queue_add(&q, SPAN("s"), SPAN("k2"), (struct span){ 0 }, SPAN(""), 0);
	queue_take(&q, 0, &b);
	ok(putrecords_body(&body, &b), "a body");
	is_span(buf_as_span(&body), SPAN("{\"StreamName\":\"s\",\"Records\":[{\"Data\":\"e30=\",\"PartitionKey\":\"k\\\"1\",\"ExplicitHashKey\":\"12\"},"
		"{\"Data\":\"\",\"PartitionKey\":\"k2\"}]}"), "byte for byte");
	buf_free(&body);
	queue_free(&q);

	ok(putrecords_answer(SPAN("{\"FailedRecordCount\":1,\"Records\":[{\"SequenceNumber\":\"7\",\"ShardId\":\"s1\"},"
		"{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":\"m\"}]}"), 2, r), "an answer");
	ok(span_is(r[0].sequence, "7") && span_is(r[0].shard, "s1") && !r[0].error.p, "one that is in");
	ok(span_is(r[1].error, "InternalFailure") && span_is(r[1].message, "m") && !r[1].sequence.p, "one that is not");
	ok(!putrecords_answer(SPAN("{\"Records\":[{}]}"), 2, r), "too few");
	ok(!putrecords_answer(SPAN("{\"Records\":[{},{},{}]}"), 2, r), "too many");
	ok(!putrecords_answer(SPAN("{\"Records\":[{},{}]"), 2, r), "cut off");
	ok(!putrecords_answer(SPAN("{}"), 2, r), "none");
}

static void test_credentials(void)
{
	struct credentials c = { .source = CREDENTIALS_CONTAINER };
	int64_t now = INT64_C(1700000000000);

	is_int(credentials_time(SPAN("2023-11-14T22:13:20Z")), now, "a time");
	is_int(credentials_time(SPAN("2023-11-14T22:13:20.123Z")), now, "with fractions");
	ok(!credentials_time(SPAN("2023-11-14")) && !credentials_time(SPAN("")) && !credentials_time(SPAN("2023-11-14T22:13:20+02:00")), "no times");
	ok(credentials_take(&c, SPAN("{\"AccessKeyId\":\"I\",\"SecretAccessKey\":\"S/+\",\"Token\":\"T\",\"Expiration\":\"2023-11-14T23:13:20Z\"}"), now),
		"what a container gets");
	ok(!strcmp(c.id, "I") && !strcmp(c.secret, "S/+") && !strcmp(c.token, "T"), "keys");
	is_int(c.refresh_at, now + 55 * 60000, "five minutes before they expire");
	credentials_take(&c, SPAN("{\"AccessKeyId\":\"I\",\"SecretAccessKey\":\"S\",\"Expiration\":\"2023-11-14T22:17:20Z\"}"), now);
	is_int(c.refresh_at, now + 2 * 60000, "short ones at half their time");
	ok(!c.token, "the old token is gone");
	credentials_take(&c, SPAN("{\"AccessKeyId\":\"I\",\"SecretAccessKey\":\"S\",\"Expiration\":\"2023-11-14T22:13:00Z\"}"), now);
	is_int(c.refresh_at, now + 1000, "expired ones not all the time");
	ok(!credentials_take(&c, SPAN("{\"message\":\"no\"}"), now) && !strcmp(c.id, "I"), "no keys: the old ones stay");
	ok(!credentials_take(&c, SPAN("{"), now), "no JSON");
	ok(credentials_url_allowed("https://x.example/") && credentials_url_allowed("http://127.0.0.1:80/x") &&
		credentials_url_allowed("http://169.254.170.2/v2"), "places to ask at");
	ok(!credentials_url_allowed("http://x.example/") && !credentials_url_allowed("http://127.0.0.1.x.example/") &&
		!credentials_url_allowed("file:///etc/passwd") && !credentials_url_allowed("http://localhost@x.example/"), "places not to");
	credentials_free(&c);
}

int main(void)
{
	test_types();
	test_answers();
	test_hashes();
	test_shards();
	test_order();
	test_batches();
	test_loose();
	test_expiry();
	test_random();
	test_bodies();
	test_credentials();
	return tap_end();
}
