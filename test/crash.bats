#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The crash loop, short; `make crash` runs it longer and with a real Kafka.
load helper

setup() { needs cn-listen cn-decode cn-route cn-kafka-sink cn-emit kafka-local; }

@test "crash loop: any stage killed at any time, nothing that was answered 200 is missing" {
	RECORDS=4000 RATE=500 LIMIT=25 run "$ROOT/test/crash/crash"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"answered=4000 kafka: stored=4000 "*" lost=0 "* ]]
	# It did kill.
	[[ "$output" == *"killed: "*=* ]]
	[[ "$output" != *"broker_stops=0 "* ]]
}

@test "crash loop through cn-fan: any stage and any sink killed at any time, nothing that was answered 200 is missing at either" {
	needs cn-fan cn-post-kinesis
	"$ROOT/test/kinesis/kinesis-real" get || skip_or_fail "needs kinesalite from npm"
	FAN=yes RECORDS=4000 RATE=500 LIMIT=15 run "$ROOT/test/crash/crash"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"answered=4000 kafka: stored=4000 "*" lost=0 kinesis: stored=4000 "*" lost=0 "* ]]
	[[ "$output" == *"killed: "*=* ]]
}

@test "crash loop: a sink that lies is found out" {
	mkdir "$T/bin"
	ln -s "$BIN"/* "$T/bin/"
	# Acks the records that end in 7 without handing them to Kafka.
	rm "$T/bin/cn-kafka-sink"
	cat >"$T/bin/cn-kafka-sink" <<-END
	#!/bin/bash
	exec 3>&1
	tee >(jq -c --unbuffered 'select(.bins.n % 10 == 7) | {ack: .id}' >&3) |
		jq -c --unbuffered 'select(.bins.n % 10 != 7)' | "$BIN/cn-kafka-sink" "\$@"
	END
	chmod +x "$T/bin/cn-kafka-sink"
	CN_BIN=$T/bin RECORDS=200 RATE=1000 LIMIT=0 run "$ROOT/test/crash/crash"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"answered=200 kafka: stored=180 "*" lost=20 "* ]]
}

@test "crash loop from Kafka into a database: stages, broker and database killed, the last value of each key is the topic's last" {
	needs cn-kafka-source cn-map as-put as-scan as-local
	"$ROOT/test/kafka/kafka-real" get || skip_or_fail "needs Apache Kafka from Maven Central"
	KAFKA=real RECORDS=3000 LIMIT=12 run "$ROOT/test/crash/inbound"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"keys=200 missing=0 wrong=0 "*" restarts=1 killed: "*=* ]]
}

@test "crash loop from Kafka into a database: a sink that lies is found out" {
	needs cn-kafka-source cn-map as-put as-scan as-local
	mkdir "$T/bin"
	ln -s "$BIN"/* "$T/bin/"
	rm "$T/bin/as-put"
	cat >"$T/bin/as-put" <<-'END'
	#!/bin/sh
	exec jq -c --unbuffered '{ack: .id}'
	END
	chmod +x "$T/bin/as-put"
	CN_BIN=$T/bin RECORDS=200 RATE=1000 LIMIT=0 LAST=1 run "$ROOT/test/crash/inbound"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"missing=200 "* ]]
}
