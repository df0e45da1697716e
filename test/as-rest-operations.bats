#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-rest: operations on records and batches, over HTTP, on as-local. What each operation does stands in the REST cases (test/rest/cases).
bats_require_minimum_version 1.5.0
load helper

# One database and one gateway for all tests that leave them alone.
setup_file() {
	needs as-rest as-local
	export T=$BATS_FILE_TMPDIR
	servers_start
	export AEROSPIKE URL
}
setup() { needs as-rest as-local; }

# servers_start [as-rest OPTION...]: sets LOCAL, REST (pids), AEROSPIKE and URL
servers_start() {
	: >"$T/address"
	start_bg as-local -p "${DB:-0}" >"$T/address" 2>>"$T/local.log" </dev/null
	LOCAL=$PID
	wait_for_line "$T/address" :
	AEROSPIKE=$(cat "$T/address")
	rest_start "$@"
}
rest_start() {
	: >"$T/rest.log"
	start_bg as-rest --listen 127.0.0.1:0 --host "$AEROSPIKE" "$@" 2>"$T/rest.log" </dev/null >/dev/null
	REST=$PID
	wait_for_line "$T/rest.log" msg=listening
	URL=http://$(sed -n 's/.*msg=listening address=\([^ ]*\).*/\1/p' "$T/rest.log")
}

# ask METHOD PATH [BODY] [TYPE]: sets code and body. BODY - is the file "request".
ask() {
	local data=()
	[ $# -lt 3 ] || data=(-H "Content-Type: ${4:-application/json}" --data-binary "$([ "$3" = - ] && echo @request || echo "$3")")
	code=$(curl -s -m 30 -X "$1" -o answer -w '%{http_code}' "${data[@]}" "$URL$2") || true
	body=$(tr -d '\0' <answer)
}
record() { ask DELETE "/v1/kvs/test/ops/$1"; ask POST "/v1/kvs/test/ops/$1" "$2"; [ "$code" = 201 ]; }
# Requests on stdin, as test/rest/ask takes them: each answer has this code and a message.
each() { "$ROOT/test/rest/ask" "$URL" | tee answers | awk -v code="$1" '$1 != code || !/"message":"[^"]/ { print NR ": " $0; bad = 1 } END { exit bad || !NR }'; }
is() { [ "$code" = "$1" ] && jq -e "$2" answer >/dev/null || { echo "got $code $body, wanted $1 $2"; false; }; }

@test "every case of records, operations and batches holds in MessagePack as well" {
	run "$ROOT/test/rest/msgpack"
	grep -A 1 '^not ok' <<<"$output" || true
	[ "$status" -eq 0 ]
	[ "$(grep -c '^ok' <<<"$output")" -gt 250 ]
}

@test "64-bit integers go through operations whole" {
	record exact '{"i":9223372036854775806}'
	ask POST /v2/operate/test/ops/exact '{"opsList":[{"type":"ADD","binName":"i","incr":1},{"type":"READ","binName":"i"},{"type":"PUT","binName":"l","value":[9007199254740993,-9223372036854775808]},{"type":"READ","binName":"l"}]}'
	[ "$code" = 200 ]
	grep -q '"bins":{"i":9223372036854775807,"l":\[9007199254740993,-9223372036854775808\]}' answer
}

@test "bodies that are no operations: 400, told why, and nothing is written" {
	record bad '{"a":1,"l":[1,2]}'
	put='{"operation":"PUT","opValues":{"bin":"a","value":2}}'
	put2='{"type":"PUT","binName":"a","value":2}'
	cat >bodies <<-END
		1	
		1	[
		1	[$put
		1	[$put,]
		1	[$put]x
		1	null
		1	"text"
		1	{"opsList":[$put2]}
		1	[]
		1	[null]
		1	[$put,{"operation":"PUT"}]
		1	[$put,{"operation":5,"opValues":{}}]
		1	[$put,{"operation":"LIST_EXPLODE","opValues":{"bin":"l"}}]
		1	[$put,{"operation":"LIST_GET","opValues":{"bin":"l"}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"l","value":1,"x":0}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"a bin name too long","value":1}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"l","value":18446744073709551616}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"l","value":1e999}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"l","value":"\ud800"}}]
		1	[$put,{"operation":"LIST_APPEND","opValues":{"bin":"l","value":1,"ctx":[{"type":"listIndex"}]}}]
		2	[$put2]
		2	{"opsList":[$put2],"more":1}
		2	{"opsList":{"0":$put2}}
		2	{"opsList":[$put2,$put]}
		2	{"opsList":[$put2,{"type":"LIST_SIZE","binName":7}]}
		2	{"opsList":[$put2,{"type":"LIST_GET","binName":"l","index":4294967296}]}
		2	{"opsList":[$put2,{"type":"LIST_GET_BY_INDEX","binName":"l","index":0,"listReturnType":"value"}]}
		2	{"opsList":[$put2,{"type":"BIT_OR","binName":"b","bitOffset":0,"bitSize":8,"value":"!"}]}
	END
	sed 's|^\(.\)\t|POST\t/v\1/operate/test/ops/bad\t|' bodies | each 400
	ask GET /v1/kvs/test/ops/bad
	is 200 '.generation == 1 and .bins == {"a":1,"l":[1,2]}'
}

