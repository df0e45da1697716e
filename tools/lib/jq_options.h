/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JQ_OPTIONS_H
#define JQ_OPTIONS_H

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

/* What programs that run jq have in common in their options. */

/* jq's own way of writing these, `--arg NAME VALUE`, becomes `--arg NAME=VALUE`: two words into one, in a new argv, which lives to the
 * end. */
char **jq_options_join(int *argc, char **argv);
/* Inside set(): add NAME=VALUE (is_json: NAME=JSON) to the object args; calls opt_bad when it is none. */
jv jq_options_add(jv args, const char *value, bool is_json);
/* A program shows the environment to whoever asks ($ENV), and secrets are handed over in there: keep these variables only, and those for
 * language and time zone. */
void jq_options_hide(const char *const *kept, size_t n);

#endif
