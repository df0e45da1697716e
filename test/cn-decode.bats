#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-decode: the program around the decoders; what they make of which body is in test/unit/notify.c and value.c.
bats_require_minimum_version 1.5.0
load helper

setup() { needs cn-decode; }

META='"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7,"exp":0}'
BINS='"bins":{"qty":42,"sku":"A-9"}'

wire() { unhex "$1" | base64 -w 0; }

# line ID TYPE HEX [MEMBERS]: a notification line with a binary body
line() { printf '{"id":%s,"at":1700000000123,"path":"/","type":"%s","body64":"%s"%s}\n' "$1" "$2" "$(wire "$3")" "${4:-}"; }

decode() { cn-decode "$@" 2>err >out; }

@test "binary notifications of all content types" {
	{
		line 1 application/octet-stream "$WIRE_WRITE"
		line 2 text/plain "$WIRE_WRITE"
		line 3 application/octet-stream "$WIRE_DELETE"
		printf '{"id":4,"body64":"%s"}\n' "$(wire "$WIRE_WRITE")"
		printf '{"id":5,"type":null,"at":null,"path":null,"body64":"%s"}\n' "$(wire "$WIRE_WRITE")"
		printf '{ "body64" : "%s" , "id" : 6 }\n' "$(wire "$WIRE_WRITE")"
	} | decode
	diff - out <<-END
	{"id":1,$META,$BINS}
	{"id":2,$META,$BINS}
	{"id":3,"metadata":{"namespace":"shop","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"delete","durable":true}}
	{"id":4,$META,$BINS}
	{"id":5,$META,$BINS}
	{"id":6,$META,$BINS}
	END
}

@test "base64 with escapes is the same text" {
	line 1 'application\/octet-stream' "$WIRE_WRITE" | sed 's/"ARYQ/"\\u0041RYQ/' | decode
	diff - out <<<"{\"id\":1,$META,$BINS}"
}

@test "a JSON body, as it stands or in base64" {
	json='{"msg":"delete","key":["shop",null,"7GuN",null],"durable":false}'
	flat='{"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete"}}'
	{
		printf '{"id":1,"type":"application/json","body":%s}\n' "$json"
		printf '{"id":2,"type":"application/json","body64":"%s"}\n' "$(printf '\n%s\n' "$json" | base64 -w 0)"
		printf '{"id":3,"body":%s}\n' "$flat"
		printf '{"id":4,"type":"x/y","body64":"%s"}\n' "$(printf ' %s' "$flat" | base64 -w 0)"
	} | decode
	diff - out <<-END
	{"id":1,"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete","durable":false}}
	{"id":2,"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete","durable":false}}
	{"id":3,"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete"}}
	{"id":4,"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete"}}
	END
}

@test "path goes along unless it is /, and so does what nobody knows" {
	{
		line 1 '' "$WIRE_WRITE" ',"x":[1, 2],"skip":false' | sed 's|"path":"/"|"path":"/a/b?c"|'
		line 2 '' "$WIRE_WRITE" ',"trace":"t\u0031"'
	} | decode
	diff - out <<-END
	{"id":1,$META,$BINS,"path":"/a/b?c","x":[1, 2],"skip":false}
	{"id":2,$META,$BINS,"trace":"t\\u0031"}
	END
}

@test "ids of any kind stay as they were written" {
	for id in '"a\u0062"' 9007199254740993 1e3; do line "$id" '' "$WIRE_WRITE"; done | decode
	diff - out <<-END
	{"id":"a\\u0062",$META,$BINS}
	{"id":9007199254740993,$META,$BINS}
	{"id":1e3,$META,$BINS}
	END
}

@test "skip, error and record lines pass untouched" {
	cat >in <<-END
	{"id":1,"skip":true}
	{"id":2, "error":"what\\u0000"}
	{"id":3,$META, "bins" : {"qty":9007199254740993},"types":{},"to":{"kafka":null},"metadata2":{}}
	{"id":4,"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete"},"path":"/x"}
	END
	decode <in
	cmp in out
}

@test "messages from a topic: json with its id, flat-json, numbered only when asked" {
	cat >in <<-END
	{"msg":"write","key":["shop",null,"7GuN",null],"bins":[{"name":"a","type":"int","value":1}],"id":7}
	{"msg":"delete","key":["shop",null,"7GuN",null]}
	{"metadata":{"namespace":"shop","digest":"7GuN","msg":"write"},"id":5,"path":"/","body":{}}
	END
	decode <in
	diff - out <<-END
	{"id":7,"metadata":{"namespace":"shop","digest":"7GuN","msg":"write"},"bins":{"a":1}}
	{"metadata":{"namespace":"shop","digest":"7GuN","msg":"delete"}}
	{"metadata":{"namespace":"shop","digest":"7GuN","msg":"write"},"bins":{"id":5,"path":"/","body":{}}}
	END
	decode --first-id 100 <in
	[ "$(jq -c .id out | tr '\n' ' ')" = "7 100 101 " ]
}