@test "bodies of absurd depth, of absurd numbers, and MessagePack that lies" {
	record bomb '{"a":1}'
	put='{"type":"PUT","binName":"a","value":'
	python3 -c 'print("{\"opsList\":[" + '"'$put'"' + "[" * 100000 + "]" * 100000 + "}]}")' >deep
	python3 -c 'print("{\"opsList\":[" + '"'$put'"' + "[" + "0," * 1500000 + "0]}]}")' >wide
	python3 -c 'print("{\"opsList\":[" + ",".join(["{\"type\":\"TOUCH\"}"] * 40000) + "]}")' >many
	printf '\xdd\xff\xff\xff\xff%.0s' {1..1000} >lying
	printf '\x81\xa7opsList\xdf\x7f\xff\xff\xff\0\0' >lying-map
	{ printf '\x81\xa7opsList' && head -c 1000000 /dev/zero | tr '\0' '\221'; } >deep.mp
	for name in deep wide lying lying-map deep.mp many; do
		cp $name request
		type=application/json
		case $name in lying* | *.mp) type=application/msgpack ;; esac
		ask POST /v2/operate/test/ops/bomb - $type
		is 400 '.message | length > 0' || { echo "$name"; false; }
		echo "$name: $body"
	done
	ask GET /v1/kvs/test/ops/bomb
	is 200 '.generation == 1'
}

@test "a batch that is wrong in one place does nothing at all" {
	record b1 '{"a":1}'
	key='"key":{"namespace":"test","setName":"ops","userKey":"b1"}'
	good='{"type":"WRITE",'$key',"opsList":[{"type":"PUT","binName":"a","value":2}]}'
	for wrong in 5 '{}' '{"type":"WRITE"}' '{"type":"READ",'"$key"',"x":1}' '{"type":"write",'"$key"'}' '{"type":"WRITE",'"$key"'}' \
		'{"type":"WRITE",'"$key"',"opsList":[]}' '{"type":"WRITE",'"$key"',"opsList":[{"type":"READ","binName":"a"}]}' \
		'{"type":"READ",'"$key"',"opsList":[{"type":"TOUCH"}]}' '{"type":"READ","key":5}' '{"type":"READ","key":{"namespace":"test"}}' \
		'{"type":"READ","key":{"namespace":"test","userKey":"k","digest":"x"}}' '{"type":"READ","key":{"namespace":"","userKey":"k"}}' \
		'{"type":"READ","key":{"namespace":"test","userKey":[]}}' '{"type":"READ","key":{"namespace":"test","userKey":"k","keytype":"X"}}' \
		'{"type":"READ","key":{"namespace":"test","userKey":"k","keytype":"INTEGER"}}' \
		'{"type":"READ","key":{"namespace":"test","userKey":"***","keytype":"BYTES"}}' \
		'{"type":"READ","key":{"namespace":"test","userKey":"AAAA","keytype":"DIGEST"}}' '{"type":"READ",'"$key"',"binNames":"a"}' \
		'{"type":"READ",'"$key"',"binNames":[1]}' '{"type":"READ",'"$key"',"binNames":["sixteen letters!"]}' \
		'{"type":"READ",'"$key"',"readAllBins":"true"}' '{"type":"UDF",'"$key"'}' '{"type":"UDF",'"$key"',"packageName":"p","functionName":"f","functionArgs":5}' \
		'{"type":"DELETE",'"$key"',"policy":5}' '{"type":"DELETE",'"$key"',"policy":{"expiration":1}}' \
		'{"type":"DELETE",'"$key"',"policy":{"generationPolicy":"X"}}' '{"type":"DELETE",'"$key"',"policy":{"generation":"1"}}' \
		'{"type":"DELETE",'"$key"',"policy":{"durableDelete":1}}' '{"type":"DELETE",'"$key"',"policy":{"filterExp":"***"}}'; do
		printf 'POST\t/v1/batch\t[%s,%s]\n' "$good" "$wrong"
	done >bodies
	each 400 <bodies
	ask GET /v1/kvs/test/ops/b1
	is 200 '.generation == 1 and .bins.a == 1'
}

