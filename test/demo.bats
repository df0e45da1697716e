#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The demo is the first thing that a newcomer sees.
load helper

check() {
	[ "$status" -eq 0 ] || { echo "$output" && return 1; }
	# There by HTTP, in Kafka with the card hidden, and back in the other namespace; changed and deleted there too.
	grep -q '"userKey":"ada".*\*\*\*\* 7899' <<<"$output"
	grep -q '200 .*"bins":{"name":"Ada","since":1815,"card":"\*\*\*\* 7899"}}' <<<"$output"
	grep -q '200 .*"bins":{"name":"Ada","since":1815,"rank":1}}' <<<"$output"
	grep -q '404 .*Record not found' <<<"$output"
	grep -q '137 cn-kafka-sink' <<<"$output"
	grep -q '137 as-put' <<<"$output"
	grep -Eq "written: $1   in Kafka: $1, twice: " <<<"$output"
	grep -Eq "in shop: $1   in copy: $1   .*lost: 0   different: 0" <<<"$output"
	# Everything is stopped and cleared away.
	[ -z "$(find "$T/tmp" -mindepth 1)" ]
	! pgrep -f "$T/tmp"
}

setup() {
	needs cn-listen cn-decode cn-route cn-kafka-sink cn-kafka-source cn-map as-put as-scan as-rest as-local kafka-local
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
	wait_for_line "$T/out" '^6\. ' 40
	kill -TERM "$PID"
	wait_exit "$PID" 20
	[ "$status" -eq 75 ]
	[ -z "$(find "$T/tmp" -mindepth 1)" ]
	! pgrep -f "$T/tmp"
}