@test "--metadata-key names the member of flat-json" {
	echo '{"id":1,"body":{"m":{"namespace":"n","digest":"d","msg":"write"},"metadata":1}}' >in
	decode -m m <in
	diff - out <<<'{"id":1,"metadata":{"namespace":"n","digest":"d","msg":"write"},"bins":{"metadata":1}}'
	CN_METADATA_KEY=m decode <in
	grep -q '"bins":{"metadata":1}' out
	decode <in
	grep -q '^{"id":1,"error":"unknown format: byte 0: JSON has neither msg and key nor metadata"}$' out
}

@test "--ttl: relative counts from at, absolute and auto" {
	hex=${WIRE_DELETE/01 16 10 13 00 00 00 00 00 00 00 00 00 00 00/01 16 10 01 00 00 00 00 00 00 00 00 00 0e 10}
	line 1 '' "$hex" >in
	exp() { decode --ttl "$1" <in && jq .metadata.exp out; }
	[ "$(exp relative)" = 1700003600 ]
	[ "$(exp absolute)" = 1262307600 ]
	[ "$(exp auto)" = 1700003600 ]
	# Without at: from now.
	sed 's/"at":[0-9]*,//' in | decode --ttl relative
	now=$(date +%s)
	exp=$(jq .metadata.exp out)
	[ $((now + 3600 - exp)) -ge 0 ] && [ $((now + 3600 - exp)) -le 5 ]
}

@test "what can't be decoded becomes an error line, and the rest goes on" {
	{
		echo '{"id":1,"type":"application/octet-stream","body64":"AA=="}'
		echo '{"id":2,"type":"application/octet-stream","body64":"A"}'
		echo '{"id":3,"type":"application/x-msgpack","body64":"kwE="}'
		echo '{"id":4,"type":"application/json","body":{"msg":"write"}}'
		echo '{"id":5,"type":"application/json","body64":"eyJh"}'
		echo '{"id":6,"what":"?"}'
		echo '{"id":7,"body":[1'
		echo '{"id":8,"body64":""}'
		echo '{"id":9,"body":{"msg":"write","key":["n",null,"d",null],"bins":[{"name":"a","type":"int","value":1.5}]}}'
		line 10 '' "$WIRE_WRITE"
	} | decode
	diff - out <<-END
	{"id":1,"error":"wire: byte 0: unknown notification version"}
	{"id":2,"error":"unknown format: byte 0: body64 is no base64"}
	{"id":3,"error":"MessagePack: byte 0: MessagePack count is larger than the bytes left"}
	{"id":4,"error":"unknown format: byte 0: JSON has neither msg and key nor metadata"}
	{"id":5,"error":"unknown format: byte 3: text ends too early"}
	{"id":6,"error":"neither a notification nor a record"}
	{"id":7,"error":"not a line of JSON: byte 17: text ends too early"}
	{"id":8,"error":"unknown format: byte 0: no body"}
	{"id":9,"error":"json: byte 82: int bin is no 64-bit integer"}
	{"id":10,$META,$BINS}
	END
	grep -q "can't decode a notification" err
	grep -q 'lines=10 decoded=1 passed=0 errors=9' err
}

@test "a line without an id that fails is logged and exits 65; the others are still done" {
	{
		echo '{"body64":"AA=="}'
		echo 'what?'
		line 3 '' "$WIRE_WRITE"
	} >in
	run -65 --separate-stderr cn-decode <in
	[ "$output" = "{\"id\":3,$META,$BINS}" ]
	[[ $stderr == *"can't decode a notification"* ]]
}

@test "a line that is too long is refused by its id" {
	{
		line 1 '' "$WIRE_WRITE"
		printf '{"id":2,"body64":"%s"}\n' "$(head -c 3000 /dev/zero | base64 -w 0)"
		line 3 '' "$WIRE_WRITE"
	} | decode --line-max 1k
	diff - out <<-END
	{"id":1,$META,$BINS}
	{"id":2,"error":"the line is longer than --line-max"}
	{"id":3,$META,$BINS}
	END
}

@test "a record that grows beyond --line-max is refused" {
	# 300 control characters: 400 bytes of base64, 1800 of JSON.
	body=$(printf '{"id":1,"body64":"%s"}' "$({
		unhex '01 16 10 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 01 00 00 00 05 00 73 68 6f 70'
		unhex '00 00 00 15 04 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97 00 00 01 31 02 03 00 01 73'
		head -c 300 /dev/zero | tr '\0' '\1'
	} | base64 -w 0)")
	decode <<<"$body"
	[ "$(jq -r '.bins.s | length' out)" -eq 300 ]
	decode --line-max 1k <<<"$body"
	grep -q '^{"id":1,"error":"wire: byte 0: record line would be too long"}$' out
}

