#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-scan: what as-put has written comes back, all of it, once, from where it was asked to.
bats_require_minimum_version 1.5.0
load helper

setup() { needs as-scan as-put as-local; }

# local_start [OPTION...]: sets LOCAL (pid), DB (port) and AEROSPIKE
local_start() {
	: >"$T/address"
	start_bg as-local -p 0 "$@" >"$T/address" 2>>"$T/log" </dev/null 7>&-
	LOCAL=$PID
	wait_for_line "$T/address" :
	AEROSPIKE=$(cat "$T/address")
	DB=${AEROSPIKE##*:}
}

# A cluster of N nodes before as-local, which does what tell says; sets AEROSPIKE
fake_start() {
	mkfifo commands
	run_fake() { exec "$ROOT/test/fake-cluster" "$AEROSPIKE" "$@" <commands >fake.out 2>fake.err 7>&-; }
	start_bg run_fake "$@"
	exec 7>commands
	wait_for_line fake.out ready
	AEROSPIKE=127.0.0.1:$(sed -n 's/^ready //p' fake.out | cut -d ' ' -f 1)
}
tell() {
	local n
	n=$(wc -l <fake.out)
	echo "$1" >&7
	wait_for_lines fake.out $((n + 1))
}

scan() { as-scan -h "$AEROSPIKE" "$@" 2>err; }
put() { as-put -h "$AEROSPIKE" --send-key "$@" >acks 2>put.err; }
# fill COUNT [SET [FROM]]: records with a bin v, a number, and a bin t, a text
fill() {
	seq "${3:-1}" $((${3:-1} + $1 - 1)) | awk -v set="${2:-s}" '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"test\",\"set\":\"%s\",\"userKey\":\"k%d\",\"msg\":\"write\"},\"bins\":{\"v\":%d,\"t\":\"text %d\"}}\n",
		$1, set, $1, $1, $1 }' | put
}
keys() { LC_ALL=C sed 's/.*"userKey":"//; s/".*//' "$@" | LC_ALL=C sort; }
# whole FILE COUNT: so many lines, of as many records, ids in ascending order
whole() {
	LC_ALL=C awk -v want="$2" '{ id = substr($0, 7) + 0; digest = substr($0, index($0, "\"digest\":\"") + 10, 28) }
		id <= last { print "id " id " behind " last; bad = 1 }
		seen[digest]++ { print digest " comes twice"; bad = 1 }
		{ last = id }
		END { if (NR != want) print NR " lines, not " want; exit bad || NR != want }' "$1"
}
counter() { grep counters err | tail -n 1 | grep -o " $1=[0-9]*" | cut -d = -f 2; }

@test "a copy of every particle type is the same byte for byte on the wire" {
	local_start -n test -n second
	soon=$(($(date +%s) + 1000))
	awk -F '\t' -v soon=$soon '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"test\",\"set\":\"t\",\"userKey\":%s,\"msg\":\"write\",\"exp\":%d},\"bins\":%s,\"types\":{%s%s}}\n",
		NR, NR % 3 == 0 ? NR : NR % 3 == 1 ? "\"k" NR "\"" : "\"AAE" NR % 8 "\"", NR % 2 ? 0 : soon, $1, $2 ? substr($2, 2, length($2) - 2) : "\"/absent\":\"blob\"",
		NR % 3 == 2 ? ",\"userKey\":\"blob\"" : "" }' "$FIXTURES/sink/values.tsv" >in
	put <in
	[ "$(cat acks)" = '{"ack":[1,14]}' ] || [ "$(wc -l <acks)" -gt 1 ]
	"$ROOT/test/as-scan/raw" "$DB" test t | sort >test.raw
	[ "$(wc -l <test.raw)" = 14 ]
	scan -n test -s t | tee lines | put -n second
	whole lines 14
	[ "$(jq -r .metadata.namespace lines | uniq)" = test ]
	"$ROOT/test/as-scan/raw" "$DB" second t | sort >second.raw
	diff test.raw second.raw
	# And the lines of the copy are the lines of the first, but for their order and the namespace.
	scan -n second -s t | sed 's/"namespace":"second"/"namespace":"test"/; s/^{"id":[0-9]*,//' | sort >again
	sed 's/^{"id":[0-9]*,//' lines | sort | diff - again
	# Only what JSON can't say is in types.
	run -1 grep -F '/absent' lines
}

