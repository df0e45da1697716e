/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "fetch.h"
#include "format.h"
#include "status.h"
#include "template.h"

#include <stdbool.h>

#define HEADERS_MAX 64

struct header {
	char *name;
	struct template *value;
};

struct options {
	const char *to;				/* our member of `to` */
	const char *destination;		/* of records that name none; NULL: the first */
	const char *method;
	enum format format;
	struct format_options format_options;
	enum template_missing missing;
	const char *header_texts[HEADERS_MAX];	/* -H, as given */
	int n_header_texts;
	const char *header_file, *basic_file, *bearer_file;
	struct header headers[HEADERS_MAX];	/* all of them, in order */
	int n_headers;
	bool fixed_headers;			/* the same for every record */
	bool digest_header, verbose;
	struct fetch_options fetch;
	size_t queue;				/* records per endpoint that are not under way */
	int64_t deadline, pause;
	struct status_policy status;
	struct {
		const char *path;		/* NULL: no probes */
		const char *method;
		int64_t interval, timeout;
		unsigned up, down;		/* probes in a row */
	} health;
	unsigned batch;				/* records per request; 1: a body is the record itself */
	size_t batch_bytes;
	int64_t linger;
	bool ndjson;
	bool gzip;
	size_t gzip_threshold;
	char **urls;				/* operands, "[NAME=]URL" */
	int n_urls;
};

void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);
/* "json", "flat-json", "msgpack", "line" and their synonyms; -1 for any other. */
int options_format(const char *word);
/* What a body of this format is, batches thought of. */
const char *options_media_type(const struct options *o, enum format f);

#endif
