/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"
#include "json.h"

#include <stdio.h>

static const struct {
	const char *name;
	enum verdict verdict;
} types[] = {
	{ "ProvisionedThroughputExceededException", VERDICT_THROTTLED },
	{ "ThrottlingException", VERDICT_THROTTLED },
	{ "Throttling", VERDICT_THROTTLED },
	{ "RequestLimitExceeded", VERDICT_THROTTLED },
	{ "TooManyRequestsException", VERDICT_THROTTLED },
	{ "KMSThrottlingException", VERDICT_THROTTLED },
	{ "LimitExceededException", VERDICT_THROTTLED },
	{ "InternalFailure", VERDICT_AGAIN },
	{ "InternalFailureException", VERDICT_AGAIN },
	{ "InternalServerError", VERDICT_AGAIN },
	{ "InternalServerErrorException", VERDICT_AGAIN },
	{ "ServiceUnavailable", VERDICT_AGAIN },
	{ "ServiceUnavailableException", VERDICT_AGAIN },
	{ "ExpiredTokenException", VERDICT_CREDENTIALS },
	{ "ExpiredToken", VERDICT_CREDENTIALS },
	{ "SignatureDoesNotMatch", VERDICT_CREDENTIALS },
	{ "InvalidSignatureException", VERDICT_CREDENTIALS },
	{ "IncompleteSignature", VERDICT_CREDENTIALS },
	{ "IncompleteSignatureException", VERDICT_CREDENTIALS },
	{ "UnrecognizedClientException", VERDICT_CREDENTIALS },
	{ "InvalidClientTokenId", VERDICT_CREDENTIALS },
	{ "RequestExpired", VERDICT_CREDENTIALS },
	{ "MissingAuthenticationToken", VERDICT_CONFIG },
	{ "MissingAuthenticationTokenException", VERDICT_CONFIG },
	{ "AccessDeniedException", VERDICT_CONFIG },
	{ "ForbiddenException", VERDICT_CONFIG },
	{ "OptInRequired", VERDICT_CONFIG },
	{ "ResourceNotFoundException", VERDICT_CONFIG },
	{ "KMSDisabledException", VERDICT_CONFIG },
	{ "KMSInvalidStateException", VERDICT_CONFIG },
	{ "KMSAccessDeniedException", VERDICT_CONFIG },
	{ "KMSNotFoundException", VERDICT_CONFIG },
	{ "KMSOptInRequired", VERDICT_CONFIG },
	{ "UnknownOperationException", VERDICT_CONFIG },
	{ "InvalidArgumentException", VERDICT_NEVER },
	{ "SerializationException", VERDICT_NEVER },
	{ "ValidationException", VERDICT_NEVER },
	{ "ValidationError", VERDICT_NEVER },
};

static struct span bare(struct span type)
{
	const char *hash = type.n ? memchr(type.p, '#', type.n) : NULL, *colon;

	if (hash) {
		type.n -= (size_t)(hash + 1 - type.p);
		type.p = hash + 1;
	}
	colon = type.n ? memchr(type.p, ':', type.n) : NULL;
	if (colon)
		type.n = (size_t)(colon - type.p);
	return type;
}

enum verdict verdict_of_type(struct span type)
{
	type = bare(type);
	for (size_t i = 0; type.p && i < sizeof(types) / sizeof(*types); i++)
		if (span_is(type, types[i].name))
			return types[i].verdict;
	return VERDICT_OK;
}

enum verdict verdict_of_status(long status)
{
	switch (status) {
	case 400: case 413: case 431: return VERDICT_NEVER;
	case 429: return VERDICT_THROTTLED;
	case 408: return VERDICT_AGAIN;
	}
	return status >= 500 ? VERDICT_AGAIN : VERDICT_CONFIG;
}

/* What an error says without escapes would need memory; its raw text without quotes is good enough for people. */
static struct span inner(struct span raw)
{
	if (raw.n < 2 || raw.p[0] != '"')
		return (struct span){ 0 };
	return (struct span){ raw.p + 1, raw.n - 2 };
}

struct seen {
	bool sequence, failed_count, failed_none;
	struct span type, message;
};

static void look(struct span body, struct seen *s)
{
	struct json_member m;
	struct span raw;
	struct json j;

	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return;
	for (json_object(&j); json_member(&j, &m);) {
		if (json_value(&j, &raw) == JSON_BAD)
			break;
		if (json_key_is(&m, "SequenceNumber")) {
			s->sequence = json_type_of(raw) == JSON_STRING && raw.n > 2;
		} else if (json_key_is(&m, "FailedRecordCount")) {
			s->failed_count = true;
			s->failed_none = span_is(raw, "0");
		} else if (json_key_is(&m, "__type")) {
			s->type = inner(raw);
		} else if (json_key_is(&m, "message") || json_key_is(&m, "Message")) {
			s->message = inner(raw);
		}
	}
	if (!json_done(&j))
		*s = (struct seen){ 0 };
}

enum verdict verdict_of_answer(long status, struct span type, struct span body, struct verdict_text *text)
{
	struct seen s = { 0 };
	enum verdict v;

	look(body, &s);
	*text = (struct verdict_text){ bare(s.type.n ? s.type : type), s.message };
	if (status >= 200 && status <= 299 && !s.type.n && (s.sequence || s.failed_none))
		return VERDICT_OK;
	/* Rate and quota share the status, and may share the header; the quota's message is its own. */
	if (status == 429 && (span_is(s.message, "Limit Exceeded") || span_is(bare(type), "LimitExceededException")))
		return VERDICT_QUOTA;
	v = verdict_of_type(text->name);
	if (v != VERDICT_OK)
		return v;
	if (s.type.n)	/* an error that we don't know: by its status; under a 200 nobody can say */
		return status >= 300 ? verdict_of_status(status) : VERDICT_AGAIN;
	if (status >= 200 && status <= 299 && !text->message.p)
		text->message = s.failed_count ? SPAN("the answer counts failed records") :
			SPAN("the answer has no SequenceNumber: is this the Kinesis integration?");
	return verdict_of_status(status);
}

void verdict_say(char *out, size_t n, long status, const struct verdict_text *text)
{
	struct span name = text->name, message = text->message;

	if (name.n > 100)
		name.n = 100;
	if (message.n > 300)
		message.n = 300;
	if (name.n)
		snprintf(out, n, "%.*s%s%.*s", SPAN_ARG(name), message.n ? ": " : "", SPAN_ARG(message));
	else
		snprintf(out, n, "status %ld%s%.*s", status, message.n ? ": " : "", SPAN_ARG(message));
}
