#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The scripts of pipelines/: the supervised ring, capture, replay.
load helper

record() { echo "{\"metadata\":{\"namespace\":\"shop\",\"set\":\"$1\",\"userKey\":\"$2\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\"},\"qty\":${3:-1}}"; }

# up [VARIABLE=VALUE...]: outbound-kafka on $PORT; its pid is in $ring_keeper
up() {
	PORT=$(free_port)
	URL=http://127.0.0.1:$PORT
	start_bg env TMPDIR="$T" LISTEN="127.0.0.1:$PORT" BROKERS="$BROKER" PAUSES=0.1 "$@" "$ROOT/pipelines/outbound-kafka" </dev/null >"$T/out" 2>"$T/log"
	ring_keeper=$PID
	wait_port "$PORT"
}
ring_dir() { echo "$T"/ring.*; }
pid_of() { cat "$(ring_dir)/$1.pid"; }
# The group of processes that the ring is now.
ring_now() { pgrep -P "$ring_keeper"; }
group_gone() { ! pgrep -g "$1" >"$T/left"; }
answers_200() { post_json "$URL/" "$1" && [ "$code" -eq 200 ]; }

ring_setup() {
	needs cn-listen cn-decode cn-route cn-kafka-sink kafka-local
	kafka_local_start
}

@test "outbound-kafka: each stage may be killed; the old ring is gone before the new one serves" {
	ring_setup
	up
	for victim in cn-listen cn-decode cn-route cn-kafka-sink; do
		wait_for answers_200 "$(record orders "before-$victim")"
		old=$(ring_now)
		kill -KILL "$(pid_of $victim)"
		wait_for group_gone "$old"
		wait_for answers_200 "$(record orders "after-$victim")"
		[ "$(ring_now)" != "$old" ]
	done
	for victim in cn-listen cn-decode cn-route cn-kafka-sink; do
		kafka_read orders | grep -q "before-$victim"
		kafka_read orders | grep -q "after-$victim"
		grep -q "starts again.*137 $victim" "$T/log"
	done
}

@test "outbound-kafka: SIGTERM drains, exits with the source's 0, leaves no file and no process" {
	ring_setup
	up
	answers_200 "$(record orders o-1)"
	ring=$(ring_now)
	kill -TERM "$ring_keeper"
	wait_exit "$ring_keeper"
	[ "$status" -eq 0 ]
	wait_for -t 2 group_gone "$ring"	# zombies are for init to collect
	[ ! -e "$(ring_dir)" ]
}

@test "outbound-kafka: what is in flight at SIGTERM is still answered 200" {
	ring_setup
	up
	answers_200 "$(record orders o-1)"
	kill -STOP "$(pid_of cn-kafka-sink)"
	start_bg curl -sS -m 20 -o "$T/body" -w '%{http_code}\n' -H 'Content-Type: application/json' -d "$(record orders o-2)" "$URL/" >"$T/code"
	wait_for in_flight 1
	kill -TERM "$ring_keeper"
	wait_for_line "$T/log" draining
	kill -CONT "$(pid_of cn-kafka-sink)"
	wait_exit "$ring_keeper"
	[ "$status" -eq 0 ]
	[ "$(cat "$T/code")" -eq 200 ]
	[ "$(kafka_count orders)" -eq 2 ]
}

in_flight() {
	kill -USR1 "$(pid_of cn-listen)"
	grep 'program=cn-listen msg=counters' "$T/log" | tail -n 1 | grep -q " in_flight=$1"
}

@test "outbound-kafka: a second SIGTERM gives up with 75" {
	ring_setup
	up GRACE=1
	answers_200 "$(record orders o-1)"
	kill -STOP "$(pid_of cn-kafka-sink)"
	start_bg curl -sS -m 20 -o "$T/body" -H 'Content-Type: application/json' -d "$(record orders o-2)" "$URL/" >"$T/code" 2>"$T/err"
	wait_for in_flight 1
	ring=$(ring_now)
	kill -TERM "$ring_keeper"
	wait_for_line "$T/log" draining
	kill -TERM "$ring_keeper"
	wait_exit "$ring_keeper"
	[ "$status" -eq 75 ]
	wait_for -t 2 group_gone "$ring"	# zombies are for init to collect
}

@test "outbound-kafka: a stage that hangs is killed when the others have gone" {
	ring_setup
	up GRACE=1
	answers_200 "$(record orders o-1)"
	old=$(ring_now)
	kill -STOP "$(pid_of cn-route)"
	kill -KILL "$(pid_of cn-listen)"
	wait_for group_gone "$old"
	wait_for answers_200 "$(record orders o-2)"
}