@test "metadata: set, user key when it is stored, digest, generation, expiry; records without set" {
	local_start
	fill 1
	fill 1
	seq 2 | sed 's/.*/{"id":&,"metadata":{"namespace":"test","userKey":&,"msg":"write","exp":4000000000},"bins":{"v":&}}/' | as-put -h "$AEROSPIKE" --ttl 300000000 >acks 2>put.err
	scan -n test >lines
	whole lines 3
	grep -E '^\{"id":[0-9]+,"metadata":\{"namespace":"test","set":"s","userKey":"k1","digest":"[^"]{28}","msg":"write","gen":2,"exp":0\},"bins":\{"v":1,"t":"text 1"\}\}$' lines
	[ "$(grep -c '"namespace":"test","digest":' lines)" = 2 ]
	exp=$(jq .metadata.exp lines | sort -n | tail -n 1)
	[ $((exp - $(date +%s))) -gt 299999900 ]
	[ $((exp - $(date +%s))) -le 300000000 ]
	[ "$(scan -n test -s s | wc -l)" = 1 ]
}

@test "an empty set, an unknown namespace, no server" {
	local_start
	[ "$(scan -n test -s nothing)" = "" ]
	[ "$(counter records)" = 0 ]
	run scan -n nope
	[ "$status.$output" = 78. ]
	grep -q '^as-scan: namespace nope: invalid namespace' err
	AEROSPIKE=127.0.0.1:$(free_port)
	run scan -n test --timeout 300ms
	[ "$status" = 69 ]
	grep -q "^as-scan: can't reach the cluster: .*refused" err
}

@test "100,000 records; by partitions; some bins; no bins; at most so many" {
	local_start
	fill 100000
	scan -n test -s s >all
	whole all 100000
	[ "$(keys all | sort -u | wc -l)" = 100000 ]
	for range in 0-1023 1024-2047 2048 2049-4095; do
		scan -n test --partitions $range >"part.$range"
		[ -s "part.$range" ]
	done
	cat part.* | keys | cmp - <(keys all)
	python3 - part.0-1023 <<-'END'
		import base64, json, sys
		for line in open(sys.argv[1]):
		    d = base64.b64decode(json.loads(line)["metadata"]["digest"])
		    assert (d[0] | d[1] << 8) & 4095 <= 1023
	END
	scan -n test --partitions 7-9 --bins v,none >some
	[ "$(jq -c '.bins | keys' some | sort -u)" = '["v"]' ]
	scan -n test --partitions 7-9 --bins none >none
	[ ! -s none ]
	scan -n test --partitions 7-9 --no-bins >bare
	[ "$(wc -l <bare)" = "$(wc -l <some)" ]
	run -1 grep -q bins bare
	[ "$(scan -n test --max 777 | wc -l)" = 777 ]
}

@test "expired records don't come" {
	local_start
	fill 10
	seq 11 20 | sed 's/.*/{"id":&,"metadata":{"namespace":"test","set":"s","userKey":"k&","msg":"write"},"bins":{"v":&}}/' | put --ttl 1
	run -1 grep nack acks
	ten() { [ "$(scan -n test | wc -l)" = 10 ]; }
	wait_for ten
}

# --- filters

