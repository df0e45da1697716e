/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "ops.h"

#include <stdio.h>

/* Documents made of the tables: OpenAPI for clients, mdoc for the man page. */

/* The schema of each body. Source: REST gateway reference, sections 1, 4 and 5. */
static const struct {
	const char *name, *schema;
} bodies[BODY_KINDS] = {
	[BODY_BINS] = { "Bins", "{\"type\":\"object\",\"additionalProperties\":{},\"example\":{\"name\":\"Ada\",\"year\":1815}}" },
	[BODY_RECORD] = { "Record", "{\"type\":\"object\",\"properties\":{\"generation\":{\"type\":\"integer\",\"format\":\"int32\"},"
		"\"ttl\":{\"type\":\"integer\",\"format\":\"int32\"},\"bins\":{\"type\":\"object\",\"nullable\":true,\"additionalProperties\":{}}}}" },
	[BODY_OPERATIONS] = { "Operations", NULL },	/* these come from the catalogue, with the schemas of all operations */
	[BODY_OPERATIONS_2] = { "OperationsV2", NULL },
	[BODY_RECORD_2] = { "RecordV2", "{\"type\":\"object\",\"properties\":{\"record\":{\"$ref\":\"#/components/schemas/Record\"}}}" },
	[BODY_RECORDS] = { "Records", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Record\"}}" },
	[BODY_RECORDS_2] = { "RecordsV2", "{\"type\":\"object\",\"properties\":{\"records\":{\"$ref\":\"#/components/schemas/Records\"}}}" },
	[BODY_BATCH] = { "Batch", "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"type\",\"key\"],\"properties\":{\"type\":"
		"{\"type\":\"string\",\"enum\":[\"READ\",\"WRITE\",\"DELETE\",\"UDF\"]},\"key\":{\"$ref\":\"#/components/schemas/Key\"},\"policy\":"
		"{\"type\":\"object\"},\"readAllBins\":{\"type\":\"boolean\"},\"binNames\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"opsList\":"
		"{\"$ref\":\"#/components/schemas/OperationListV2\"},\"packageName\":{\"type\":\"string\"},\"functionName\":{\"type\":\"string\"},"
		"\"functionArgs\":{\"type\":\"array\",\"items\":{}}}}}" },
	[BODY_BATCH_RESULT] = { "BatchResult", "{\"type\":\"object\",\"properties\":{\"batchRecords\":{\"type\":\"array\",\"items\":"
		"{\"type\":\"object\",\"properties\":{\"resultCode\":{\"type\":\"integer\"},\"resultCodeString\":{\"type\":\"string\"},\"record\":"
		"{\"$ref\":\"#/components/schemas/Record\"},\"key\":{\"$ref\":\"#/components/schemas/Key\"},\"inDoubt\":{\"type\":\"boolean\"}}}}}}" },
	[BODY_COMMANDS] = { "InfoCommands", "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"example\":[\"build\",\"namespaces\"]}" },
	[BODY_INFO] = { "InfoAnswers", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}" },
	[BODY_CLUSTER] = { "Cluster", "{\"type\":\"object\",\"properties\":{\"nodes\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
		"\"properties\":{\"name\":{\"type\":\"string\"}}}},\"namespaces\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":"
		"{\"name\":{\"type\":\"string\"},\"sets\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
		"\"string\"},\"objectCount\":{\"type\":\"integer\",\"format\":\"int64\"}}}}}}}}}" },
	[BODY_INDEX] = { "Index", "{\"type\":\"object\",\"required\":[\"namespace\",\"name\",\"bin\",\"type\"],\"properties\":{\"namespace\":"
		"{\"type\":\"string\"},\"set\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"bin\":{\"type\":\"string\"},\"type\":{\"type\":"
		"\"string\",\"enum\":[\"NUMERIC\",\"STRING\",\"GEO2DSPHERE\",\"BLOB\"]},\"collection_type\":{\"type\":\"string\",\"enum\":[\"DEFAULT\","
		"\"LIST\",\"MAPKEYS\",\"MAPVALUES\"]}}}" },
	[BODY_INDEXES] = { "Indexes", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Index\"}}" },
	[BODY_INDEX_STATS] = { "IndexStatistics", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}" },
	[BODY_HEALTH] = { "Health", "{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\"}}}" },
	[BODY_API] = { "Api", "{\"type\":\"object\"}" },
};

#define ERROR_SCHEMA "{\"type\":\"object\",\"required\":[\"message\",\"inDoubt\"],\"properties\":{\"message\":{\"type\":\"string\"},\"inDoubt\":" \
	"{\"type\":\"boolean\"},\"internalErrorCode\":{\"type\":\"integer\"}}}"

#define KEY_SCHEMA "{\"type\":\"object\",\"required\":[\"namespace\",\"userKey\"],\"properties\":{\"namespace\":{\"type\":\"string\"},\"setName\":" \
	"{\"type\":\"string\"},\"keytype\":{\"type\":\"string\",\"enum\":[\"STRING\",\"INTEGER\",\"BYTES\",\"DIGEST\"]},\"userKey\":{\"oneOf\":" \
	"[{\"type\":\"string\"},{\"type\":\"integer\",\"format\":\"int64\"}]}}}"

