#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load helper

setup() { needs cn-newest; }

A=7GuNIoca3f0yU8bTUgVi0W+Xfpc=
B=2EpRiyMMVhOf6nV4XBr/PFofZBY=

# record ID DIGEST LUT [NAMESPACE] [SET]
record() { echo "{\"id\":$1,\"metadata\":{\"namespace\":\"${4:-shop}\"${5:+,\"set\":\"$5\"},\"digest\":\"$2\",\"msg\":\"write\",\"lut\":$3},\"bins\":{}}"; }
# What became of each line: its id, or "skip ID"
fates() { cn-newest "$@" 2>>err | jq -r 'if .skip then "skip \(.id)" elif .error then "error \(.id)" else .id end' | paste -sd' '; }

@test "older ones are dropped, equal and newer ones pass, each digest and namespace for itself" {
	{
		record 1 $A 20
		record 2 $A 19
		record 3 $B 1
		record 4 $A 20
		record 5 $A 21
		record 6 $A 20
		record 7 $A 1 other
		record 8 $B 9223372036854775807
		record 9 $B 9223372036854775806
	} >in
	[ "$(fates <in)" = "1 skip 2 3 4 5 skip 6 7 8 skip 9" ]
	grep -q 'stale=3' err
}

@test "deletes count too; what can't be compared passes byte for byte" {
	{
		record 1 $A 20
		echo '{"id":2,"metadata":{"namespace":"shop","digest":"'$A'","msg":"delete","lut":19}}'
		echo '{"id":3,"metadata":{"namespace":"shop","digest":"'$A'","msg":"delete","lut":22}}'
		record 4 $A 21
	} >in
	[ "$(fates <in)" = "1 skip 2 3 skip 4" ]
	cat >in <<-END
		{"id": 1,"metadata":{"namespace":"shop","digest":"$A","msg":"write"},"bins":{}}
		{"id":2,"metadata":{"namespace":"shop","userKey":"x","msg":"write","lut":1},"bins":{}}
		{"id":3,"metadata":{"namespace":"shop","digest":"AAAA","msg":"write","lut":1},"bins":{}}
		{"id":4,"metadata":{"namespace":"shop","digest":"AAAA","msg":"write","lut":0},"bins":{}}
		{"id":5,"metadata":{"namespace":"shop","digest":"$A","msg":"write","lut":1.5},"bins":{}}
		{"id":6,"skip":true}
		{"id":7,"error":"x"}
	END
	cn-newest <in >out 2>err
	cmp in out
}

@test "--for and --off" {
	{
		record 1 $A 20 shop orders
		record 2 $A 19 shop orders
		record 3 $A 20 shop people
		record 4 $A 19 shop people
		record 5 $A 20 test orders
		record 6 $A 19 test orders
	} >in
	[ "$(fates --for shop/orders --off --for shop --ttl 10s <in)" = "1 2 3 skip 4 5 skip 6" ]
	[ "$(fates --off --for shop/orders --ttl 1s <in)" = "1 skip 2 3 4 5 6" ]
}

@test "what is older than twice the ttl is forgotten" {
	mkfifo in
	exec 5<>in
	start_bg cn-newest --ttl 100ms <in >out 2>err 5>&-
	record 1 $A 20 >&5
	record 2 $A 19 >&5
	wait_for_lines out 2
	forgotten() { record 3 $A 19 >&5 && sleep 0.05 && tail -n 1 out | grep -q bins; }
	wait_for forgotten
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	grep -q skip out
}

@test "many records; memory has a bound, and the newest are remembered" {
	python3 -c '
import base64, hashlib
for i in range(5000):
    d = base64.b64encode(hashlib.new("ripemd160", str(i).encode()).digest()).decode()
    print("{\"id\":%d,\"metadata\":{\"namespace\":\"n\",\"digest\":\"%s\",\"msg\":\"write\",\"lut\":%d},\"bins\":{}}" % (i, d, 10))' >in
	sed 's/"lut":10/"lut":9/' in >older
	[ "$(cat in older | cn-newest 2>err | grep -c skip)" = 5000 ]
	[ "$(cat in older | cn-newest --entries 1000 2>err | grep -c skip)" -lt 2500 ]
	[ "$(grep -c 'before their time' err)" = 1 ]
	[ "$({ cat in; tail -n 500 older; } | cn-newest --entries 1000 2>err | grep -c skip)" = 500 ]
}

@test "what is no record is an error line; usage; a full disk" {
	run -65 bash -c 'printf "%s\n" "{\"id\":1,\"x\":2}" nonsense | cn-newest 2>err'
	[[ $output == '{"id":1,"error":"not a record: '* ]]
	run -64 cn-newest --ttl x </dev/null
	run -64 cn-newest --for /x </dev/null
	run -64 cn-newest file </dev/null
	run -74 bash -c 'echo "{\"id\":1,\"skip\":true}" | cn-newest >/dev/full'
}
