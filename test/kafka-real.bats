#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The outbound ring into a real Apache Kafka. The broker is shared by the tests of this file; those that need other settings start
# their own.
load helper

setup_file() { kafka_real_start; }

# A ring whose route is a jq expression and whose sink has these further options.
ring() {
	local route=$1
	shift
	ring_start 'cn-listen --listen 127.0.0.1:$PORT --dead-letter dead' cn-decode "cn-route -e '$route'" "cn-kafka-sink -b $BROKER $*"
}

needs_ring() { needs cn-listen cn-decode cn-route cn-kafka-sink; }

new_topic() { echo "${1:-t}-$$-$RANDOM"; }

# The record keys of a topic, each once, sorted.
topic_digests() { kafka_read "$1" '%k\n' | sort -u; }

@test "the broker answers and keeps what is produced over SIGKILL and restart" {
	topic=$(new_topic kept)
	seq 1 1000 | kcat -P -b "$BROKER" -t "$topic" -X acks=all
	kafka_real_stop KILL
	kafka_real_restart
	kafka_read "$topic" | sort -n >out
	cmp out <(seq 1 1000)
}

@test "flat-json: value, key and headers are what the reference says, byte by byte" {
	needs_ring
	topic=$(new_topic flat)
	ring "{kafka: {topic: \"$topic\"}}" --format flat-json --headers
	post_wire "$URL/shop" "$WIRE_WRITE"
	[ "$code" = 200 ]
	[ "$(ring_stop)" = "0 0 0 0" ]
	kafka_read "$topic" '%s' >value
	printf '%s' '{"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7,"exp":0},"qty":42,"sku":"A-9"}' >expected
	cmp value expected
	[ "$(kafka_read "$topic" %k)" = "7GuNIoca3f0yU8bTUgVi0W+Xfpc=" ]
	kafka_read "$topic" %h >headers
	cat headers
}

@test "the topic of a record that Kafka does not have yet is created, and the record is in it" {
	needs_ring
	topic=$(new_topic new)
	ring "{kafka: {topic: \"$topic\"}}"
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	kafka_has "$topic" 1
}
