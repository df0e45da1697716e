#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-rest beyond what the REST cases (test/rest-cases.tap) show: bad HTTP and bad bodies, a cluster that is slow or gone, credentials, TLS, settings,
# the access log, draining.
bats_require_minimum_version 1.5.0
load helper

setup() { needs as-rest as-local; }

# local_start [OPTION...]: sets LOCAL (pid), DB (port), AEROSPIKE
local_start() {
	: >"$T/address"
	start_bg as-local -p "${DB:-0}" "$@" >"$T/address" 2>>"$T/local.err" </dev/null
	LOCAL=$PID
	wait_for_line "$T/address" :
	AEROSPIKE=$(cat "$T/address")
	DB=${AEROSPIKE##*:}
}

# rest_start [OPTION...]: sets REST (pid), URL, KVS, MANAGE; --host unless AEROSPIKE is empty
rest_start() {
	: >"$T/err"
	start_bg as-rest -l 127.0.0.1:0 --manage-port 127.0.0.1:0 ${AEROSPIKE:+-h "$AEROSPIKE"} "$@" >"$T/out" 2>"$T/err" </dev/null
	REST=$PID
	wait_for_line "$T/err" 'msg=listening'
	URL=http://$(sed -n 's/.*msg=listening address=\([^ ]*\).*/\1/p' "$T/err")
	MANAGE=http://$(sed -n 's/.* manage=\([^ ]*\).*/\1/p' "$T/err")
	KVS=$URL/v1/kvs/test/s
}

# ask METHOD URL [CURL-ARGUMENT...]: sets code and body
ask() {
	code=$(curl -sS -m 20 -o "$T/.body" -w '%{http_code}' -X "$1" "${@:3}" "$2") || true
	body=$(tr -d '\0' <"$T/.body") || true
}
json() { ask "$1" "$2" -H 'Content-Type: application/json' --data-binary "$3" "${@:4}"; }
msgpack() {
	unhex "$3" >"$T/.mp"
	ask "$1" "$2" -H 'Content-Type: application/msgpack' --data-binary "@$T/.mp"
}
metric() { curl -sS "$MANAGE/metrics" | sed -n "s/^$1 //p"; }
is_ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$MANAGE/ready")" = 200 ]; }
answers() { [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "$1")" = "$2" ]; }
member() { jq -r ".$1" <<<"$body"; }

# raw TEXT: what comes back on a connection of its own until it is closed; \r\n for each line end
raw() {
	python3 - "$URL" "$1" <<-'END'
		import socket, sys
		host, port = sys.argv[1][7:].split(":")
		s = socket.create_connection((host, int(port)), 5)
		s.settimeout(5)
		s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1").replace(b"\n", b"\r\n"))
		try:
		    while data := s.recv(65536):
		        sys.stdout.buffer.write(data)
		except (TimeoutError, ConnectionResetError) as e:
		    print(type(e).__name__)
	END
}

# --- HTTP

@test "bodies above the limit are answered 413, with and without a length, and nothing is written" {
	local_start
	rest_start --max-body 64k
	head -c 70000 /dev/zero | tr '\0' a >big
	ask POST "$KVS/k" -H 'Content-Type: application/json' --data-binary @big
	[ "$code" = 413 ]
	[ "$(member status)" = 413 ]
	head -c 3000000 /dev/zero | tr '\0' a >bigger
	ask POST "$KVS/k" -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @bigger
	[ "$code" = 413 ]
	# A body just at the limit is read.
	printf '{"a":"%s"}' "$(head -c $((65536 - 8)) big)" >fits
	[ "$(wc -c <fits)" -eq 65536 ]
	ask POST "$KVS/fits" -H 'Content-Type: application/json' --data-binary @fits
	[ "$code" = 201 ]
	# One that nobody reads is limited too.
	ask GET "$KVS/fits" -H 'Content-Type: application/json' --data-binary @big
	[ "$code" = 413 ]
	get "$KVS/k"
	[ "$code" = 404 ]
	alive "$REST"
}

@test "heads that can be read in two ways, too long heads and no HTTP at all are refused" {
	local_start
	rest_start
	run raw 'POST /v1/kvs/test/s/k HTTP/1.1\nHost: h\nContent-Type: application/json\nContent-Length: 7\nContent-Length: 8\n\n{"a":1}'
	[[ $output == "HTTP/1.1 400"*"Connection: close"* ]]
	run raw 'POST /v1/kvs/test/s/k HTTP/1.1\nHost: h\nContent-Type: application/json\nContent-Length: 7\nTransfer-Encoding: chunked\n\n0\n\n'
	[[ $output == "HTTP/1.1 400"* ]]
	run raw 'hello\n\n'
	[[ $output == "HTTP/1."*" 400"* || -z $output ]]
	run raw "GET /v1/kvs/test/s/$(head -c 20000 /dev/zero | tr '\0' k) HTTP/1.1\nHost: h\n\n"
	[[ $output == "HTTP/1.1 4"* ]]
	run raw 'GET v1/kvs/test/s/k HTTP/1.1\nHost: h\nConnection: close\n\n'
	[[ $output == "HTTP/1.1 400"* ]]
	run raw 'GET /v1/kvs/test/s/a%00b HTTP/1.1\nHost: h\nConnection: close\n\n'
	[[ $output == "HTTP/1.1 400"*'"inDoubt":false'* ]]
	run raw 'BREW / HTTP/1.1\nHost: h\nConnection: close\n\n'
	[[ $output == "HTTP/1.1 200"* ]]
	get "$KVS/k"
	[ "$code" = 404 ]
}

@test "what another server could read in another way writes nothing, and ends the connection" {
	local_start
	rest_start
	# A request inside what may be a body: who stops reading too early would run it.
	inner='POST /v1/kvs/test/s/inner HTTP/1.1\nHost: h\nContent-Type: application/json\nContent-Length: 7\n\n{"a":1}'
	put='PUT /v1/kvs/test/s/outer HTTP/1.1\nHost: h\nContent-Type: application/json\n'
	for head in "${put}Content-Length : 112\n\n" "${put}X: a\rContent-Length: 112\n\n" "${put}Host: other\n\n" "${put}X: \x01\n\n" \
		"${put}Authorization: Basic YTpi\nAuthorization: Basic YzpkCg==\n\n" \
		"${put/1.1/1.0}Connection: keep-alive\nTransfer-Encoding: chunked\n\n0\n\n" "${put}Transfer-Encoding : chunked\n\n" \
		"${put}Transfer-Encoding: gzip, chunked\n\n0\n\n" "PATCH /no HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 112\n\n" \
		"${put/outer/a\\x00b}\n" "${put/outer/a\\x01b}\n" "${put/outer/a\\tb}\n"; do
		run raw "$head$inner"
		echo "$head: $output"
		[[ $output == "HTTP/1."*" 4"*"Connection: close"*'"inDoubt":false'* ]]
		[ "$(grep -c '^HTTP/1' <<<"$output")" = 1 ]
	done
	ask GET "$KVS/inner"
	[ "$code" = 404 ]
}

@test "the target may be one for a proxy, and means its path" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}'
	run raw 'GET HTTP://other:1/v1/kvs/test/s/k HTTP/1.1\nHost: h\nConnection: close\n\n'
	[[ $output == "HTTP/1.1 200"*'"a":1'* ]]
	run raw 'GET http://other HTTP/1.1\nHost: h\nConnection: close\n\n'
	[[ $output == "HTTP/1.1 200"* ]]
}