@test "--since: only what was written since; --lut tells when" {
	local_start
	fill 50
	sleep 0.05
	since=$(($(date +%s%N) / 1000000))
	sleep 0.05
	fill 30 s 101
	fill 3 s 7
	scan -n test --since $since >new
	whole new 33
	[ "$(keys new | grep -cxE 'k1..|k[789]')" = 33 ]
	[ "$(scan -n test --since 1h | wc -l)" = 80 ]
	[ "$(scan -n test --since "$(date -u -d @$((since / 1000 + 3600)) +%Y-%m-%dT%H:%M:%SZ)" | wc -l)" = 0 ]
	scan -n test --lut >lut
	whole lut 80
	[ "$(jq -c "select(.metadata.lut < $since)" lut | wc -l)" = 47 ]
	[ "$(jq -c "select(.metadata.lut >= $since)" lut | wc -l)" = 33 ]
	# The rest of the line is the same, in the same order.
	diff <(sed 's/"lut":[0-9]*,//' lut) <(scan -n test)
	[ "$(head -n 1 lut | jq -c '.metadata | keys_unsorted')" = '["namespace","set","userKey","digest","msg","gen","lut","exp"]' ]
}

@test "--filter: an expression in base64 or base64url, alone or with --since" {
	local_start
	fill 20
	# v > 15: [3, [81, 2, "v"], 15]
	filter=$(unhex '93 03 93 51 02 a1 76 0f' | base64)
	[ "$(scan -n test --filter "$filter" | jq .bins.v | sort -n | tr '\n' ' ')" = '16 17 18 19 20 ' ]
	# [7, 0, "~?>", ...], whose base64 has both of the other letters
	odd=$(unhex '94 07 00 a3 7e3f3e 93 51 03 a1 74' | base64)
	[ -z "$(scan -n test --filter "$(tr '+/' '-_' <<<"$odd" | tr -d =)")" ]
	[ -z "$(scan -n test --filter "$odd")" ]
	[ "$(scan -n test --filter "$filter" --since 1h | wc -l)" = 5 ]
	[ -z "$(scan -n test --filter "$filter" --since 4102444800000)" ]
}

@test "servers that have no expressions yet are told" {
	local_start
	fill 1
	fake_start 1 build=5.1.0.40
	for words in '--since 1h' '--filter ww==' --lut; do
		# shellcheck disable=SC2086
		run scan -n test $words
		[ "$status.$output" = 78. ]
		grep -qE 'needs? servers 5' err
	done
	[ "$(scan -n test | wc -l)" = 1 ]
	exec 7>&-
}

# --- pace

@test "--rate: so many lines a second, evenly" {
	local_start
	fill 2000
	begin=${EPOCHREALTIME/[.,]/}
	scan -n test --rate 2000 | while read -r _; do echo "${EPOCHREALTIME/[.,]/}"; done >times
	took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
	[ "$(wc -l <times)" = 2000 ]
	[ $took -ge 900 ]
	[ $took -lt 5000 ]
	# Not all at the end.
	[ $(($(sed -n 1000p times) - $(sed -n 1p times))) -ge 350000 ]
}

@test "a reader that takes its time makes the scan wait, not grow" {
	local_start
	# 28 MB, of which far less may be in memory
	pad=$(head -c 700000 /dev/zero | tr '\0' x)
	for i in {1..40}; do
		echo '{"id":'"$i"',"metadata":{"namespace":"test","set":"s","userKey":'"$i"',"msg":"write"},"bins":{"b":"'"$pad"'"}}'
	done | put
	mkfifo out
	run_scan() { exec as-scan -h "$AEROSPIKE" -n test >out 2>err; }
	start_bg run_scan
	SCAN=$PID
	exec 6<out
	paused() { grep -qE 'pauses=[1-9]' err; }
	usr1() { kill -USR1 "$SCAN" && paused; }
	wait_for_line err 'node found'
	wait_for usr1
	# (A build with sanitizers needs far more, whatever it does.)
	grep -q __asan_init "$BIN/as-scan" || [ "$(awk '/VmRSS/ { print $2 }' "/proc/$SCAN/status")" -lt 22000 ]
	[ "$(wc -l <&6)" = 40 ]
	exec 6<&-
	wait_exit "$SCAN"
	[ "$status" = 0 ]
}

