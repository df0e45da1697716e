/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_H
#define KAFKA_H

#include "outbound.h"

/* cn-kafka-sink's words for Kafka's own properties; secrets go into a file. */
bool kafka_properties(struct plan *p, const struct conf_node *map, struct buf *b);

#endif
