/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JSON_H
#define JSON_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* JSON without a tree: a cursor walks over text that stays where it is, checks it strictly (RFC 8259 grammar, UTF-8 without
 * surrogates or overlong forms, at most JSON_DEPTH_MAX levels) and gives spans into it. Each byte is looked at once.
 *
 *	struct json j;
 *	struct json_member m;
 *	json_open(&j, line);
 *	for (json_object(&j); json_member(&j, &m);)
 *		if (json_key_is(&m, "id"))
 *			json_value(&j, &id);
 *		else
 *			json_value(&j, NULL);
 *	if (!json_done(&j)) ... j.error says why, json_offset(&j) where
 *
 * After the first error every call does nothing and answers "no more", so a walk needs no check but the one at its end.
 */
#define JSON_DEPTH_MAX 256

enum json_type { JSON_BAD, JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	const char *p, *end, *start;
	const char *error;	/* NULL while all is well; a static text */
	unsigned depth;
	bool first;		/* just inside an object or array: no comma before the next */
};

struct json_member {
	struct span key;	/* raw text between the quotes */
	bool escaped;		/* the key has backslashes: compare through json_key_is */
};

void json_open(struct json *j, struct span text);
/* What the next value is, by its first byte; consumes only white space. JSON_BAD at an error or the end. */
enum json_type json_peek(struct json *j);
/* Enter an object or array; false (and error) when the next value is none. */
bool json_object(struct json *j);
bool json_array(struct json *j);
/* Inside an object: the next member's key, with the cursor before its value, which the caller must consume (json_value,
 * json_object ...) before the next call. False at the closing brace, which is consumed, or at an error. */
bool json_member(struct json *j, struct json_member *m);
/* Inside an array: true when an element follows; the caller consumes it. False at the bracket, which is consumed. */
bool json_element(struct json *j);
/* Walk over a whole value of any type. *raw (may be NULL) becomes its text: a string with its quotes, a number as written,
 * an object with its braces; no white space around it. Returns its type, JSON_BAD on error. */
enum json_type json_value(struct json *j, struct span *raw);
/* True when nothing went wrong and nothing but white space is left. */
bool json_done(struct json *j);
/* Record an error of the caller's own at this place; the first one stays. */
void json_fail(struct json *j, const char *error);
static inline size_t json_offset(const struct json *j) { return (size_t)(j->p - j->start); }

bool json_key_is_escaped(const struct json_member *m, const char *name);	/* the slow way of json_key_is */
static inline bool json_key_is(const struct json_member *m, const char *name)
{
	if (m->escaped)
		return json_key_is_escaped(m, name);
	return m->key.n == strlen(name) && memcmp(m->key.p, name, m->key.n) == 0;
}

/* What a raw value says; each takes a span that json_value gave.
 * json_text: the text of a string, without escapes. When there are none, the span points into raw itself; else the text is
 * appended to *scratch and the span points there (good until *scratch changes). Absent when raw is no string or has a lone
 * surrogate escape. */
struct span json_text(struct span raw, struct buf *scratch);
enum json_type json_type_of(struct span raw);
/* A number that is an integer (no fraction, no exponent) and fits. */
bool json_int64(struct span raw, int64_t *out);
bool json_uint64(struct span raw, uint64_t *out);
/* Any number, to the nearest double; false when raw is no number or overflows. */
bool json_double(struct span raw, double *out);

/* Writing. json_put_string: a string with quotes, escaping only what must be; the text must be valid UTF-8 (utf8_valid).
 * json_put_escaped: the same without the quotes. json_put_double: the shortest text that reads back the same, always
 * recognisable as a float ("2.0", "1e+300"); the caller handles NaN and infinities. */
void json_put_string(struct buf *b, struct span text);
void json_put_escaped(struct buf *b, struct span text);
/* For text of unknown quality (messages of other programs): a string with quotes, at most max bytes with them; invalid UTF-8
 * becomes U+FFFD, and what is too long is cut at a whole character. */
void json_put_lossy(struct buf *b, struct span text, size_t max);
void json_put_int64(struct buf *b, int64_t n);
void json_put_uint64(struct buf *b, uint64_t n);
void json_put_double(struct buf *b, double d);
void json_put_base64(struct buf *b, const void *p, size_t n);	/* a string with quotes */
/* Valid JSON is about to become part of a line: a raw line end can stand only between tokens, where a blank means the same. */
void json_blank_line_ends(char *p, size_t n);

bool utf8_valid(struct span text);

#endif
