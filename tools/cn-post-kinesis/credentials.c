/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials.h"
#include "err.h"
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define CONTAINER_HOST "http://169.254.170.2"
#define FILE_LINES_MAX 100000
#define AHEAD_MS (5 * 60 * 1000)	/* so long before they expire new ones are asked for */

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* True when they differ from the ones before. */
static bool put(struct credentials *c, struct span id, struct span secret, struct span token)
{
	bool same = span_is(id, c->id) && span_is(secret, c->secret) &&
		(c->token ? span_is(token, c->token) : !token.n);

	if (same)
		return false;
	snprintf(c->id, sizeof(c->id), "%.*s", SPAN_ARG(id));
	snprintf(c->secret, sizeof(c->secret), "%.*s", SPAN_ARG(secret));
	free(c->token);
	c->token = NULL;
	if (token.n) {
		c->token = xmalloc(token.n + 1);
		memcpy(c->token, token.p, token.n);
		c->token[token.n] = '\0';
	}
	return true;
}

static bool complain(struct credentials *c, const char *why)
{
	snprintf(c->why, sizeof(c->why), "%s", why);
	return false;
}

static bool sizes_good(struct credentials *c, struct span id, struct span secret, struct span token)
{
	if (!id.n || !secret.n)
		return complain(c, "access key id or secret is missing");
	if (id.n >= sizeof(c->id) || secret.n >= sizeof(c->secret) || token.n > 32768)
		return complain(c, "longer than credentials are");
	return true;
}

static bool from_environment(struct credentials *c)
{
	struct span id = span_of(environment("AWS_ACCESS_KEY_ID")), secret = span_of(environment("AWS_SECRET_ACCESS_KEY"));
	struct span token = span_of(environment("AWS_SESSION_TOKEN"));

	if (!id.p || !secret.p || !sizes_good(c, id, secret, token))
		return false;
	c->source = CREDENTIALS_ENVIRONMENT;
	put(c, id, secret, token);
	return true;
}

/* --- the shared file: [profile], name = value */

static char *file_path(void)
{
	const char *path = environment("AWS_SHARED_CREDENTIALS_FILE"), *home = environment("HOME");
	char *text = NULL;

	if (path)
		return xstrdup(path);
	if (home && asprintf(&text, "%s/.aws/credentials", home) < 0)
		die(EX_SOFTWARE, "out of memory");
	return text;
}

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		end--;
	*end = '\0';
	return s;
}

struct profile_lines {
	const char *wanted;
	bool inside, found;
	char id[256], secret[512], token[32769];
};

static void profile_line(struct profile_lines *p, char *line)
{
	char *equals = strchr(line, '='), *name, *value;

	if (*line == '[') {
		char *end = strchr(line, ']');

		if (end)
			*end = '\0';
		p->inside = end && strcmp(trim(line + 1), p->wanted) == 0;
		p->found |= p->inside;
		return;
	}
	if (!p->inside || *line == '#' || *line == ';' || !equals)
		return;
	*equals = '\0';
	name = trim(line);
	value = trim(equals + 1);
	if (strcasecmp(name, "aws_access_key_id") == 0)
		snprintf(p->id, sizeof(p->id), "%s", value);
	else if (strcasecmp(name, "aws_secret_access_key") == 0)
		snprintf(p->secret, sizeof(p->secret), "%s", value);
	else if (strcasecmp(name, "aws_session_token") == 0)
		snprintf(p->token, sizeof(p->token), "%s", value);
}

/* False when it can't be read (errno ENOENT: there is none) or has no such profile. */
static bool read_file(struct credentials *c, bool *changed)
{
	static struct profile_lines p;
	FILE *f = fopen(c->path, "re");
	char *line = NULL;
	size_t cap = 0;

	if (!f) {
		snprintf(c->why, sizeof(c->why), "%.120s: %s", c->path, strerror(errno));
		return false;
	}
	p = (struct profile_lines){ .wanted = c->profile ? c->profile : environment("AWS_PROFILE") };
	if (!p.wanted)
		p.wanted = "default";
	for (int n = 0; n < FILE_LINES_MAX && getline(&line, &cap, f) > 0; n++)
		profile_line(&p, trim(line));
	free(line);
	fclose(f);
	if (!p.found)
		snprintf(c->why, sizeof(c->why), "%.100s: no profile %.60s", c->path, p.wanted);
	if (!p.found || !sizes_good(c, span_of(p.id), span_of(p.secret), span_of(p.token)))
		return false;
	c->source = CREDENTIALS_FILE;
	*changed = put(c, span_of(p.id), span_of(p.secret), span_of(p.token));
	return true;
}