/* ---- OpenAPI ---- */

static void put_text(struct answer *a, const char *name, const char *text)
{
	answer_key(a, span_of(name));
	answer_text(a, span_of(text));
}

static void put_content(struct answer *a, const char *schema, bool document)
{
	static const char *const types[] = { "application/json", "application/msgpack" };

	answer_key(a, SPAN("content"));
	answer_map(a, 2);
	for (int i = 0; i < (document ? 1 : 2); i++) {
		struct buf ref = { 0 };

		buf_printf(&ref, "{\"$ref\":\"#/components/schemas/%s\"}", schema);
		answer_key(a, span_of(types[i]));
		answer_map(a, 1);
		answer_key(a, SPAN("schema"));
		answer_raw(a, buf_as_span(&ref));
		answer_map_end(a);
		buf_free(&ref);
	}
	answer_map_end(a);
}

static void put_parameter(struct answer *a, const char *name, const char *in, const char *help)
{
	answer_map(a, 5);
	put_text(a, "name", name);
	put_text(a, "in", in);
	answer_key(a, SPAN("required"));
	answer_bool(a, strcmp(in, "path") == 0);
	if (help)
		put_text(a, "description", help);
	answer_key(a, SPAN("schema"));
}

static void put_words(struct answer *a, const char *words)
{
	answer_key(a, SPAN("enum"));
	answer_list(a, 0);
	while (*words) {
		size_t n = strcspn(words, " ");

		answer_text(a, (struct span){ words, n });
		words += n + (words[n] == ' ');
	}
	answer_list_end(a);
}

static void put_row(struct answer *a, const struct param *p)
{
	static const char *const types[] = { "boolean", "integer", "integer", "string", "string", "string", "array" };
	char help[300];

	snprintf(help, sizeof(help), "%s%s%s", p->help, p->standard ? " Default: " : "", p->standard ? p->standard : "");
	put_parameter(a, p->name, "query", help);
	answer_map(a, 2);
	put_text(a, "type", types[p->type]);
	if (p->type == PARAM_INT || p->type == PARAM_LONG)
		put_text(a, "format", p->type == PARAM_INT ? "int32" : "int64");
	if (p->type == PARAM_LIST) {
		answer_key(a, SPAN("items"));
		answer_raw(a, SPAN("{\"type\":\"string\"}"));
	}
	if (p->words)
		put_words(a, p->words);
	answer_map_end(a);
	answer_map_end(a);
}

static void put_parameters(struct answer *a, const struct route *r)
{
	answer_key(a, SPAN("parameters"));
	answer_list(a, 0);
	for (const char *p = strchr(r->path, '{'); p; p = strchr(p, '{')) {
		const char *end = strchr(p, '}');
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(end - p - 1), p + 1);
		put_parameter(a, name, "path", NULL);
		answer_raw(a, SPAN("{\"type\":\"string\"}"));
		answer_map_end(a);
		p = end;
	}
	for (const struct param *p = param_table; p->name; p++)
		if (p->groups & r->params)
			put_row(a, p);
	answer_list_end(a);
}

/* "/v1/kvs/..." belongs to kvs. */
static void put_tag(struct answer *a, const char *path)
{
	const char *from = path[1] == 'v' ? strchr(path + 1, '/') + 1 : path + 1;

	answer_key(a, SPAN("tags"));
	answer_list(a, 1);
	answer_text(a, (struct span){ from, strcspn(from, "/") });
	answer_list_end(a);
}

static void put_route(struct answer *a, const struct route *r)
{
	static const char *const verbs[] = { "get", "head", "post", "put", "patch", "delete" };
	char status[8];

	snprintf(status, sizeof(status), "%u", r->success);
	answer_key(a, span_of(verbs[r->method]));
	answer_map(a, 5);
	put_tag(a, r->path);
	put_text(a, "summary", r->summary);
	put_parameters(a, r);
	if (r->takes != BODY_NONE) {
		answer_key(a, SPAN("requestBody"));
		answer_map(a, 2);
		answer_key(a, SPAN("required"));
		answer_bool(a, true);
		put_content(a, bodies[r->takes].name, false);
		answer_map_end(a);
	}
	answer_key(a, SPAN("responses"));
	answer_map(a, 2);
	answer_key(a, span_of(status));
	answer_map(a, 2);
	put_text(a, "description", "Done.");
	if (r->gives != BODY_NONE)
		put_content(a, bodies[r->gives].name, r->gives == BODY_API);
	answer_map_end(a);
	answer_key(a, SPAN("default"));
	answer_map(a, 2);
	put_text(a, "description", "An error.");
	put_content(a, "RestError", false);
	answer_map_end(a);
	answer_map_end(a);
	answer_map_end(a);
}

