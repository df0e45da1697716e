#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The client and a cluster of two as-local, each with its own records: what goes to the wrong node is not where it is looked for.
bats_require_minimum_version 1.5.0
load helper

setup() { needs as-put as-scan as-rest as-local; }

# node_start A|B: sets PID; its address stays what it was
node_start() {
	local -n address=ADDRESS_$1
	: >"address.$1"
	start_bg as-local -p "${address##*:}" --data "$T/data.$1" >"address.$1" 2>>"log.$1" </dev/null 6>&- 7>&-
	wait_for_line "address.$1" :
	address=$(cat "address.$1")
}

# cluster_start [OPTION...]: A owns partitions 0-2047, B 2048-4095. Sets NODE_B (pid), ADDRESS_A and ADDRESS_B (past the map), AEROSPIKE
cluster_start() {
	ADDRESS_A=:0 ADDRESS_B=:0
	node_start A
	node_start B
	NODE_B=$PID
	mkfifo commands
	run_fake() { exec "$ROOT/test/fake-cluster" "$ADDRESS_A,$ADDRESS_B" 2 "$@" <commands >fake.out 2>fake.err 7>&-; }
	start_bg run_fake "$@"
	exec 7>commands
	wait_for_line fake.out ready
	AEROSPIKE=127.0.0.1:$(sed -n 's/^ready //p' fake.out | cut -d ' ' -f 1)
}
tell() {
	local n
	n=$(wc -l <fake.out)
	echo "$1" >&7
	wait_for_lines fake.out $((n + 1))
}

# records FIRST LAST [VALUE]: a line for each number, its key and its id
records() {
	seq "$1" "$2" | awk -v v="${3:-0}" '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"test\",\"set\":\"s\",\"userKey\":\"k%d\",\"msg\":\"write\"},\"bins\":{\"v\":%d}}\n",
		$1, $1, $1 + v }'
}
put() { as-put -h "$AEROSPIKE" --send-key "$@" 2>put.err; }
acked() { jq -r 'if has("ack") | not then empty elif (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' "$@"; }
nacked() { jq -r 'select(has("nack")) | .nack' "$@"; }
acked_more_than() { [ "$(acked acks | wc -l)" -gt "$1" ]; }
has_nacks() { grep -q nack acks; }

# held A|B [FIRST-LAST]: the keys in that node's as-local, whatever the map says
held() {
	local -n address=ADDRESS_$1
	as-scan -h "$address" -n test ${2:+--partitions "$2"} 2>>scan.err | sed 's/.*"userKey":"k//; s/".*//' | sort -n
}
count() { held "$@" | wc -l; }

# rest_start: sets REST, the address of a gateway to the cluster; got FIRST LAST: how many of these keys can be read one by one
rest_start() {
	start_bg as-rest -l 127.0.0.1:0 -h "$AEROSPIKE" >/dev/null 2>rest.err </dev/null 7>&-
	wait_for_line rest.err 'msg=listening'
	REST=http://$(sed -n 's/.*msg=listening address=\([^ ]*\).*/\1/p' rest.err)
}
got() { curl -sS -Z --parallel-max 200 -m 20 -o /dev/null -w '%{http_code}\n' "$REST/v1/kvs/test/s/k[$1-$2]" | grep -c '^200'; }

@test "each record is on the node that the map says, and only there; it is read and changed there" {
	cluster_start proxy=1	# the nodes refuse nothing
	tell 'own B 0-999'
	records 1 3000 | put >acks
	records 3001 4000 | put --batch 1 >>acks
	[ "$(acked acks | sort -n | uniq | wc -l)" = 4000 ]
	count A >a
	count B >b
	[ "$(cat a)" -gt 500 ]
	[ "$(cat b)" -gt 2000 ]
	[ $(($(cat a) + $(cat b))) = 4000 ]
	[ "$(count A 1000-2047)" = "$(cat a)" ]
	[ "$(count B 1000-2047)" = 0 ]
	as-scan -h "$AEROSPIKE" -n test --lut >lines 2>scan.err
	[ "$(wc -l <lines)" = 4000 ]
	[ "$(grep -c '"lut":[1-9]' lines)" = 4000 ]
	rest_start
	[ "$(got 1 400)" = 400 ]
	records 1 2000 1 | put --exists update-only >acks
	records 2001 4000 1 | put --exists update-only --batch 1 >>acks
	[ "$(acked acks | sort -n | uniq | wc -l)" = 4000 ]
	run -1 grep nack acks
	[ "$(count A).$(count B)" = "$(cat a).$(cat b)" ]
	exec 7>&-
}

