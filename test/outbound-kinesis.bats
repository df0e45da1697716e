#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pipelines/outbound-kinesis both ways, against kinesalite and the stand-in for API Gateway.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	[ -x "$BIN/cn-post-kinesis" ] || return 0
	"$ROOT/test/kinesis/kinesis-real" get || { skip_or_fail "needs kinesalite from npm" && return 0; }
	start_bg "$ROOT/test/kinesis/kinesis-real" run >"$T/kinesis.port" 2>"$T/kinesis.err" </dev/null
	wait_for_line "$T/kinesis.port" '^[0-9]+$'
	KINESIS=http://127.0.0.1:$(cat "$T/kinesis.port")
	export KINESIS
}

setup() {
	needs cn-listen cn-decode cn-route cn-post-kinesis
	[ -n "${KINESIS:-}" ] || skip_or_fail "needs kinesalite from npm"
	STREAM=s$BATS_TEST_NUMBER
	unset "${!AWS_@}" "${!CN_KINESIS_@}"
	export HOME=$T
	mkdir .aws
	printf '[default]\naws_access_key_id = a\naws_secret_access_key = b\n' >.aws/credentials
	stream "$STREAM"
}

api() { curl -sS -m 10 "$KINESIS/" -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: Kinesis_20131202.$1" \
	--aws-sigv4 aws:amz:us-east-1:kinesis --user a:b -d "$2"; }
stream_is_active() { [ "$(api DescribeStream '{"StreamName":"'"$1"'"}' | jq -r .StreamDescription.StreamStatus)" = ACTIVE ]; }
stream() {
	api CreateStream '{"StreamName":"'"$1"'","ShardCount":2}'
	wait_for stream_is_active "$1"
}
keys_in() { AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b "$ROOT/pipelines/kinesis-tail" -r us-east-1 -e "$KINESIS" "$1" | jq -r '.data | fromjson | .key[3]'; }

# up [VARIABLE=VALUE...]: the ring, in the background
up() {
	PORT=$(free_port)
	URL=http://127.0.0.1:$PORT
	start_bg env TMPDIR="$T" LISTEN="127.0.0.1:$PORT" PAUSES=0.1 "$@" "$ROOT/pipelines/outbound-kinesis" </dev/null >"$T/out" 2>"$T/log"
	ring_keeper=$PID
	wait_port "$PORT"
}
down() {
	kill -TERM "$ring_keeper"
	wait_exit "$ring_keeper"
	[ "$status" -eq 0 ]
}
record() { echo "{\"metadata\":{\"namespace\":\"shop\",\"set\":\"$1\",\"userKey\":\"$2\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"},\"qty\":1}"; }
answers_200() { post_json "$URL/" "$1" && [ "$code" -eq 200 ]; }

@test "directly: what is answered 200 is in the stream; a sink that is killed is replaced; SIGTERM drains" {
	up STREAM="$STREAM" REGION=us-east-1 ENDPOINT="$KINESIS"
	answers_200 "$(record orders o-1)"
	[ "$(keys_in "$STREAM")" = o-1 ]
	kill -KILL "$(cat "$T"/ring.*/cn-post-kinesis.pid)"
	wait_for answers_200 "$(record orders o-2)"
	grep -q 'starts again.*137 cn-post-kinesis' "$T/log"
	keys_in "$STREAM" | grep -x o-2
	down
}

@test "directly: a stream for each set" {
	stream "orders$STREAM"
	up STREAM="$STREAM" REGION=us-east-1 ENDPOINT="$KINESIS" \
		ROUTE_FLAGS="--by set --only-set orders$STREAM --only-set= --sink kinesis --default kinesis:$STREAM"
	answers_200 "$(record "orders$STREAM" o-1)"
	answers_200 "$(record "" o-2)"
	[ "$(keys_in "orders$STREAM").$(keys_in "$STREAM")" = o-1.o-2 ]
	# No such stream: not lost, but XDR's to send again.
	echo '{kinesis: "none"}' >route
	down
	up STREAM="$STREAM" REGION=us-east-1 ENDPOINT="$KINESIS" ROUTE="$T/route"
	post_json "$URL/" "$(record orders o-3)"
	[ "$code" -eq 503 ]
	down
}

@test "through the gateway: with the key of a file; a 200 that is none is a 503" {
	: >gateway.log
	start_bg "$ROOT/test/kinesis/kinesis-real" gateway --kinesis "$KINESIS" --log gateway.log --rules gateway.rules --key sesame \
		>gateway.port 2>gateway.err </dev/null
	wait_for_line gateway.port '^[0-9]+$'
	echo sesame >key
	up STREAM="$STREAM" GATEWAY="http://127.0.0.1:$(cat gateway.port)/prod/kinesis" API_KEY_FILE="$T/key" SINK_FLAGS='--deadline 500ms'
	answers_200 "$(record orders o-1)"
	[ "$(keys_in "$STREAM")" = o-1 ]
	[ "$(jq -r '.headers | index("streamname") as $i | .[$i + 1]' gateway.log)" = "$STREAM" ]
	echo '[{"status":200,"body":{"__type":"ResourceNotFoundException","message":"no such stream"}}]' >gateway.rules
	post_json "$URL/" "$(record orders o-2)"
	[ "$code" -eq 503 ]
	down
}

@test "the example settings work; a wrong one ends it with 78" {
	PORT=$(free_port)
	MANAGE=$(free_port)
	sed "s/^LISTEN=.*/LISTEN=127.0.0.1:$PORT/; s/127.0.0.1:8902/127.0.0.1:$MANAGE/; s,/var/lib/cn,$T,; s/^STREAM=.*/STREAM=$STREAM/; s/ap-south-1\$/us-east-1/" \
		"$ROOT/pipelines/outbound-kinesis.conf" >conf
	echo "ENDPOINT=$KINESIS" >>conf
	URL=http://127.0.0.1:$PORT
	start_bg "$ROOT/pipelines/outbound-kinesis" "$T/conf" </dev/null 2>log
	wait_port "$PORT"
	answers_200 "$(record orders o-1)"
	get "http://127.0.0.1:$MANAGE/ready"
	[ "$code" -eq 200 ]
	stop "$PID"
	echo 'SINK_FLAGS=--nonsense' >>conf
	run -78 timeout 10 "$ROOT/pipelines/outbound-kinesis" "$T/conf" </dev/null
	[[ $output == *nonsense* ]]
	run -78 "$ROOT/pipelines/outbound-kinesis" "$T/none"
	# Without credentials too.
	rm -r .aws
	sed -i '/nonsense/d' conf
	run -78 timeout 10 "$ROOT/pipelines/outbound-kinesis" "$T/conf" </dev/null
	[[ $output == *'no AWS credentials'* ]]
}
