#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kafka-local: seen from other processes, through kcat.
bats_require_minimum_version 1.5.0
load helper

setup() { needs kafka-local; }

@test "prints its address and knows the topics it was told" {
	kafka_local_start -t orders:3 -t people --partitions 2
	[[ $BROKER =~ ^127\.0\.0\.1:[0-9]+$ ]]
	kcat -b "$BROKER" -L >meta
	grep -q 'topic "orders" with 3 partitions' meta
	grep -q 'topic "people" with 2 partitions' meta
}

@test "several brokers" {
	kafka_local_start --brokers 3 -t orders:6
	[[ $BROKER =~ ^127\.0\.0\.1:[0-9]+,127\.0\.0\.1:[0-9]+,127\.0\.0\.1:[0-9]+$ ]]
	kcat -b "${BROKER%%,*}" -L >meta
	grep -q '3 brokers:' meta
	[ "$(grep -c 'partition [0-5], leader' meta)" -eq 6 ]
}

@test "what is produced can be consumed: keys, values, headers, tombstones, a topic that was not there" {
	kafka_local_start
	printf 'k1:v1\nk2:\n' | kcat -b "$BROKER" -t new -P -K: -Z -H a=b
	kafka_read new '%k|%S|%s|%h\n' | sort >got
	printf 'k1|2|v1|a=b\nk2|-1||a=b\n' | diff - got
}

@test "a consumer group keeps its offsets" {
	kafka_local_start -t t:1
	seq 3 | kcat -b "$BROKER" -t t -P
	# A group that was left can be joined anew only after the session timeout; see the man page.
	group() { timeout 30 kcat -b "$BROKER" -G g -q -c "$1" -X auto.offset.reset=earliest -X session.timeout.ms=3000 \
		-X heartbeat.interval.ms=500 t; }
	group 3 >first
	seq 3 | diff - first
	seq 4 5 | kcat -b "$BROKER" -t t -P
	group 2 >second
	seq 4 5 | diff - second
}

@test "SIGTERM ends it with 0" {
	kafka_local_start
	kill -TERM "$KAFKA_PID"
	wait_exit "$KAFKA_PID"
	[ "$status" -eq 0 ]
}

@test "uses no processor time when idle" {
	kafka_local_start -t t:1
	echo x | kcat -b "$BROKER" -t t -P
	ticks() { awk '{ print $14 + $15 }' "/proc/$KAFKA_PID/stat"; }
	before=$(ticks)
	sleep 2
	[ $(($(ticks) - before)) -le 2 ]
}

@test "a fixed port, again at once after a stop; a taken one is an error" {
	port=$(free_port)
	kafka_local_start -p "$port" -t t:1
	[ "$BROKER" = "127.0.0.1:$port" ]
	echo x | kcat -b "$BROKER" -t t -P
	run -69 kafka-local -p "$port"
	[[ $output == *"can't listen on 127.0.0.1:$port: Address already in use"* ]]
	stop "$KAFKA_PID"
	kafka_local_start -p "$port"
	[ "$BROKER" = "127.0.0.1:$port" ]
}

@test "bad options are refused" {
	run -64 kafka-local -t 'a b'
	[[ $output == *"--topic a b: not a topic name"* ]]
	run -64 kafka-local -t ''
	run -64 kafka-local -t a:0
	run -64 kafka-local -t a:
	run -64 kafka-local -t a:1x
	run -64 kafka-local --brokers 0
	run -64 kafka-local word
}

@test "commands: down, up, fail, topic-error, complaints; their end stops it" {
	mkfifo commands
	kafka_commands() { kafka-local --control -t t:1 <commands >out 2>err; }
	start_bg kafka_commands
	exec 7>commands
	wait_for_line out :
	BROKER=$(head -n 1 out)
	tell() { n=$(wc -l <out); echo "$1" >&7; wait_for_lines out $((n + 1)); }
	echo a | kcat -b "$BROKER" -t t -P
	tell down
	run ! kcat -b "$BROKER" -L -m 1
	tell up
	[ "$(kafka_read t)" = a ]
	tell 'fail produce 10'
	run ! kcat -b "$BROKER" -t t -P <<<b
	[[ $output == *"Message size too large"* ]]
	tell 'topic-error t 29'
	run kcat -b "$BROKER" -L -t t
	[[ $output == *"Topic authorization failed"* ]]
	tell 'topic-error t 0'
	tell 'rtt 5'
	[ "$(sed 1d out | sort -u)" = ok ]
	tell nonsense
	tail -n 1 out | grep 'unknown command'
	exec 7>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "a full standard output is an error" {
	run -74 bash -c 'exec kafka-local >/dev/full'
	[[ $output == *"can't write to standard output"* ]]
}
