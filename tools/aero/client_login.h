/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_LOGIN_H
#define CLIENT_LOGIN_H

#include "buf.h"

#include <stdint.h>

/* Security units (proto type 2): login and authentication. Pure. Source: the wire protocol reference, section 9. */
#define LOGIN_HASH 61		/* 60 characters and NUL */

/* bcrypt with the salt that all clients share; takes about 50 ms. False when the library refuses. */
bool client_login_hash(const char *password, char hash[LOGIN_HASH]);

/* Whole units with their proto header, appended. user NULL: PKI, no field but the token. clear NULL: internal users. */
void client_login_put(struct buf *out, const char *user, const char *hash, const char *clear);
void client_login_put_authenticate(struct buf *out, const char *user, struct span token);

struct login_reply {
	int result;
	struct span token;	/* absent: none was given */
	int64_t ttl;		/* seconds; 0: none was given */
};
/* The body of a unit of type 2. False when it is none. */
bool client_login_parse(struct span body, struct login_reply *r);

#endif
