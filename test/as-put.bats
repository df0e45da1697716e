#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-put: what it writes is read back from as-local over the wire, or comes back as lines by as-local --ship.
bats_require_minimum_version 1.5.0
load helper
load as-put/common

setup() { needs as-put as-local; }

# --- values

@test "every particle type there and back: line, as-put, as-local --ship, cn-decode, line" {
	needs cn-listen cn-decode
	values >in
	# One post at a time, so that the lines come back in order.
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'tee records' 'jq --unbuffered -c {ack:.id}'
	local_start --ship "$URL/" --ship-connections 1
	put --window 1 --send-key <in >acks
	[ "$(acked | wc -l)" = 14 ]
	wait_for_lines "$RING/records" 14
	cat >compare.py <<-'END'
		import json, sys
		def lines(name):
		    for text in open(name):
		        r = json.loads(text, parse_float=lambda t: "float " + t, parse_int=lambda t: "int " + t)
		        yield r["metadata"]["userKey"], r["metadata"]["set"], r["metadata"]["exp"], r["bins"], r.get("types", {})
		a, b = sorted(lines("in"), key=str), sorted(lines(sys.argv[1]), key=str)
		for x, y in zip(a, b):
		    assert x == y, (x, y)
		assert len(a) == len(b) == 14
	END
	python3 compare.py "$RING/records"
}

