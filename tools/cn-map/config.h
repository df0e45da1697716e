/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_H
#define CONFIG_H

#include "conf.h"
#include "topics.h"

/* The mappings of a connector's configuration: YAML or JSON of the current form, or .properties of 1.x, told apart by the file's name.
 * Ends the program, with file and line, when there is something that can't be followed. */
void config_load(struct topics *t, const char *path);
/* The same, but false when it can't be followed: c->error says why. c is made anew and needs conf_free in any case. */
bool config_read(struct topics *t, struct conf *c, const char *path);

/* One per form. False: c->error says why. */
bool config_yaml(struct topics *t, struct conf *c);
bool config_properties(struct topics *t, struct conf *c);

#endif
