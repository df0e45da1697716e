/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KAFKA_LOCAL_H
#define KAFKA_LOCAL_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdint.h>

/* The ports that the cluster's brokers will listen on: first, first + 1, ... in the order in which they are started; 0 leaves
 * it to the system. A port that can't be had ends the program. */
void port_fix(uint16_t first);

/* Read what is there of the commands on fd and do them; false at the end of input. */
bool control_read(rd_kafka_mock_cluster_t *cluster, int fd);

#endif
