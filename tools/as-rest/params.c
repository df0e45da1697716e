/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"
#include "client_message.h"
#include "filter_text.h"
#include "server.h"

#include <stdio.h>
#include <strings.h>

#define P (PARAM_BASE)
#define W (PARAM_WRITE)
#define B (PARAM_BATCH)
#define S (PARAM_SCAN)
#define Q (PARAM_QUERY)
#define AT(field) offsetof(struct policy, field)

/* Source: REST gateway reference, section 1.1. */
const struct param param_table[] = {
	{ "keytype", PARAM_KEYTYPE, PARAM_ENUM, AT(keytype), "STRING INTEGER BYTES DIGEST", "Invalid keytype", "STRING",
		"What the key of the path is." },
	{ "recordBins", PARAM_BINS, PARAM_LIST, AT(bins), NULL, NULL, NULL, "Only these bins; repeat the name for each." },
	{ "bins", PARAM_BINS, PARAM_LIST, AT(bins), NULL, NULL, NULL, "The name of recordBins before 1.4." },
	{ "sendKey", P, PARAM_BOOL, AT(send_key), NULL, NULL, "false", "Store and send the user key beside the digest." },
	{ "replica", P, PARAM_ENUM, AT(replica), "MASTER MASTER_PROLES SEQUENCE PREFER_RACK RANDOM", "Invalid replica", "SEQUENCE",
		"Which copy of the record is read." },
	{ "readModeSC", P, PARAM_ENUM, AT(read_sc), "SESSION LINEARIZE ALLOW_REPLICA ALLOW_UNAVAILABLE", "Invalid SC Read Mode", "SESSION",
		"How namespaces of strong consistency are read." },
	{ "readModeAP", P, PARAM_ENUM, AT(read_ap), "ONE ALL", "Invalid AP Read Mode", "ONE",
		"How many copies are asked in other namespaces." },
	{ "totalTimeout", P, PARAM_INT, AT(total_ms), NULL, NULL, "1000", "Milliseconds for everything; 0: no limit." },
	{ "socketTimeout", P, PARAM_INT, AT(socket_ms), NULL, NULL, "30000", "Milliseconds without a byte from the node." },
	{ "sleepBetweenRetries", P, PARAM_INT, AT(sleep_ms), NULL, NULL, "0", "Taken; retries have pauses of their own." },
	{ "maxRetries", P, PARAM_INT, AT(max_retries), NULL, NULL, "2 (writes 0)", "How often a request is sent again." },
	{ "filterexp", P, PARAM_FILTER, AT(filter), NULL, "Invalid Filter Expression", NULL,
		"base64url of filter text or of a compiled filter expression." },
	{ "compress", P, PARAM_BOOL, AT(compress), NULL, NULL, "false", "Taken; traffic to the cluster is not compressed." },
	{ "expiration", W, PARAM_INT, AT(expiration), NULL, NULL, "0", "Seconds to live; 0 the namespace's, -1 never, -2 as it is." },
	{ "generation", W, PARAM_INT, AT(generation), NULL, NULL, "0", "What generationPolicy compares with." },
	{ "generationPolicy", W, PARAM_ENUM, AT(generation_policy), "NONE EXPECT_GEN_EQUAL EXPECT_GEN_GT", "Invalid GenerationPolicy", "NONE",
		"Whether the record's generation must be, or be less than, generation." },
	/* in the order of enum command_exists */
	{ "recordExistsAction", W, PARAM_ENUM, AT(exists), "UPDATE UPDATE_ONLY CREATE_ONLY REPLACE REPLACE_ONLY", "Invalid recordExistsAction",
		"UPDATE (kvs: POST CREATE_ONLY, PUT REPLACE_ONLY, PATCH UPDATE_ONLY)", "What a write does about a record that is there, or not." },
	{ "commitLevel", W, PARAM_ENUM, AT(commit), "COMMIT_ALL COMMIT_MASTER", "Invalid CommitLevel", "COMMIT_ALL",
		"Whether replicas must have a write before it is answered." },
	{ "durableDelete", W, PARAM_BOOL, AT(durable), NULL, NULL, "false", "Leave a tombstone (Enterprise Edition)." },
	{ "respondAllOps", W, PARAM_BOOL, AT(respond_all), NULL, NULL, "false", "One result for each operation." },
	{ "allowInline", B, PARAM_BOOL, AT(allow_inline), NULL, NULL, "true", "Taken: the node decides." },
	{ "allowInlineSSD", B, PARAM_BOOL, AT(allow_inline_ssd), NULL, NULL, "false", "Taken: the node decides." },
	{ "maxConcurrentThreads", B, PARAM_INT, AT(max_threads), NULL, NULL, "1", "Taken: all nodes are asked at once." },
	{ "respondAllKeys", B, PARAM_BOOL, AT(respond_all_keys), NULL, NULL, "true", "Go on after the first record that fails." },
	{ "maxRecords", S | Q, PARAM_LONG, AT(max_records), NULL, NULL, "scan 0, query 10000", "Records at most; 0: no limit." },
	{ "recordsPerSecond", S | Q, PARAM_INT, AT(records_per_second), NULL, NULL, "0", "Records per second and node; 0: no limit." },
	{ "maxConcurrentNodes", S | Q, PARAM_INT, AT(nodes_at_once), NULL, NULL, "0", "Nodes asked at a time; 0: all." },
	{ "concurrentNodes", S, PARAM_BOOL, AT(concurrent_nodes), NULL, NULL, "true", "Ask nodes at the same time." },
	{ "includeBinData", S | Q, PARAM_BOOL, AT(bin_data), NULL, NULL, "true", "Bins too, not only metadata." },
	{ "failOnClusterChange", Q, PARAM_BOOL, AT(fail_on_change), NULL, NULL, "false", "Fail when partitions move meanwhile." },
	{ "shortQuery", Q, PARAM_BOOL, AT(short_query), NULL, NULL, "false", "Expect few records, soon." },
	{ "recordsQueueSize", Q, PARAM_INT, AT(queue_size), NULL, NULL, NULL, "Taken, without effect." },
	{ "getToken", Q, PARAM_BOOL, AT(get_token), NULL, NULL, "false", "Say where to go on." },
	{ "indexName", Q, PARAM_TEXT, AT(index_name), NULL, NULL, NULL, "The secondary index to use." },
	{ "from", S, PARAM_TEXT, AT(from), NULL, NULL, NULL, "The token to go on from." },
	{ "timeout", PARAM_INFO, PARAM_INT, AT(info_ms), NULL, NULL, "1000", "Milliseconds for the answers of nodes." },
	{ "key", PARAM_KEYS, PARAM_LIST, AT(keys), NULL, NULL, NULL, "A key; repeat the name for each." },
	{ "date", PARAM_DATE, PARAM_TEXT, AT(date), NULL, NULL, NULL,
		"ISO 8601 date and time with offset: records last updated before it go; without one, all." },
	{ "namespace", PARAM_NAMESPACE, PARAM_TEXT, AT(ns), NULL, NULL, NULL, "Only indexes of this namespace." },
	{ 0 }
};