@test "progress on a terminal, or when asked" {
	local_start
	fill 3000
	script -qec "as-scan -h $AEROSPIKE -n test --rate 2000 >lines" /dev/null >tty </dev/null
	[ "$(wc -l <lines)" = 3000 ]
	grep -aE '[0-9]+ records, [0-9]+\.[0-9]%, [0-9]+/s, left [0-9]+:[0-9]{2}' tty
	script -qec "as-scan -h $AEROSPIKE -n test --progress never >lines" /dev/null >tty </dev/null
	run -1 grep -a 'left' tty
}

# --- going on

@test "killed and resumed from its own lines: every record once, ids go on" {
	local_start
	fill 20000
	run_scan() { as-scan -h "$AEROSPIKE" -n test -s s --rate 40000 --resume dump >>dump 2>>err; }
	for lines in 3000 9000; do
		killed_scan() { exec as-scan -h "$AEROSPIKE" -n test -s s --rate 40000 --resume dump >>dump 2>>err; }
		start_bg killed_scan
		wait_for_lines dump $lines
		stop "$PID" KILL
	done
	# As if a line was cut in the midst
	head -c -20 dump >torn && cat torn >dump
	[ "$(wc -l <dump)" -lt 20000 ]
	run_scan
	whole dump 20000
	grep -q 'took away a last line' err
	# There is nothing left.
	run_scan
	whole dump 20000
}

@test "SIGTERM: what is read is written, exit 75, and it says how to go on" {
	local_start
	fill 20000
	run_scan() { exec as-scan -h "$AEROSPIKE" -n test --rate 20000 --resume dump >>dump 2>err; }
	start_bg run_scan
	wait_for_lines dump 2000
	kill -TERM "$PID"
	wait_exit "$PID"
	[ "$status" = 75 ]
	grep -q 'stopped; .* done: .*--resume' err
	as-scan -h "$AEROSPIKE" -n test --resume dump >>dump 2>err
	whole dump 20000
}

@test "the writer behind it is killed: resumed from the lines and the acks, all is copied and little comes twice" {
	local_start -n test -n second
	fill 20000
	run_copy() { as-scan -h "$AEROSPIKE" -n test --rate 20000 2>err | tee lines | { echo $BASHPID >pid && exec as-put -n second -h "$AEROSPIKE" --window 100 >acks2 2>put.err; }; }
	start_bg run_copy
	COPY=$PID
	half_way() { [ "$("$ROOT/test/as-local/ask" "$DB" count second)" -gt 5000 ]; }
	wait_for half_way
	kill -KILL "$(cat pid)"
	wait_for gone "$COPY"
	[ "$("$ROOT/test/as-local/ask" "$DB" count second)" -lt 20000 ]
	before=$(wc -l <lines)
	as-scan -h "$AEROSPIKE" -n test --resume lines --acks acks2 2>err | tee -a lines | as-put -n second -h "$AEROSPIKE" >>acks2 2>put.err
	[ "$("$ROOT/test/as-local/ask" "$DB" count second)" = 20000 ]
	# What lay in the pipes comes again, no more: far from all that was written.
	[ "$(wc -l <lines)" -lt $((20000 + before)) ]
	[ "$(keys lines | sort -u | wc -l)" = 20000 ]
}

@test "--resume: a file that is not there, of another namespace, no records, not readable" {
	local_start -n test -n second
	fill 10
	[ "$(scan -n test --resume nothing | wc -l)" = 10 ]
	scan -n test >lines
	run scan -n second --resume lines
	[ "$status" = 65 ]
	grep -q 'lines:1: a record of another namespace' err
	run scan -n test -s other --resume lines
	[ "$status" = 65 ]
	echo '{"v":1}' >>lines
	run scan -n test --resume lines
	[ "$status" = 65 ]
	grep -q 'lines:11: not a record line' err
	run scan -n test --resume .
	[ "$status" = 74 ]
}

