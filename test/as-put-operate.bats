#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-put: operations, guards against stale data, a line's own policy, batches.
bats_require_minimum_version 1.5.0
load helper
load as-put/common

setup() { needs as-put as-local; }

# --- operations

# operation ID KEY OPERATIONS [MEMBERS]
operation() { echo '{"id":'"$1"',"metadata":{"namespace":"test","set":"s","userKey":"'"$2"'","msg":"write","lut":'"${LUT:-1}"'},"operate":['"$3"']'"${4:+,$4}"'}'; }
# The bins of a key, as as-scan tells them (to be read by its digest, so with types)
bins() { as-scan -h "$AEROSPIKE" -n test -s s 2>/dev/null | jq -cS --arg k "$1" 'select(.metadata.userKey == $k) | [.bins, .types // empty]'; }

@test "operate: numbers, text, blobs, lists and maps; in their order, all or nothing" {
	local_start
	{
		operation 1 n '{"op":"add","bin":"i","value":5},{"op":"add","bin":"i","value":-2},{"op":"add","bin":"d","value":1.5}'
		operation 2 n '{"op":"add","bin":"i","value":9007199254740993},{"op":"add","bin":"d","value":2.0}'
		operation 3 t '{"op":"put","bin":"s","value":"b"},{"op":"append","bin":"s","value":"c"},{"op":"prepend","bin":"s","value":"a"}'
		operation 4 t '{"op":"put","bin":"r","value":"AA=="},{"op":"append","bin":"r","value":"Af8="}' '"types":{"/r":"blob"}'
		operation 5 t '{"op":"touch"},{"op":"put","bin":"s","value":null}'
		operation 6 l '{"op":"list-append","bin":"l","value":1},{"op":"list-append","bin":"l","value":[2,"x"]},{"op":"list-append-items","bin":"l","value":[3,4,4]},
			{"op":"list-insert","bin":"l","index":0,"value":"first"},{"op":"list-insert-items","bin":"l","index":1,"value":[7,8]},{"op":"list-set","bin":"l","index":-1,"value":9},
			{"op":"list-remove","bin":"l","index":1},{"op":"list-remove-value","bin":"l","value":4},{"op":"list-increment","bin":"l","index":1,"value":10}' | tr -d '\n\t'
		echo
		operation 7 l '{"op":"list-append","bin":"o","value":3,"order":1},{"op":"list-append","bin":"o","value":1},{"op":"list-append","bin":"o","value":3,"order":1,"flags":5},
			{"op":"list-append-items","bin":"c","value":[1,2,3,4,5]},{"op":"list-remove-range","bin":"c","index":0,"count":1},{"op":"list-trim","bin":"c","index":1,"count":2},
			{"op":"list-append-items","bin":"e","value":[1]},{"op":"list-clear","bin":"e"},{"op":"list-append-items","bin":"u","value":[3,1,2]},{"op":"list-sort","bin":"u","flags":1}' | tr -d '\n\t'
		echo
		operation 8 m '{"op":"map-put","bin":"m","key":"a","value":1,"order":1},{"op":"map-put","bin":"m","key":"b","value":{"x":[1]}},{"op":"map-put-items","bin":"m","value":{"c":3,"d":4}},
			{"op":"map-increment","bin":"m","key":"a","value":6},{"op":"map-remove","bin":"m","key":"d"},{"op":"map-remove-value","bin":"m","value":3},
			{"op":"map-put","bin":"i","key":7,"value":"AAE="},{"op":"map-put","bin":"z","key":1,"value":1},{"op":"map-clear","bin":"z"}' '"types":{"/i":"blob"}' | tr -d '\n\t'
		echo
		operation 9 d '{"op":"put","bin":"a","value":1}' '"bins":{"first":1}'
		operation 10 d '{"op":"delete"},{"op":"put","bin":"b","value":2}'
	} >in
	put --send-key <in >acks
	[ "$(acked | sort -n | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 ' ]
	[ "$(bins n)" = '[{"d":3.5,"i":9007199254740996}]' ] || [ "$(as-scan -h "$AEROSPIKE" -n test 2>/dev/null | grep -c '"i":9007199254740996,"d":3.5')" = 1 ]
	[ "$(bins t)" = '[{"r":"AAH/"},{"/r":"blob"}]' ]
	[ "$(bins l)" = '[{"c":[3,4],"e":[],"l":["first",18,1,[2,"x"],3,9],"o":[1,3],"u":[3,2,1]},{"/o":"ordered"}]' ]
	[ "$(bins m)" = '[{"i":[[7,"AAE="]],"m":{"a":7,"b":{"x":[1]}},"z":{}},{"/i":"map","/i/0/1":"blob","/m":"key-ordered"}]' ]
	[ "$(bins d)" = '[{"b":2}]' ]
	# One that the server does not take: nothing of the line is done.
	operation 11 n '{"op":"put","bin":"new","value":1},{"op":"append","bin":"i","value":"text"}' >in
	run put <in
	[ "$status" = 65 ]
	[[ $output == '{"nack":11,"retry":false,'*type* ]]
	run -1 grep new <<<"$(bins n)"
}

@test "operate: what is none is refused, by its number" {
	local_start
	n=0
	while read -r ops; do
		n=$((n + 1))
		operation $n k "$ops"
	done >in <<-'END'
		{"op":"get","bin":"a"}
		{"op":"add","bin":"a"}
		{"op":"add","bin":"a","value":"1"}
		{"op":"append","bin":"a","value":1}
		{"op":"put","bin":"a-name-of-16-byt","value":1}
		{"op":"put","value":1}
		{"bin":"a","value":1}
		{"op":"put","bin":"a","value":9223372036854775808}
		{"op":"list-insert","bin":"a","value":1}
		{"op":"list-insert","bin":"a","index":1.5,"value":1}
		{"op":"map-put","bin":"a","value":1}
		{"op":"list-append-items","bin":"a","value":1}
		{"op":"list-append","bin":"a","value":1,"order":9}
		{"op":"touch"},7
	END
	operation 15 k '' >>in
	echo '{"id":16,"metadata":{"namespace":"test","set":"s","userKey":"k","msg":"write"},"operate":{"op":"touch"}}' >>in
	run put <in
	[ "$status" = 65 ]
	for ((i = 1; i <= 16; i++)); do grep -F '{"nack":'$i',"retry":false,' <<<"$output"; done
	[[ $output == *'"nack":14,"retry":false,"error":"operate, operation 2: no object"'* ]]
	[ "$(ask count test s)" = 0 ]
}

@test "an operation of which nobody knows is nacked for good: neither as-put nor the source repeats it" {
	local_start
	fake_start
	tell 'fault A silent'
	operation 1 k '{"op":"add","bin":"v","value":1}' >in
	operation 2 k2 '{"op":"map-put","bin":"v","key":"a","value":1}' >harmless
	run put --timeout 1500ms <in
	[ "$status" = 65 ]
	[[ $output == '{"nack":1,"retry":false,'*'in doubt'* ]]
	[ "$(counter in_doubt).$(counter again)" = 1.0 ]
	# What may be done twice is tried again.
	run put --timeout 1500ms <harmless
	[ "$status" = 75 ]
	[[ $output == '{"nack":2,"retry":true,'* ]]
	# So is an operation that remembers that it was done.
	run put --timeout 1500ms --if-newer bin:seen <in
	[ "$status" = 75 ]
	[[ $output == '{"nack":1,"retry":true,'* ]]
	exec 7>&-
}

# --- stale data

@test "--if-newer lut: only over what was written before" {
	local_start
	now=$(($(date +%s%N) / 1000000))
	record 1 a 1 | put
	{ record 2 a 2 '"lut":'$((now - 60000)) && record 3 b 3 '"lut":'$((now - 60000)) && over 4 a '"lut":'$((now - 60000)); } >in
	put --if-newer lut <in >acks
	[ "$(acked | sort -n | tr '\n' ' ')" = '2 3 4 ' ]
	[ "$(counter stale)" = 2 ]
	[ "$(ask get test s a)" = "1 1" ]
	[ "$(ask get test s b)" = "1 3" ]
	record 5 a 5 '"lut":'$((now + 60000)) | put --if-newer lut
	[ "$(ask get test s a)" = "2 5" ]
	over 6 a '"lut":'$((now + 120000)) | put --if-newer lut
	[ "$(ask get test s a)" = "code 2" ]
	record 7 a 7 >in
	run put --if-newer lut <in
	[ "$status" = 65 ]
	[[ $output == *"--if-newer needs metadata.lut"* ]]
}

@test "--if-newer: a server that has no expressions yet is told, and nothing is written" {
	local_start
	fake_start build=5.1.0.40
	record 1 a 1 '"lut":1700000000000' >in
	run put --if-newer lut <in
	[ "$status" = 78 ]
	grep -q -- '--if-newer needs servers 5.2' err
	[ "$(ask count test s)" = 0 ]
	exec 7>&-
}

@test "--if-newer bin: lines in any order leave the newest; operations are done once" {
	local_start
	for n in 3 1 5 2 4 5; do record $n a $n '"lut":'$((1700000000000 + n)); done >in
	put --if-newer bin:seen <in >acks
	[ "$(acked | sort -u | wc -l)" = 5 ]
	[ "$(ask get test s a)" = "2 5" ]
	[ "$(counter stale)" = 4 ]
	over 6 a '"lut":1700000000004' | put --if-newer bin:seen
	[ "$(ask get test s a)" = "2 5" ]
	over 6 a '"lut":1700000000006' | put --if-newer bin:seen
	[ "$(ask get test s a)" = "code 2" ]
	LUT=7 operation 7 n '{"op":"add","bin":"v","value":1}' >in
	cat in in in | put --if-newer bin:seen
	[ "$(ask get test s n)" = "1 1" ]
}

# --- a line's own policy

@test "the member put goes before the options" {
	local_start
	own() { sed 's/}$/,"put":{'"$1"'}}/'; }
	record 1 a 1 | put
	record 2 a 2 | own '"exists":"create-only"' >in
	run put <in
	[ "$status" = 65 ]
	[[ $output == *exists* ]]
	record 3 a 3 | own '"exists":"create-only","ignore":[5]' >in
	[ "$(put <in)" = '{"ack":3}' ]
	[ "$(counter ignored)" = 1 ]
	record 4 a 4 | own '"exists":"update"' | put --exists create-only
	[ "$(ask get test s a)" = "2 4" ]
	record 5 key 5 | own '"send-key":true' | put
	record 6 none 6 | own '"send-key":false' | put --send-key
	[ "$(as-scan -h "$AEROSPIKE" -n test 2>/dev/null | jq -r '.metadata.userKey // "-"' | sort | tr '\n' ' ')" = '- - key ' ]
	for ttl in 100 -1; do
		record 7 ttl 7 '"exp":1000000000' | own '"ttl":'$ttl | put
		left=$(as-scan -h "$AEROSPIKE" -n test 2>/dev/null | jq 'select(.bins.v == 7) | .metadata.exp')
		[ $ttl = -1 ] && [ "$left" = 0 ] || [ $((left - $(date +%s))) -gt 90 ]
	done
	over 8 a | own '"durable-delete":true' >in
	run put <in
	[ "$status" = 75 ]
	for bad in '"exists":"never"' '"exists":7' '"ttl":-3' '"ttl":1.5' '"send-key":1' '"ignore":5' '"ignore":[0]'; do
		record 9 bad 9 | own "$bad" >in
		run put <in
		[ "$status" = 65 ]
		[[ $output == *'"nack":9,"retry":false,"error":"put.'* ]]
	done
	[ "$(ask get test s bad)" = "code 2" ]
}

# --- batches

@test "batches: results row by row; what another record is to blame for is not this one's" {
	local_start
	for ((i = 1; i <= 300; i++)); do record $i k$((i % 100)) $i; done >in
	record 301 k 1 | sed 's/"namespace":"test"/"namespace":"nope"/' >>in
	record 302 big "\"$(head -c 200000 /dev/zero | tr '\0' x)\"" >>in
	echo '{"id":303,"metadata":{"namespace":"test","set":"s","userKey":"k5","msg":"write"},"bins":{"v":"'"$(head -c 9000000 /dev/zero | tr '\0' x)"'"}}' >>in
	put <in >acks || [ $? = 75 ]
	[ "$(counter batches)" -ge 3 ]
	[ "$(acked | sort -n | uniq | wc -l)" = 301 ]
	grep -F '{"nack":301,"retry":true,' acks
	grep -F '{"nack":303,"retry":false,' acks
	[ "$(ask get test s k5)" = "3 205" ]
	# Three lines of each key: there is never more than one of them in a batch.
	[ "$(ask get test s k0)" = "3 300" ]
	put --batch 1 <in >acks || [ $? = 75 ]
	[ "$(counter batches)" = 0 ]
	[ "$(acked | sort -n | uniq | wc -l)" = 301 ]
	# A parameter that one row has wrong
	{ record 1 a 1 && record 2 b 2 && record 3 k1 3 && record 4 c 4; } | sed '3s/"set":"s"/"set":"s","digest":"'"$(as-scan -h "$AEROSPIKE" -n test --max 1 2>/dev/null | jq -r .metadata.digest | sed 's,/,\\/,g')"'"/' >in
	put <in >acks || [ $? = 65 ]
	[ "$(acked | sort -n | tr '\n' ' ')" = '1 2 4 ' ]
}

@test "servers before 6.0 get no batches" {
	local_start
	fake_start build=5.7.0.31
	for ((i = 1; i <= 100; i++)); do record $i k$i $i; done >in
	put <in >acks
	[ "$(acked | wc -l)" = 100 ]
	[ "$(counter batches)" = 0 ]
	[ "$(ask count test s)" = 100 ]
	exec 7>&-
}