@test "partitions move with their data while records are written: none is missing, none is left behind" {
	cluster_start
	records 1 2000 | put >acks
	feed() {
		local i
		for ((i = 0; i < 30; i++)); do
			records $((2001 + 100 * i)) $((2100 + 100 * i))
			sleep 0.03
		done
	}
	feed | put >later &
	FEED=$!
	wait_for_lines later 5
	# What is written from here on goes to B, and the older records follow it.
	tell 'own B 0-1023'
	as-scan -h "$ADDRESS_A" -n test --partitions 0-1023 2>scan.err >moved
	[ "$(wc -l <moved)" -gt 400 ]
	as-put -h "$ADDRESS_B" --send-key --exists create-only --ignore 5 <moved >moved.acks 2>move.err
	[ "$(acked moved.acks | wc -l)" = "$(wc -l <moved)" ]
	sed 's/"msg":"write"/"msg":"delete"/' moved | as-put -h "$ADDRESS_A" >/dev/null 2>move.err
	wait "$FEED"
	[ "$(acked acks later | sort -n | uniq | wc -l)" = 5000 ]
	[ "$(count A 0-1023)" = 0 ]
	[ "$(count B 1024-2047)" = 0 ]
	{ held A 1024-2047; held B 0-1023; held B 2048-4095; } | sort -n >all
	seq 5000 | diff - all
	rest_start
	[ "$(got 1800 2200)" = 401 ]
	exec 7>&-
}

@test "a node is killed: the other one's records go on, and it is used again when it is back; nothing acknowledged is missing" {
	cluster_start
	feed() {
		local i
		for ((i = 0; i < 60; i++)); do
			records $((100 * i + 1)) $((100 * i + 100))
			sleep 0.03
		done
		wait_for has_nacks
	}
	feed | put --window 8000 --timeout 1500ms >acks &
	FEED=$!
	wait_for acked_more_than 1000
	stop "$NODE_B" KILL
	status=0
	wait "$FEED" || status=$?
	[ "$status" = 75 ]
	acked acks | sort -n >good
	nacked acks | sort -n >bad
	[ "$(wc -l <bad)" -gt 500 ]
	sort -n good bad >both
	seq 6000 | diff - both
	run -1 grep '"retry":false' acks
	# The survivor has all that it owns: what was refused belongs to the dead one.
	held A 0-2047 >a
	[ "$(count A)" = "$(wc -l <a)" ]
	[ "$(wc -l <a)" -gt 2500 ]
	[ "$(sort a bad | uniq -d | wc -l)" = 0 ]
	# A gateway starts meanwhile, and knows only half of the map.
	rest_start
	[ "$(got 1 200)" = "$(awk '$1 <= 200' a | wc -l)" ]

	node_start B
	grep -vxFf good <(seq 6000) >left
	[ "$(wc -l <left)" = "$(wc -l <bad)" ]
	records 1 6000 | awk 'NR == FNR { left[$1]; next } (FNR in left)' left - | put --timeout 8s >again
	[ "$(acked again | wc -l)" = "$(wc -l <left)" ]
	held B 2048-4095 >b
	[ "$(count B)" = "$(wc -l <b)" ]
	sort -n a b >all
	seq 6000 | diff - all
	back() { [ "$(got 1 200)" = 200 ]; }
	wait_for back
	exec 7>&-
}

@test "both have all: when one is killed, reads go to the other at once, and the rest when it has taken over" {
	cluster_start replicas=2
	records 1 6000 | put >acks
	[ "$(acked acks | wc -l)" = 6000 ]
	as-scan -h "$ADDRESS_A" -n test 2>scan.err | as-put -h "$ADDRESS_B" --send-key >/dev/null 2>copy.err
	as-scan -h "$ADDRESS_B" -n test 2>scan.err | as-put -h "$ADDRESS_A" --send-key >/dev/null 2>copy.err
	[ "$(count A).$(count B)" = 6000.6000 ]
	rest_start
	[ "$(got 1 200)" = 200 ]
	run_scan() { exec as-scan -h "$AEROSPIKE" -n test --rate 6000 >lines 2>err 7>&-; }
	start_bg run_scan
	SCAN=$PID
	wait_for_lines lines 1000
	stop "$NODE_B" KILL
	[ "$(got 1 200)" = 200 ]
	tell 'own A 0-4095'
	records 6001 7000 | put >acks
	[ "$(acked acks | wc -l)" = 1000 ]
	wait_exit "$SCAN" 20
	[ "$status" = 0 ]
	sed 's/.*"userKey":"k//; s/".*//' lines | sort -n | awk '$1 <= 6000' >keys
	seq 6000 | diff - keys
	[ "$(count A)" = 7000 ]
	exec 7>&-
}