@test "entries' policies: generation, sendKey, expiration, and what is null says nothing" {
	record p1 '{"a":1}'
	key='"key":{"namespace":"test","setName":"ops","userKey":"p1","keytype":null}'
	put='"opsList":[{"type":"PUT","binName":"a","value":2}]'
	ask POST /v1/batch '[{"type":"WRITE",'"$key,$put"',"policy":{"generationPolicy":"EXPECT_GEN_EQUAL","generation":7}}]'
	is 200 '.batchRecords[0] | .resultCode == 3 and .resultCodeString == "Generation error" and (has("record") | not)'
	ask POST /v1/batch '[{"type":"WRITE",'"$key,$put"',"policy":{"generationPolicy":"EXPECT_GEN_EQUAL","generation":1,"expiration":-1,"sendKey":true,"commitLevel":null}}]'
	is 200 '.batchRecords[0] | .resultCode == 0 and .record.ttl == -1 and .record.generation == 2 and .record.bins == {"a":null}'
	ask POST /v1/batch '[{"type":"WRITE",'"$key,$put"',"policy":{"recordExistsAction":"CREATE_ONLY"}},{"type":"DELETE",'"$key"',"policy":null},{"type":"READ",'"$key"'}]'
	is 200 '[.batchRecords[] | .resultCode] == [5, 0, 2]'
}

@test "6000 records in a batch: in the order that was asked, the missing ones told" {
	python3 - <<-'END'
		import json
		key = lambda i: {"namespace": "test", "setName": "many", "keytype": "INTEGER", "userKey": i}
		write = [{"type": "WRITE", "key": key(i), "opsList": [{"type": "PUT", "binName": "i", "value": i}]} for i in range(0, 6000, 2)]
		read = [{"type": "READ", "key": key(i), "binNames": ["i"]} for i in range(5999, -1, -1)]
		json.dump(write, open("write", "w"))
		json.dump(read, open("read", "w"))
	END
	cp write request
	ask POST /v1/batch -
	is 200 '(.batchRecords | length) == 3000 and all(.batchRecords[]; .resultCode == 0)'
	cp read request
	ask POST /v1/batch -
	is 200 '(.batchRecords | length) == 6000 and ([.batchRecords[] | .key.userKey] == [range(5999; -1; -1)])
		and all(.batchRecords[]; if .key.userKey % 2 == 0 then .record.bins.i == .key.userKey else .resultCode == 2 and (has("record") | not) end)'
}

@test "operate/read: a missing record is null in its place; bad keys and unknown namespaces fail" {
	record r1 '{"a":1}'
	ask DELETE /v1/kvs/test/ops/r2
	ask POST '/v1/operate/read/test/ops?key=r2&key=r1&key=r2' '[{"operation":"READ","opValues":{"bin":"a"}}]'
	is 200 'map(.bins) == [null, {"a":1}, null] and .[0] == null'
	ask POST '/v2/operate/read/test/ops?key%5B%5D=r1' '{"opsList":[{"type":"GET_HEADER"}]}'
	is 200 '.records[0].bins == null and .records[0].generation == 1'
	ask POST '/v1/operate/read/test/ops?key=x&keytype=INTEGER' '[{"operation":"READ","opValues":{"bin":"a"}}]'
	is 400 '.message == "Invalid integer value: x"'
	ask POST '/v1/operate/read/nosuch/ops?key=r1' '[{"operation":"READ","opValues":{"bin":"a"}}]'
	is 404 '.internalErrorCode == 20'
}

