#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The outbound ring into a real Apache Kafka.
load helper

setup_file() { kafka_real_start; }

@test "the broker answers and keeps what is produced over SIGKILL and restart" {
	topic=kept-$RANDOM
	seq 1 1000 | kcat -P -b "$BROKER" -t $topic -X acks=all
	kafka_real_stop KILL
	kafka_real_restart
	kafka_read $topic | sort -n >out
	cmp out <(seq 1 1000)
}