static bool first_of_path(const struct route *r)
{
	for (const struct route *other = route_table; other < r; other++)
		if (strcmp(other->path, r->path) == 0)
			return false;
	return r->method < METHOD_ANY;
}

static void put_paths(struct answer *a)
{
	answer_key(a, SPAN("paths"));
	answer_map(a, 0);
	for (const struct route *r = route_table; r->path; r++) {
		if (!first_of_path(r))
			continue;
		answer_key(a, span_of(r->path));
		answer_map(a, 0);
		for (const struct route *same = r; same->path; same++)
			if (strcmp(same->path, r->path) == 0)
				put_route(a, same);
		answer_map_end(a);
	}
	answer_map_end(a);
}

static void put_components(struct answer *a)
{
	answer_key(a, SPAN("components"));
	answer_map(a, 2);
	answer_key(a, SPAN("securitySchemes"));
	answer_raw(a, SPAN("{\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"}}"));
	answer_key(a, SPAN("schemas"));
	answer_map(a, 0);
	for (int i = BODY_NONE + 1; i < BODY_KINDS; i++) {
		if (!bodies[i].schema)
			continue;
		answer_key(a, span_of(bodies[i].name));
		answer_raw(a, span_of(bodies[i].schema));
	}
	answer_key(a, SPAN("Key"));
	answer_raw(a, SPAN(KEY_SCHEMA));
	ops_schemas(a);
	answer_key(a, SPAN("RestError"));
	answer_raw(a, SPAN(ERROR_SCHEMA));
	answer_map_end(a);
	answer_map_end(a);
}

struct span docs_api(const char *prefix)
{
	static struct buf text;
	struct answer a = { .out = &text };

	if (text.n)
		return buf_as_span(&text);
	answer_map(&a, 5);
	put_text(&a, "openapi", "3.0.1");
	answer_key(&a, SPAN("info"));
	answer_map(&a, 2);
	put_text(&a, "title", "Aerospike REST gateway");
	put_text(&a, "version", VERSION);
	answer_map_end(&a);
	if (*prefix) {
		answer_key(&a, SPAN("servers"));
		answer_list(&a, 1);
		answer_map(&a, 1);
		put_text(&a, "url", prefix);
		answer_map_end(&a);
		answer_list_end(&a);
	}
	answer_key(&a, SPAN("security"));
	answer_raw(&a, SPAN("[{},{\"basic\":[]}]"));
	put_paths(&a);
	put_components(&a);
	answer_map_end(&a);
	return buf_as_span(&text);
}

/* ---- mdoc, for the man page ---- */

static const struct {
	unsigned group;
	char letter;
} letters[] = {
	{ PARAM_KEYTYPE, 'K' }, { PARAM_BASE, 'P' }, { PARAM_WRITE, 'W' }, { PARAM_BATCH, 'B' }, { PARAM_SCAN, 'S' }, { PARAM_QUERY, 'Q' },
	{ PARAM_INFO, 'I' }, { PARAM_BINS, 'b' }, { PARAM_KEYS, 'k' }, { PARAM_DATE, 'd' }, { PARAM_NAMESPACE, 'n' },
};

static const char *groups_text(unsigned groups)
{
	static char text[16];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
		if (groups & letters[i].group)
			text[n++] = letters[i].letter;
	text[n] = '\0';
	return text;
}

static void print_routes(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct route *r = route_table; r->path; r++) {
		const char *groups = groups_text(r->params);

		printf(".It %s Pa %s\n%s\n", r->method == METHOD_ANY ? "any" : method_text(r->method), r->path, r->summary);
		printf("Success is %u%s%s%s.\n", r->success, *groups ? "; parameters " : "", groups, "");
	}
	printf(".El\n");
}

static void print_parameters(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct param *p = param_table; p->name; p++) {
		printf(".It Cm %s Pq %s\n%s\n", p->name, groups_text(p->groups), p->help);
		if (p->words)
			printf("One of %s.\n", p->words);
		if (p->standard)
			printf("The default is %s.\n", p->standard);
	}
	printf(".El\n");
}

static void print_codes(void)
{
	printf(".Bl -column 000 \"-000\" \"Text of the error\"\n");
	for (int code = -7; code < 256; code++)
		if (strncmp(code_text(code), "Result code", 11) != 0)
			printf(".It %u Ta %d Ta %s\n", code_status(code), code_number(code), code_text(code));
	printf(".El\n");
}

int docs_print(const char *what)
{
	if (strcmp(what, "routes") == 0) {
		print_routes();
	} else if (strcmp(what, "parameters") == 0) {
		print_parameters();
	} else if (strcmp(what, "codes") == 0) {
		print_codes();
	} else if (strcmp(what, "operations") == 0) {
		ops_print();
	} else if (strcmp(what, "api") == 0) {
		printf("%.*s\n", SPAN_ARG(docs_api("")));
	} else {
		return -1;
	}
	return 0;
}