@test "outbound-kafka: SIGHUP makes cn-route read its file again" {
	ring_setup
	echo '{kafka: {topic: "old"}}' >"$T/route.jq"
	up ROUTE="$T/route.jq"
	answers_200 "$(record orders o-1)"
	[ "$(kafka_count old)" -eq 1 ]
	echo '{kafka: {topic: "new"}}' >"$T/route.jq"
	kill -HUP "$ring_keeper"
	goes_to_new() { answers_200 "$(record orders o-2)" && kafka_has new 1; }
	wait_for goes_to_new
}

@test "outbound-kafka: SIGHUP makes cn-listen open its dead-letter file anew and read its secrets again" {
	ring_setup
	echo 'api-key one' >"$T/users"
	up DEAD_LETTER="$T/dead" LISTEN_FLAGS="--auth-file $T/users"
	mv "$T/dead" "$T/dead.1"
	echo 'api-key two' >"$T/users"
	kill -HUP "$ring_keeper"
	wait_for [ -e "$T/dead" ]
	[ "$(curl -sS -o "$T/answer" -w '%{http_code}' -H 'X-Api-Key: two' -d '{' "http://127.0.0.1:$PORT/")" = 200 ]
	[ "$(wc -l <"$T/dead")" -eq 1 ]
	[ ! -s "$T/dead.1" ]
}

@test "outbound-kafka: settings from a file; a wrong one ends it with 78 and no second try" {
	ring_setup
	PORT=$(free_port)
	printf '%s\n' "LISTEN=127.0.0.1:$PORT" "BROKERS=$BROKER" 'SINK_FLAGS="--format flat-json --key user-key"' >"$T/settings"
	start_bg "$ROOT/pipelines/outbound-kafka" "$T/settings" </dev/null 2>"$T/log"
	wait_port "$PORT"
	answers_200() { post_json "http://127.0.0.1:$PORT/" "$1" && [ "$code" -eq 200 ]; }
	answers_200 "$(record orders o-1)"
	[ "$(kafka_read orders %k)" = o-1 ]
	stop "$PID"

	echo 'ROUTE_FLAGS="--by nonsense"' >>"$T/settings"
	status=0
	timeout 10 "$ROOT/pipelines/outbound-kafka" "$T/settings" </dev/null 2>"$T/log" || status=$?
	[ "$status" -eq 78 ]
	grep -q 'nonsense' "$T/log"
	! grep -q 'starts again' "$T/log"

	run "$ROOT/pipelines/outbound-kafka" "$T/none"
	[ "$status" -eq 78 ]
	[[ "$output" == *"can't read $T/none"* ]]
}

@test "outbound-kafka: a port that is taken is tried again until it is free" {
	ring_setup
	PORT=$(free_port)
	start_bg cn-listen -l "127.0.0.1:$PORT" </dev/null >"$T/other" 2>&1
	other=$PID
	wait_port "$PORT"
	start_bg env LISTEN="127.0.0.1:$PORT" BROKERS="$BROKER" PAUSES=0.1 "$ROOT/pipelines/outbound-kafka" </dev/null 2>"$T/log"
	URL=http://127.0.0.1:$PORT
	wait_for_line "$T/log" 'starts again'
	stop "$other"
	wait_for answers_200 "$(record orders o-1)"
	kafka_has orders 1
}

@test "capture: lines go on unchanged, files hold them all and have so many lines" {
	seq -f '{"id":%.0f,"x":"  ü\u0000"}' 10 >"$T/in"
	"$ROOT/pipelines/capture" -l 3 "$T/day" <"$T/in" >"$T/out"
	cmp "$T/in" "$T/out"
	cat "$T"/day-*.ndjson | cmp - "$T/in"
	[ "$(wc -l <"$(ls "$T"/day-*-0000.ndjson)")" -eq 3 ]
	[ "$(ls "$T"/day-* | wc -l)" -eq 4 ]
	# A second start begins new files.
	"$ROOT/pipelines/capture" -z -C 100 "$T/day" <"$T/in" >>"$T/out"
	zcat "$T"/day-*.gz | cmp - "$T/in"
	[ "$(wc -l <"$T/out")" -eq 20 ]
}

@test "capture: a line is passed on, and in the file, at once" {
	mkfifo "$T/in"
	start_bg sh -c "exec '$ROOT/pipelines/capture' '$T/c' <'$T/in'" >"$T/out" 2>"$T/err"
	exec 7>"$T/in"
	for i in 1 2 3; do
		echo "{\"id\":$i}" >&7
		wait_for_lines "$T/out" $i 2
		wait_for_lines "$(ls "$T"/c-*)" $i 2
	done
	exec 7>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "capture: where it can't write, the lines go on, and it says so" {
	seq 100000 >"$T/in"
	status=0
	"$ROOT/pipelines/capture" "$T/no/such/dir" <"$T/in" >"$T/out" 2>"$T/err" || status=$?
	[ "$status" -eq 74 ]
	cmp "$T/in" "$T/out"
	grep -q 'the copy ended early' "$T/err"
}

@test "capture in a ring: its disk may be full, the answers are 200" {
	ring_setup
	ring_start 'cn-listen -l 127.0.0.1:$PORT' "$ROOT/pipelines/capture /dev/full/c" cn-decode 'cn-route --by set' 'cn-kafka-sink -b $BROKER'
	for i in 1 2 3; do
		post_json "$URL/" "$(record orders o-$i)"
		[ "$code" -eq 200 ]
	done
	[ "$(ring_stop)" = "0 74 0 0 0" ]
}

@test "replay: leaves out what is acked, singly and in ranges, and keeps the new acks" {
	seq -f '{"id":%.0f}' 1795406400000001 1795406400000100 >"$T/f"
	{
		echo '{"ack":[1795406400000011,1795406400000020]}'
		echo '{"ack":1795406400000001,"to":"kafka:x/0@1"}'
		echo '{"ack":[1795406400000015,1795406400000098]}'
		echo '{"nack":1795406400000003,"retry":true,"error":"x"}'
		printf '{"ack":179540640000000'
	} >"$T/f.acks"
	run "$ROOT/pipelines/replay" "tee $T/sent | jq -c '{ack: .id}'" "$T/f"
	[ "$status" -eq 0 ]
	[[ "$output" == *"11 lines to replay, 89 were acked before"* ]]
	[ "$(jq -r .id "$T/sent" | tr '\n' ' ' | sed 's/17954064000//g')" = "00002 00003 00004 00005 00006 00007 00008 00009 00010 00099 00100 " ]
	# The ack behind the torn line is lost with it: that one goes twice, none is missing.
	run "$ROOT/pipelines/replay" "tee $T/sent | jq -c '{ack: .id}'" "$T/f"
	[ "$(jq -r .id "$T/sent")" = 1795406400000002 ]
	run "$ROOT/pipelines/replay" "tee $T/sent | jq -c '{ack: .id}'" "$T/f"
	[ ! -s "$T/sent" ]
}

@test "replay: a capture, killed in the middle, and once more until all is in Kafka" {
	ring_setup
	seq 1 5000 | sed 's/.*/{"id":&,"metadata":{"namespace":"shop","set":"orders","userKey":"o-&","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write"},"bins":{"n":&}}/' >"$T/c.ndjson"
	gzip "$T/c.ndjson"
	run "$ROOT/pipelines/replay" "head -n 2000 | cn-route --by set | cn-kafka-sink -b $BROKER --key user-key" "$T/c.ndjson.gz"
	[ "$status" -eq 0 ]
	run "$ROOT/pipelines/replay" "cn-decode | cn-route --by set | cn-kafka-sink -b $BROKER --key user-key" "$T/c.ndjson.gz"
	[ "$status" -eq 0 ]
	[[ "$output" == *"3000 lines to replay, 2000 were acked before"* ]]
	[ "$(kafka_read orders '%k\n' | sort -u | wc -l)" -eq 5000 ]
	[ "$(kafka_count orders)" -eq 5000 ]
}

@test "replay: what is nacked stays to be done, and the exit code tells" {
	ring_setup
	printf '%s\n' '{"id":1,"metadata":{"namespace":"shop","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"delete"}}' >"$T/f"
	run "$ROOT/pipelines/replay" "cn-route --by set | cn-kafka-sink -b $BROKER" "$T/f"
	[ "$status" -eq 65 ]
	grep -q '"nack":1,"retry":false' "$T/f.acks"
	run "$ROOT/pipelines/replay" "cn-route --by set --default kafka:deleted | cn-kafka-sink -b $BROKER" "$T/f"
	[ "$status" -eq 0 ]
	[ "$(kafka_count deleted)" -eq 1 ]
}

@test "usage of each script" {
	for script in outbound-kafka outbound-kinesis inbound-kafka capture replay; do
		run "$ROOT/pipelines/$script" --help
		[ "$status" -eq 0 ]
		[[ "$output" == *"$script"* ]]
	done
	run "$ROOT/pipelines/replay" only-one
	[ "$status" -eq 64 ]
	run "$ROOT/pipelines/replay" cat "$T/none"
	[ "$status" -eq 66 ]
}

@test "the example settings work" {
	ring_setup
	PORT=$(free_port)
	MANAGE=$(free_port)
	sed "s/^LISTEN=.*/LISTEN=127.0.0.1:$PORT/; s/127.0.0.1:8081/127.0.0.1:$MANAGE/; s/^BROKERS=.*/BROKERS=$BROKER/; s,/var/lib/cn,$T," \
		"$ROOT/pipelines/outbound-kafka.conf" >"$T/conf"
	URL=http://127.0.0.1:$PORT
	start_bg "$ROOT/pipelines/outbound-kafka" "$T/conf" </dev/null 2>"$T/log"
	wait_port "$PORT"
	answers_200 "$(record orders o-1)"
	get "http://127.0.0.1:$MANAGE/ready"
	[ "$code" -eq 200 ]
	post_json "$URL/" 'not what XDR sends'
	[ "$code" -eq 200 ]
	[ "$(wc -l <"$T/dead.ndjson")" -eq 1 ]
}

@test "the units for systemd are sound" {
	command -v systemd-analyze >/dev/null || skip_or_fail "needs systemd-analyze"
	for unit in outbound-kafka outbound-kinesis inbound-kafka; do
		sed "s,^ExecStart=[^ ]*,ExecStart=$ROOT/pipelines/$unit,; s,^Documentation=.*,," "$ROOT/pipelines/$unit.service" >"$T/$unit.service"
		run systemd-analyze verify "$T/$unit.service"
		echo "$output"
		[ "$status" -eq 0 ]
		[[ "$output" != *$unit.service* ]]
	done
}

@test "the configuration for haproxy is sound, and a ring that drains is left out" {
	command -v haproxy >/dev/null || skip_or_fail "needs haproxy"
	ring_setup
	front=$(free_port)
	up
	first=$ring_keeper one=$PORT
	up
	two=$PORT
	sed "s/127.0.0.1:8080/127.0.0.1:$front/; s/127.0.0.1:8081/127.0.0.1:$one/; s/127.0.0.1:8082/127.0.0.1:$two/" "$ROOT/pipelines/haproxy.cfg" >"$T/cfg"
	haproxy -c -f "$T/cfg"
	start_bg haproxy -db -f "$T/cfg" >"$T/haproxy" 2>&1
	wait_port "$front"
	URL=http://127.0.0.1:$front
	for i in {1..6}; do wait_for answers_200 "$(record orders o-$i)"; done
	kill -TERM "$first"
	wait_exit "$first"
	for i in {7..12}; do wait_for answers_200 "$(record orders o-$i)"; done
	for i in {1..12}; do kafka_read orders | grep -q "\"o-$i\""; done
}

@test "two rings share a port, and one may drain while the other serves" {
	ring_setup
	up LISTEN_FLAGS=--reuse-port
	one=$ring_keeper
	start_bg env TMPDIR="$T" LISTEN="127.0.0.1:$PORT" BROKERS="$BROKER" LISTEN_FLAGS=--reuse-port \
		"$ROOT/pipelines/outbound-kafka" </dev/null >"$T/out" 2>"$T/log.2"
	wait_for_line "$T/log.2" 'msg=listening'
	for i in {1..20}; do answers_200 "$(record orders "o-$i")"; done
	kill -TERM "$one"
	wait_exit "$one"
	[ "$status" -eq 0 ]
	for i in {21..30}; do answers_200 "$(record orders "o-$i")"; done
	[ "$(kafka_read orders | jq -r .metadata.userKey | sort -u | wc -l)" -eq 30 ]
	# The first had its share of the first twenty: some, and not all.
	grep 'program=cn-listen msg=counters' "$T/log" | grep -Eq ' ok=1?[0-9] '
	! grep -q ' ok=0 ' "$T/log"
}

@test "ring.sh works in a script that runs under set -e" {
	ring_setup
	PORT=$(free_port)
	URL=http://127.0.0.1:$PORT
	sed "s,^set -u,set -eu,; s,\"\${0%/\*}/ring.sh\",\"$ROOT/pipelines/ring.sh\"," "$ROOT/pipelines/outbound-kafka" >"$T/strict"
	grep -q '^set -eu' "$T/strict"
	chmod +x "$T/strict"
	start_bg env TMPDIR="$T" LISTEN="127.0.0.1:$PORT" BROKERS="$BROKER" PAUSES=0.1 "$T/strict" </dev/null 2>"$T/log"
	ring_keeper=$PID
	wait_for answers_200 "$(record orders o-1)"
	old=$(ring_now)
	kill -KILL "$(pid_of cn-decode)"
	wait_for group_gone "$old"
	wait_for answers_200 "$(record orders o-2)"
	kill -TERM "$ring_keeper"
	wait_exit "$ring_keeper"
	[ "$status" -eq 0 ]
}
