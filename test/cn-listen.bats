#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-listen: what it makes of HTTP, and the source's side of the ring. Files of each test: lines (stdout), log, acks (a FIFO that
# descriptor 7 of the test holds open).
load helper

setup() { needs cn-listen; }
teardown() {
	exec 7>&- 8>&-
	stop_all
}

# listen OPTIONS...: sets PID, PORT and URL. Lines are numbered from 1.
listen() {
	[ -p acks ] || mkfifo acks
	exec 7<>acks
	start_bg cn-listen -l 127.0.0.1:0 --first-id 1 "$@" <acks >lines 2>log 7>&-
	LISTEN=$PID
	find_port
}

# Without acks.
listen_deaf() {
	start_bg cn-listen -l 127.0.0.1:0 --first-id 1 "$@" </dev/null >lines 2>log
	LISTEN=$PID
	find_port
}

find_port() {
	wait_for_line log 'msg=listening' || return 1
	PORT=$(sed -n 's/.*msg=listening address=[^ ]*:\([0-9]*\).*/\1/p' log | tail -n 1)
	URL=http://127.0.0.1:$PORT
}

ack() { printf '%s\n' "$@" >&7; }
end_acks() { exec 7>&-; }

# hold NAME CURL-ARGUMENTS...: post in the background; the status comes to stand in the file NAME.
hold() {
	local name=$1
	shift
	start_bg curl -sS -m 20 -o /dev/null -w '%{http_code}\n' "$@" >"$name" 2>&1 7>&- 8>&-
}
answered() { wait_for_line "$1" "^$2\$"; }
client() { "$ROOT/test/http_client.py" "$@"; }

# A ring with an immediate sink.
listen_ring() {
	mkfifo acks
	start_bg bash -c 'cn-listen -l 127.0.0.1:0 --first-id 1 "$@" <acks 2>log | tee lines | LC_ALL=C stdbuf -oL sed "s/^{\"id\":\([0-9]*\),.*/{\"ack\":\1}/" >acks' \
		- "$@" 2>/dev/null
	find_port
}

# --- lines

@test "a JSON body stands verbatim in body, its line ends as blanks; path, query and type are kept" {
	listen_deaf
	post "$URL/aerospike/kafka/publish/orders?a=1%20" 'application/json; charset=utf-8' $'{"n": 9007199254740993,\r\n "s":"a\\nb"}'
	[ "$code" = 200 ]
	[ "$(cut -d, -f1,3- lines)" = '{"id":1,"path":"/aerospike/kafka/publish/orders?a=1%20","type":"application/json; charset=utf-8","body":{"n": 9007199254740993,   "s":"a\nb"}}' ]
}

@test "binary bodies, and JSON that is none, become base64 and lose no byte" {
	listen_deaf
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	jq -r .body64 lines | base64 -d | cmp - .wire
	post "$URL/" application/json '{"a":'
	[ "$code" = 200 ]
	[ "$(tail -n 1 lines | jq -c '[.id, .type, .body64, .body]')" = '[2,"application/json","eyJhIjo=",null]' ]
	post "$URL/" application/octet-stream '{}'
	post "$URL/" application/x-msgpack '[]'
	[ "$(tail -n 2 lines | jq -r .body64 | paste -sd' ')" = "e30= W10=" ]
}

@test "a body of unknown type is JSON when it begins like an object or array and is valid" {
	listen_deaf
	for body in '{"a":[1]}' '[1,2]' '7' '{x}'; do
		curl -sS -H 'Content-Type:' -d "$body" "$URL/"
	done
	[ "$(jq -c '[.body, .body64, has("type")]' lines | paste -sd' ')" = '[{"a":[1]},null,false] [[1,2],null,false] [null,"Nw==",false] [null,"e3h9",false]' ]
}

