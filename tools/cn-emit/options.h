/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "emit.h"

/* Ends the program on bad ones. */
void options_parse(struct options *o, int argc, char **argv);

#endif
