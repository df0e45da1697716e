#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The demo is the first thing that a newcomer sees.
load helper

check() {
	[ "$status" -eq 0 ] || { echo "$output" && return 1; }
	grep -Eq '10 of 10 written and deleted; [5-9] POSTs answered 200' <<<"$output"
	grep -q 'write ada .*\*\*\*\* 7899' <<<"$output"
	grep -q 'write o-1 .*"state":"shipped"' <<<"$output"
	grep -Eq 'delete [0-9A-Za-z+/]{27}=' <<<"$output"
	grep -q '137 cn-kafka-sink' <<<"$output"
	grep -Eq "in the database: $1   in Kafka: $1 .*lost: 0" <<<"$output"
	# Everything is stopped and cleared away.
	[ -z "$(find "$T/tmp" -mindepth 1)" ]
	! pgrep -f "$T/tmp"
}

setup() {
	needs cn-listen cn-decode cn-route cn-kafka-sink as-local as-put kafka-local
	mkdir "$T/tmp"
}

@test "demo ends 0, loses nothing and leaves nothing behind" {
	TMPDIR=$T/tmp RECORDS=2000 run timeout 60 "$ROOT/pipelines/demo"
	check 2000
}

@test "demo with a real Apache Kafka" {
	"$ROOT/test/kafka/kafka-real" get || skip_or_fail "needs Apache Kafka from Maven Central"
	TMPDIR=$T/tmp KAFKA=real RECORDS=2000 run timeout 120 "$ROOT/pipelines/demo"
	check 2000
}

@test "demo that is interrupted leaves nothing behind" {
	start_bg env TMPDIR="$T/tmp" "$ROOT/pipelines/demo" >"$T/out" 2>&1 </dev/null
	wait_for_line "$T/out" '^7\. '
	kill -TERM "$PID"
	wait_exit "$PID" 20
	[ "$status" -eq 75 ]
	[ -z "$(find "$T/tmp" -mindepth 1)" ]
	! pgrep -f "$T/tmp"
}
