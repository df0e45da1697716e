/* SPDX-License-Identifier: Apache-2.0 */
#include "result.h"

#include <stdio.h>

static const struct { unsigned code; const char *text; } texts[] = {
	{ RESULT_OK, "ok" },
	{ RESULT_SERVER_ERROR, "server error" },
	{ RESULT_NOT_FOUND, "record not found" },
	{ RESULT_GENERATION, "generation mismatch" },
	{ RESULT_PARAMETER, "bad parameter" },
	{ RESULT_RECORD_EXISTS, "record exists" },
	{ RESULT_BIN_EXISTS, "bin exists" },
	{ RESULT_CLUSTER_KEY, "cluster key mismatch" },
	{ RESULT_OUT_OF_SPACE, "out of space" },
	{ RESULT_TIMEOUT, "timeout" },
	{ RESULT_ALWAYS_FORBIDDEN, "always forbidden" },
	{ RESULT_UNAVAILABLE, "partition unavailable" },
	{ RESULT_BIN_TYPE, "incompatible bin type" },
	{ RESULT_RECORD_TOO_BIG, "record too big" },
	{ RESULT_KEY_BUSY, "key busy" },
	{ RESULT_SCAN_ABORT, "scan aborted" },
	{ RESULT_UNSUPPORTED, "unsupported feature" },
	{ RESULT_BIN_NOT_FOUND, "bin not found" },
	{ RESULT_DEVICE_OVERLOAD, "device overload" },
	{ RESULT_KEY_MISMATCH, "key mismatch" },
	{ RESULT_NAMESPACE, "invalid namespace" },
	{ RESULT_BIN_NAME, "invalid bin name" },
	{ RESULT_FORBIDDEN, "forbidden" },
	{ RESULT_ELEMENT_NOT_FOUND, "element not found" },
	{ RESULT_ELEMENT_EXISTS, "element exists" },
	{ RESULT_ENTERPRISE_ONLY, "enterprise only" },
	{ RESULT_OP_NOT_APPLICABLE, "operation not applicable" },
	{ RESULT_FILTERED_OUT, "filtered out" },
	{ RESULT_LOST_CONFLICT, "lost conflict" },
	{ RESULT_QUERY_END, "end of query" },
	{ RESULT_SECURITY_UNSUPPORTED, "security not supported" },
	{ RESULT_SECURITY_DISABLED, "security not enabled" },
	{ 60, "invalid user" },
	{ 61, "user already exists" },
	{ 62, "invalid password" },
	{ 63, "expired password" },
	{ 64, "forbidden password" },
	{ 65, "invalid credential" },
	{ 66, "expired session" },
	{ RESULT_NOT_AUTHENTICATED, "not authenticated" },
	{ RESULT_ROLE_VIOLATION, "role violation" },
	{ 82, "not in whitelist" },
	{ 83, "quota exceeded" },
	{ RESULT_UDF_FAILURE, "UDF failure" },
	{ RESULT_BATCH_DISABLED, "batch disabled" },
	{ RESULT_BATCH_TOO_MANY, "too many batch requests" },
	{ RESULT_BATCH_QUEUES_FULL, "batch queues full" },
	{ RESULT_BAD_GEOJSON, "bad GeoJSON" },
	{ RESULT_INDEX_EXISTS, "index exists" },
	{ RESULT_INDEX_NOT_FOUND, "index not found" },
	{ RESULT_INDEX_NOT_READABLE, "index not readable" },
	{ RESULT_INDEX_NAME_TOO_LONG, "index name too long" },
	{ RESULT_INDEX_TOO_MANY, "too many indexes" },
};

const char *result_text(unsigned code)
{
	static char other[32];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].code == code)
			return texts[i].text;
	snprintf(other, sizeof(other), "result code %u", code);
	return other;
}
