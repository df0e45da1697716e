#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-put: order under load, servers that go, come, say nothing, or let nobody in.
bats_require_minimum_version 1.5.0
load helper
load as-put/common

setup() { needs as-put as-local; }

# --- order, load, troubles

@test "the order of a key's lines is kept: 3000 lines of 10 keys" {
	local_start
	records 1 3000 10 >in
	put <in >acks
	[ "$(acked | sort -n | uniq | wc -l)" = 3000 ]
	for ((i = 0; i < 10; i++)); do
		want=$((i ? 2990 + i : 3000))
		[ "$(ask get test s k$i)" = "300 $want" ]
	done
}

@test "lines in memory are taken as soon as there is room: a window of one never sleeps" {
	local_start
	for i in 1 2 3; do record $i k$i $i; done >in
	begin=${EPOCHREALTIME/[.,]/}
	for i in {1..30}; do put --window 1 <in >acks; done
	[ $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) -lt 4000 ]
	[ "$(acked | wc -l)" = 3 ]
}

@test "as-local is killed and comes again: nothing that was acknowledged is missing" {
	local_start --data "$T/data"
	put_start --window 50
	feed() {
		local i
		for ((i = 0; i < 40; i++)); do
			records $((100 * i + 1)) $((100 * i + 100)) 10000
			sleep 0.03
		done >&6
	}
	feed &
	FEED=$!
	wait_for acked_more_than 500
	stop "$LOCAL" KILL
	sleep 0.5
	local_start --data "$T/data"
	wait "$FEED"
	put_end
	[ "$status" = 0 ]
	[ "$(acked | sort -n | uniq | wc -l)" = 4000 ]
	run -1 grep nack acks
	[ "$(ask count test s)" = 4000 ]
	[ "$(ask get test s k2500)" = "1 2500" ] || [ "$(ask get test s k2500)" = "2 2500" ]
	[ "$(counter in_flight)" = 0 ]
}

@test "a write without answer is repeated, unless the repetition would lie: then it is nacked as in doubt" {
	local_start
	fake_start
	tell 'fault A silent 3'
	for i in 1 2 3 4 5 6 7 8; do record $i k$i $i; done >in
	put --window 1 --timeout 3s <in >acks
	[ "$(acked | sort -n | uniq | wc -l)" = 8 ]
	tell 'fault A silent'
	record 9 k9 9 >in
	for policy in '--exists create-only' '--generation eq'; do
		record 9 k9 9 '"gen":0' >in
		# shellcheck disable=SC2086
		run put --timeout 1500ms $policy <in
		[ "$status" = 75 ]
		[[ $output == '{"nack":9,"retry":true,'*'in doubt'* ]]
		[ "$(counter in_doubt).$(counter again)" = 1.0 ]
	done
	exec 7>&-
}

@test "an overloaded node is tried again" {
	local_start
	fake_start
	tell 'fault A overload'
	put_start
	record 1 a 1 >&6
	sleep 0.5
	tell 'fault A none'
	put_end
	[ "$status" = 0 ]
	[ "$(cat acks)" = '{"ack":1}' ]
	[ "$(ask get test s a)" = "1 1" ]
	exec 7>&-
}

@test "what waits behind a record that is nacked for retry is nacked too" {
	local_start
	fake_start
	tell 'fault A busy-timeout'
	{ record 1 a 1 && record 2 a 2 && record 3 a 3; } >in
	run put --timeout 1s <in
	[ "$status" = 75 ]
	[ "$(cut -d , -f 1,2 <<<"$output" | tr '\n' ' ')" = '{"nack":1,"retry":true {"nack":2,"retry":true {"nack":3,"retry":true ' ]
	exec 7>&-
}

@test "without a server: a pause, then nacks for retry within the time, and exit 75" {
	AEROSPIKE=127.0.0.1:$(free_port)
	{ record 1 a 1 && record 2 a 2 && record 3 b 3; } >in
	run put --timeout 1s <in
	[ "$status" = 75 ]
	[ "$(grep -c '"nack":[123],"retry":true' <<<"$output")" = 3 ]
	grep -q 'Connection refused' err
}

@test "--timeout never: the cluster goes and comes, nothing is nacked, and reading stops meanwhile" {
	local_start --data "$T/data"
	put_start --timeout never --window 100
	feed() {
		records 1 30000 1000 >&6
	}
	feed &
	FEED=$!
	wait_for acked_more_than 100
	stop "$LOCAL" KILL
	before=$(acked | wc -l)
	sleep 1
	[ $(($(acked | wc -l) - before)) -lt 100 ]
	local_start --data "$T/data"
	wait "$FEED"
	put_end
	[ "$status" = 0 ]
	run -1 grep nack acks
	[ "$(acked | sort -n | uniq | wc -l)" = 30000 ]
	[ "$(ask count test s)" = 1000 ]
	for key in 0 1 500 999; do [[ $(ask get test s k$key) == *" $((key ? 29000 + key : 30000))" ]]; done
}

@test "a server that wants TLS, a login, and both" {
	local_start
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost 2>/dev/null
	fake_start user=writer tls=.
	echo secret >password
	{ record 1 a 1 && record 2 b 2; } >in
	put --tls --tls-ca cert.pem --tls-name localhost --user writer --password-file password <in >acks
	[ "$(acked | wc -l)" = 2 ]
	[ "$(ask get test s b)" = "1 2" ]
	# Another name, no trust, no login, another user: given back for retry, and said
	for words in '--tls-ca cert.pem --tls-name elsewhere --user writer' '--tls-name localhost --user writer' '--tls-ca cert.pem --tls-name localhost --user other'; do
		# shellcheck disable=SC2086
		run put --timeout 500ms --tls $words --password-file password <in
		[ "$status" = 75 ]
		[ "$(grep -c '"retry":true' <<<"$output")" = 2 ]
		grep -qE "can't ask node|refuses" err
	done
	run put --timeout 500ms --user writer --password-file password <in
	[ "$status" = 75 ]
	run -1 grep secret err acks
	exec 7>&-
}

@test "a server that comes late is waited for" {
	DB=$(free_port)
	AEROSPIKE=127.0.0.1:$DB
	put_start
	record 1 a 1 >&6
	sleep 1
	local_start
	put_end
	[ "$status" = 0 ]
	[ "$(cat acks)" = '{"ack":1}' ]
	[ "$(ask get test s a)" = "1 1" ]
}

@test "a namespace that is not there: nacked for retry, and said" {
	local_start
	record 1 a 1 >in
	run put -n nope <in
	[ "$status" = 75 ]
	[[ $output == '{"nack":1,"retry":true,"error":"namespace nope: '* ]]
	grep -q 'level=error.*namespace=nope' err
}
