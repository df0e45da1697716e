/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"
#include "server.h"
#include "err.h"

/* All endpoints, in one table. Literal segments go before variable ones: a row is found before all that stand below it. */

#define KEY (PARAM_KEYTYPE)
#define READ (PARAM_KEYTYPE | PARAM_BASE)
#define READS (PARAM_KEYTYPE | PARAM_BASE | PARAM_BATCH | PARAM_KEYS)
#define WRITE (PARAM_KEYTYPE | PARAM_BASE | PARAM_WRITE)

const struct route route_table[] = {
	{ METHOD_GET, "/v1/kvs/{namespace}/{set}/{key}", READ | PARAM_BINS, kvs_get, 200, BODY_NONE, BODY_RECORD, "Read a record.", 0, false },
	{ METHOD_HEAD, "/v1/kvs/{namespace}/{set}/{key}", KEY, kvs_head, 200, BODY_NONE, BODY_NONE, "Does a record exist?", 0, false },
	{ METHOD_POST, "/v1/kvs/{namespace}/{set}/{key}", WRITE, kvs_write, 201, BODY_BINS, BODY_NONE, "Make a record.",
		COMMAND_CREATE_ONLY, false },
	{ METHOD_PUT, "/v1/kvs/{namespace}/{set}/{key}", WRITE, kvs_write, 204, BODY_BINS, BODY_NONE, "Replace a record.",
		COMMAND_REPLACE_ONLY, false },
	{ METHOD_PATCH, "/v1/kvs/{namespace}/{set}/{key}", WRITE, kvs_write, 204, BODY_BINS, BODY_NONE, "Change bins of a record.",
		COMMAND_UPDATE_ONLY, false },
	{ METHOD_DELETE, "/v1/kvs/{namespace}/{set}/{key}", WRITE, kvs_delete, 204, BODY_NONE, BODY_NONE, "Delete a record.", 0, false },
	{ METHOD_GET, "/v1/kvs/{namespace}/{key}", READ | PARAM_BINS, kvs_get, 200, BODY_NONE, BODY_RECORD, "Read a record without a set.",
		0, false },
	{ METHOD_HEAD, "/v1/kvs/{namespace}/{key}", KEY, kvs_head, 200, BODY_NONE, BODY_NONE, "Does a record without a set exist?", 0, false },
	{ METHOD_POST, "/v1/kvs/{namespace}/{key}", WRITE, kvs_write, 201, BODY_BINS, BODY_NONE, "Make a record without a set.",
		COMMAND_CREATE_ONLY, false },
	{ METHOD_PUT, "/v1/kvs/{namespace}/{key}", WRITE, kvs_write, 204, BODY_BINS, BODY_NONE, "Replace a record without a set.",
		COMMAND_REPLACE_ONLY, false },
	{ METHOD_PATCH, "/v1/kvs/{namespace}/{key}", WRITE, kvs_write, 204, BODY_BINS, BODY_NONE, "Change bins of a record without a set.",
		COMMAND_UPDATE_ONLY, false },
	{ METHOD_DELETE, "/v1/kvs/{namespace}/{key}", WRITE, kvs_delete, 204, BODY_NONE, BODY_NONE, "Delete a record without a set.", 0, false },

	{ METHOD_POST, "/v1/operate/read/{namespace}/{set}", READS, operate_read_v1, 200, BODY_OPERATIONS, BODY_RECORDS,
		"The same read operations on several records.", 0, false },
	{ METHOD_POST, "/v1/operate/read/{namespace}", READS, operate_read_v1, 200, BODY_OPERATIONS, BODY_RECORDS,
		"The same read operations on several records without a set.", 0, false },
	{ METHOD_POST, "/v1/operate/{namespace}/{set}/{key}", WRITE, operate_v1, 200, BODY_OPERATIONS, BODY_RECORD,
		"Several operations on a record at once.", 0, false },
	{ METHOD_POST, "/v1/operate/{namespace}/{key}", WRITE, operate_v1, 200, BODY_OPERATIONS, BODY_RECORD,
		"Several operations on a record without a set at once.", 0, false },
	{ METHOD_POST, "/v2/operate/read/{namespace}/{set}", READS, operate_read_v2, 200, BODY_OPERATIONS_2, BODY_RECORDS_2,
		"The same read operations on several records.", 0, false },
	{ METHOD_POST, "/v2/operate/read/{namespace}", READS, operate_read_v2, 200, BODY_OPERATIONS_2, BODY_RECORDS_2,
		"The same read operations on several records without a set.", 0, false },
	{ METHOD_POST, "/v2/operate/{namespace}/{set}/{key}", WRITE, operate_v2, 200, BODY_OPERATIONS_2, BODY_RECORD_2,
		"Several operations on a record at once.", 0, false },
	{ METHOD_POST, "/v2/operate/{namespace}/{key}", WRITE, operate_v2, 200, BODY_OPERATIONS_2, BODY_RECORD_2,
		"Several operations on a record without a set at once.", 0, false },
	{ METHOD_POST, "/v1/batch", PARAM_BASE | PARAM_BATCH, batch_run, 200, BODY_BATCH, BODY_BATCH_RESULT,
		"Read, write and delete many records, each in its own way.", 0, false },

	{ METHOD_POST, "/v1/info", PARAM_INFO, info_any, 200, BODY_COMMANDS, BODY_INFO, "Ask a node info commands.", 0, false },
	{ METHOD_POST, "/v1/info/{node}", PARAM_INFO, info_node, 200, BODY_COMMANDS, BODY_INFO, "Ask this node info commands.", 0, false },
	{ METHOD_GET, "/v1/cluster", 0, cluster_get, 200, BODY_NONE, BODY_CLUSTER, "Nodes, namespaces and sets.", 0, false },
	{ METHOD_GET, "/v1/index", PARAM_INFO | PARAM_NAMESPACE, index_list, 200, BODY_NONE, BODY_INDEXES, "List secondary indexes.", 0, false },
	{ METHOD_POST, "/v1/index", PARAM_BASE, index_create, 202, BODY_INDEX, BODY_NONE, "Begin to make a secondary index.", 0, false },
	{ METHOD_GET, "/v1/index/{namespace}/{name}", PARAM_INFO, index_stats, 200, BODY_NONE, BODY_INDEX_STATS,
		"Statistics of a secondary index.", 0, false },
	{ METHOD_DELETE, "/v1/index/{namespace}/{name}", PARAM_BASE, index_drop, 202, BODY_NONE, BODY_NONE, "Drop a secondary index.", 0, false },
	{ METHOD_DELETE, "/v1/truncate/{namespace}", PARAM_DATE, truncate_records, 202, BODY_NONE, BODY_NONE,
		"Take all records of a namespace away.", 0, false },
	{ METHOD_DELETE, "/v1/truncate/{namespace}/{set}", PARAM_DATE, truncate_records, 202, BODY_NONE, BODY_NONE,
		"Take all records of a set away.", 0, false },

	{ METHOD_ANY, "/", 0, plain_root, 200, BODY_NONE, BODY_NONE, "Alive: an empty answer.", 0, true },
	{ METHOD_GET, "/actuator/health", 0, plain_health, 200, BODY_NONE, BODY_HEALTH, "Alive; does not look at the cluster.", 0, true },
	{ METHOD_GET, "/v3/api-docs", 0, plain_api, 200, BODY_NONE, BODY_API, "This API as an OpenAPI 3 document.", 0, true },
	{ METHOD_GET, "/swagger-ui.html", 0, plain_swagger, 302, BODY_NONE, BODY_NONE, "Leads to the API document.", 0, true },
	{ 0 }
};
#define ROUTES (sizeof(route_table) / sizeof(*route_table) - 1)

