#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load helper

setup() {
	needs cn-post cn-emit
}

# A receiver that makes trouble; its log is $T/log, one JSON object per request.
server_start() {
	start_bg "$ROOT/test/fault-server" "$T/log" >"$T/port" 2>"$T/server.err" </dev/null
	wait_for test -s "$T/port"
	URL=http://127.0.0.1:$(cat "$T/port")
}

# nginx in $T/nginx with the server blocks of standard input; its access log is $T/access, a line per request:
# connection, protocol, request, status, body's length.
nginx_start() {
	mkdir -p nginx
	{
		cat <<-END
			daemon off; worker_processes 1; pid $T/nginx/pid; error_log $T/nginx/error;
			events { worker_connections 256; }
			http {
			log_format test '\$connection \$server_protocol "\$request" \$status \$content_length';
			access_log $T/access test;
			client_body_temp_path $T/nginx/b; proxy_temp_path $T/nginx/p; fastcgi_temp_path $T/nginx/f;
			uwsgi_temp_path $T/nginx/u; scgi_temp_path $T/nginx/s; keepalive_requests 1000000;
		END
		cat
		echo "}"
	} >nginx/conf
	start_bg nginx -e "$T/nginx/error" -c "$T/nginx/conf" </dev/null >nginx/out 2>&1
	NGINX=$PID
}

certificates() {
	local name
	new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" "${@:2}" 2>/dev/null; }
	new ca -x509 -out ca.pem -subj /CN=ca
	new stranger -x509 -out stranger.pem -subj /CN=stranger
	for name in server client; do
		new $name -out $name.csr -subj "/CN=$name" -addext subjectAltName=DNS:localhost,IP:127.0.0.1
		openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -copy_extensions copy -out $name.pem 2>/dev/null
	done
}

records() { cn-emit --print --first-id 1 --generate "$@"; }

one='{"id":1,"metadata":{"namespace":"shop","set":"or/ders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7,"exp":0},"bins":{"qty":42,"sku":"A 9"}}'

# Every id from 1 to N acked exactly once, nothing else.
all_acked() {
	jq -r 'if (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' "$2" | sort -n >"$T/ids"
	seq "$1" | diff - "$T/ids"
}

# A FIFO for a program's input, which stays open until `exec 5>&-`; start the program with 5>&-.
feed() {
	mkfifo "$1"
	exec 5<>"$1"
}

# The value of a key in the last line of counters.
counter() { sed -n 's/.*msg=counters.* '"$1"'=\([^ ]*\).*/\1/p' "$T/err" | tail -n 1; }
header() { jq -r --arg n "$1" '.headers[] | select((.[0] | ascii_downcase) == $n)[1]' "$T/log"; }
body() { jq -r .body64 "$T/log" | sed -n "${1}p" | base64 -d; }

@test "a record is a POST, acked with 200: the body, the headers and nothing more" {
	server_start
	cn-post "$URL/ok/a?b=c" <<<"$one" >acks 2>err
	[ "$(cat acks)" = '{"ack":1}' ]
	[ "$(jq -r '.method + " " + .path' log)" = 'POST /ok/a?b=c' ]
	[ "$(jq -r '.headers[][0]' log | sort | tr '\n' ' ')" = 'Content-Length Content-Type Host ' ]
	[ "$(body 1)" = '{"metadata":{"namespace":"shop","set":"or/ders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7,"exp":0},"qty":42,"sku":"A 9"}' ]
}

@test "each format with its media type; --method, --metadata-key, --send-digest-headers" {
	server_start
	for f in json flat-json msgpack line; do
		cn-post -f $f -X PUT --metadata-key meta --send-digest-headers "$URL/ok" <<<"$one"
	done >acks
	[ "$(header content-type | tr '\n' ' ')" = 'application/json application/json application/x-msgpack application/x-ndjson ' ]
	[ "$(header aerospike-digest | sort -u)" = '7GuNIoca3f0yU8bTUgVi0W+Xfpc=' ]
	[ "$(jq -r .method log | uniq)" = PUT ]
	[[ $(body 1) == '{"msg":"write","key":["shop","or/ders","7GuNIoca3f0yU8bTUgVi0W+Xfpc=","o-17"],'* ]]
	[[ $(body 2) == '{"meta":{"namespace":"shop",'* ]]
	[ "$(body 3 | od -An -tx1 -N 4)" = ' 93 01 01 95' ]
	[ "$(body 4)" = "{${one#*,}" ]
	# Without a digest it is computed; without that either, nothing goes out.
	echo '{"id":2,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","msg":"write"},"bins":{}}' >in
	echo '{"id":3,"metadata":{"namespace":"shop","set":"orders","msg":"write"},"bins":{}}' >>in
	: >log
	run -65 --separate-stderr cn-post --send-digest-headers "$URL/ok" <in
	[ "$(header aerospike-digest)" = '7GuNIoca3f0yU8bTUgVi0W+Xfpc=' ]
	[ "$(sort <<<"$output")" = '{"ack":2}
{"nack":3,"retry":false,"error":"aerospike-digest: neither digest nor userKey"}' ]
}

@test "templates fill URL and headers; values can't break out of their places" {
	server_start
	cn-post -H 'x-set: s={set}; q={bin:qty}' -H 'x-plain: {{a}}' -v "$URL/ok/{namespace}/{set}?k={userKey}&s={bin:sku}&d={digest}" <<<"$one" >acks
	want='/ok/shop/or%2Fders?k=o-17&s=A%209&d=7GuNIoca3f0yU8bTUgVi0W%2BXfpc%3D'
	[ "$(jq -r .path log)" = "$want" ]
	[ "$(cat acks)" = '{"ack":1,"to":"'"$URL$want"' 200"}' ]
	[ "$(header x-set)" = 's=or/ders; q=42' ]
	[ "$(header x-plain)" = '{a}' ]
	: >log
	jq -c '.bins.sku="x\r\nx-evil: 1\u0000"' <<<"$one" | cn-post -H 'x-sku: {bin:sku}' "$URL/ok/{bin:sku}" >acks
	[ "$(header x-sku)" = 'x  x-evil: 1' ]
	[ -z "$(header x-evil)" ]
	[ "$(jq -r .path log)" = '/ok/x%0D%0Ax-evil%3A%201%00' ]
	run -65 cn-post "$URL/ok/{bin:sku}/x" <<<"$(jq -c '.bins.sku=".."' <<<"$one")"
	[[ $output == *'"retry":false'*'would lead to another place'* ]]
}

@test "a template without its value: use-digest, fail, ignore" {
	server_start
	cn-post "$URL/ok/{bin:none}" <<<"$one" >acks
	[ "$(jq -r .path log)" = '/ok/7GuNIoca3f0yU8bTUgVi0W%2BXfpc%3D' ]
	run -75 cn-post --missing fail "$URL/ok/{bin:none}" <<<"$one"
	[[ $output == *'{"nack":1,"retry":true,"error":"the URL: the record has no bin none'* ]]
	run -65 cn-post --missing fail "$URL/ok/{bin:none|ignore}" <<<"$one"
	[[ $output == *'"retry":false'* ]]
	run -65 cn-post -H 'a: {bin:none|ignore}' "$URL/ok" <<<"$one"
	[[ $output == *'"error":"a header: the record has no bin none'* ]]
	[ "$(wc -l <log)" -eq 1 ]
}

@test "status sets: 2xx is success, the rest may pass, --permanent is never, --temporary takes out of it" {
	server_start
	try() { cn-post --deadline 150ms "${@:2}" "$URL/status/$1" <<<"$one" >acks 2>err && code=0 || code=$?; }
	try 204
	[ "$code $(cat acks)" = '0 {"ack":1}' ]
	try 302
	[ $code -eq 75 ]
	try 400
	[ $code -eq 75 ]
	[[ $(cat acks) == '{"nack":1,"retry":true,"error":"'"$URL"': status 400: ok"}' ]]
	try 400 --permanent 4xx --temporary 408,429
	[ "$code $(jq .retry acks)" = '65 false' ]
	[ "$(counter requests)" -eq 1 ]
	try 429 --permanent 4xx --temporary 408,429
	[ "$code $(jq .retry acks)" = '75 true' ]
	[ "$(counter requests)" -gt 1 ]
	try 404 --ok 200,404 --permanent 4xx
	[ $code -eq 0 ]
	try 202 --ok 200
	[ $code -eq 75 ]
	# What the receiver says goes to the source, not to the log.
	run ! grep ': ok' err
}

@test "503 then 200, a reset, no answer, an answer cut off: tried again until it is taken" {
	server_start
	records 40 --mix 100:0:0 >in
	for fault in flaky/2 reset/1 cut/2 silent/1; do
		: >log
		cn-post --call-timeout 300ms --retry-pause 5ms "$URL/$fault" <in >acks 2>err
		all_acked 40 acks
		[ "$(jq -r 'select(.status == 200).body64' log | sort | uniq -c | awk '$1 != 1' | wc -l)" -eq 0 ]
		[ "$(jq -r 'select(.status == 200).body64' log | sort -u | wc -l)" -eq 40 ]
	done
}

@test "Retry-After is heeded, and not waited for when it is past the deadline" {
	server_start
	start=${EPOCHREALTIME/[.,]/}
	cn-post "$URL/later/1" <<<"$one" >acks
	[ $((${EPOCHREALTIME/[.,]/} - start)) -ge 1000000 ]
	[ "$(cat acks)" = '{"ack":1}' ]
	start=${EPOCHREALTIME/[.,]/}
	run -75 cn-post --deadline 500ms "$URL/later/9" <<<"$one"
	[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 1000000 ]
	[[ $output == *'status 503'* ]]
}

@test "nobody there: nacks before the deadline is over, exit 75; said once" {
	records 50 --mix 100:0:0 >in
	start=${EPOCHREALTIME/[.,]/}
	run -75 --separate-stderr cn-post --deadline 400ms http://127.0.0.1:1/ <in
	[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 3000000 ]
	[ "$(jq -r 'select(.retry).nack' <<<"$output" | sort -n | paste -sd,)" = "$(seq -s, 50)" ]
	[ "$(grep -c 'endpoint does not answer' <<<"$stderr")" -eq 1 ]
}

@test "of two endpoints one is dead: the other gets everything, at once" {
	server_start
	records 300 --mix 100:0:0 >in
	start=${EPOCHREALTIME/[.,]/}
	cn-post http://127.0.0.1:1/x "$URL/ok" <in >acks 2>err
	[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 3000000 ]
	all_acked 300 acks
	[ "$(counter repeated)" -eq 0 ]
	[ "$(counter failovers)" -ge 1 ]
	[ "$(wc -l <log)" -eq 300 ]
}

@test "two endpoints share the load" {
	server_start
	records 200 --mix 100:0:0 >in
	cn-post "$URL/slow/1" "$URL/slow/2" <in >acks
	all_acked 200 acks
	[ "$(jq -r .path log | sort | uniq -c | awk '$1 > 40' | wc -l)" -eq 2 ]
}

@test "of two endpoints one is slow: it gets less; one that is too slow is left alone, and the other gets its records" {
	server_start
	records 300 --mix 100:0:0 >in
	cn-post -c 4 "$URL/ok" "$URL/slow/40" <in >acks 2>err
	all_acked 300 acks
	[ "$(jq -r .path log | grep -c /ok)" -gt 200 ]
	[ "$(jq -r .path log | grep -c /slow)" -ge 1 ]
	: >log
	cn-post -c 4 --call-timeout 100ms "$URL/ok" "$URL/slow/400" <in >acks 2>err
	all_acked 300 acks
	grep -q 'endpoint does not answer' err
	[ "$(counter failovers)" -ge 1 ]
	[ "$(jq -r 'select(.path == "/ok").body64' log | sort -u | wc -l)" -eq 300 ]
	# Alone it is tried until the deadline, and what it was sent it has: twice is the price of an answer that comes too late.
	run -75 --separate-stderr cn-post --call-timeout 100ms --deadline 350ms "$URL/slow/400" <<<"$one"
	[[ $output == '{"nack":1,"retry":true,"error":"'*'no answer in time'* ]]
}

@test "403, 413, 429, 504: which of them pass is what the options say, and only those are tried again" {
	server_start
	for status in 403 413 429 504; do
		: >log
		retry=true times=1
		[ $status != 413 ] || retry=false times=0
		cn-post --deadline 250ms --retry-pause 20ms --permanent 4xx --temporary 403,429 "$URL/status/$status" <<<"$one" >acks 2>err && code=0 || code=$?
		[ "$(jq -c '[.nack, .retry]' acks)" = "[1,$retry]" ]
		[[ $(cat acks) == *"status $status"* ]]
		[ "$(wc -l <log)" -gt $times ]
		[ $status != 413 ] || [ "$(wc -l <log)" -eq 1 ]
		[ $code -eq $([ $retry = true ] && echo 75 || echo 65) ]
	done
}

@test "an endpoint that dies and comes back gets records again" {
	port=$(free_port)
	nginx_start <<-END
	server { listen 127.0.0.1:$port; location / { return 200; } }
	END
	wait_port "$port"
	feed in
	start_bg cn-post --retry-pause 20ms "http://127.0.0.1:$port/" <in >acks 2>err 5>&-
	records 10 --mix 100:0:0 | head -n 5 >&5
	wait_for _acked 5
	stop "$NGINX"
	records 10 --mix 100:0:0 | tail -n 5 >&5
	wait_for_line err 'endpoint does not answer'
	start_bg nginx -e "$T/nginx/error" -c "$T/nginx/conf" </dev/null >nginx/out 2>&1
	wait_for _acked 10
	exec 5>&-
	all_acked 10 acks
	wait_for_line err 'endpoint answers again'
}
_acked() { [ "$(jq -r 'if (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' acks | wc -l)" -ge "$1" ]; }

@test "probes: an endpoint that does not answer them gets nothing until it does again" {
	server_start
	touch log.here
	feed in
	start_bg cn-post --health-check /away --health-interval 30ms --healthy-threshold 2 --unhealthy-threshold 2 --deadline 6s "$URL/ok" <in >acks 2>err 5>&-
	echo "$one" >&5
	wait_for _acked 1
	rm log.here
	wait_for_line err 'not healthy.*status 503'
	jq -c .id=2 <<<"$one" >&5
	sleep 0.2
	[ "$(jq -r 'select(.method == "POST").path' log | wc -l)" -eq 1 ]
	touch log.here
	wait_for _acked 2
	grep -q 'healthy again' err
	[ "$(jq -r 'select(.method == "POST").path' log | wc -l)" -eq 2 ]
	[ "$(jq -r 'select(.method == "GET").path' log | sort -u)" = /away ]
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "probes: none unless asked for; the method; an answer that takes too long is a bad one" {
	server_start
	cn-post "$URL/ok" <<<"$one" >acks 2>err
	[ "$(counter probes)" = 0 ]
	[ "$(jq -r .method log)" = POST ]
	feed in
	start_bg cn-post --health-check /slow/300 --health-method OPTIONS --health-timeout 50ms --health-interval 30ms --unhealthy-threshold 2 \
		"$URL/ok" <in >acks 2>err 5>&-
	wait_for_line err 'not healthy'
	exec 5>&-
	wait_exit "$PID"
	wait_for_line log OPTIONS
	[ "$(jq -r 'select(.method != "POST") | .method + " " + .path' log | sort -u)" = 'OPTIONS /slow/300' ]
}

@test "an endpoint that takes no connection is given up after --connect-timeout, long before --call-timeout" {
	server_start
	# Nobody accepts, and the queue of those who wait is full: further connections get no answer at all.
	cat >deaf <<-'END'
		import socket, time
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen(0)
		waiting = [socket.socket() for _ in range(4)]
		for c in waiting:
		    c.setblocking(False)
		    c.connect_ex(s.getsockname())
		time.sleep(0.2)
		print(s.getsockname()[1], flush=True)
		time.sleep(100)
	END
	start_bg python3 deaf >deaf.port </dev/null
	wait_for [ -s deaf.port ]
	began=${EPOCHREALTIME/./}
	run -75 --separate-stderr cn-post --connect-timeout 100ms --call-timeout 20s --deadline 300ms "http://127.0.0.1:$(cat deaf.port)/" <<<"$one"
	[[ $output == '{"nack":1,"retry":true,'* ]]
	cn-post --connect-timeout 100ms --call-timeout 20s "http://127.0.0.1:$(cat deaf.port)/" "$URL/ok" <<<"$one"$'\n'"$(jq -c '.id=2 | .metadata.digest="AAAAAAAAAAAAAAAAAAAAAAAAAAA="' <<<"$one")" >acks 2>err
	[ $((${EPOCHREALTIME/./} - began)) -lt 8000000 ]
	all_acked 2 acks
}

@test "no endpoint healthy: nacked at the deadline" {
	server_start
	feed in
	start_bg cn-post --health-check /away --health-interval 20ms --unhealthy-threshold 1 --deadline 300ms "$URL/ok" <in >acks 2>err 5>&-
	wait_for_line err 'not healthy'
	echo "$one" >&5
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 75 ]
	[ "$(cat acks)" = '{"nack":1,"retry":true,"error":"no endpoint is healthy"}' ]
	[ "$(jq -r 'select(.method == "POST").path' log | wc -l)" -eq 0 ]
}

@test "the records of one key are never under way twice and never overtake one another" {
	server_start
	records 600 --mix 20:80:0 --seed 7 >in
	cn-post -c 30 -f json "$URL/order" <in >acks 2>err
	all_acked 600 acks
	[ "$(jq -r .status log | sort | uniq -c | awk '{print $2}')" = 200 ]
	[ "$(jq -r .body64 log | wc -l)" -eq 600 ]
	# With trouble the later ones wait for the one that is tried again.
	: >log
	cn-post -c 30 -f json --retry-pause 5ms "$URL/flaky/1" <in >acks 2>err
	all_acked 600 acks
	jq -r 'select(.status == 200).body64' log | base64 -d | sed 's/}{/}\n{/g' | jq -c '[.key[2], .lut]' >got
	jq -c '[.metadata.digest, .metadata.lut]' in >want
	diff <(sort -s -t, -k1,1 want) <(sort -s -t, -k1,1 got)
}

@test "--batch: a JSON array, acked together; --batch-as ndjson" {
	server_start
	records 100 --mix 100:0:0 >in
	cn-post --batch 25 -c 1 -f json "$URL/ok" <in >acks 2>err
	all_acked 100 acks
	[ "$(wc -l <log)" -eq 4 ]
	[ "$(counter requests)" -eq 4 ]
	cn-post -f json "$URL/ok" <in >/dev/null
	[ "$(for n in 1 2 3 4; do body $n | jq -c '.[]'; done | sort | sha1sum)" = \
		"$(sed 1,4d log | jq -r .body64 | while read -r b; do base64 -d <<<"$b" | jq -c .; done | sort | sha1sum)" ]
	[ "$(header content-type | sort -u)" = application/json ]
	: >log
	cn-post --batch 60 --batch-as ndjson -f line "$URL/ok" <in >acks
	all_acked 100 acks
	[ "$(wc -l <log)" -eq 2 ]
	[ "$( { body 1; body 2; } | wc -l)" -eq 100 ]
	[ "$(header content-type | sort -u)" = application/x-ndjson ]
	: >log
	cn-post --batch 100 --batch-bytes 2k "$URL/ok" <in >acks
	all_acked 100 acks
	[ "$(wc -l <log)" -gt 8 ]
}

@test "a batch waits for --linger and no longer; different URLs are different batches" {
	server_start
	feed in
	start_bg cn-post --batch 10 --linger 300ms -v "$URL/ok/{set}" <in >acks 2>err 5>&-
	start=${EPOCHREALTIME/[.,]/}
	echo "$one" >&5
	jq -c '.id=2 | .metadata.set="x" | .metadata.digest="AAAAAAAAAAAAAAAAAAAAAAAAAAA="' <<<"$one" >&5
	jq -c '.id=3' <<<"$one" >&5
	wait_for_lines acks 3
	[ $((${EPOCHREALTIME/[.,]/} - start)) -ge 300000 ]
	exec 5>&-
	[ "$(jq -r .path log | sort | paste -sd' ')" = '/ok/or%2Fders /ok/x' ]
	[ "$(body 1 | jq length) $(body 2 | jq length)" = '2 1' ]
}

@test "a batch that is refused is taken apart: only the record that is to blame is nacked" {
	server_start
	records 20 --mix 100:0:0 | jq -c 'if .id == 7 then .bins.x = "poison" else . end' >in
	run -65 --separate-stderr cn-post --batch 20 --permanent 400 "$URL/picky" <in
	[ "$(jq -c 'select(.nack)' <<<"$output")" = '{"nack":7,"retry":false,"error":"'"$URL"': status 400: ok"}' ]
	jq -r 'select(.ack) | if (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' <<<"$output" | sort -n | diff <(seq 20 | grep -vx 7) -
	[ "$(jq -r 'select(.status == 200).body64' log | wc -l)" -eq 19 ]
}

@test "gzip, from a threshold on, also when it is tried again" {
	server_start
	jq -c '.bins.big = "a" * 3000 | .id=2 | .metadata.digest="AAAAAAAAAAAAAAAAAAAAAAAAAAA="' <<<"$one" >in
	echo "$one" >>in
	cn-post -c 1 --retry-pause 5ms --compression gzip --compression-threshold 1000 "$URL/flaky/1" <in >acks
	[ "$(wc -l <log)" -eq 4 ]
	jq -c 'select(any(.headers[]; . == ["Content-Encoding", "gzip"]))' log >packed
	[ "$(wc -l <packed)" -eq 2 ]
	[ "$(jq -r .body64 packed | tail -n 1 | base64 -d | gunzip | jq -r '.big | length')" -eq 3000 ]
	[ "$(jq -r .body64 packed | tail -n 1 | base64 -d | wc -c)" -lt 1000 ]
}

@test "secrets come from files and the environment, not from the command line, and are in no log" {
	server_start
	echo 'me:sesame-{1}' >basic
	echo 'sesame-token' >bearer
	printf '# key\nX-Api-Key: sesame-{key}\n\n' >headers
	cn-post --basic-file basic --header-file headers "$URL/ok" <<<"$one" >acks 2>err
	[ "$(header authorization)" = "Basic $(printf 'me:sesame-{1}' | base64)" ]
	[ "$(header x-api-key)" = 'sesame-{key}' ]
	: >log
	cn-post --bearer-file bearer "$URL/ok" <<<"$one" >acks 2>>err
	[ "$(header authorization)" = 'Bearer sesame-token' ]
	: >log
	CN_POST_AUTHORIZATION='Token sesame' cn-post "$URL/ok" <<<"$one" >acks 2>>err
	[ "$(header authorization)" = 'Token sesame' ]
	run ! grep -q sesame err
	for h in 'Authorization: Basic x' 'x-api-key:sesame'; do
		run -64 cn-post -H "$h" "$URL/ok" <<<"$one"
		[[ $output == *'--header-file'* && $output != *sesame* ]]
	done
	run -64 cn-post "http://me:sesame@127.0.0.1:1/" <<<"$one"
	[[ $output == *secrets* && $output != *sesame* ]]
}

@test "to.http: destination, url, path, method, headers, format; what is for others, skipped or broken" {
	server_start
	{
		jq -c '.to={http:{destination:"b"}}' <<<"$one"
		jq -c --arg u "$URL/ok/own?x" '.id=2 | .to={http:{url:$u}}' <<<"$one"
		jq -c '.id=3 | .to={http:{path:"/ok/p q?a=ü", method:"PATCH", format:"line", headers:{"x-a":"1","x-b":2,"x-opt":null}}}' <<<"$one"
		jq -c --arg u "$URL/ok/short" '.id=4 | .to={http:$u}' <<<"$one"
		jq -c '.id=5 | .to={http:"b", kafka:{topic:"t"}}' <<<"$one"
		jq -c '.id=6 | .to={kafka:{topic:"t"}}' <<<"$one"
		echo '{"id":7,"skip":true}'
		echo '{"id":8,"error":"broken before"}'
		echo '{"id":9,"metadata":{}}'
		jq -c '.id=10 | .to={http:"nowhere"}' <<<"$one"
		jq -c '.id=11 | .to={http:{url:"ftp://x/"}}' <<<"$one"
		jq -c '.id=12 | .to={http:{path:"x"}}' <<<"$one"
		jq -c '.id=13 | .to={http:true}' <<<"$one"
		jq -c '.id=14 | .to={http:{headers:{"a b":"c"}}}' <<<"$one"
		jq -c '.id=15 | .to={http:7}' <<<"$one"
	} >in
	run -75 --separate-stderr cn-post -c 1 -H 'x-opt: 1' "a=$URL/ok/a" "b=$URL/ok/b" <in
	jq -r 'select(.ack) | if (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' <<<"$output" | sort -n | paste -sd' ' >acked
	[ "$(cat acked)" = '1 2 3 4 5 6 7 13' ]
	[ "$(jq -r 'select(.nack) | "\(.nack) \(.retry) \(.error)"' <<<"$output" | sort -n)" = '8 false broken before
9 false not a record: metadata.namespace must be a string at byte 22
10 true no destination has the name nowhere
11 false to.http.url: not an http or https URL
12 false to.http.path does not begin with /
14 false to.http.headers: a name is no token, or a value is no text
15 false to.http is neither an object nor a destination nor true' ] || { jq -c . <<<"$output"; false; }
	[ "$(jq -r '.method + " " + .path' log | sort | tr '\n' ,)" = \
		'PATCH /ok/p%20q?a=%C3%BC,POST /ok/a,POST /ok/b,POST /ok/b,POST /ok/own?x,POST /ok/short,' ]
	[ "$(jq -c 'select(.method == "PATCH").headers | map(select(.[0] | startswith("x-")))' log)" = '[["x-a","1"],["x-b","2"]]' ]
	: >log
	jq -c '.to={hook:true}' <<<"$one" | cn-post --to hook "$URL/ok/hook" >acks
	[ "$(jq -r .path log)" = /ok/hook ]
	jq -c '.id=2 | .to={http:{}}' <<<"$one" | cn-post --to hook "$URL/ok/hook" >acks
	[ "$(cat acks) $(wc -l <log)" = '{"ack":2} 1' ]
}

@test "HTTP/1.1: connections are used again, at most so many; --connection-ttl" {
	port=$(free_port)
	nginx_start <<-END
	server { listen 127.0.0.1:$port; location / { return 204; } }
	END
	wait_port "$port"
	records 300 --mix 100:0:0 >in
	cn-post -c 3 "http://127.0.0.1:$port/" <in >acks
	all_acked 300 acks
	wait_for_lines access 300
	[ "$(cut -d' ' -f1 access | sort -u | wc -l)" -le 3 ]
	[ "$(cut -d' ' -f2 access | sort -u)" = HTTP/1.1 ]
	: >access
	for n in 1 2 3; do
		jq -c ".id=$n" <<<"$one"
		sleep 1.1
	done | cn-post -c 1 --connection-ttl 500ms "http://127.0.0.1:$port/" >acks
	wait_for_lines access 3
	[ "$(cut -d' ' -f1 access | sort -u | wc -l)" -ge 2 ]
}

@test "HTTPS: HTTP/2 and HTTP/1.1, client certificate; strangers are refused" {
	certificates
	port=$(free_port)
	nginx_start <<-END
	server {
		listen 127.0.0.1:$port ssl http2;
		ssl_certificate $T/server.pem; ssl_certificate_key $T/server.key; ssl_client_certificate $T/ca.pem; ssl_verify_client on;
		location / { return 200 "ok"; }
	}
	END
	wait_port "$port"
	url=https://127.0.0.1:$port/x
	records 500 --mix 100:0:0 >in
	cat client.key >>client.pem
	cn-post --http2 -c 2 --streams 16 --ca-file ca.pem --cert client.pem "$url" <in >acks 2>err
	all_acked 500 acks
	wait_for_lines access 500
	[ "$(cut -d' ' -f2 access | sort -u)" = HTTP/2.0 ]
	[ "$(cut -d' ' -f1 access | sort -u | wc -l)" -le 2 ]
	: >access
	cn-post -c 2 --ca-file ca.pem --cert client.pem --key client.key "$url" <in >acks 2>err
	all_acked 500 acks
	wait_for_lines access 500
	[ "$(cut -d' ' -f2 access | sort -u)" = HTTP/1.1 ]
	run -75 cn-post --deadline 1s --cert client.pem "$url" <<<"$one"
	[[ $output == *'"retry":true'*certificate* ]]
	run -75 cn-post --deadline 1s --ca-file stranger.pem --cert client.pem "$url" <<<"$one"
	[[ $output == *certificate* ]]
	run -75 cn-post --deadline 1s --ca-file ca.pem "$url" <<<"$one"
	[[ $output == *'status 400'* || $output == *certificate* ]]
	run -75 cn-post --deadline 1s --http2 --ca-file ca.pem --cert client.pem "https://127.0.0.2:$port/" <<<"$one"
	[[ $output == *'"retry":true'* ]]
}

@test "--http2 in clear text is HTTP/1.1, and says so" {
	server_start
	cn-post --http2 "$URL/ok" <<<"$one" >acks 2>err
	[ "$(cat acks)" = '{"ack":1}' ]
	grep -q 'HTTP/2 is spoken over TLS only' err
}

@test "a full queue stops reading; nothing is lost" {
	server_start
	records 400 --mix 100:0:0 >in
	start_bg cn-post -c 2 --queue 10 "$URL/slow/5" <in >acks 2>err
	sleep 0.3
	kill -USR1 "$PID"
	wait_for_line err msg=counters
	[ "$(counter lines)" -lt 200 ]
	[ "$(counter under_way)" -eq 2 ]
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	all_acked 400 acks
}

@test "in a ring: 200 when the endpoint has it, 503 when it is away" {
	needs cn-listen cn-decode
	server_start
	FAULT=$URL
	export FAULT
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'cn-post -f json --deadline 500ms $FAULT/ok'
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	post_wire "$URL/" "$WIRE_DELETE"
	[ "$code" = 200 ]
	[ "$(jq -r .body64 log | head -n 1 | base64 -d | jq -r .msg)" = write ]
	[ "$(ring_stop)" = '0 0 0' ]
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'cn-post --deadline 300ms http://127.0.0.1:1/'
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 503 ]
	[ "$(ring_stop)" = '0 0 75' ]
}

@test "a long record, a line that is too long, a line without an id" {
	server_start
	{
		jq -c '.bins.big = "a" * 3000000' <<<"$one"
		jq -c '.id=2 | .bins.big = "a" * 5000000' <<<"$one"
		jq -c 'del(.id)' <<<"$one"
	} >in
	run -65 --separate-stderr cn-post --line-max 4M "$URL/ok" <in
	[ "$(jq -c .ack <<<"$output" | sort | tr '\n' ' ')" = '1 null ' ]
	[ "$(wc -l <log)" -eq 2 ]
	[ "$(jq -r 'select(any(.headers[]; .[0] == "Expect"))' log)" = '' ]
}

@test "what is no option, no URL, no template is said and exits 64" {
	while read -r what words; do
		eval "set -- $words"
		run -64 cn-post "$@" </dev/null
		[[ $output == *$what* ]] || { echo "$words: $output"; false; }
	done <<-'END'
	not 'ftp://x/'
	not 'name=nothing'
	host 'http://h{set}/'
	braces 'http://h/{sett}'
	without 'http://h/{set'
	statuses --ok 20 http://h/
	statuses --permanent 4xxx http://h/
	NAME -H nothing http://h/
	braces -H 'a: {b}' http://h/
	given -d x http://h/
	digest --batch 2 --send-digest-headers http://h/
	msgpack --batch 2 -f msgpack http://h/
	begins --health-check x http://h/
	must -f xml http://h/
	capital -X get http://h/
	END
	run -75 --separate-stderr cn-post <<<"$one"
	[[ $output == *'no destination'* ]]
}
