#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load helper

setup() {
	needs cn-emit
}

# An HTTP receiver that makes trouble; its log is $T/log, one JSON object per POST.
server_start() {
	start_bg "$ROOT/test/fault-server" "$T/log" >"$T/port" 2>"$T/server.err" </dev/null
	wait_for test -s "$T/port"
	URL=http://127.0.0.1:$(cat "$T/port")
}

records() { cn-emit --print --generate "$@"; }

# The value of a key in the summary line.
summary() { sed -n 's/.*msg=done.* '"$1"'=\([^ ]*\).*/\1/p' "$T/err"; }

# Every id from 1 to N acked exactly once, nothing else.
all_acked() {
	jq -r 'if (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' "$2" | sort -n >"$T/ids"
	seq "$1" | diff - "$T/ids"
}

@test "the worked examples of the wire go out byte for byte, with XDR's headers" {
	server_start
	cat >in <<-'END'
	{"id":1,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7,"exp":0},"bins":{"qty":42,"sku":"A-9"}}
	{"id":2,"metadata":{"namespace":"shop","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"delete","durable":true}}
	END
	cn-emit "$URL/ok/a/../b?c=d" <in >acks 2>err
	all_acked 2 acks
	[ "$(wc -l <log)" -eq 2 ]
	for hex in "$WIRE_WRITE" "$WIRE_DELETE"; do unhex "$hex" | base64 -w 0; echo; done >want
	jq -r .body64 log | diff want -
	[ "$(jq -r .path log | uniq)" = '/ok/a/../b?c=d' ]
	[ "$(jq -r '.headers[][0]' log | sort -u | tr '\n' ' ')" = "Content-Length Content-type Host " ]
	[ "$(jq -r '.headers[] | select(.[0] == "Content-type")[1]' log | uniq)" = application/octet-stream ]
}

@test "--as: each format with its media type; --as-proto and --metadata-key" {
	server_start
	echo '{"metadata":{"namespace":"n","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","exp":0},"bins":{"a":1}}' >in
	for as in json flat-json msgpack wire; do cn-emit --as $as --as-proto --metadata-key meta "$URL/ok" <in >acks; done
	[ ! -s acks ]
	jq -r '.headers[] | select(.[0] == "Content-type")[1]' log >types
	printf '%s\n' application/json application/json application/x-msgpack application/octet-stream | diff - types
	jq -r .body64 log | sed -n 1p | base64 -d >one
	[ "$(cat one)" = '{"msg":"write","key":["n",null,"7GuNIoca3f0yU8bTUgVi0W+Xfpc=",null],"gen":null,"exp":0,"lut":null,"bins":[{"name":"a","type":"int","value":1}]}' ]
	jq -r .body64 log | sed -n 2p | base64 -d >two
	[ "$(cat two)" = '{"meta":{"namespace":"n","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","exp":0},"a":1}' ]
	[ "$(jq -r .body64 log | sed -n 3p | base64 -d | od -An -tx1 | head -n 1)" = " 93 01 01 95 94 a1 6e c0 c4 14 ec 6b 8d 22 87 1a" ]
	[ "$(jq -r .body64 log | sed -n 4p | base64 -d | od -An -tx1 -N 3)" = " 01 02 03" ]
}

@test "only 200 is done: 503, 201 and 204 are repeated, and every id is acked once" {
	server_start
	records 200 --first-id 1 --mix 100:0:0 >in
	cn-emit -c 8 "$URL/flaky/2" <in >acks 2>err
	all_acked 200 acks
	[ "$(wc -l <log)" -eq 600 ]
	[ "$(summary taken) $(summary retries)" = "200 400" ]
	for code in 201 204 301 404 500; do
		run -75 cn-emit --tries 2 "$URL/status/$code" < <(head -n 1 in)
		[[ $output == *'{"nack":1,"retry":true,"error":"status '$code' after 2 tries"}'* ]]
	done
}

@test "connections that are closed instead of an answer, and answers that do not come in time" {
	server_start
	records 20 --first-id 1 --mix 100:0:0 >in
	cn-emit -c 4 "$URL/reset/1" <in >acks 2>err
	all_acked 20 acks
	[ "$(summary taken)" -eq 20 ]
	cn-emit -c 4 --timeout 200ms "$URL/silent/1" < <(head -n 4 in) >acks 2>err
	all_acked 4 acks
	grep -q 'error="no answer in time"' err
}

@test "nobody listens: tries again until somebody does" {
	port=$(free_port)
	records 5 --first-id 1 >in
	start_bg cn-emit "http://127.0.0.1:$port/" <in >acks 2>err
	wait_for_line err 'not taken, repeating'
	emit=$PID
	start_bg cn-listen -l 127.0.0.1:"$port" </dev/null >got 2>listen.err
	wait_exit "$emit"
	[ "$status" -eq 0 ]
	all_acked 5 acks
}

@test "a record that is not taken does not hold back the others" {
	server_start
	echo '{"id":1,"metadata":{"namespace":"n","userKey":"poison","msg":"write","exp":0},"bins":{}}' >one
	records 50 --mix 100:0:0 | sed 's/^{/{"id":2,/' >rest
	cat one rest | cn-emit -c 1 "$URL/flaky/3" >acks 2>err
	# The first try of each came before the last of the first one.
	last=$(jq -r .body64 log | grep -n "$(jq -r .body64 log | head -n 1)" | tail -n 1 | cut -d : -f 1)
	[ "$last" -gt 50 ]
}

@test "versions of one record go one after the other, whatever the number of connections" {
	server_start
	records 600 --mix 5:95:0 >in
	run -0 cn-emit --as json -c 32 --tries 1 "$URL/order" <in
	[ "$(jq -s 'map(select(.status != 200)) | length' log)" -eq 0 ]
}

@test "one connection keeps the order of the input" {
	server_start
	records 100 --mix 20:80:0 >in
	cn-emit --as flat-json -c 1 "$URL/ok" <in
	jq -r .body64 log | base64 -d | jq -c .n >n
	seq 0 99 | diff - n
}

@test "connections are kept: as many as asked for, each used again" {
	server_start
	records 200 >in
	cn-emit -c 4 "$URL/ok" <in
	[ "$(jq .connection log | sort -u | wc -l)" -le 4 ]
}

@test "skip is acked, error lines and bad records are nacked for good, and the rest goes on" {
	server_start
	cat >in <<-'END'
	{"id":1,"skip":true}
	{"id":2,"error":"cn-route: \"no\" such bin"}
	{"id":3,"metadata":{"namespace":"n","msg":"write"},"bins":{}}
	{"id":4,"metadata":
	{"id":5,"metadata":{"namespace":"n","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write"},"bins":{"a":"?"},"types":{"/a":"blob"}}
	{"id":6,"metadata":{"namespace":"n","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write"},"bins":{}}

	no json at all
	END
	run -65 cn-emit "$URL/ok" <in 2>err
	[ "$(wc -l <log)" -eq 1 ]
	[[ $output == *'{"ack":1}'* ]]
	[[ $output == *'{"nack":2,"retry":false,"error":"cn-route: \"no\" such bin"}'* ]]
	[[ $output == *'{"nack":3,"retry":false,"error":"neither digest nor userKey"}'* ]]
	[[ $output == *'{"nack":4,"retry":false,"error":"not a record: '* ]]
	[[ $output == *'{"nack":5,"retry":false,"error":"bin a: types wants base64 here"}'* ]]
	[[ $output == *'{"ack":6}'* ]]
}

@test "a line that is too long is refused by its id" {
	server_start
	{ printf '{"id":9,"metadata":{"x":"'; head -c 100000 /dev/zero | tr '\0' x; echo '"}}'; } >in
	run -65 cn-emit --line-max 64k "$URL/ok" <in
	[[ $output == *'{"nack":9,"retry":false,"error":"line too long (see --line-max)"}'* ]]
}

@test "--rate is kept" {
	server_start
	cn-emit --generate 100 --rate 200 "$URL/ok" 2>err
	awk -v s="$(summary seconds)" 'BEGIN { exit !(s > 0.4 && s < 1.5) }'
}

@test "--generate: the same seed makes the same records, others differ, digests are right" {
	records 500 --seed 7 >a
	records 500 --seed 7 >b
	records 500 --seed 8 >c
	cmp a b
	! cmp -s a c
	[ "$(jq -r .metadata.lut a | grep -v null | sort -u | wc -l)" -eq "$(jq -r .metadata.lut a | grep -cv null)" ]
	[ "$(jq -r '.metadata.set // empty' a | sort -u | tr '\n' ' ')" = "events orders users " ]
	# Without their digests they are posted the same: digests are computed from the keys then.
	server_start
	grep '"userKey"' a >keyed
	cn-emit -c 1 "$URL/ok" <keyed
	sed 's/"digest":"[^"]*",//' keyed | cn-emit -c 1 "$URL/ok"
	n=$(wc -l <keyed)
	[ "$(wc -l <log)" -eq $((2 * n)) ]
	cmp <(head -n "$n" log | jq -r .body64) <(tail -n "$n" log | jq -r .body64)
}

@test "SIGTERM: what is held is finished, the rest of the input is left, exit 0" {
	server_start
	mkfifo in
	exec 7<>in
	start_bg cn-emit -c 2 "$URL/slow/100" <in >acks 2>err 7>&-
	records 6 --first-id 1 --mix 100:0:0 >&7
	wait_for_lines log 2
	kill -TERM "$PID"
	wait_exit "$PID"
	exec 7>&-
	[ "$status" -eq 0 ]
	all_acked 6 acks
}

@test "SIGTERM while nothing is taken: given up after --timeout, nacked for retry, exit 75" {
	server_start
	mkfifo in
	exec 7<>in
	start_bg cn-emit --timeout 300ms "$URL/status/503" <in >acks 2>err 7>&-
	records 3 --first-id 1 --mix 100:0:0 >&7
	wait_for_lines log 3
	kill -TERM "$PID"
	wait_exit "$PID"
	exec 7>&-
	[ "$status" -eq 75 ]
	[ "$(jq -c 'select(.retry) | .nack' acks | sort | tr '\n' ' ')" = "1 2 3 " ]
}

@test "--probe: nothing is posted to a receiver that is away, until it answers again" {
	server_start
	mkfifo in
	exec 7<>in
	start_bg cn-emit --probe 50ms "$URL/away" <in >acks 2>err 7>&-
	wait_for_line err 'no good answer to probes'
	records 3 --first-id 1 >&7
	exec 7>&-
	posts() { jq -r .method log | grep -c POST; }
	gets=$(wc -l <log)
	wait_for_lines log $((gets + 5))
	[ "$(posts)" = 0 ]
	touch log.here
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	[ "$(posts)" = 3 ]
}

@test "--header-file sends its lines; secrets in the URL are refused" {
	server_start
	printf '# a comment\nAuthorization: Basic Zm9vOmJhcg==\n\nX-Feed: one\n' >headers
	records 1 | cn-emit --header-file headers "$URL/ok"
	[ "$(jq -c '.headers[] | select(.[0] == "Authorization" or .[0] == "X-Feed")' log | tr '\n' ' ')" = '["Authorization","Basic Zm9vOmJhcg=="] ["X-Feed","one"] ' ]
	run -64 cn-emit http://user:geheim@127.0.0.1:1/
	[[ $output != *geheim* ]]
	[[ $output == *header-file* ]]
}

@test "usage: errors name what is wrong" {
	run -64 cn-emit
	[[ $output == *"exactly one URL"* ]]
	run -64 cn-emit ftp://127.0.0.1/
	[[ $output == *"not an http or https URL"* ]]
	run -64 cn-emit --as xml http://127.0.0.1/
	[[ $output == *"not one of wire, json, flat-json, msgpack"* ]]
	run -64 cn-emit --print
	[[ $output == *"--print needs --generate"* ]]
	run -64 cn-emit --mix 1:2:3 http://127.0.0.1/
	[[ $output == *"that make 100"* ]]
	run -78 cn-emit --header-file /nonexistent http://127.0.0.1/
	[[ $output == *"/nonexistent: No such file"* ]]
}

@test "a full disk is seen" {
	[ -e /dev/full ] || skip_or_fail "needs /dev/full"
	run -74 bash -c 'cn-emit --generate 1000 --print >/dev/full'
}

@test "HTTPS: a certificate that is trusted, and one that is not" {
	needs cn-listen
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1 2>/dev/null
	port=$(free_port)
	start_bg cn-listen -l 127.0.0.1:"$port" --tls-cert cert.pem --tls-key key.pem </dev/null >got 2>listen.err
	wait_port "$port"
	records 10 --first-id 1 >in
	cn-emit --ca-file cert.pem "https://127.0.0.1:$port/" <in >acks
	all_acked 10 acks
	run -75 cn-emit --tries 1 "https://127.0.0.1:$port/" < <(head -n 1 in)
	[[ $output == *certificate* ]]
}

@test "300 connections at once" {
	needs cn-listen
	port=$(free_port)
	start_bg cn-listen -l 127.0.0.1:"$port" </dev/null >got 2>listen.err
	wait_port "$port"
	cn-emit --generate 20000 --first-id 1 -c 300 "http://127.0.0.1:$port/" >acks 2>err
	all_acked 20000 acks
	[ "$(wc -l <got)" -ge 20000 ]
}
