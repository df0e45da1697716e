/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "json.h"

#include <strings.h>

/* Targets: cut into raw segments first and decoded after that, so that an escaped slash never becomes a separator. */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* http://host/path, as a client says it to a proxy, means /path. */
static struct span origin_form(struct span target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (target.n <= n || strncasecmp(target.p, schemes[i], n) != 0)
			continue;
		while (n < target.n && target.p[n] != '/' && target.p[n] != '?')
			n++;
		if (n == target.n)
			return SPAN("/");
		if (target.p[n] == '/')
			return (struct span){ target.p + n, target.n - n };
	}
	return target;
}

unsigned path_split(struct span whole, const char *prefix, struct span *segments, unsigned *n, struct span *query)
{
	const struct span target = origin_form(whole);
	const char *mark = target.n ? memchr(target.p, '?', target.n) : NULL;
	struct span path = { target.p, mark ? (size_t)(mark - target.p) : target.n };

	*n = 0;
	*query = mark ? (struct span){ mark + 1, target.n - path.n - 1 } : (struct span){ NULL, 0 };
	if (path.n == 0 || path.p[0] != '/')
		return 400;
	if (*prefix) {
		size_t size = strlen(prefix);

		if (!span_starts(path, prefix) || (path.n > size && path.p[size] != '/'))
			return 404;
		path.p += size;
		path.n -= size;
		if (path.n == 0)
			path = SPAN("/");
	}
	while (path.n) {
		const char *end, *semicolon;
		size_t size;

		path.p++, path.n--;	/* the slash */
		end = path.n ? memchr(path.p, '/', path.n) : NULL;
		size = end ? (size_t)(end - path.p) : path.n;
		if (*n == SEGMENTS_MAX)
			return 404;
		semicolon = size ? memchr(path.p, ';', size) : NULL;
		segments[(*n)++] = (struct span){ path.p, semicolon ? (size_t)(semicolon - path.p) : size };
		path.p += size;
		path.n -= size;
	}
	return 0;
}

static bool decode(struct arena *a, struct span raw, bool query, struct span *out)
{
	char *to;

	if (!raw.n || (!memchr(raw.p, '%', raw.n) && !(query && memchr(raw.p, '+', raw.n)))) {
		*out = raw;
		return true;
	}
	to = arena_take(a, raw.n);
	if (!to)
		return false;
	*out = (struct span){ to, 0 };
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '%') {
			if (raw.n - i < 3 || hex(raw.p[i + 1]) < 0 || hex(raw.p[i + 2]) < 0)
				return false;
			c = (char)(hex(raw.p[i + 1]) << 4 | hex(raw.p[i + 2]));
			i += 2;
		} else if (c == '+' && query) {
			c = ' ';
		}
		to[out->n++] = c;
	}
	return true;
}

struct span path_decode(struct arena *a, struct span raw)
{
	struct span text;

	if (!decode(a, raw, false, &text) || memchr(text.p, '/', text.n) || memchr(text.p, '\\', text.n) || memchr(text.p, '\0', text.n) ||
	    !utf8_valid(text))
		return (struct span){ NULL, 0 };
	return text;
}

struct span query_decode(struct arena *a, struct span raw)
{
	struct span text;

	return decode(a, raw, true, &text) ? text : (struct span){ NULL, 0 };
}