@test "several requests on a connection, one after another and all at once; errors keep it open" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}'
	run raw 'GET /v1/kvs/test/s/k HTTP/1.1\nHost: h\n\nGET /nowhere HTTP/1.1\nHost: h\n\nPOST /v1/kvs/test/s/x HTTP/1.1\nHost: h\nContent-Length: 3\n\nabcGET /v1/kvs/test/s/k HTTP/1.1\nHost: h\nConnection: close\n\n'
	[ "$(grep -o 'HTTP/1.1 ...' <<<"$output" | cut -d ' ' -f 2 | tr '\n' ' ')" = "200 404 415 200 " ]
	# Whoever asks first is told at once.
	run raw 'POST /nowhere HTTP/1.1\nHost: h\nContent-Type: application/json\nExpect: 100-continue\nContent-Length: 10\n\n'
	[[ $output == "HTTP/1.1 404"* ]]
}

@test "a thousand slow clients hold nobody up, and are sent away" {
	local_start
	rest_start --read-timeout 1s --connections 1200
	cat >slow.py <<-'END'
		import socket, sys, time
		host, port = sys.argv[1][7:].split(":")
		all = []
		for i in range(1000):
		    s = socket.create_connection((host, int(port)))
		    s.sendall(b"POST /v1/kvs/test/s/k HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100\r\n" + (b"\r\n{" if i % 2 else b"X-"))
		    all.append(s)
		print("open", flush=True)
		for s in all:
		    s.settimeout(10)
		    assert s.recv(1) == b""
		print("closed", flush=True)
	END
	ulimit -n 4096
	start_bg python3 slow.py "$URL" >slow.out 2>&1 </dev/null
	wait_for_line slow.out open
	json POST "$KVS/quick" '{"a":1}' -m 2
	[ "$code" = 201 ]
	wait_for_line slow.out closed
	[ "$(metric as_rest_connections)" -lt 5 ]
}