void params_default(struct policy *p, unsigned groups)
{
	const bool unlimited = groups & (S | Q);

	*p = (struct policy){
		.replica = REPLICA_SEQUENCE, .total_ms = unlimited ? 0 : 1000, .socket_ms = 30000, .max_retries = groups & W ? 0 : 2,
		.allow_inline = true, .max_threads = 1, .respond_all_keys = true, .concurrent_nodes = true, .bin_data = true,
		.max_records = groups & Q ? 10000 : 0, .info_ms = 1000,
	};
}

int param_word(const char *words, struct span text)
{
	for (int i = 0; *words; i++) {
		size_t n = strcspn(words, " ");

		if (n == text.n && memcmp(words, text.p, n) == 0)
			return i;
		words += n;
		words += *words == ' ';
	}
	return -1;
}

bool param_integer(struct span text, int64_t min, int64_t max, int64_t *n)
{
	const bool minus = text.n && text.p[0] == '-';
	size_t i = text.n && (text.p[0] == '-' || text.p[0] == '+');
	int64_t v = 0;

	if (i == text.n)
		return false;
	for (; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		/* downwards, so that the smallest number has its place */
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, text.p[i] - '0', &v))
			return false;
	}
	if (!minus && __builtin_mul_overflow(v, -1, &v))
		return false;
	*n = v;
	return v >= min && v <= max;
}

static int digit64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

struct span param_base64url(struct arena *arena, struct span text)
{
	const struct span none = { NULL, 0 };
	const size_t size = text.n;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	char *to;
	size_t n = 0;

	while (text.n && text.n > size - 2 && size % 4 == 0 && text.p[text.n - 1] == '=')
		text.n--;
	if (text.n % 4 == 1)
		return none;
	to = arena_take(arena, text.n + 1);
	if (!to)
		return none;
	for (size_t i = 0; i < text.n; i++) {
		int d = digit64(text.p[i]);

		if (d < 0)
			return none;
		bits = bits << 6 | (uint32_t)d;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			to[n++] = (char)(bits >> n_bits);
		}
	}
	return (struct span){ to, n };
}

bool param_filter(struct arena *arena, struct span text, struct span *filter, const char **why)
{
	struct buf compiled = { .max = 1 << 20 };
	const char *fault;
	size_t offset;

	*why = NULL;
	*filter = param_base64url(arena, text);
	if (!filter->p || filter->n == 0)
		return false;
	if (filter_text(&compiled, *filter, &fault, &offset)) {
		*filter = arena_copy(arena, buf_as_span(&compiled));
	} else if ((signed char)filter->p[0] >= 0) {
		/* An expression is a MessagePack list, hardly ever a bare value: this is text with a fault. */
		char *words = arena_take(arena, 128);

		if (words)
			snprintf(words, 128, "Invalid Filter Expression, %s at byte %zu", fault, offset);
		*why = words;
		*filter = (struct span){ NULL, 0 };
	}
	buf_free(&compiled);
	return filter->p;
}