bool credentials_reread(struct credentials *c)
{
	bool changed = false;

	return c->source == CREDENTIALS_FILE && read_file(c, &changed) && changed;
}

/* --- the container's endpoint */

static bool starts_with_host(const char *rest, const char *host)
{
	size_t n = strlen(host);

	return strncmp(rest, host, n) == 0 && (rest[n] == '/' || rest[n] == ':' || rest[n] == '\0' || rest[n] == '?');
}

bool credentials_url_allowed(const char *url)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };

	if (strncmp(url, "https://", 8) == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		if (starts_with_host(url + 7, hosts[i]))
			return true;
	return false;
}

static bool from_container(struct credentials *c)
{
	const char *relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");

	if (relative && *relative == '/') {
		if (asprintf(&c->url, CONTAINER_HOST "%s", relative) < 0)
			die(EX_SOFTWARE, "out of memory");
	} else if (full) {
		if (!credentials_url_allowed(full))
			return complain(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of containers");
		c->url = xstrdup(full);
	} else {
		return false;
	}
	c->source = CREDENTIALS_CONTAINER;
	c->refresh_at = 1;
	return true;
}

char *credentials_authorization(void)
{
	const char *path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), *token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char text[8192];
	FILE *f;

	if (!path)
		return token && !strpbrk(token, "\r\n") ? xstrdup(token) : NULL;
	f = fopen(path, "re");
	if (!f)
		return NULL;
	if (!fgets(text, sizeof(text), f))
		*text = '\0';
	fclose(f);
	return xstrdup(trim(text));
}

int64_t credentials_time(struct span text)
{
	char s[40];
	struct tm tm = { 0 };
	char *end;

	if (text.n >= sizeof(s))
		return 0;
	snprintf(s, sizeof(s), "%.*s", SPAN_ARG(text));
	end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	if (end && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	if (!end || (strcmp(end, "Z") && strcmp(end, "+00:00")))
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

static struct span inner(struct span raw)
{
	return raw.n >= 2 && raw.p[0] == '"' && !memchr(raw.p, '\\', raw.n) ? (struct span){ raw.p + 1, raw.n - 2 } : (struct span){ 0 };
}

bool credentials_take(struct credentials *c, struct span body, int64_t now)
{
	struct span id = { 0 }, secret = { 0 }, token = { 0 }, expires = { 0 };
	struct json_member m;
	struct json j;

	json_open(&j, body);
	for (json_object(&j); json_member(&j, &m);) {
		if (json_key_is(&m, "AccessKeyId"))
			json_value(&j, &id);
		else if (json_key_is(&m, "SecretAccessKey"))
			json_value(&j, &secret);
		else if (json_key_is(&m, "Token"))
			json_value(&j, &token);
		else if (json_key_is(&m, "Expiration"))
			json_value(&j, &expires);
		else
			json_value(&j, NULL);
	}
	if (!json_done(&j))
		return complain(c, "the container's endpoint did not answer with JSON");
	if (!sizes_good(c, inner(id), inner(secret), inner(token)))
		return false;
	put(c, inner(id), inner(secret), inner(token));
	c->expires = credentials_time(inner(expires));
	/* Well before they expire; but those that live shortly are not asked for all the time. */
	if (c->expires)
		c->refresh_at = c->expires - now > 2 * AHEAD_MS ? c->expires - AHEAD_MS : now + (c->expires - now) / 2;
	else
		c->refresh_at = 0;
	if (c->refresh_at && c->refresh_at < now + 1000)
		c->refresh_at = now + 1000;
	return true;
}

bool credentials_open(struct credentials *c, const char *profile)
{
	bool changed;

	*c = (struct credentials){ .profile = profile };
	c->path = file_path();
	if (!profile && from_environment(c))
		return true;
	if (c->path && read_file(c, &changed))
		return true;
	if (profile)
		return false;
	if (from_container(c))
		return true;
	if (!c->why[0])
		complain(c, "neither in the environment nor in the shared credentials file nor from a container");
	return false;
}

void credentials_free(struct credentials *c)
{
	explicit_bzero(c->secret, sizeof(c->secret));
	free(c->token);
	free(c->path);
	free(c->url);
}
