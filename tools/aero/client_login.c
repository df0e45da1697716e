/* SPDX-License-Identifier: Apache-2.0 */
#include "client_login.h"
#include "bytes.h"
#include "message.h"

#include <crypt.h>
#include <stdlib.h>

enum { COMMAND_AUTHENTICATE = 0, COMMAND_LOGIN = 20 };
enum { LOGIN_USER = 0, LOGIN_CREDENTIAL = 3, LOGIN_CLEAR = 4, LOGIN_TOKEN = 5, LOGIN_TTL = 6 };
#define LOGIN_HEADER 16

bool client_login_hash(const char *password, char hash[LOGIN_HASH])
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char *text = data ? crypt_r(password, "$2a$10$7EqJtq98hPqEX7fNZaFWoO", data) : NULL;
	bool good = text && strlen(text) == LOGIN_HASH - 1;

	if (good)
		memcpy(hash, text, LOGIN_HASH);
	if (data)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return good;
}

static size_t begin(struct buf *out, uint8_t command, uint8_t fields)
{
	const uint8_t head[LOGIN_HEADER] = { 0, 0, command, fields };
	size_t mark = proto_begin(out, PROTO_SECURITY);

	buf_put(out, head, sizeof(head));
	return mark;
}

static void put_field(struct buf *out, uint8_t id, struct span data)
{
	uint8_t head[5];

	put_be32(head, (uint32_t)data.n + 1);
	head[4] = id;
	buf_put(out, head, sizeof(head));
	buf_span(out, data);
}

void client_login_put(struct buf *out, const char *user, const char *hash, const char *clear)
{
	size_t mark = begin(out, COMMAND_LOGIN, user ? clear ? 3 : 2 : 0);

	if (user) {
		put_field(out, LOGIN_USER, span_of(user));
		put_field(out, LOGIN_CREDENTIAL, span_of(hash));
		if (clear)
			put_field(out, LOGIN_CLEAR, span_of(clear));
	}
	proto_end(out, mark);
}

void client_login_put_authenticate(struct buf *out, const char *user, struct span token)
{
	size_t mark = begin(out, COMMAND_AUTHENTICATE, user ? 2 : 1);

	if (user)
		put_field(out, LOGIN_USER, span_of(user));
	put_field(out, LOGIN_TOKEN, token);
	proto_end(out, mark);
}

bool client_login_parse(struct span body, struct login_reply *r)
{
	const uint8_t *p = (const uint8_t *)body.p, *end = p + body.n;
	unsigned fields;

	*r = (struct login_reply){ 0 };
	if (body.n < LOGIN_HEADER)
		return false;
	r->result = p[1];
	fields = p[3];
	for (p += LOGIN_HEADER; fields; fields--) {
		uint32_t size;

		if (end - p < 5)
			return false;
		size = get_be32(p);
		if (size < 1 || size > (size_t)(end - p) - 4)
			return false;
		if (p[4] == LOGIN_TOKEN)
			r->token = (struct span){ (const char *)p + 5, size - 1 };
		else if (p[4] == LOGIN_TTL && size == 5)
			r->ttl = get_be32(p + 5);
		p += 4 + size;
	}
	return true;
}