@test "--type wire: one body, from a file as it was captured" {
	unhex "$WIRE_WRITE" | decode --type wire
	diff - out <<<"{\"id\":1,$META,$BINS}"
	unhex "$WIRE_WRITE" | decode -T wire --first-id 9
	diff - out <<<"{\"id\":9,$META,$BINS}"
	run -65 --separate-stderr cn-decode -T wire </dev/null
	[ "$output" = '{"id":1,"error":"wire: byte 0: no body"}' ]
}

@test "--type json and flat-json: numbered lines, blank ones passed over" {
	printf '%s\n\n \n%s\n' '{"msg":"delete","key":["a",null,"d",null]}' '{"msg":"delete","key":["b",null,"d",null]}' | decode -T json
	diff - out <<-END
	{"id":1,"metadata":{"namespace":"a","digest":"d","msg":"delete"}}
	{"id":2,"metadata":{"namespace":"b","digest":"d","msg":"delete"}}
	END
	printf '%s\n' '{"metadata":{"namespace":"a","digest":"d","msg":"write"},"bins":{}}' | decode -T flat-json --first-id 4
	diff - out <<<'{"id":4,"metadata":{"namespace":"a","digest":"d","msg":"write"},"bins":{"bins":{}}}'
	printf '%s\n' '{' '{"msg":"delete","key":["b",null,"d",null]}' >in
	run -65 --separate-stderr cn-decode -T json <in
	[ "${lines[0]}" = '{"id":1,"error":"json: byte 1: text ends too early"}' ]
	[ "${lines[1]}" = '{"id":2,"metadata":{"namespace":"b","digest":"d","msg":"delete"}}' ]
}

DELETE_MP='93 01 02 92 94 a4 73 68 6f 70 c0 c4 14 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97 c0 01'

@test "--type msgpack: a stream of messages, however it comes" {
	for _ in 1 2 3; do unhex "$DELETE_MP"; done >in
	decode -T msgpack <in
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(sort -u out | jq -c '[.id, .metadata.durable]' | tr -d '\n')" = '[1,true][2,true][3,true]' ]
	# Byte by byte, and many at once.
	dd if=in bs=1 2>/dev/null | decode -T msgpack
	[ "$(wc -l <out)" -eq 3 ]
	for _ in $(seq 200); do cat in; done >many
	for _ in $(seq 50); do cat many; done | decode -T msgpack
	[ "$(wc -l <out)" -eq 30000 ]
	[ "$(tail -n 1 out | jq .id)" -eq 30000 ]
}

@test "--type msgpack: damage inside a message, between messages, at the end" {
	{ unhex '93 02 01 c0' && unhex "$DELETE_MP"; } >in
	run -65 --separate-stderr cn-decode -T msgpack <in
	[ "${lines[0]}" = '{"id":1,"error":"MessagePack: byte 1: unknown message version"}' ]
	[[ ${lines[1]} == '{"id":2,"metadata"'* ]]
	{ unhex "$DELETE_MP" && unhex c1 && unhex "$DELETE_MP"; } >in
	run -65 --separate-stderr cn-decode -T msgpack <in
	[ "${lines[1]}" = '{"id":2,"error":"byte 35 of the input: no MessagePack"}' ]
	[ "${#lines[@]}" -eq 2 ]
	{ unhex "$DELETE_MP" && unhex '93 01'; } >in
	run -65 --separate-stderr cn-decode -T msgpack <in
	[ "${lines[1]}" = '{"id":2,"error":"byte 37 of the input: input ends inside a message"}' ]
	# A message that announces 4 GB is not waited for beyond the bound.
	{ unhex '93 01 c6 ff ff ff ff' && head -c 3000000 /dev/zero; } >in
	run -65 --separate-stderr cn-decode -T msgpack --line-max 64k <in
	[ "${lines[0]}" = '{"id":1,"error":"byte 0 of the input: message is longer than --line-max"}' ]
}

@test "answers at once when idle, without waiting for more" {
	mkfifo in
	exec 9<>in	# so that opening it waits for nobody
	start_bg cn-decode <in >out 2>err 9>&-
	line 1 '' "$WIRE_WRITE" >&9
	wait_for_lines out 1
	kill -USR1 "$PID"
	line 2 '' "$WIRE_WRITE" >&9
	wait_for_lines out 2
	wait_for_line err 'counters.*lines='
	exec 9>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "usage errors exit 64, a full disk 74" {
	run -64 cn-decode --type yaml
	run -64 cn-decode --ttl never
	run -64 cn-decode -m ''
	run -64 cn-decode file
	run -64 cn-decode --first-id 9007199254740992
	[ -w /dev/full ] || skip "needs /dev/full"
	line 1 '' "$WIRE_WRITE" >in
	status=0
	cn-decode <in >/dev/full 2>err || status=$?
	[ "$status" -eq 74 ]
}
