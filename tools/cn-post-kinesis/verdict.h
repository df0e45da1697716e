/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_H
#define VERDICT_H

#include "span.h"

/* What an error of Kinesis or of API Gateway means for the records it speaks of. */
enum verdict {
	VERDICT_OK,
	VERDICT_AGAIN,		/* passing trouble: again after a back-off */
	VERDICT_THROTTLED,	/* too fast: again after a back-off, of the shard when it is one record's error */
	VERDICT_QUOTA,		/* a quota for the day or month is used up: give back for retry, and wait long */
	VERDICT_CREDENTIALS,	/* again with new credentials; then the operator must look */
	VERDICT_CONFIG,		/* the operator must look: give back for retry */
	VERDICT_NEVER,		/* can never succeed, when the request held one record only */
};

/* The verdict of an error's name, as in `__type`, ErrorCode or x-amzn-ErrorType: what stands before a '#' (name space) and from a ':'
 * on (a URL) does not count. Unknown names: VERDICT_OK, so that the caller goes by the status. */
enum verdict verdict_of_type(struct span type);
/* That of an HTTP status with neither name nor text that says more. */
enum verdict verdict_of_status(long status);
/* An answer of API Gateway, or a failed one of the Kinesis API. type: x-amzn-ErrorType, absent for none. what, message: point into
 * the body, scratch or static text: the error's name and text, for people; absent when there are none. */
struct verdict_text {
	struct span name, message;
};
enum verdict verdict_of_answer(long status, struct span type, struct span body, struct verdict_text *text);
/* "ProvisionedThroughputExceededException: Rate exceeded", or "status 502" */
void verdict_say(char *out, size_t n, long status, const struct verdict_text *text);

#endif
