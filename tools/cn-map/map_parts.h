/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MAP_PARTS_H
#define MAP_PARTS_H

#include "mapping.h"

/* Inside of map_line. All but the first two answer false with m->why when the part can't be made. */

/* Null or absent. */
bool map_is_null(struct span raw);
/* What a selector finds; bytes of headers are taken out of their object. */
struct found map_look(const struct selector *s, const struct kafka_line *k);
/* Complain: a part ("set") that must be there is missing; what was found for it won't do. Both answer false. */
bool map_lacks(struct mapper *m, const char *what, const struct selector *s);
bool map_unfit(struct mapper *m, const char *what, const struct selector *s, const char *why);
/* `"metadata":{...}` */
bool map_put_metadata(struct mapper *m, const struct mapping *g, const struct kafka_line *k, struct buf *out, bool is_delete);
/* `,"bins":{...}` */
bool map_put_bins(struct mapper *m, const struct mapping *g, struct kafka_line *k, struct buf *out);

#endif
