/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "span.h"

/* Who may come in, from a file with one secret a line; empty lines and lines that start with # do not count.
 *	basic USER:PASSWORD	Authorization: Basic base64(USER:PASSWORD)
 *	api-key KEY		X-Api-Key: KEY, or Authorization: Bearer KEY
 * Secrets are compared in time that does not depend on what they hold. */
struct http_auth;

/* NULL and *why (static or allocated text, with the line's number) when the file can't be read, holds a line of another form, or no
 * secret at all. */
struct http_auth *http_auth_load(const char *path, char **why);
void http_auth_free(struct http_auth *a);
/* Header values, absent when the client sent none. */
bool http_auth_ok(const struct http_auth *a, struct span authorization, struct span api_key);

#endif
