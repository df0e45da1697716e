/* SPDX-License-Identifier: Apache-2.0 */
#include "client_peers.h"
#include "info.h"

#include <arpa/inet.h>

/* A bare or bracketed IPv6 address, with a zone or without. */
static bool is_v6(struct span text)
{
	const char *zone = memchr(text.p, '%', text.n);
	struct in6_addr a;
	char copy[INET6_ADDRSTRLEN];

	if (zone)
		text.n = (size_t)(zone - text.p);
	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(AF_INET6, copy, &a) == 1;
}

static bool port_of(struct span text, uint16_t *port)
{
	int64_t n;

	if (!info_number(text, &n) || n < 1 || n > 65535)
		return false;
	*port = (uint16_t)n;
	return true;
}

bool client_peers_host(struct span text, uint16_t port_default, struct span *host, uint16_t *port)
{
	const char *colon;

	*port = port_default;
	if (text.n == 0 || memchr(text.p, 0, text.n))
		return false;
	if (text.p[0] == '[') {
		const char *end = memchr(text.p, ']', text.n);

		if (!end || end == text.p + 1)
			return false;
		*host = (struct span){ text.p + 1, (size_t)(end - text.p) - 1 };
		if (!is_v6(*host))
			return false;
		text.n -= (size_t)(end + 1 - text.p);
		text.p = end + 1;
		return text.n == 0 || (text.p[0] == ':' && port_of((struct span){ text.p + 1, text.n - 1 }, port));
	}
	*host = text;
	colon = memchr(text.p, ':', text.n);
	if (!colon)
		return true;
	if (memchr(colon + 1, ':', text.n - (size_t)(colon + 1 - text.p)))
		return is_v6(text);
	host->n = (size_t)(colon - text.p);
	return host->n && port_of((struct span){ colon + 1, text.n - host->n - 1 }, port);
}

static bool take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

bool client_peers_open(struct peers *ps, struct span value)
{
	struct span part;

	*ps = (struct peers){ .port = 3000 };
	if (!info_part(&value, ',', &part) || !info_number(part, &ps->generation))
		return false;
	if (!info_part(&value, ',', &part) || (part.n && !port_of(part, &ps->port)))
		return false;
	if (!take(&value, '[') || value.n == 0 || value.p[value.n - 1] != ']')
		return false;
	value.n--;
	ps->rest = value;
	return true;
}

/* Up to the bracket that closes what was opened before s; s goes behind it. */
static bool bracketed(struct span *s, struct span *inside)
{
	unsigned depth = 1;

	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '[')
			depth++;
		else if (s->p[i] == ']' && --depth == 0) {
			*inside = (struct span){ s->p, i };
			s->p += i + 1;
			s->n -= i + 1;
			return true;
		}
	}
	return false;
}

int client_peers_next(struct peers *ps, struct peer *p)
{
	struct span one;

	if (ps->rest.n == 0)
		return 0;
	take(&ps->rest, ',');
	if (!take(&ps->rest, '[') || !bracketed(&ps->rest, &one))
		return -1;
	if (!info_part(&one, ',', &p->id) || p->id.n < 1 || p->id.n > 16)
		return -1;
	if (one.n == 0 || !memchr(one.p, ',', one.n))
		return -1;
	info_part(&one, ',', &p->tls_name);
	p->hosts = (struct span){ one.p, 0 };
	if (one.n && (!take(&one, '[') || !bracketed(&one, &p->hosts)))
		return -1;
	return 1;
}

int client_peers_next_host(struct span *hosts, uint16_t port_default, struct span *host, uint16_t *port)
{
	struct span text;

	if (!info_part(hosts, ',', &text))
		return 0;
	return client_peers_host(text, port_default, host, port) ? 1 : -1;
}

bool client_peers_service_has(struct span list, const char *host, uint16_t port)
{
	struct span part, h;
	uint16_t n;

	while (info_part(&list, ',', &part))
		if (client_peers_host(part, 3000, &h, &n) && n == port && span_is(h, host))
			return true;
	return false;
}
