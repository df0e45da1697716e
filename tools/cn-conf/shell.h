/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_H
#define SHELL_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* Text for a shell to read. Whatever is in the text, the shell gets it back as one word and runs nothing of it. */

/* The text as a word, in quotes where it needs them; no blank around. */
void shell_word(struct buf *b, struct span text);
/* A blank and then the word; the same for a number, and for an option with its value: " --topic orders". */
void shell_add(struct buf *b, struct span text);
void shell_option(struct buf *b, const char *option, struct span text);
void shell_number(struct buf *b, const char *option, int64_t n, const char *unit);
/* A here-document that makes FILE, a name for the shell to expand in double quotes, out of text that ends with a line end. */
void shell_file(struct buf *b, const char *indent, const char *file, struct span text);

#endif