# --- nodes

@test "two nodes; one dies while its partitions go to the other: every record once" {
	local_start
	fill 10000
	fake_start 2
	run_scan() { exec as-scan -h "$AEROSPIKE" -n test --rate 10000 >lines 2>err 7>&-; }
	start_bg run_scan
	wait_for_lines lines 1000
	tell 'down B'
	tell 'own A 0-4095'
	wait_exit "$PID" 20
	[ "$status" = 0 ]
	whole lines 10000
	exec 7>&-
}

@test "a node that gives no answers: what the other one has is written, exit 75 in time, and it goes on from there" {
	local_start
	fill 2000
	fake_start 2
	tell 'fault B cut'
	run scan -n test --timeout 300ms
	[ "$status" = 75 ]
	grep -qE '^as-scan: namespace test: .*; [0-9]+ records, (4[5-9]|5[0-5])\.[0-9]% done: .*--resume' err
	echo "$output" >lines
	[ "$(wc -l <lines)" -gt 500 ]
	[ "$(wc -l <lines)" -lt 1500 ]
	tell 'fault B none'
	as-scan -h "$AEROSPIKE" -n test --resume lines >>lines 2>err
	whole lines 2000
	exec 7>&-
}

@test "login and TLS" {
	local_start
	fill 100
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost 2>/dev/null
	fake_start 1 user=reader tls=.
	echo secret >password
	[ "$(scan -n test --tls --tls-ca cert.pem --tls-name localhost --user reader --password-file password | wc -l)" = 100 ]
	run scan -n test --tls --tls-ca cert.pem --tls-name localhost --timeout 500ms
	[ "$status" = 69 ]
	run scan -n test --tls --tls-name localhost --user reader --password-file password --timeout 500ms
	[ "$status" = 69 ]
	exec 7>&-
}

# --- ends

@test "a full disk is exit 74, a reader that goes away a quiet 75" {
	local_start
	fill 5000
	full() { as-scan -h "$AEROSPIKE" -n test >/dev/full; }
	run full
	[ "$status" = 74 ]
	[[ $output == *"can't write records to standard output: No space left"* ]]
	as-scan -h "$AEROSPIKE" -n test --rate 2000 2>err | head -n 1 >/dev/null
	[ "${PIPESTATUS[0]}" = 75 ]
	run -1 grep -E 'error|warn' err
}

@test "initial load: as-scan | cn-kafka-sink" {
	needs cn-kafka-sink kafka-local
	local_start
	kafka_local_start
	fill 1000
	scan -n test -s s | cn-kafka-sink -b "$BROKER" -t users >acks 2>sink.err
	[ "$(kafka_count users)" = 1000 ]
	[ "$(kafka_read users | jq -r .bins.v 2>/dev/null | sort -un | wc -l)" = 1000 ] || [ "$(kafka_read users | jq -r .v | sort -un | wc -l)" = 1000 ]
}

@test "options that are wrong exit 64" {
	for words in '' '-n test operand' '-n test --partitions 4096' '-n test --partitions 9-3' '-n test --partitions 1-' '-n test --since yesterday' \
		'-n test --since 2026-02-30' '-n test --since 2026-01-01T25:00:00Z' '-n test --filter ###' '-n test --filter kwUE' '-n test --bins a,,b' \
		'-n test --bins a-name-of-16-byt' '-n test --bins a --no-bins' '-n test --rate 0' '-n test --acks x' '-n test --progress soon' '-n a:b'; do
		# shellcheck disable=SC2086
		run as-scan $words </dev/null
		[ "$status" = 64 ] || { echo "$words: $status $output" && false; }
	done
	run as-scan --help
	[ "$status" = 0 ]
	[[ $output == "usage: as-scan "* ]]
}
