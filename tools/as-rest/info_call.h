/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFO_CALL_H
#define INFO_CALL_H

#include "rest.h"

/* Send info commands, one a line, to a node (NULL: any). The time limit is that of the route's parameters. Uses r->unit and r->db. */
void info_ask(struct request *r, struct span commands, const char *node, bool write, void (*done)(struct request *r, const struct client_reply *reply));
/* May this stand in an info command as a name? Not empty, nothing in it that the command's grammar or the line could end with. */
bool info_name(struct span name);

#endif
