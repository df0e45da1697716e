/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include "span.h"

#include <stdint.h>

/* AWS credentials: from the environment, else from the shared credentials file, else from the endpoint that a container is given. With
 * a profile named by the user the file goes first. */
enum credentials_source { CREDENTIALS_ENVIRONMENT, CREDENTIALS_FILE, CREDENTIALS_CONTAINER };

struct credentials {
	enum credentials_source source;
	const char *profile;		/* NULL: default */
	char *path;			/* FILE */
	char *url;			/* CONTAINER */
	char id[256], secret[512];
	char *token;			/* NULL: none */
	int64_t expires;		/* Unix ms; 0: never, as far as known */
	int64_t refresh_at;		/* Unix ms: when to look for new ones; 0: no need */
	char why[200];			/* when something below fails */
};

#define CREDENTIALS_BODY_MAX 65536

/* Find out where they are and, but for a container, read them. False: nowhere, or unreadable (why). */
bool credentials_open(struct credentials *c, const char *profile);
/* FILE: read it again. ENVIRONMENT: nothing can change. True when they are other ones than before. */
bool credentials_reread(struct credentials *c);
/* CONTAINER: what its endpoint answered. False: not credentials (why); the old ones stay. */
bool credentials_take(struct credentials *c, struct span body, int64_t now);
/* CONTAINER: the Authorization header's value to ask with, NULL for none; read anew each time, for it may be in a file that changes. The
 * caller frees it. */
char *credentials_authorization(void);
void credentials_free(struct credentials *c);

/* "2026-11-23T05:00:00Z" to Unix milliseconds; 0 when it is no such time. */
int64_t credentials_time(struct span text);
/* May the credentials be asked for there? https, or the addresses that containers are given. */
bool credentials_url_allowed(const char *url);

#endif
