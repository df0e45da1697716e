/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESP_H
#define ESP_H

#include "outbound.h"

/* The header of this name, in any case, that a destination always sends; NULL for none. */
const struct conf_node *esp_header(const struct conf_node *d, const char *name);
/* -H and --header-file for additional-headers. kinesis: streamname and x-api-key have options of their own there, and content-type is
 * application/json anyway. */
bool esp_headers(struct feed *f, struct buf *b, const struct conf_node *d, bool kinesis);
/* " OPTION "$dir/NAME.SUFFIX"", and the file itself. */
void esp_file(struct feed *f, struct buf *b, const char *option, const struct conf_node *d, const char *suffix, const struct buf *text);
/* Plain text becomes a template of cn-post, where braces are doubled. */
void esp_doubled(struct buf *b, struct span text);

#endif