@test "a large answer may take longer than a small request, a large body too" {
	local_start
	rest_start --read-timeout 300ms
	json POST "$KVS/big" "{\"s\":\"$(head -c 60000 /dev/zero | tr '\0' x)\"}"
	cat >slow.py <<-'END'
		import json, socket, sys, time
		host, port = sys.argv[1][7:].split(":")
		body = json.dumps([{"type": "READ", "readAllBins": True, "key": {"namespace": "test", "setName": "s", "userKey": "big"}}] * 400).encode()
		s = socket.create_connection((host, int(port)))
		s.settimeout(10)
		s.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
		for i in range(8):
		    s.sendall(body[i * len(body) // 8:(i + 1) * len(body) // 8])
		    time.sleep(0.06)
		time.sleep(1.2)
		n = 0
		while data := s.recv(1 << 20):
		    n += len(data)
		print(n)
	END
	run -0 python3 slow.py "$URL"
	[ "$output" -gt 24000000 ]
}

@test "large answers that nobody reads have a limit together; small ones pass, and one alone does" {
	local_start
	rest_start --max-answers 30M
	json POST "$KVS/big" "{\"s\":\"$(head -c 60000 /dev/zero | tr '\0' x)\"}"
	cat >lazy.py <<-'END'
		import json, re, socket, sys
		host, port = sys.argv[1][7:].split(":")
		body = json.dumps([{"type": "READ", "readAllBins": True, "key": {"namespace": "test", "setName": "s", "userKey": "big"}}] * 600).encode()
		def ask():
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		    s.settimeout(10)
		    s.connect((host, int(port)))
		    s.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
		    return s, s.recv(12)[9:].decode()
		first, status = ask()
		print(status)
		second, status = ask()
		print(status, "Too many large answers" in second.recv(1000).decode())
		n = 0
		while data := first.recv(1 << 20):
		    n += len(data)
		print(n > 36000000)
		print(ask()[1])
	END
	run -0 python3 lazy.py "$URL"
	[ "$output" = $'200\n503 True\nTrue\n200' ]
}

@test "clients that leave in the midst of their request do no harm" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}'
	cat >leave.py <<-'END'
		import socket, struct, sys, time
		host, port = sys.argv[1][7:].split(":")
		for i in range(600):
		    s = socket.create_connection((host, int(port)))
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		    s.sendall(b"GET /v1/kvs/test/s/k HTTP/1.1\r\nHost: h\r\n\r\n" * (1 + i % 3))
		    if i % 4 == 0:
		        time.sleep(0.0002 * (i % 7))
		    s.close()
	END
	python3 leave.py "$URL"
	idle() { [ "$(metric as_rest_in_flight)" = 0 ] && [ "$(metric as_rest_connections)" = 0 ]; }
	wait_for idle
	kill -STOP "$LOCAL"
	python3 leave.py "$URL"
	kill -CONT "$LOCAL"
	wait_for idle
	get "$KVS/k"
	[ "$code" = 200 ]
}

# --- bodies

