/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORMAT_SAID_H
#define FORMAT_SAID_H

#include "format.h"
#include "json.h"

/* What a record's `to` can say to any sink of its format: {"format":"flat-json","metadataKey":"meta","keepMapKeys":true}. Raw values,
 * absent when it says nothing. */
struct format_said {
	struct span format, metadata_key, keep_map_keys;
};

/* Inside the sink's object, at a member: true when it is one of these, and then its value has been read. */
bool format_said_read(struct json *j, const struct json_member *m, struct format_said *s);
/* Put it over what the options say. NULL, or the complaint ("format is none of ..."), a static text. scratch holds the metadata key,
 * and so stays as it is until the record is written. */
const char *format_said_apply(const struct format_said *s, enum format *f, struct format_options *o, struct buf *scratch);

#endif