@test "a null takes a bin away, and an update leaves what it does not name" {
	local_start
	printf '%s\n' '{"id":1,"metadata":{"namespace":"test","set":"s","userKey":"k","msg":"write"},"bins":{"v":1,"w":2}}' \
		'{"id":2,"metadata":{"namespace":"test","set":"s","userKey":"k","msg":"write"},"bins":{"w":null}}' >in
	# One key, so one after the other; whether the acks meet in one range is a matter of time.
	got=$(put <in)
	[ "$got" = '{"ack":[1,2]}' ] || [ "$got" = '{"ack":1}
{"ack":2}' ]
	[[ $(ask get test s k) == *" 1" ]]
}

@test "a list or map that the server can't take is refused for good, not tried for ever" {
	local_start
	n=0
	while read -r bins; do
		n=$((n + 1))
		echo '{"id":'$n',"metadata":{"namespace":"test","set":"s","userKey":"k'$n'","msg":"write"},"bins":'"$bins"'}'
	done >in <<-'END'
		{"m":{"a":1,"a":2}}
		{"m":{"b":1,"a":2}},"types":{"/m":"key-ordered"}
		{"l":[3,1]},"types":{"/l":"ordered"}
		{"m":[[1.5,2]]},"types":{"/m":"map"}
		{"v":7,"m":{"a":1}}
	END
	run put --timeout never <in
	[ "$status" = 65 ]
	[ "$(grep -c '"retry":false,.*server error' <<<"$output")" = 4 ]
	[ "$(ask get test s k5)" = "1 7" ]
}

# --- keys

@test "keys: text, integer, blob, the digest alone, and a digest that is another's" {
	local_start
	digest=$(as-put -v -h "$AEROSPIKE" 2>err <<<"$(record 1 o-1 1)" | grep -o '[A-Za-z0-9+/]\{27\}=')
	[ ${#digest} = 28 ]
	# The digest alone is the same record.
	echo '{"id":2,"metadata":{"namespace":"test","set":"s","digest":"'"$digest"'","msg":"write"},"bins":{"v":2}}' >in
	[ "$(put <in)" = '{"ack":2}' ]
	[ "$(ask get test s o-1)" = "2 2" ]
	# Key and digest of two different records.
	record 3 o-2 3 '"digest":"'"$digest"'"' >other
	run put <other
	[ "$status" = 65 ]
	[[ $output == '{"nack":3,"retry":false,"error":"digest and userKey don'\''t belong together'* ]]
	# Another set: from the key; the digest alone can't go there.
	record 4 o-1 4 '"digest":"'"$digest"'"' | put -s other
	[ "$(ask get test other o-1)" = "1 4" ]
	[ "$(ask get test s o-1)" = "2 2" ]
	run put -s other <in
	[ "$status" = 65 ]
	# Integers and blobs
	echo '{"id":5,"metadata":{"namespace":"test","set":"s","userKey":17,"msg":"write"},"bins":{"v":5}}' | put
	echo '{"id":6,"metadata":{"namespace":"test","set":"s","userKey":"AAE=","msg":"write"},"bins":{"v":6},"types":{"userKey":"blob"}}' | put
	[ "$(ask count test s)" = 3 ]
	[ "$(ask get test s AAE=)" = "code 2" ]
}

@test "a delete that tells neither set nor key, as servers before 5.0 ship it" {
	local_start
	digest=$(record 1 o-1 1 | as-put -v -h "$AEROSPIKE" 2>err | grep -o '[A-Za-z0-9+/]\{27\}=')
	gone='"metadata":{"namespace":"test","digest":"'"$digest"'","msg":"delete"}}'
	# Alone, in a batch behind the write that it follows, and of a record that is not there.
	[ "$(echo "{\"id\":2,$gone" | put)" = '{"ack":2}' ]
	[ "$(ask get test s o-1)" = "code 2" ]
	{ record 3 o-1 3; record 4 o-2 4; echo "{\"id\":5,$gone"; echo "{\"id\":6,$gone"; record 7 o-3 7; } | put >acks
	[ "$(acked | sort -n | tr '\n' ' ')" = "3 4 5 6 7 " ]
	[ "$(ask get test s o-1)" = "code 2" ]
	[ "$(ask count test s)" = 2 ]
}

@test "the namespace and the set are the metadata's, or -n and -s" {
	local_start -n test -n second
	record 1 k 1 | put -n second
	[ "$(ask get second s k)" = "1 1" ]
	[ "$(ask get test s k)" = "code 2" ]
	echo '{"id":1,"metadata":{"namespace":"test","userKey":"k","msg":"write"},"bins":{"v":7}}' | put
	[ "$(ask count test)" = 1 ]
}

# --- deletes, expiry, policies

@test "deletes; one that finds nothing is done all the same" {
	local_start
	{ record 1 a 1 && over 2 a && over 3 never-was; } >in
	put --window 1 <in >acks
	[ "$(cat acks)" = '{"ack":[1,3]}' ] || [ "$(acked | sort | tr '\n' ' ')" = '1 2 3 ' ]
	[ "$(ask get test s a)" = "code 2" ]
}

@test "expiry: from metadata.exp, or --ttl; what is over takes away what was there" {
	local_start
	soon=$(($(date +%s) + 1000))
	{ record 1 never 1 '"exp":0' && record 2 soon 2 '"exp":'$soon && record 3 over 3 '"exp":0' && record 4 over 4 '"exp":1000000000'; } >in
	put -v <in >acks
	[ "$(wc -l <acks)" = 4 ]
	[ "$(counter expired)" = 1 ]
	[ "$(ask get test s never)" = "1 1" ]
	[ "$(ask get test s soon)" = "1 2" ]
	[ "$(ask get test s over)" = "code 2" ]
	# With --exists create-only nothing is taken away.
	record 5 never 5 '"exp":1000000000' | put --exists create-only
	[ "$(ask get test s never)" = "1 1" ]
	record 6 brief 6 '"exp":0' | put --ttl 3
	[ "$(ask get test s brief)" = "1 6" ]
	gone() { [ "$(ask get test s brief)" = "code 2" ]; }
	wait_for gone
}

@test "--exists" {
	local_start
	record 1 a 1 | put --exists create-only
	record 2 a 2 >in
	run put --exists create-only <in
	[ "$status" = 65 ]
	[[ $output == *'"retry":false'*exists* ]]
	[ "$(ask get test s a)" = "1 1" ]
	[ "$(put --exists create-only --ignore 2,5 <in)" = '{"ack":2}' ]
	[ "$(counter ignored)" = 1 ]
	record 3 b 3 >in
	for action in update-only replace-only; do
		run put --exists $action <in
		[ "$status" = 65 ]
		[[ $output == *'"retry":false'*'not found'* ]]
	done
	echo '{"id":4,"metadata":{"namespace":"test","set":"s","userKey":"a","msg":"write"},"bins":{"other":1}}' >in
	put --exists update-only <in
	[ "$(ask get test s a)" = "2 1" ]
	put --exists replace <in
	run ask get test s a
	[ "$status" != 0 ]	# there is no bin v any more
	[ "$(put --exists replace-only <in)" = '{"ack":4}' ]
}

@test "--generation" {
	local_start
	{ record 1 a 1 && record 2 a 2; } | put
	record 3 a 3 '"gen":1' >in
	run put --generation eq <in
	[ "$status" = 65 ]
	[[ $output == *'"retry":false'*generation* ]]
	run put --generation gt <in
	[ "$status" = 65 ]
	[ "$(put --generation eq --ignore 3 <in)" = '{"ack":3}' ]
	[ "$(ask get test s a)" = "2 2" ]
	record 4 a 4 '"gen":2' | put --generation eq
	[ "$(ask get test s a)" = "3 4" ]
	record 5 a 5 '"gen":9' | put --generation gt
	[[ $(ask get test s a) == *" 5" ]]
	record 6 a 6 >in
	run put --generation eq <in
	[ "$status" = 65 ]
	[[ $output == *"--generation needs metadata.gen"* ]]
}

@test "a durable delete of a Community Edition waits for the operator: nacked for retry" {
	local_start
	over 1 a >in
	run put --durable-delete <in
	[ "$status" = 75 ]
	[[ $output == '{"nack":1,"retry":true,'* ]]
	grep -q 'level=error.*refuses' err
}

# --- lines

@test "lines that are no records, skip and error lines, other sinks' records, lines without id" {
	local_start
	cat >in <<-'END'
		{"id":1,"skip":true}
		{"id":2,"error":"not a notification"}
		not json
		{"id":4,"metadata":{"namespace":"test","msg":"write"},"bins":{"v":1}}
		{"id":5,"metadata":{"namespace":"test","userKey":"a","msg":"write"},"bins":{"a-name-of-16-byt":1}}
		{"id":6,"metadata":{"namespace":"test","userKey":"a","msg":"write"},"bins":{"v":9223372036854775808}}
		{"id":7,"metadata":{"namespace":"test","userKey":"a","msg":"write"},"bins":{}}
		{"id":8,"metadata":{"namespace":"test","userKey":"a","msg":"write"},"bins":{"v":"?"},"types":{"/v":"blob"}}
		{"id":9,"metadata":{"namespace":"test","userKey":1.5,"msg":"write"},"bins":{"v":1}}
		{"id":10,"metadata":{"namespace":"test","userKey":"a","digest":"AAAA","msg":"write"},"bins":{"v":1}}
		{"id":11,"metadata":{"namespace":"test","set":"s","userKey":"kafka","msg":"write"},"bins":{"v":1},"to":{"kafka":{"topic":"t"}}}
		{"id":12,"metadata":{"namespace":"test","set":"s","userKey":"both","msg":"write"},"bins":{"v":1},"to":{"kafka":"t","aerospike":true}}
		{"metadata":{"namespace":"test","set":"s","userKey":"no-id","msg":"write"},"bins":{"v":1}}
		{"id":14,"metadata":{"namespace":"a-namespace-of-far-too-many-bytes-is-none","userKey":"a","msg":"write"},"bins":{"v":1}}
		{"id":15,"metadata":{"namespace":"test","userKey":"a","msg":"write","exp":"soon"},"bins":{"v":1}}
		{"id":16,"metadata":{"namespace":"test","userKey":"a","msg":"write"},"bins":{"v":1},"to":"aerospike"}
	END
	run put <in
	[ "$status" = 65 ]
	grep -Fx '{"nack":2,"retry":false,"error":"not a notification"}' <<<"$output"
	for id in 4 5 6 7 8 9 10 14 15 16; do grep -F '{"nack":'$id',"retry":false,' <<<"$output"; done
	echo "$output" >acks
	[ "$(acked | sort -n | tr '\n' ' ')" = '1 11 12 ' ]
	[ "$(ask get test s both)" = "1 1" ]
	[ "$(ask get test s no-id)" = "1 1" ]
	[ "$(ask get test s kafka)" = "code 2" ]
	[ "$(counter lines).$(counter skipped).$(counter failed)" = 16.2.12 ]
	grep -q 'record failed.*not a record' err
}

@test "a line longer than --line-max is nacked by its id" {
	local_start
	{ record 1 a "\"$(head -c 5000 /dev/zero | tr '\0' x)\"" && record 2 b 2; } >in
	run put --line-max 1000 <in
	[ "$status" = 65 ]
	grep -F '{"nack":1,"retry":false,' <<<"$output"
	[ "$(ask get test s b)" = "1 2" ]
}

@test "a last line that is cut short comes again: it is what a killed stage leaves, and no bad record" {
	local_start
	{ record 1 a 1 && record 17 b 2 | head -c 60; } >in
	run put <in
	[ "$status" = 75 ]
	[[ $output == *'{"nack":17,"retry":true,"error":"the line is cut short'* ]]
	[ "$(ask get test s a)" = "1 1" ]
	record 17 b 2 | head -c -1 >in
	[ "$(put <in)" = '{"ack":17}' ]
	run -65 eval 'printf "no JSON" | put'
}

@test "a record that the server finds too big is refused for good, the next one written" {
	local_start
	{ record 1 a "\"$(head -c 9000000 /dev/zero | tr '\0' x)\"" && record 2 b 2; } >in
	run put <in
	[ "$status" = 65 ]
	grep -F '{"nack":1,"retry":false,' <<<"$output"
	[ "$(ask get test s b)" = "1 2" ]
}

@test "SIGUSR1 prints the counters; SIGTERM is the source's affair" {
	local_start
	put_start
	record 1 a 1 >&6
	wait_for_line acks '"ack":1'
	kill -USR1 "$PUT"
	wait_for_line err 'counters lines=1 acked=1'
	kill -TERM "$PUT"
	record 2 b 2 >&6
	wait_for_line acks '"ack":2'
	put_end
	[ "$status" = 0 ]
}

@test "options that are wrong exit 64" {
	for words in '--exists never' '--generation 7' '--ttl soon' '--ttl 11y' '--ignore 5,x' '--ignore 0' '--window 0' '--user me' 'operand' \
		'-n a-name-of-more-than-thirty-one-bytes' '--auth kerberos' '--timeout soon' '--if-newer gen' '--if-newer bin:' '--batch 0'; do
		# shellcheck disable=SC2086
		run as-put $words </dev/null
		[ "$status" = 64 ] || { echo "$words: $status $output" && false; }
	done
	run as-put --help
	[ "$status" = 0 ]
	[[ $output == "usage: as-put "* ]]
}

@test "a login that a server without security does not know goes on without; a password is never shown" {
	local_start
	echo s3cret >password
	record 1 a 1 >in
	acks=$(put --user me --password-file password --timeout 2s <in || true)
	run -1 grep s3cret err
	[[ $acks == '{"ack":1}' || $output == '{"nack":1,"retry":true'* ]]
}
