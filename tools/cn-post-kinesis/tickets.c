/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials in use: asked for before they expire, and when they were refused. */
#include "clock.h"
#include "err.h"
#include "kinesis.h"

#include <stdio.h>
#include <stdlib.h>

#define ASK_TIMEOUT 2000	/* ms */
#define NOW 1			/* as refresh_at: as soon as may be */

static void answered(struct fetch_request *r, const struct fetch_response *answer)
{
	struct kinesis *k = r->ctx;
	struct credentials *c = &k->credentials;

	k->asking = false;
	curl_slist_free_all(r->headers);
	r->headers = NULL;
	if (answer->status == 200 && credentials_take(c, answer->body, clock_unix_ms())) {
		k->generation++;
		k->count.credentials++;
		k->ticket_tries = 0;
		k->ask_not_before = clock_ms() + 1000;
		log_debug("new credentials", "from", c->url, NULL);
		return;
	}
	if (answer->status != 200)
		snprintf(c->why, sizeof(c->why), answer->status ? "the container's endpoint answered status %ld" :
			"the container's endpoint did not answer", answer->status);
	k->ask_not_before = clock_ms() + back_off(k->ticket_tries++, 200, 5000);
	if (log_allow(&k->troubles, 1000, &(uint64_t){ 0 }))
		log_warn("can't get credentials", "from", c->url, "error", c->why, NULL);
}

static void ask(struct kinesis *k)
{
	struct fetch_request *r = &k->ticket_request;
	char *authorization = credentials_authorization();

	*r = (struct fetch_request){ .method = "GET", .headers = fetch_headers(), .timeout = ASK_TIMEOUT, .done = answered, .ctx = k };
	if (authorization)
		fetch_header_add(&r->headers, SPAN("Authorization"), span_of(authorization));
	free(authorization);
	k->asking = true;
	fetch_start(k->ticket_endpoint, r);
}

void tickets_open(struct kinesis *k)
{
	struct credentials *c = &k->credentials;

	if (!credentials_open(c, k->options.profile))
		die(EX_CONFIG, "no AWS credentials: %s", c->why);
	if (c->source == CREDENTIALS_CONTAINER)
		k->ticket_endpoint = fetch_endpoint(k->fetch, c->url, 1);
}

bool tickets_ready(struct kinesis *k)
{
	const struct credentials *c = &k->credentials;

	if (c->source == CREDENTIALS_CONTAINER && !k->asking && tickets_due(k) <= clock_ms())
		ask(k);
	return c->id[0] && (!c->expires || c->expires > clock_unix_ms());
}

int64_t tickets_due(const struct kinesis *k)
{
	const struct credentials *c = &k->credentials;
	int64_t now = clock_ms(), due;

	if (c->source != CREDENTIALS_CONTAINER || k->asking || !c->refresh_at)
		return INT64_MAX;
	due = now + (c->refresh_at - clock_unix_ms());
	return due > k->ask_not_before ? due : k->ask_not_before;
}

bool tickets_refused(struct kinesis *k, unsigned generation)
{
	struct credentials *c = &k->credentials;

	if (generation != k->generation || k->asking || c->refresh_at == NOW)
		return true;
	if (c->source == CREDENTIALS_FILE && credentials_reread(c)) {
		k->generation++;
		k->count.credentials++;
		return true;
	}
	if (c->source != CREDENTIALS_CONTAINER || k->suspect)
		return false;
	k->suspect = true;
	c->refresh_at = NOW;
	return true;
}
