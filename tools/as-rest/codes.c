/* SPDX-License-Identifier: Apache-2.0 */
#include "rest.h"
#include "result.h"

#include <stdio.h>

/* What becomes of a result, in one place: ours, the number that clients of the gateway know it by, status and text. Source: REST gateway
 * reference, section 2.2. What isn't here is a 500. A cluster that can't be reached is a 503, so that whoever stands in front knows that
 * another try may help; the number stays what it was. */
static const struct row {
	int code, number;
	unsigned status;
	const char *text;
} table[] = {
	{ CLIENT_NO_MEMORY, -1, 500, "Client error" },
	{ CLIENT_AUTH, RESULT_NOT_AUTHENTICATED, 401, "Not authenticated" },
	{ CLIENT_STOPPED, -1, 500, "Client error" },
	{ CLIENT_CLOSED, -8, 503, "Connection to server failed: shutting down" },
	{ CLIENT_BAD_REPLY, -2, 500, "Parse error" },
	{ CLIENT_NO_NODE, -3, 503, "Invalid node: no node of the cluster can be reached" },
	{ CLIENT_UNREACHABLE, -8, 503, "Connection to server failed" },
	{ 0, 0, 200, "ok" },
	{ 1, 1, 500, "Server error" },
	{ 2, 2, 404, "Key not found" },
	{ 3, 3, 409, "Generation error" },
	{ 4, 4, 400, "Parameter error" },
	{ 5, 5, 409, "Key already exists" },
	{ 6, 6, 500, "Bin already exists" },
	{ 7, 7, 500, "Cluster key mismatch" },
	{ 8, 8, 500, "Server memory error" },
	{ 9, 9, 500, "Timeout" },
	{ 10, 10, 403, "Operation not allowed" },
	{ 11, 11, 500, "Partition unavailable" },
	{ 12, 12, 400, "Bin type error" },
	{ 13, 13, 500, "Record too big" },
	{ 14, 14, 500, "Hot key" },
	{ 15, 15, 500, "Scan aborted" },
	{ 16, 16, 500, "Unsupported Server Feature" },
	{ 17, 17, 500, "Bin not found" },
	{ 18, 18, 500, "Device overload" },
	{ 19, 19, 500, "Key mismatch" },
	{ 20, 20, 404, "Namespace not found" },
	{ 21, 21, 400, "Bin name length greater than 15 characters or maximum bins exceeded" },
	{ 22, 22, 403, "Operation not allowed at this time" },
	{ 23, 23, 500, "Map key not found" },
	{ 24, 24, 500, "Map key exists" },
	{ 25, 25, 500, "Enterprise only" },
	{ 26, 26, 500, "Operation not applicable" },
	{ 27, 27, 500, "Command filtered out" },
	{ 28, 28, 500, "Command failed due to conflict with XDR" },
	{ 51, 51, 401, "Security not supported" },
	{ 52, 52, 401, "Security not enabled" },
	{ 54, 54, 400, "Invalid command" },
	{ 55, 55, 400, "Invalid field" },
	{ 60, 60, 401, "Invalid user" },
	{ 61, 61, 409, "User already exists" },
	{ 62, 62, 401, "Invalid password" },
	{ 63, 63, 401, "Expired password" },
	{ 64, 64, 401, "Forbidden password" },
	{ 65, 65, 401, "Invalid credential" },
	{ 66, 66, 500, "Login session expired" },
	{ 70, 70, 404, "Invalid role" },
	{ 71, 71, 409, "Role already exists" },
	{ 72, 72, 400, "Invalid privilege" },
	{ 80, 80, 500, "Not authenticated" },
	{ 81, 81, 403, "Role violation" },
	{ 82, 82, 500, "Command not whitelisted" },
	{ 83, 83, 500, "Quota exceeded" },
	{ 100, 100, 500, "UDF returned error" },
	{ 150, 150, 403, "Batch functionality has been disabled" },
	{ 151, 151, 400, "Batch max requests have been exceeded" },
	{ 152, 152, 500, "All batch queues are full" },
	{ 160, 160, 500, "Invalid GeoJSON" },
	{ 200, 200, 409, "Index already exists" },
	{ 201, 201, 404, "Index not found" },
	{ 202, 202, 500, "Index out of memory" },
	{ 203, 203, 500, "Index not readable" },
	{ 204, 204, 500, "Index error" },
	{ 205, 205, 400, "Index name max length exceeded" },
	{ 206, 206, 500, "Index count exceeds max" },
	{ 210, 210, 500, "Query aborted" },
	{ 211, 211, 500, "Query queue full" },
	{ 212, 212, 500, "Query timeout" },
	{ 213, 213, 500, "Query error" },
};

static const struct row *find(int code)
{
	size_t low = 0, high = sizeof(table) / sizeof(*table);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof(table) / sizeof(*table) && table[low].code == code ? &table[low] : NULL;
}

int code_number(int code)
{
	const struct row *r = find(code);

	return r ? r->number : code;
}

unsigned code_status(int code)
{
	const struct row *r = find(code);

	return r ? r->status : 500;
}

const char *code_text(int code)
{
	static char other[32];
	const struct row *r = find(code);

	if (r)
		return r->text;
	snprintf(other, sizeof(other), "Result code %d", code);
	return other;
}
