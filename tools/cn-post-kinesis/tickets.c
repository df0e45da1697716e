/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials in use: asked for before they expire, and when they were refused. */
#include "sink.h"
#include "clock.h"
#include "err.h"

#include <stdio.h>
#include <stdlib.h>

#define ASK_TIMEOUT 2000	/* ms */
#define NOW 1			/* as refresh_at: as soon as may be */

static void answered(struct fetch_request *r, const struct fetch_response *answer)
{
	struct sink *s = r->ctx;
	struct credentials *c = &s->credentials;

	s->asking = false;
	curl_slist_free_all(r->headers);
	r->headers = NULL;
	if (answer->status == 200 && credentials_take(c, answer->body, clock_unix_ms())) {
		s->generation++;
		s->count.credentials++;
		s->ticket_tries = 0;
		s->ask_not_before = clock_ms() + 1000;
		log_debug("new credentials", "from", c->url, NULL);
		return;
	}
	if (answer->status != 200)
		snprintf(c->why, sizeof(c->why), answer->status ? "the container's endpoint answered status %ld" :
			"the container's endpoint did not answer", answer->status);
	s->ask_not_before = clock_ms() + back_off(s->ticket_tries++, 200, 5000);
	if (log_allow(&s->troubles, 1000, &(uint64_t){ 0 }))
		log_warn("can't get credentials", "from", c->url, "error", c->why, NULL);
}

static void ask(struct sink *s)
{
	struct fetch_request *r = &s->ticket_request;
	char *authorization = credentials_authorization();

	*r = (struct fetch_request){ .method = "GET", .headers = fetch_headers(), .timeout = ASK_TIMEOUT, .done = answered, .ctx = s };
	if (authorization)
		fetch_header_add(&r->headers, SPAN("Authorization"), span_of(authorization));
	free(authorization);
	s->asking = true;
	fetch_start(s->ticket_endpoint, r);
}

void tickets_open(struct sink *s)
{
	struct credentials *c = &s->credentials;

	if (!credentials_open(c, s->options.profile))
		die(EX_CONFIG, "no AWS credentials: %s", c->why);
	if (c->source == CREDENTIALS_CONTAINER)
		s->ticket_endpoint = fetch_endpoint(s->fetch, c->url, 1);
}

bool tickets_ready(struct sink *s)
{
	const struct credentials *c = &s->credentials;

	if (c->source == CREDENTIALS_CONTAINER && !s->asking && tickets_due(s) <= clock_ms())
		ask(s);
	return c->id[0] && (!c->expires || c->expires > clock_unix_ms());
}

int64_t tickets_due(const struct sink *s)
{
	const struct credentials *c = &s->credentials;
	int64_t now = clock_ms(), due;

	if (c->source != CREDENTIALS_CONTAINER || s->asking || !c->refresh_at)
		return INT64_MAX;
	due = now + (c->refresh_at - clock_unix_ms());
	return due > s->ask_not_before ? due : s->ask_not_before;
}

bool tickets_refused(struct sink *s, unsigned generation)
{
	struct credentials *c = &s->credentials;

	if (generation != s->generation || s->asking || c->refresh_at == NOW)
		return true;
	if (c->source == CREDENTIALS_FILE && credentials_reread(c)) {
		s->generation++;
		s->count.credentials++;
		return true;
	}
	if (c->source != CREDENTIALS_CONTAINER || s->suspect)
		return false;
	s->suspect = true;
	c->refresh_at = NOW;
	return true;
}