@test "JSON that is deep, broken, of the wrong kind or no UTF-8 is a clear 400" {
	local_start
	rest_start
	deep=$(printf '[%.0s' {1..5000})
	for text in "{\"a\":$deep" '{"a":1' '{"a":1}}' '[1]' '"a"' '1' 'null' '' '{"a":01}' '{a:1}' '{"a":tru}' '{"a":"\ud800"}' '{"a":9223372036854775808}' \
		'{"a":1e999}' '{"a":{"type":"X","value":1}}' "{\"a\":\"$(printf '\xff')\"}"; do
		json POST "$KVS/bad" "$text"
		[ "$code" = 400 ] && [[ $body =~ ^\{\"message\":\"......+\",\"inDoubt\":false\}$ ]] || { echo "$text: $code $body" && false; }
	done
	json POST "$KVS/bad" '{"abcdefghijklmnop":1}'
	[ "$code" = 400 ] && [ "$(member internalErrorCode)" = 21 ]
	get "$KVS/bad"
	[ "$code" = 404 ]
}

@test "MessagePack bombs and cut MessagePack are a clear 400" {
	local_start
	rest_start
	for hex in 'dfffffffff' 'ddffffffff' '81 a161 dfffffffff' '81 a161 c6ffffffff' '81 a161' '' 'c1' '81 a161 c1' '81 a161 01 01' '81 01 01' '93' \
		'81 a161 cfffffffffffffffff' '81 a161 d6 05 61626364' "81 a161 $(printf '91%.0s' {1..3000})"; do
		msgpack POST "$KVS/bad" "$hex"
		[ "$code" = 400 ] && [[ $body =~ ^\{\"message\":\"......+\",\"inDoubt\":false\}$ ]] || { echo "$hex: $code $body" && false; }
	done
	get "$KVS/bad"
	[ "$code" = 404 ]
	# An error is MessagePack when that is what the client reads.
	code=$(curl -sS -o out -w '%{http_code} %{content_type}' -H 'Accept: application/msgpack' "$KVS/bad")
	[ "$code" = "404 application/msgpack" ]
	[ "$(head -c 9 out | tail -c 8 | tr '\247' ' ')" = " message" ]
}

@test "thousands of requests with bytes changed: each has its answer, and no 500 of the gateway's own making" {
	local_start
	rest_start
	run -0 "$ROOT/test/rest/strain" "$URL" 6000
	[[ $output == *200:*400:*404:* ]]
	alive "$REST"
	alive "$LOCAL"
}

@test "unknown members, wrong types and names that would break an info command are refused" {
	local_start
	rest_start
	good='"namespace":"test","set":"s","name":"i","bin":"b","type":"NUMERIC"'
	for text in "{$good,\"extra\":1}" "{$good,\"collection_type\":\"list\"}" '{"namespace":"test"}' '[]' "{${good/\"i\"/\"i;indextype=list\"}}" \
		"{${good/\"test\"/\"te\\nst\"}}" "{${good/\"i\"/1}}" "{${good/NUMERIC/numeric}}"; do
		json POST "$URL/v1/index" "$text"
		[ "$code" = 400 ] || { echo "$text: $code $body" && false; }
	done
	for text in '"build"' '[1]' '["build\nnamespaces"]' '[""]' '[["build"]]'; do
		json POST "$URL/v1/info" "$text"
		[ "$code" = 400 ]
	done
	json POST "$URL/v1/info" '[]'
	[ "$code" = 200 ] && [ "$body" = '{}' ]
	ask DELETE "$URL/v1/truncate/test%3Bset=x"
	[ "$code" = 400 ]
	get "$URL/v1/index"
	[ "$body" = '[]' ]
	json POST "$URL/v1/index" "{$good}"
	[ "$code" = 202 ]
	get "$URL/v1/index?namespace=test"
	[ "$(jq -c . <<<"$body")" = '[{"namespace":"test","set":"s","name":"i","bin":"b","type":"NUMERIC","collection_type":"DEFAULT"}]' ]
	get "$URL/v1/index?namespace=nowhere"
	[ "$code" = 404 ] && [ "$(member internalErrorCode)" = 20 ]
}

@test "policy parameters at their edges" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}'
	for query in totalTimeout=0 totalTimeout=-1 socketTimeout=0 totalTimeout=2147483647 maxRetries=-5 maxRetries=1000000 sleepBetweenRetries=-1 \
		'compress=true&sendKey=maybe' replica=RANDOM readModeSC=ALLOW_UNAVAILABLE readModeAP=ALL 'recordBins=' 'x=%00'; do
		get "$KVS/k?$query"
		[ "$code" = 200 ] || [ "$query" = recordBins= ] || { echo "$query: $code $body" && false; }
	done
	for query in totalTimeout=2147483648 socketTimeout=1.0 maxRetries= sleepBetweenRetries=a 'recordBins=abcdefghijklmnop'; do
		get "$KVS/k?$query"
		[ "$code" = 400 ] || { echo "$query: $code $body" && false; }
	done
	for query in expiration=-3 expiration=-2147483648 'generation=-1&generationPolicy=EXPECT_GEN_EQUAL' expiration=2147483648; do
		json PUT "$KVS/k?$query" '{"a":2}'
		[[ $code == 4* ]] || { echo "$query: $code $body" && false; }
	done
	get "$KVS/k"
	[ "$(jq -c .bins <<<"$body")" = '{"a":1}' ]
	json PUT "$KVS/k?expiration=-2&generation=1&generationPolicy=EXPECT_GEN_EQUAL&sendKey=true" '{"a":3}'
	[ "$code" = 204 ]
	# A limit of a millisecond is one, whatever the answer.
	get "$KVS/k?totalTimeout=1"
	[ "$code" = 200 ] || [ "$(member internalErrorCode)" = 9 ]
	get "$KVS/k?filterexp=YSA9PSA5OQ=="
	[ "$code" = 404 ]
	get "$KVS/k?filterexp=YSA9PSAoOTkp"
	[ "$code" = 400 ] && [[ $(member message) == "Invalid Filter Expression, "*"at byte 5"* ]]
}

# --- the cluster

@test "without a cluster: 503 within the time limit, not ready; as soon as it is there, all is well" {
	DB=$(free_port)
	AEROSPIKE=127.0.0.1:$DB
	rest_start --tend-interval 100ms
	start=${EPOCHREALTIME/[.,]/}
	get "$KVS/k?totalTimeout=300"
	took=$((${EPOCHREALTIME/[.,]/} - start))
	[ "$code" = 503 ] && [ "$took" -lt 2000000 ]
	[ "$(member inDoubt)" = false ] && [ "$(member internalErrorCode)" = -3 ]
	json POST "$KVS/k?totalTimeout=100" '{"a":1}'
	[ "$code" = 503 ]
	get "$URL/v1/cluster"
	[ "$code" = 503 ]
	get "$MANAGE/ready"
	[ "$code" = 503 ]
	get "$MANAGE/health"
	[ "$code" = 200 ]
	get "$URL/actuator/health"
	[ "$code" = 200 ]
	local_start
	wait_for is_ready
	json POST "$KVS/k" '{"a":1}'
	[ "$code" = 201 ]
}

@test "a cluster that stops answering: timeouts in time, reads in doubt of nothing, writes in doubt; then it goes on" {
	local_start
	rest_start --tend-interval 100ms
	json POST "$KVS/k" '{"a":1}'
	kill -STOP "$LOCAL"
	start=${EPOCHREALTIME/[.,]/}
	get "$KVS/k?totalTimeout=300&maxRetries=0"
	took=$((${EPOCHREALTIME/[.,]/} - start))
	[ "$code" = 500 ] && [ "$(member internalErrorCode)" = 9 ] && [ "$(member inDoubt)" = false ]
	[ "$took" -lt 1500000 ]
	json PATCH "$KVS/k?totalTimeout=200" '{"b":1}'
	[ "$(member internalErrorCode)" = 9 ] && [ "$(member inDoubt)" = true ]
	kill -CONT "$LOCAL"
	wait_for answers "$KVS/k" 200
}

@test "restarted under load: every request has an answer, errors only while it is away, and none after that" {
	local_start -d "$T/data"
	rest_start --tend-interval 100ms
	json POST "$KVS/k" '{"a":1}'
	cat >load.py <<-'END'
		import http.client, os, sys, threading, time
		host, port = sys.argv[1][7:].split(":")
		counts, lock = {}, threading.Lock()
		def work(i):
		    c = http.client.HTTPConnection(host, int(port), timeout=10)
		    while not os.path.exists("enough"):
		        t = time.monotonic()
		        if i % 2:
		            c.request("GET", "/v1/kvs/test/s/k?totalTimeout=500")
		        else:
		            c.request("PATCH", "/v1/kvs/test/s/k?totalTimeout=500", b'{"n":1}', {"Content-Type": "application/json"})
		        r = c.getresponse()
		        r.read()
		        assert time.monotonic() - t < 5, "too late"
		        with lock:
		            counts[r.status] = counts.get(r.status, 0) + 1
		threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
		for t in threads: t.start()
		for t in threads: t.join()
		print(sorted(counts.items()), "unexpected", [s for s in counts if s not in (200, 204, 500, 503)])
	END
	start_bg python3 load.py "$URL" >load.out 2>&1 </dev/null
	LOAD=$PID
	requests_reach() { [ "$(metric 'as_rest_requests{status="ok"}')" -ge "$1" ]; }
	errors_reach() { [ "$(metric 'as_rest_requests{status="server"}')" -ge "$1" ]; }
	wait_for requests_reach 200
	stop "$LOCAL" KILL
	wait_for errors_reach 30
	local_start -d "$T/data"
	wait_for is_ready
	wait_for answers "$KVS/k" 200
	failed=$(metric 'as_rest_requests{status="server"}')
	ok=$(metric 'as_rest_requests{status="ok"}')
	wait_for requests_reach $((ok + 300))
	[ "$(($(metric 'as_rest_requests{status="server"}') - failed))" -le 16 ]
	touch enough
	wait_exit "$LOAD"
	grep -q 'unexpected \[\]' load.out || { cat load.out && false; }
}

# --- credentials

fake_start() {
	mkfifo commands
	exec 7<>commands
	run_fake() { exec "$ROOT/test/fake-cluster" "$AEROSPIKE" 1 "$@" <commands >fake.out 2>fake.err 7>&-; }
	start_bg run_fake "$@"
	wait_for_line fake.out ready
	AEROSPIKE=127.0.0.1:$(sed -n 's/^ready \([0-9]*\).*/\1/p' fake.out)
}

@test "credentials go to the cluster: right ones in, wrong ones 401 each time, none by the default client" {
	local_start
	fake_start user=ada
	rest_start --require-authentication
	json POST "$KVS/k" '{"a":1}' -u ada:secret
	[ "$code" = 201 ]
	get "$KVS/k" -u ada:secret
	[ "$code" = 200 ]
	for _ in 1 2; do
		get "$KVS/k" -u eve:secret
		[ "$code" = 401 ]
		[ "$body" = '{"message":"Rest Gateway error","inDoubt":false}' ]
	done
	get "$KVS/k"
	[ "$code" = 401 ]
	get "$KVS/k" -H 'Authorization: Bearer abc'
	[ "$code" = 401 ]
	for header in 'Basic' 'Basic !!!' 'Basic YQ==' 'Basic YQA6Yg=='; do
		get "$KVS/k" -H "Authorization: $header"
		[ "$code" = 401 ]
	done
	get "$URL/v1/cluster" -u ada:secret
	[ "$code" = 200 ]
	[ "$(metric as_rest_clients)" -le 2 ]
	[ "$(metric as_rest_logins_refused)" = 2 ]
	stop "$REST"
	# By --user, whoever comes without credentials is somebody.
	echo secret >password
	rest_start --user ada --password-file password
	wait_for is_ready
	get "$KVS/k"
	[ "$code" = 200 ]
	! grep -q secret err out
}

@test "credentials that were good and are so no more: 401, and good again when they are" {
	local_start
	fake_start user=ada
	rest_start --require-authentication --tend-interval 50ms
	get "$KVS/k" -u ada:secret
	[ "$code" = 404 ]
	printf '%s\n' 'user eve' 'expire A' >&7
	is_refused() { answers "${KVS/\/\//\/\/ada:secret@}/k?totalTimeout=300" 401; }
	wait_for is_refused
	[ "$(metric as_rest_clients)" -le 1 ]
	get "$KVS/k" -u eve:secret
	[ "$code" = 404 ]
	printf '%s\n' 'user ada' >&7
	wait_for answers "${KVS/\/\//\/\/ada:secret@}/k" 404
	# The same while the cluster is away.
	lost=$(grep -c 'node lost' err)
	echo 'down A' >&7
	is_lost() { [ "$(grep -c 'node lost' err)" -ge $((lost + 2)) ]; }
	wait_for is_lost
	printf '%s\n' 'user eve' 'up A' >&7
	wait_for is_refused
}

@test "a node that answers wrongly, late or not at all: an error in time each, and all is well after that" {
	local_start
	fake_start
	rest_start --tend-interval 100ms
	wait_for is_ready
	said() { [ "$(grep -c ^ok fake.out)" -ge "$1" ]; }
	json POST "$KVS/k" '{"a":1}'
	[ "$code" = 201 ]
	n=0
	for fault in cut half garbage size short type refuse overload busy-timeout silent; do
		echo "fault A $fault" >&7
		n=$((n + 1))
		wait_for said $n
		get "$KVS/k?totalTimeout=150&maxRetries=0"
		[ "$code" = 500 ] || [ "$code" = 503 ] || { echo "$fault: $code $body" && false; }
		[ "$(member 'internalErrorCode | type')" = number ]
		json PATCH "$KVS/k?totalTimeout=150" '{"b":1}'
		[ "$code" = 500 ] || [ "$code" = 503 ] || { echo "$fault: $code $body" && false; }
		[ "$fault" != half ] || [ "$(member inDoubt)" = true ]
	done
	echo "fault A late" >&7
	wait_for said $((n + 1))
	get "$KVS/k?totalTimeout=2000"
	[ "$code" = 200 ]
	echo "fault A none" >&7
	wait_for said $((n + 2))
	wait_for answers "$KVS/k" 200
}

@test "clients of credentials are bounded: the least recently used makes room, busy ones don't" {
	local_start
	rest_start --pool-size 2
	json POST "$KVS/k" '{"a":1}'
	for user in a b c a; do
		wait_for answers "${KVS/\/\//\/\/$user:x@}/k" 200
	done
	[ "$(metric as_rest_clients)" = 3 ]
	[ "$(metric as_rest_clients_opened)" -ge 4 ]
	get "$KVS/k"
	[ "$code" = 200 ]
}

# --- TLS

@test "HTTPS, with client certificates when they are asked for" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	local_start
	rest_start --tls-cert cert.pem --tls-key key.pem
	KVS=${KVS/http:/https:}
	json POST "$KVS/k" '{"a":1}' --cacert cert.pem
	[ "$code" = 201 ]
	get "$KVS/k" --cacert cert.pem
	[ "$code" = 200 ]
	ask POST "$KVS/k" --cacert cert.pem -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @<(head -c 17000000 /dev/zero)
	[ "$code" = 413 ]
	stop "$REST"
	rest_start --tls-cert cert.pem --tls-key key.pem --tls-ca cert.pem
	KVS=${KVS/http:/https:}
	get "$KVS/k" --cacert cert.pem
	[ "$code" = 403 ]
	get "$KVS/k" --cacert cert.pem --cert cert.pem --key key.pem
	[ "$code" = 200 ]
}

# --- settings

@test "the gateway's environment and properties configure it, flags go before them" {
	local_start
	OLD=$AEROSPIKE AEROSPIKE=
	port=$(free_port)
	export aerospike_restclient_hostname=127.0.0.1 AEROSPIKE_RESTCLIENT_PORT=$DB SERVER_PORT=$port aerospike_restclient_clientpolicy_timeout=500 \
		AEROSPIKE_RESTCLIENT_POOL_SIZE=3 AEROSPIKE_RESTCLIENT_USEBOOLBIN=true AEROSPIKE_RESTCLIENT_CLIENTPOLICY_SHAREDTHREADPOOL=true
	start_bg as-rest >out 2>err </dev/null
	wait_for_line err "address=127.0.0.1:$port"
	grep -q 'no meaning here.*sharedThreadPool' err
	json POST "http://127.0.0.1:$port/v1/kvs/test/s/k" '{"b":true}'
	[ "$code" = 201 ]
	get "http://127.0.0.1:$port/v1/kvs/test/s/k"
	[ "$(jq -c .bins <<<"$body")" = '{"b":true}' ]
	stop "$PID"
	unset "${!aerospike_restclient_@}" "${!AEROSPIKE_RESTCLIENT_@}" SERVER_PORT
	rest_start --aerospike.restclient.hostlist=127.0.0.1:name:1,127.0.0.1:"$DB" --server.servlet.context-path=/as-rest-client
	wait_for is_ready
	json PUT "$URL/as-rest-client/v1/kvs/test/s/k" '{"b":true}'
	[ "$code" = 204 ]
	get "$URL/as-rest-client/v1/kvs/test/s/k"
	[ "$(jq -c .bins <<<"$body")" = '{"b":1}' ]
	get "$KVS/k"
	[ "$code" = 404 ]
	[ "$(curl -sS -o /dev/null -w '%{redirect_url}' "$URL/as-rest-client/swagger-ui.html")" = "$URL/as-rest-client/v3/api-docs" ]
	get "$URL/as-rest-client/v3/api-docs"
	[ "$(jq -r '.servers[0].url' <<<"$body")" = /as-rest-client ]
	stop "$REST"
	AEROSPIKE=$OLD
	aerospike_restclient_hostname=192.0.2.1 rest_start
	wait_for is_ready
}

@test "settings that can't be followed end it with a clear word" {
	run -78 env aerospike_restclient_ssl_keystorepath=/x.jks as-rest
	[[ $output == "as-rest: setting aerospike.restclient.ssl.keystorepath: Java key stores can't be read: give PEM files with --cluster-tls-cert"* ]]
	run -64 env AEROSPIKE_RESTCLIENT_PORT=x as-rest
	[[ $output == *"setting aerospike.restclient.port: x: not a number in range"* ]]
	run -64 as-rest --aerospike.restclient.hostnam=x
	[[ $output == *"unknown setting --aerospike.restclient.hostnam=x"* ]]
	run -64 as-rest --aerospike.restclient.clientpolicy.password=x
	[[ $output == *"no secret on the command line"* ]]
	for setting in SERVER_SERVLET_CONTEXT_PATH=abc SERVER_SERVLET_CONTEXTPATH=/a?b AEROSPIKE_RESTCLIENT_HOSTLIST=, SERVER_PORT=8080x \
		AEROSPIKE_RESTCLIENT_CLIENTPOLICY_MAXERRORRATE=0 aerospike_restclient_pool_size=-1 AEROSPIKE_RESTCLIENT_CLIENTPOLICY_TIMEOUT=1s; do
		run -64 timeout 5 env "$setting" as-rest -l 127.0.0.1:0
	done
	run -64 env AEROSPIKE_RESTCLIENT_CLIENTPOLICY_AUTHMODE=EXTERNAL_INSECURE as-rest
	run -64 as-rest --user ada
	run -64 as-rest operand
	run -64 as-rest --tls-key x
	run -69 as-rest -l 192.0.2.1:1
	run -78 as-rest --access-log /nonexistent/log -l 127.0.0.1:0
}

# --- running it

@test "the access log is in Common Log Format, and can be moved away" {
	local_start
	rest_start --access-log "$T/access"
	json POST "$KVS/google-oauth2%7C1_recipes" '{"a":1}'
	get "$KVS/google-oauth2%7C1_recipes" -u 'a"da:x'
	get "$URL/nowhere?a=%22%0a"
	ask HEAD "$KVS/none" -I
	wait_for_lines access 4
	re='^127\.0\.0\.1 - - \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \+0000\] "POST /v1/kvs/test/s/google-oauth2%7C1_recipes HTTP/1\.1" 201 -$'
	[[ $(sed -n 1p access) =~ $re ]]
	[[ $(sed -n 2p access) == '127.0.0.1 - a\x22da ['*'"GET /v1/kvs/test/s/google-oauth2%7C1_recipes HTTP/1.1" 200 '[0-9]* ]]
	[[ $(sed -n 3p access) == *'"GET /nowhere?a=%22%0a HTTP/1.1" 404 '[0-9]* ]]
	[[ $(sed -n 4p access) == *'"HEAD /v1/kvs/test/s/none HTTP/1.1" 404 -' ]]
	mv access old
	kill -HUP "$REST"
	wait_for test -e access
	get "$URL/"
	wait_for_lines access 1
	[ "$(wc -l <old)" = 4 ]
}

@test "an access log that is a pipe holds nobody up: without a reader, with one, and when it is gone" {
	mkfifo pipe
	local_start
	rest_start --access-log "$T/pipe"
	get "$KVS/k1"
	[ "$code" = 404 ]
	timeout 5 head -n 1 pipe | grep 'GET /v1/kvs/test/s/k1 HTTP'
	kill -HUP "$REST"
	for i in 1 2 3; do
		get "$KVS/k$i"
		[ "$code" = 404 ]
	done
}

@test "SIGTERM: no new connections, requests under way are finished, exit 0; a second one ends it at once" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}'
	kill -STOP "$LOCAL"
	held() { [ "$(metric as_rest_in_flight)" = "$1" ]; }
	start_bg curl -sS -o answer -w '%{http_code}' "$KVS/k?totalTimeout=8000" >status 2>&1 </dev/null
	CURL=$PID
	wait_for held 1
	kill -TERM "$REST"
	wait_for_line err msg=draining
	run -7 curl -sS "$URL/"
	alive "$REST"
	kill -CONT "$LOCAL"
	wait_exit "$CURL"
	[ "$(cat status)" = 200 ]
	wait_exit "$REST"
	[ "$status" = 0 ]
	grep -q 'msg=counters.* ok=2' err
	# What does not end in time is answered 503.
	rest_start --drain-timeout 100ms
	wait_for is_ready
	kill -STOP "$LOCAL"
	start_bg curl -sS -o answer -w '%{http_code}' "$KVS/k?totalTimeout=0" >status 2>&1 </dev/null
	CURL=$PID
	wait_for held 1
	kill -TERM "$REST"
	wait_exit "$CURL"
	[ "$(cat status)" = 503 ]
	wait_exit "$REST"
	[ "$status" = 0 ]
	kill -CONT "$LOCAL"
	rest_start
	wait_for is_ready
	kill -STOP "$LOCAL"
	start_bg curl -sS -o answer "$KVS/k?totalTimeout=0" 2>/dev/null </dev/null
	wait_for held 1
	kill -TERM "$REST"
	wait_for_line err msg=draining
	kill -TERM "$REST"
	wait_exit "$REST"
	[ "$status" = 75 ]
	kill -CONT "$LOCAL"
}

@test "counters by SIGUSR1 and /metrics; CORS; what the tables say is what the man page says" {
	local_start
	rest_start
	json POST "$KVS/k" '{"a":1}' -H 'Origin: http://a.example' -D head
	grep -qi '^access-control-allow-origin: \*' head
	get "$KVS/k"
	get "$KVS/none"
	kill -USR1 "$REST"
	wait_for_line err 'msg=counters.* ok=2 client_errors=1'
	[ "$(metric 'as_rest_requests{status="client"}')" = 1 ]
	[ "$(metric as_rest_request_seconds_count)" = 3 ]
	get "$URL/v3/api-docs"
	[ "$(jq -r '.paths["/v1/kvs/{namespace}/{set}/{key}"] | keys | join(" ")' <<<"$body")" = "delete get head patch post put" ]
	[ "$(jq '[.. | .required? | arrays | select(length == 0)] | length' <<<"$body")" = 0 ]
	[ "$(jq -r '([.. | ."$ref"? | strings] | unique[]) as $ref | if getpath($ref | ltrimstr("#/") | split("/")) then empty else $ref end' <<<"$body")" = "" ]
	[ "$(jq -r '[.paths[][].responses | keys[]] | unique | join(" ")' <<<"$body")" = "200 201 202 204 302 default" ]
	for what in routes parameters operations codes; do
		as-rest --print $what >table
		[ "$(wc -l <table)" -gt 30 ]
		sed -n "/^\.\\\\\" as-rest --print $what\$/,/^\.\\\\\" end\$/p" "$ROOT/man/man1/as-rest.1" | sed '1d;$d' >page
		cmp table page
	done
	run -64 as-rest --print nothing
}