static const char *wrong(struct arena *arena, const char *what, struct span value, const char *tail)
{
	struct buf b = { .max = 1 << 20 };
	struct span text;

	buf_printf(&b, "%s: ", what);
	buf_span(&b, value);
	buf_printf(&b, "%s", tail);
	buf_byte(&b, '\0');
	text = b.full ? (struct span){ NULL, 0 } : arena_copy(arena, buf_as_span(&b));
	buf_free(&b);
	return text.p ? text.p : what;
}

static const char *add(struct arena *arena, struct param_list *l, struct span value)
{
	if (l->n == l->cap) {
		const unsigned cap = l->cap ? 2 * l->cap : 8;
		struct span *more = arena_take(arena, cap * sizeof(*more));

		if (!more)
			return "Too many values";
		if (l->n)
			memcpy(more, l->item, l->n * sizeof(*more));
		l->item = more;
		l->cap = cap;
	}
	l->item[l->n++] = value;
	return NULL;
}

static const char *take(struct policy *p, struct arena *arena, const struct param *row, struct span value)
{
	void *at = (char *)p + row->at;
	const char *why;
	int64_t n;

	switch (row->type) {
	case PARAM_BOOL:
		*(bool *)at = value.n == 4 && strncasecmp(value.p, "true", 4) == 0;
		if (row->at == AT(send_key))
			p->send_key_set = true;
		break;
	case PARAM_INT:
		if (!param_integer(value, INT32_MIN, INT32_MAX, &n))
			return wrong(arena, "Invalid integer value", value, "");
		*(int32_t *)at = (int32_t)n;
		if (row->at == AT(max_retries))
			p->max_retries_set = true;
		break;
	case PARAM_LONG:
		if (!param_integer(value, INT64_MIN, INT64_MAX, at))
			return wrong(arena, "Invalid long value", value, "");
		break;
	case PARAM_ENUM:
		n = param_word(row->words, value);
		if (n < 0)
			return wrong(arena, row->wrong, value, row->at == AT(keytype) ?
				" , valid choices are STRING, INTEGER, BYTES, DIGEST" : "");
		*(uint8_t *)at = (uint8_t)n;
		break;
	case PARAM_TEXT:
		*(struct span *)at = value;
		break;
	case PARAM_FILTER:
		if (!param_filter(arena, value, at, &why))
			return wrong(arena, why ? why : row->wrong, value, "");
		break;
	case PARAM_LIST:
		return add(arena, at, value);
	}
	return NULL;
}

/* "recordBins[]" and "recordBins[3]" are forms of a list's name. */
static struct span without_brackets(struct span name)
{
	if (name.n > 2 && name.p[name.n - 1] == ']') {
		if (name.p[name.n - 2] == '[')
			name.n -= 2;
		else if (name.n > 3 && name.p[name.n - 3] == '[' && name.p[name.n - 2] >= '0' && name.p[name.n - 2] <= '9')
			name.n -= 3;
	}
	return name;
}

static const struct param *find(unsigned groups, struct span name, struct span list_name)
{
	for (const struct param *row = param_table; row->name; row++)
		if (row->groups & groups && span_is(row->type == PARAM_LIST ? list_name : name, row->name))
			return row;
	return NULL;
}

const char *params_parse(struct policy *p, struct arena *arena, unsigned groups, struct span query)
{
	uint64_t seen = 0;

	_Static_assert(sizeof(param_table) / sizeof(*param_table) <= 64, "a bit for each row");
	while (query.n) {
		const char *end = memchr(query.p, '&', query.n), *equals;
		struct span pair = { query.p, end ? (size_t)(end - query.p) : query.n }, name, value;
		const struct param *row;
		const char *why;

		query.p += pair.n + (end != NULL);
		query.n -= pair.n + (end != NULL);
		equals = pair.n ? memchr(pair.p, '=', pair.n) : NULL;
		name = query_decode(arena, (struct span){ pair.p, equals ? (size_t)(equals - pair.p) : pair.n });
		value = equals ? query_decode(arena, (struct span){ equals + 1, pair.n - (size_t)(equals + 1 - pair.p) }) : SPAN("");
		if (!name.p || !value.p)
			return "Query is not percent-encoded";
		row = find(groups, name, without_brackets(name));
		if (!row || (row->type != PARAM_LIST && seen >> (row - param_table) & 1))
			continue;
		seen |= UINT64_C(1) << (row - param_table);
		why = take(p, arena, row, value);
		if (why)
			return why;
	}
	return NULL;
}