enum variable { LITERAL, NAMESPACE, SET, KEY_TEXT, NAME, MORE };
static struct parsed {
	unsigned n;
	struct span text[SEGMENTS_MAX];
	uint8_t variable[SEGMENTS_MAX];
} parsed[ROUTES];
/* By method and number of segments: the rows to look at, in order. */
static uint8_t rows[METHODS][SEGMENTS_MAX + 1][ROUTES];
static uint8_t n_rows[METHODS][SEGMENTS_MAX + 1];

static const char *const methods[METHODS] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other" };

enum method method_of(const char *text)
{
	int i = 0;

	while (i < METHOD_ANY && strcmp(methods[i], text) != 0)
		i++;
	return (enum method)i;
}

const char *method_text(enum method m)
{
	return methods[m];
}

static uint8_t variable_of(struct span s, bool named)
{
	if (s.n == 0 || s.p[0] != '{')
		return LITERAL;
	return span_is(s, "{namespace}") ? NAMESPACE : span_is(s, "{set}") ? SET : span_is(s, "{key}") ? KEY_TEXT : named ? MORE : NAME;
}

void routes_init(void)
{
	_Static_assert(ROUTES < 256, "numbers of rows fit a byte");
	for (size_t i = 0; i < ROUTES; i++) {
		const struct route *r = &route_table[i];
		struct parsed *p = &parsed[i];
		struct span query;
		bool named = false;

		if (path_split(span_of(r->path), "", p->text, &p->n, &query))
			die(EX_SOFTWARE, "bad route %s", r->path);
		for (unsigned s = 0; s < p->n; s++) {
			p->variable[s] = variable_of(p->text[s], named);
			named |= p->variable[s] == NAME;
		}
		rows[r->method][p->n][n_rows[r->method][p->n]++] = (uint8_t)i;
	}
}

static bool fits(const struct parsed *p, const struct span *segments)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->variable[i] == LITERAL ? !span_eq(p->text[i], segments[i]) : segments[i].n == 0)
			return false;
	return true;
}

static const struct route *find(enum method m, const struct span *segments, unsigned n)
{
	for (unsigned i = 0; i < n_rows[m][n]; i++)
		if (fits(&parsed[rows[m][n][i]], segments))
			return &route_table[rows[m][n][i]];
	return NULL;
}

static const char *allowed(const struct span *segments, unsigned n)
{
	static char text[64];

	text[0] = '\0';
	for (int m = 0; m < METHOD_OPTIONS; m++)
		if (find((enum method)m, segments, n) || (m == METHOD_HEAD && find(METHOD_GET, segments, n))) {
			strcat(text, methods[m]);
			strcat(text, ", ");
		}
	if (!text[0])
		return NULL;
	return strcat(text, "OPTIONS");
}

const struct route *route_find(enum method m, const struct span *segments, unsigned n, const char **allow)
{
	const struct route *r = find(m, segments, n);

	*allow = NULL;
	if (!r && m == METHOD_HEAD)
		r = find(METHOD_GET, segments, n);
	if (!r)
		r = find(METHOD_ANY, segments, n);
	if (!r)
		*allow = allowed(segments, n);
	return r;
}

bool route_segments(struct request *r, const struct span *segments)
{
	const struct parsed *p = &parsed[r->route - route_table];

	for (unsigned i = 0; i < p->n; i++) {
		struct span *const to[] = { NULL, &r->ns, &r->set, &r->key, &r->name, &r->more };

		if (p->variable[i] == LITERAL)
			continue;
		*to[p->variable[i]] = path_decode(&r->arena, segments[i]);
		if (!to[p->variable[i]]->p)
			return false;
	}
	return true;
}