@test "filter text: what is true of a record and what is not" {
	record flt '{"i":7,"s":"aero","l":[5,6,9],"m":{"a":1,"b":2},"e":[]}'
	while IFS=$'\t' read -r wanted text; do
		printf 'GET\t/v1/kvs/test/ops/flt?recordBins=i&filterexp=%s\n' "$(printf %s "$text" | base64 -w 0 | tr +/ -_)" >>requests
		echo "$wanted	$text" >>wanted
	done <<-'END'
		200	i == 7
		404	i != 7
		200	i >= 7 and i <= 7 and not(i > 7) and not i < 7
		404	s == "bero" or s == 7
		200	s == aero and (i == 1 or i == 7)
		200	s != bero
		404	nobin == 1
		200	LAST_UPDATE(>, 1577880000)
		404	LAST_UPDATE(<, 1577880000)
		200	VOID_TIME(<, 0)
		404	VOID_TIME(>=, 0)
		200	DIGEST_MODULO(1, ==, 0)
		200	STRING_REGEX(s, ^ae.o$)
		404	STRING_REGEX(s, ^e)
		200	LIST_ITERATE_OR(l, ==, 6)
		404	LIST_ITERATE_OR(l, ==, 7)
		200	LIST_ITERATE_OR(l, !=, 6)
		200	LIST_ITERATE_OR(l, >=, 9)
		404	LIST_ITERATE_OR(l, >=, 10)
		404	LIST_ITERATE_OR(l, <, 5)
		200	LIST_ITERATE_AND(l, <, 10)
		404	LIST_ITERATE_AND(l, <, 9)
		200	LIST_ITERATE_AND(l, !=, 7)
		404	LIST_ITERATE_AND(l, !=, 5)
		404	LIST_ITERATE_AND(l, ==, 5)
		200	LIST_ITERATE_AND(e, ==, 5)
		404	LIST_ITERATE_OR(e, !=, 5)
		200	MAPKEY_ITERATE_OR(m, ==, a)
		404	MAPKEY_ITERATE_AND(m, ==, a)
		200	MAPKEY_ITERATE_AND(m, <, c)
		404	MAPKEY_ITERATE_OR(m, >=, c)
		200	MAPVAL_ITERATE_OR(m, >=, 2)
		404	MAPVAL_ITERATE_AND(m, >=, 2)
		400	i=7
		400	LIST_ITERATE_OR(l, >, 5)
		400	GEOJSON_WITHIN(i)
	END
	"$ROOT/test/rest/ask" "$URL" <requests | cut -f 1 | paste - wanted | awk -F '\t' '$1 != $2 { print; bad = 1 } END { exit bad || NR < 30 }'
	ask POST "/v2/operate/test/ops/flt?filterexp=$(printf 'i == 8' | base64)" '{"opsList":[{"type":"ADD","binName":"i","incr":1}]}'
	is 404 '.message == "Record not found"'
	ask GET /v1/kvs/test/ops/flt
	is 200 '.bins.i == 7'
}

@test "an expiration does not disturb a request that only reads" {
	record exp '{"a":1}'
	ask POST '/v1/operate/test/ops/exp?expiration=1000&generationPolicy=EXPECT_GEN_EQUAL&generation=9&recordExistsAction=CREATE_ONLY' \
		'[{"operation":"READ","opValues":{"bin":"a"}}]'
	is 200 '.bins.a == 1 and .generation == 1'
}

@test "without the database: 503 in time, and all is well again when it is back" {
	DB=$(free_port)
	servers_start
	batch='[{"type":"READ","key":{"namespace":"test","userKey":"k"}},{"type":"READ","key":{"namespace":"test","userKey":"l"}}]'
	ask POST /v1/batch "$batch"
	is 200 '[.batchRecords[] | .resultCode] == [2, 2]'
	stop "$LOCAL" KILL
	ask POST '/v1/batch?totalTimeout=500' "$batch"
	is 503 '.message | length > 0' || is 500 '.internalErrorCode == 9'
	ask POST '/v2/operate/test/k?totalTimeout=500' '{"opsList":[{"type":"PUT","binName":"a","value":1}]}'
	is 503 '.message | length > 0' || is 500 '.internalErrorCode == 9'
	start_bg as-local -p "$DB" >"$T/address" 2>>"$T/local.log" </dev/null
	back() { ask POST /v1/batch "$batch" && [ "$code" = 200 ]; }
	wait_for back
	ask POST /v2/operate/test/k '{"opsList":[{"type":"PUT","binName":"a","value":1}]}'
	is 200 '.record.bins == null'
}

@test "SIGTERM in the midst of a large answer: it is read to its end, and a connection kept open does not hold the end up" {
	servers_start
	for i in {1..20}; do
		ask POST "/v1/kvs/test/ops/big$i" "{\"s\":\"$(head -c 60000 /dev/zero | tr '\0' x)\"}"
	done
	cat >slow.py <<-'END'
		import json, socket, sys
		host, port = sys.argv[1][7:].split(":")
		body = json.dumps([{"type": "READ", "readAllBins": True, "key": {"namespace": "test", "setName": "ops", "userKey": "big%d" % (i % 20 + 1)}} for i in range(150)])
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		s.connect((host, int(port)))
		s.sendall(("POST /v1/batch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body).encode())
		head = s.recv(16)
		print("begun", flush=True)
		sys.stdin.readline()
		n = len(head)
		while n < 9000000:
		    n += len(s.recv(1 << 20))
		print("read", flush=True)
		sys.stdin.read()
	END
	mkfifo words
	run_slow() { exec python3 slow.py "$URL" <words >said 6>&-; }
	start_bg run_slow
	exec 6>words
	wait_for_line said begun
	kill -TERM "$REST"
	wait_for_line "$T/rest.log" msg=draining
	echo go >&6
	wait_for_line said read
	wait_for -t 8 gone "$REST"
	exec 6>&-
}
