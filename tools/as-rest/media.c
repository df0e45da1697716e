/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <strings.h>

/* Content types: JSON or MessagePack, whatever parameters they carry. */

static struct span trim(struct span s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static struct span until(struct span *rest, char c)
{
	const char *at = rest->n ? memchr(rest->p, c, rest->n) : NULL;
	struct span part = { rest->p, at ? (size_t)(at - rest->p) : rest->n };

	rest->p += part.n + (at != NULL);
	rest->n -= part.n + (at != NULL);
	return trim(part);
}

static bool is(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static const char *const names[] = { [MEDIA_JSON] = "application/json", [MEDIA_MSGPACK] = "application/msgpack" };

int media_type(struct span content_type)
{
	struct span rest = content_type, type;

	if (!content_type.p)
		return -1;
	type = until(&rest, ';');
	return is(type, names[MEDIA_JSON]) ? MEDIA_JSON : is(type, names[MEDIA_MSGPACK]) ? MEDIA_MSGPACK : -1;
}

/* "0.25" in thousandths; what is no such number counts as 1. */
static int quality(struct span s)
{
	int q, scale = 100;

	if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return 1000;
	q = s.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.n && i < 5; i++, scale /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 1000;
		q += (s.p[i] - '0') * scale;
	}
	return q > 1000 ? 1000 : q;
}

/* How near a range comes to a type: 3 that very type, 2 its family, 1 anything, 0 not at all. */
static int nearness(struct span range, int media)
{
	return is(range, names[media]) ? 3 : is(range, "application/*") ? 2 : is(range, "*/*") || is(range, "*") ? 1 : 0;
}

int media_accept(struct span accept)
{
	int q[2] = { 0, 0 }, near[2] = { 0, 0 };
	struct span rest = accept;

	if (!accept.p || trim(accept).n == 0)
		return MEDIA_JSON;
	while (rest.n) {
		struct span one = until(&rest, ','), range = until(&one, ';'), parameter;
		int value = 1000;

		while (one.n) {
			parameter = until(&one, ';');
			if (parameter.n > 2 && (parameter.p[0] == 'q' || parameter.p[0] == 'Q') && parameter.p[1] == '=')
				value = quality((struct span){ parameter.p + 2, parameter.n - 2 });
		}
		for (int media = 0; media < 2; media++)
			if (nearness(range, media) > near[media]) {
				near[media] = nearness(range, media);
				q[media] = value;
			}
	}
	if (q[MEDIA_JSON] == 0 && q[MEDIA_MSGPACK] == 0)
		return -1;
	if (q[MEDIA_JSON] == q[MEDIA_MSGPACK])	/* MessagePack by name beside a range for all means the one named */
		return near[MEDIA_MSGPACK] > near[MEDIA_JSON] ? MEDIA_MSGPACK : MEDIA_JSON;
	return q[MEDIA_MSGPACK] > q[MEDIA_JSON] ? MEDIA_MSGPACK : MEDIA_JSON;
}