@test "a path that is not UTF-8 is percent-coded; quotes and backslashes are escaped" {
	listen_deaf
	[ "$(client raw "$PORT" 'POST /\xff"\\ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx')" = 200 ]
	[ "$(jq -r .path lines)" = '/%FF"\' ]
}

@test "ids begin at the present time in microseconds" {
	now=$(date +%s)
	start_bg cn-listen -l 127.0.0.1:0 </dev/null >lines 2>log
	find_port
	post_json "$URL/" 1
	id=$(jq .id lines)
	[ $((id / 1000000 - now)) -ge 0 ] && [ $((id / 1000000 - now)) -lt 20 ]
}

# --- the ring

@test "a request is held until its ack; ranges, late order, acks with more members" {
	listen
	for i in 1 2 3 4; do
		hold "r$i" -d "[$i]" "$URL/$i"
		wait_for_lines lines "$i"
	done
	sleep 0.2
	[ ! -s r1 ] && [ ! -s r4 ]
	ack '{"ack":4,"to":"kafka:orders/3@991"}'
	answered r4 200
	[ ! -s r1 ]
	ack '{"ack":[1,3]}'
	answered r1 200 && answered r2 200 && answered r3 200
}

@test "a nack that may be retried is answered 503, also when it does not say so" {
	listen
	hold a -d '[]' "$URL/"
	hold b -d '[]' "$URL/"
	wait_for_lines lines 2
	ack '{"nack":1,"retry":true,"error":"broker is away"}' '{"nack":2}'
	answered a 503 && answered b 503
}

@test "what can never succeed goes to the dead-letter file, with the reason, and is answered 200" {
	listen --dead-letter dead
	hold a -H 'Content-Type: application/json' -d '{"n":1}' "$URL/x"
	wait_for_lines lines 1
	hold b --data-binary $'\x01\x02' -H 'Content-Type: application/octet-stream' "$URL/y"
	wait_for_lines lines 2
	hold c -d '[]' "$URL/z"
	wait_for_lines lines 3
	ack '{"nack":[1,2],"retry":false,"error":"not \"good\""}' '{"ack":3}'
	answered a 200 && answered b 200 && answered c 200
	[ "$(jq -c '.reason' dead | sort -u)" = '"not \"good\""' ]
	# Without the reason they are the lines as they were.
	[ "$(jq -cS 'del(.reason)' dead | sort)" = "$(jq -cS 'select(.path != "/z")' lines | sort)" ]
}

@test "without a dead-letter file it is answered 503, and the log says why" {
	listen
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	ack '{"nack":1,"retry":false,"error":"no"}'
	answered a 503
	wait_for_line log 'level=error.*no --dead-letter'
}

@test "dead letter on a full disk: 503, an error, and no torn line" {
	listen --dead-letter /dev/full
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	ack '{"nack":1,"retry":false,"error":"no"}'
	answered a 503
	wait_for_line log 'level=error.*dead-letter.*No space left'
	stop "$LISTEN" KILL

	# A limit of 1 KiB in the middle of the second line.
	start_bg bash -c '{ ulimit -f 1; exec cn-listen -l 127.0.0.1:0 --first-id 1 -d dead 2>log2; } | cat >lines2' <acks 7>&-
	wait_for_line log2 'msg=listening'
	URL=http://$(sed -n 's/.*msg=listening address=\([^ ]*\).*/\1/p' log2)
	head -c 450 /dev/zero >body
	for i in 1 2; do
		hold "f$i" --data-binary @body "$URL/"
		wait_for_lines lines2 $i
		ack "{\"nack\":$i,\"retry\":false,\"error\":\"no\"}"
		answered "f$i" $((i == 1 ? 200 : 503))
	done
	[ "$(wc -l <dead)" -eq 1 ]
	[ "$(jq .id dead)" = 1 ]
	[ "$(tail -c 1 dead | od -An -tx1)" = ' 0a' ]
}

@test "SIGHUP opens the dead-letter file anew" {
	listen -d dead
	mv dead dead.1
	kill -HUP "$LISTEN"
	wait_for test -e dead
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	ack '{"nack":1,"retry":false,"error":"no"}'
	answered a 200
	[ -s dead ] && [ ! -s dead.1 ]
}

@test "no ack before the deadline is told, once a second at most" {
	listen --deadline 100ms
	for _ in 1 2 3; do
		start_bg curl -sS -o /dev/null -d x "$URL/" 7>&-
	done
	wait_for_line log 'level=warn .*no ack before the deadline: answered 503'
	[ "$(grep -c 'no ack before the deadline' log)" -le 2 ]
}

@test "no ack before the deadline: 503; a late ack is counted, a foreign one too, and nonsense is logged" {
	listen --deadline 300ms
	hold a -d '[]' "$URL/"
	answered a 503
	ack '{"ack":1}' '{"ack":77}' 'nonsense' '{"ack":-1}'
	wait_for_line log 'not an ack line'
	kill -USR1 "$LISTEN"
	wait_for_line log 'msg=counters.*expired=1 late=1 foreign=1'
}

@test "a full window holds requests back; acks let them in; the deadline answers those who wait" {
	listen --window 1 --deadline 1s
	hold a -d '[1]' "$URL/"
	wait_for_lines lines 1
	hold b -d '[2]' "$URL/"
	sleep 0.2
	[ "$(wc -l <lines)" -eq 1 ]
	get "$URL/"
	[ "$code" = 200 ]
	ack '{"ack":1}'
	answered a 200
	wait_for_lines lines 2
	hold c -d '[3]' "$URL/"
	answered b 503 && answered c 503
}

@test "the window counts bytes too, and large bodies wait before they are received" {
	listen --window-bytes 300k --deadline 3s
	head -c 150000 /dev/zero >body
	hold a --data-binary @body "$URL/"
	wait_for_lines lines 1
	hold b --data-binary @body "$URL/"
	hold c --data-binary @body "$URL/"
	hold d --http2-prior-knowledge --data-binary @body "$URL/"
	sleep 0.3
	[ "$(wc -l <lines)" -eq 1 ]
	for i in 1 2 3 4; do
		wait_for_lines lines $i
		ack "{\"ack\":$i}"
	done
	answered a 200 && answered b 200 && answered c 200 && answered d 200
	[ "$(jq -r '.body64 | @base64d | length' lines | sort -u)" = 150000 ]
}

@test "nobody reads the lines: never blocked, 503 at the deadline, probes and acks are served" {
	mkfifo out acks
	exec 7<>acks 8<>out
	start_bg cn-listen -l 127.0.0.1:0 --first-id 1 --deadline 500ms <acks >out 2>log 7>&- 8>&-
	LISTEN=$PID
	find_port
	head -c 900000 /dev/zero >body
	for i in 1 2 3 4 5; do
		hold "r$i" --data-binary @body "$URL/"
	done
	get "$URL/"
	[ "$code" = 200 ]
	for i in 1 2 3 4 5; do answered "r$i" 503; done
	# What was taken in comes out whole once somebody reads.
	start_bg cat <&8 >lines 7>&- 8>&-
	exec 8>&-
	hold again -d '[]' "$URL/again"
	wait_for_line lines '"path":"/again"'
	ack "{\"ack\":[1,9]}"
	answered again 200
	jq -e .id lines >/dev/null
}

@test "end of the acks while it runs: 503 to all in flight, exit 75" {
	listen
	hold a -d '[]' "$URL/"
	hold b --http2-prior-knowledge -d '[]' "$URL/"
	wait_for_lines lines 2
	end_acks
	answered a 503 && answered b 503
	wait_exit "$LISTEN"
	[ "$status" -eq 75 ]
	wait_for_line log 'level=error.*acks ended'
}

@test "nobody there to read the lines (EPIPE): 503, exit 75, also when idle" {
	mkfifo out acks
	exec 7<>acks 8<>out
	start_bg cn-listen -l 127.0.0.1:0 <acks >out 2>log 7>&- 8>&-
	LISTEN=$PID
	find_port
	hold a -d '[]' "$URL/"
	read -r -t 5 _ <&8
	exec 8>&-
	answered a 503
	wait_exit "$LISTEN"
	[ "$status" -eq 75 ]
}

@test "SIGTERM: what is in flight is finished, new work is answered 503, stdout closes, exit 0 at the end of the acks" {
	listen
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	kill -TERM "$LISTEN"
	wait_for_line log 'msg=draining in_flight=1'
	post_json "$URL/" '[]'
	[ "$code" = 503 ]
	get "$URL/"
	[ "$code" = 503 ]
	[ ! -s a ]
	ack '{"ack":1}'
	answered a 200
	end_acks
	wait_exit "$LISTEN"
	[ "$status" -eq 0 ]
	[ "$(wc -l <lines)" -eq 1 ]
}

@test "draining a ring ends every stage with 0" {
	ring_start 'cn-listen -l 127.0.0.1:$PORT' 'env LC_ALL=C stdbuf -oL sed "s/^{.id.:\([0-9]*\),.*/{\"ack\":\1}/"'
	for i in 1 2 3; do
		post_json "$URL/" "[$i]"
		[ "$code" = 200 ]
	done
	[ "$(ring_stop)" = "0 0" ]
}

@test "a second SIGTERM gives up: exit 75" {
	listen
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	kill -TERM "$LISTEN"
	wait_for_line log 'msg=draining'
	kill -TERM "$LISTEN"
	wait_exit "$LISTEN"
	[ "$status" -eq 75 ]
}

@test "stdin /dev/null: 200 once the line is written, said once; SIGTERM ends with 0" {
	listen_deaf
	[ "$(grep -c 'no acks' log)" -eq 1 ]
	post_json "$URL/" '[]'
	[ "$code" = 200 ]
	post_json "$URL/" '[]' --http2-prior-knowledge
	[ "$code" = 200 ]
	[ "$(wc -l <lines)" -eq 2 ]
	kill -TERM "$LISTEN"
	wait_exit "$LISTEN"
	[ "$status" -eq 0 ]
}

@test "without acks a full disk is answered 503 and ends with 74" {
	start_bg cn-listen -l 127.0.0.1:0 </dev/null >/dev/full 2>log
	LISTEN=$PID
	find_port
	post_json "$URL/" '[]'
	[ "$code" = 503 ]
	wait_exit "$LISTEN"
	[ "$status" -eq 74 ]
}

@test "a file on stdin is a stream of acks that ends: exit 75" {
	echo '{"ack":5}' >done
	run cn-listen -l 127.0.0.1:0 <done
	[ "$status" -eq 75 ]
	[[ $output == *"acks ended"* ]]
}

@test "a ring under load answers every request 200, over both HTTP versions at once" {
	listen_ring
	head -c 300 /dev/urandom >body
	h2load --h1 -c 32 -n 4000 -d body "$URL/1" >one 7>&- &
	h2load -c 8 -m 32 -n 8000 -d body "$URL/2" >two
	wait $!
	grep -q 'status codes: 4000 2xx' one
	grep -q 'status codes: 8000 2xx' two
	[ "$(wc -l <lines)" -eq 12000 ]
	[ "$(sed 's/^{"id":\([0-9]*\),.*/\1/' lines | sort -n | uniq | wc -l)" -eq 12000 ]
}

@test "a small window under load loses and doubles nothing" {
	listen_ring --window 7
	h2load --h1 -c 20 -n 500 -d "$BASH_SOURCE" "$URL/" >one
	grep -q 'status codes: 500 2xx' one
	h2load -c 4 -m 50 -n 1000 -d "$ROOT/LICENSE" "$URL/" >two
	grep -q 'status codes: 1000 2xx' two
	[ "$(wc -l <lines)" -eq 1500 ]
}

# --- requests

@test "405 for other methods, 400 for an empty body, 413 for a large one, in all three ways to send it" {
	listen_deaf --max-body 100k
	head -c 102401 /dev/zero >big
	head -c 102400 /dev/zero >fits
	get "$URL/" -X PUT -d x
	[ "$code" = 405 ]
	post "$URL/" text/plain ''
	[ "$code" = 400 ]
	post "$URL/" text/plain '' -H 'Transfer-Encoding: chunked'
	[ "$code" = 400 ]
	for how in '' 'Expect:' 'Expect: 100-continue' 'Transfer-Encoding: chunked'; do
		post "$URL/" text/plain @big -H "$how"
		[ "$code" = 413 ]
		post "$URL/" text/plain @fits -H "$how"
		[ "$code" = 200 ]
	done
	[ "$(wc -l <lines)" -eq 4 ]
	for body in big fits; do
		nghttp -nv -d $body "$URL/" | grep -o ':status: .*'
	done >statuses
	[ "$(paste -sd' ' statuses)" = ':status: 413 :status: 200' ]
}

@test "a body without end is cut off with 413 and does not have to be read" {
	listen_deaf --max-body 100k
	run timeout 10 curl -sS -T - -X POST -w '%{http_code}' "$URL/" </dev/zero
	[[ $output == *413* ]] || [ "$status" -eq 55 ] || [ "$status" -eq 56 ]
	[ ! -s lines ]
	get "$URL/"
	[ "$code" = 200 ]
}

@test "a head that can be read in two ways is refused and the connection closed" {
	listen_deaf
	h='POST / HTTP/1.1\r\nHost: a\r\n'
	for bad in 'Content-Length: 1\r\nContent-Length: 1' 'Content-Length: 1\r\nContent-Length: 2' \
		'Content-Length: 1\r\nTransfer-Encoding: chunked' 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked' \
		'Transfer-Encoding: gzip, chunked' 'Content-Length: +1' 'Content-Length: 1,1' 'Content-Length : 1' 'Transfer-Encoding: x'; do
		[[ $(client raw "$PORT" "$h$bad\r\n\r\nx") =~ ^400.*closed$ ]] || {
			echo "not refused: $bad"
			return 1
		}
	done
	[ ! -s lines ]
}

@test "the auth file: Basic, api key, bearer; probes need none; SIGHUP loads it again, and keeps the old one when it is broken" {
	printf '# who may come in\nbasic ada:pw:1\n\napi-key k-123\n' >auth
	listen_deaf --auth-file auth
	for h in '' '--http2-prior-knowledge'; do
		try() { post_json "$URL/" '[]' $h "$@" && echo "$code"; }
		[ "$(try)" = 401 ]
		[ "$(try -u ada:pw:1)" = 200 ]
		[ "$(try -u ada:pw:2)" = 401 ]
		[ "$(try -u bob:pw:1)" = 401 ]
		[ "$(try -H 'X-Api-Key: k-123')" = 200 ]
		[ "$(try -H 'X-Api-Key: k-124')" = 401 ]
		[ "$(try -H 'Authorization: Bearer k-123')" = 200 ]
		[ "$(try -H 'Authorization: Basic k-123')" = 401 ]
		get "$URL/" $h
		[ "$code" = 200 ]
	done
	grep -q 'WWW-Authenticate: Basic' <(curl -si -d x "$URL/")
	echo nonsense >auth
	kill -HUP "$LISTEN"
	wait_for_line log 'level=error.*auth:1: neither'
	[ "$(try -H 'X-Api-Key: k-123')" = 200 ]
	echo 'api-key new' >auth
	kill -HUP "$LISTEN"
	wait_for_line log 'loaded the auth file'
	[ "$(try -H 'X-Api-Key: k-123')" = 401 ]
	[ "$(try -H 'X-Api-Key: new')" = 200 ]
	! grep -q 'k-123' log
}

@test "bodies cut at every byte arrive whole; a client that leaves at any byte leaves no line" {
	listen_deaf
	n=$(client leave "$PORT")
	[ "${n%%:*}" = left ]
	[ "$(client leave2 "$PORT")" ]
	[ ! -s lines ]
	all=$(client cut "$PORT")
	[ "$all" = "200:${n##*:}" ]
	[ "$(wc -l <lines)" -eq "${n##*:}" ]
	[ "$(cut -d, -f3- lines | sort -u)" = '"path":"/cut?q=1","type":"application/json","body":{"a":1}}' ]
	[[ $(client cut2 "$PORT") =~ ^200:[0-9]+$ ]]
	[ "$(cut -d, -f3- lines | sort -u | wc -l)" -eq 1 ]
}

@test "chunks of any size, Expect, pipelined requests and keep-alive" {
	listen_deaf
	[ "$(client raw "$PORT" 'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n5;x=y\r\n"a":1\r\n1\r\n}\r\n0\r\nT: v\r\n\r\n')" = 200 ]
	[ "$(jq -c .body lines)" = '{"a":1}' ]
	p='POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]'
	g='GET / HTTP/1.1\r\nHost: a\r\n\r\n'
	[ "$(client raw "$PORT" "$p$p$g$p" 4)" = "200 200 200 200" ]
	[ "$(client raw "$PORT" 'POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n[]' 2)" = "100 200" ]
	[ "$(jq -r .path lines | paste -sd' ')" = "/c /p /p /p /e" ]
}

@test "300 connections at once" {
	listen_ring
	[ "$(client many "$PORT" 300)" = "200:300" ]
}

@test "more connections than allowed wait until one closes" {
	listen_deaf --connections 2 --idle-timeout 300ms
	[ "$(client many "$PORT" 4)" = "200:4" ]
	wait_for_line log 'as many connections as may be'
}

@test "clients that send a byte now and then are cut off; others do not notice" {
	listen_deaf --read-timeout 500ms --idle-timeout 1s
	client trickle "$PORT" 'PRI * HTTP/2.0' 0.05 >slow1 &
	client trickle "$PORT" 'POST / HTTP/1.1\r\nHost: abcdefghijklmnopqrstuvwxyz\r\n' 0.05 >slow2 &
	client trickle "$PORT" '' 0.05 >slow0 &
	curl -sS -m 10 -T <(head -c 10 /dev/zero; sleep 3) -X POST "$URL/" >slow3 2>&1 &
	wait_port "$PORT"
	post_json "$URL/" '[]'
	[ "$code" = 200 ]
	for f in slow1 slow2; do
		wait_for_line $f '^[0-3]\.' 6
	done
	wait_for test -s slow3
	[ "$(wc -l <lines)" -eq 1 ]
}

# --- HTTP/2

@test "HTTP/2: many streams, probes, other methods, a reset stream whose ack comes later" {
	listen
	[ "$(curl -sS -o /dev/null -w '%{http_code} %{http_version}' --http2-prior-knowledge "$URL/")" = '200 2' ]
	get "$URL/" --http2-prior-knowledge -X PUT -d x
	[ "$code" = 405 ]
	client reset2 "$PORT" >reset 7>&- &
	wait_for_lines lines 2
	ack '{"ack":1}' '{"ack":2}'
	wait_for_line reset '^200$'
	end_acks
	stop "$LISTEN"
	! grep -q 'Sanitizer' log
}

@test "HTTP/2 under back-pressure: a body larger than every window arrives whole" {
	listen_ring --window 2 --window-bytes 64k
	head -c 3000000 /dev/urandom >body
	h2load -c 3 -m 3 -n 9 -d body "$URL/" >out
	grep -q 'status codes: 9 2xx' out
	for n in 1 9; do
		sed -n "${n}p" lines | jq -r .body64 | base64 -d | cmp - body
	done
}

# --- TLS

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

@test "HTTPS: HTTP/1.1 and, for clients that offer it, HTTP/2; plain HTTP is not answered" {
	certificates
	listen_deaf --tls-cert server.pem --tls-key server.key --max-body 100k
	URL=https://127.0.0.1:$PORT
	for v in --http1.1 --http2; do
		curl -sS --cacert ca.pem $v -d '[]' -o /dev/null -w '%{http_code} %{http_version}\n' "$URL/"
	done >out
	[ "$(paste -sd' ' out)" = '200 1.1 200 2' ]
	head -c 200000 /dev/zero >big
	post "$URL/" text/plain @big --cacert ca.pem --http1.1 -H 'Transfer-Encoding: chunked'
	[ "$code" = 413 ]
	h2load -c 4 -m 8 -n 400 -d "$ROOT/LICENSE" "$URL/" | grep -q 'status codes: 400 2xx'
	h2load --h1 -c 4 -n 100 -d "$ROOT/LICENSE" "$URL/" | grep -q 'status codes: 100 2xx'
	! curl -sS -m 5 "http://127.0.0.1:$PORT/"
}

@test "HTTPS with a client CA: only its certificates get in, over both versions" {
	certificates
	listen_deaf --tls-cert server.pem --tls-key server.key --tls-ca ca.pem
	URL=https://127.0.0.1:$PORT
	for v in --http1.1 --http2; do
		post_json "$URL/" '[]' --cacert ca.pem $v --cert client.pem --key client.key
		[ "$code" = 200 ]
		post_json "$URL/" '[]' --cacert ca.pem $v 2>/dev/null
		[ "$code" = 403 ] || [ "$code" = 000 ]
		post_json "$URL/" '[]' --cacert ca.pem $v --cert stranger.pem --key stranger.key 2>/dev/null
		[ "$code" = 403 ] || [ "$code" = 000 ]
	done
	[ "$(wc -l <lines)" -eq 2 ]
}

# --- running it

@test "--manage-port: metrics by the connectors' names, health, readiness" {
	listen --manage-port 127.0.0.1:0
	manage=http://$(sed -n 's/.* manage=\([^ ]*\).*/\1/p' log)
	hold a -d '[]' "$URL/"
	wait_for_lines lines 1
	get "$manage/metrics"
	grep -q '^aerospike_kafka_outbound_connections{status="active"} 1$' <<<"$body"
	grep -q '^cn_listen_in_flight 1$' <<<"$body"
	ack '{"ack":1}'
	answered a 200
	get "$manage/metrics"
	grep -q '^aerospike_kafka_outbound_requests{status="success"} 1$' <<<"$body"
	grep -q '^aerospike_kafka_outbound_request_seconds_count 1$' <<<"$body"
	get "$manage/health"
	[ "$code" = 200 ]
	get "$manage/ready"
	[ "$code" = 200 ]
	get "$manage/other"
	[ "$code" = 404 ]
	hold b -d '[]' "$URL/"
	wait_for_lines lines 2
	kill -TERM "$LISTEN"
	wait_for_line log 'msg=draining'
	get "$manage/ready"
	[ "$code" = 503 ]
}

@test "--reuse-port: two instances behind one port; one drains, the other goes on" {
	port=$(free_port)
	for n in 1 2; do
		start_bg cn-listen -l 127.0.0.1:$port --reuse-port </dev/null >"lines$n" 2>"log$n"
		wait_for_line "log$n" 'msg=listening'
	done
	h2load --h1 -c 40 -n 400 -d "$ROOT/LICENSE" "http://127.0.0.1:$port/" | grep -q 'status codes: 400 2xx'
	[ "$(cat lines1 lines2 | wc -l)" -eq 400 ]
	stop "$PID"
	for _ in 1 2 3 4 5; do
		post_json "http://127.0.0.1:$port/" '[]'
		[ "$code" = 200 ]
	done
}

@test "wrong options, files and addresses are named" {
	run cn-listen --window 0
	[ "$status" -eq 64 ] && [[ $output == *'--window 0'* ]]
	run cn-listen operand
	[ "$status" -eq 64 ]
	run cn-listen --tls-key x
	[ "$status" -eq 64 ] && [[ $output == *--tls-cert* ]]
	run cn-listen -l 127.0.0.1:0 --tls-cert nowhere.pem </dev/null
	[ "$status" -ne 0 ] && [[ $output == *nowhere.pem* ]]
	run cn-listen -l 127.0.0.1:0 --auth-file nowhere </dev/null
	[ "$status" -eq 78 ] && [[ $output == *nowhere* ]]
	run cn-listen -l 127.0.0.1:0 --dead-letter no/such/dir/file </dev/null
	[ "$status" -eq 73 ] && [[ $output == *no/such/dir/file* ]]
	listen_deaf
	run cn-listen -l "127.0.0.1:$PORT" </dev/null
	[ "$status" -eq 69 ] && [[ $output == *"$PORT"*"in use"* ]]
	cn-listen --help | grep -q -- --dead-letter
	cn-listen --version | grep -q nghttp2
}
