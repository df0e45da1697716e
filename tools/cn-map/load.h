/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOAD_H
#define LOAD_H

#include "options.h"

/* What files say, read at the start and again. */

/* The program of -e or -f, compiled, or NULL without one; ends everything, with all that the compiler has to say, when it is wrong. */
struct jq_program *load_program(const struct options *o);
/* SIGHUP: the files once more. What is wrong is logged, and the old kept. */
void load_again(struct options *o, struct jq_program **jq);
/* After an abort inside jq the compiled program is gone. It compiled before, so it will again, unless its file has changed. */
void load_anew(const struct options *o, struct jq_program **jq);

#endif
