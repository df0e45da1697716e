/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "format.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the partition key of a record comes from. */
enum key_source { KEY_DIGEST, KEY_USER_KEY, KEY_SET, KEY_BIN };

#define HEADERS_MAX 32

struct options {
	const char *gateway;			/* URL; NULL: the Kinesis API itself */
	const char *to;				/* our member of the record's `to` */
	const char *stream, *region, *endpoint, *profile, *ca, *api_key;
	char *url;				/* where requests go */
	const char *header[HEADERS_MAX];	/* "Name: value" */
	int n_headers;
	enum format format;
	struct format_options format_options;
	enum key_source key;
	const char *key_bin;			/* KEY_BIN */
	bool base64, newline, loose, verbose;
	size_t batch, batch_bytes, record_max, connections, queue, queue_bytes;
	int64_t linger, deadline, call_timeout, connect_timeout, connection_ttl;	/* ms */
};

/* Dies EX_USAGE or EX_CONFIG on what makes no sense. */
void options_parse(struct options *o, int argc, char **argv);
/* "json", "msgpack" ...; only what makes sense here. -1 for any other. */
int options_format(const char *word);

#endif
