# SPDX-License-Identifier: Apache-2.0
# as-local --ship: every change reaches the other side, whatever happens to either.

load helper

setup() {
	needs as-local cn-listen cn-decode
	DATA=$T/data
	LOG=$T/posts
}

# local_start [OPTION...]: sets LOCAL (pid) and DB (port)
local_start() {
	: >"$T/address"
	start_bg as-local -p 0 "$@" >"$T/address" 2>>"$T/log" </dev/null
	LOCAL=$PID
	wait_for_line "$T/address" :
	DB=$(sed 's/.*://' "$T/address")
}

# receiver PATH: a fault-server; sets SHIP
receiver() {
	start_bg "$ROOT/test/fault-server" "$LOG" >"$T/receiver" 2>>"$T/receiver.err" </dev/null
	wait_for_line "$T/receiver" .
	SHIP=http://127.0.0.1:$(cat "$T/receiver")$1
}

ask() { "$ROOT/test/as-local/ask" "$DB" "$@"; }
shipped() { "$ROOT/test/as-local/shipped" "$DB" "$LOG" test; }
posts() { "$ROOT/test/as-local/shipped" - "$LOG"; }

# A number of the counters line
counter() {
	local was now
	was=$(grep -c counters "$T/log" || true)
	kill -USR1 "$LOCAL"
	wait_for _more_counters "$was"
	grep counters "$T/log" | tail -n 1 | grep -o " $1=[0-9]*" | cut -d = -f 2
}
_more_counters() { [ "$(grep -c counters "$T/log")" -gt "$1" ]; }
_pending() { [ "$(counter pending)" = "$1" ]; }
all_shipped() { wait_for -t "${1:-20}" _pending 0; }

@test "a write, a change and a delete as record lines of cn-listen | cn-decode" {
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'tee records' 'jq --unbuffered -c {ack:.id}'
	local_start --ship "$URL/"
	[ "$(ask put test people ada one 1000)" = ok ]
	all_shipped
	[ "$(ask put test people ada two)" = ok ]
	all_shipped
	[ "$(ask delete test people ada)" = ok ]
	all_shipped
	jq -c '[.metadata.msg, .metadata.namespace, .metadata.set, .metadata.userKey, .bins.v]' "$RING/records" >"$T/seen"
	diff - "$T/seen" <<-'END'
		["write","test","people","ada","one"]
		["write","test","people","ada","two"]
		["delete","test",null,null,null]
	END
	[ "$(jq .metadata.digest "$RING/records" | sort -u | wc -l)" = 1 ]
	[ "$(counter shipped)" = 3 ]
	[ "$(counter failed)" = 0 ]
	ring_stop
}

@test "the ring is killed and comes back while records are written: all arrive" {
	RING_PORT=$(free_port)
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'tee -a ../records' 'jq --unbuffered -c {ack:.id}'
	local_start --ship "$URL/"
	ask fill test s 0 2000 >"$T/filled" &
	wait_for _has_line "$RING/../records" .
	kill -KILL "$(ring_pid cn-decode)"
	ring_status
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'tee -a ../records' 'jq --unbuffered -c {ack:.id}'
	wait_for -t 20 test -s "$T/filled"
	[ "$(cat "$T/filled")" = 2000 ]
	all_shipped 30
	[ "$(counter failed)" -gt 0 ]
	jq .bins.v "$T/records" | sort -nu | wc -l >"$T/n"
	[ "$(cat "$T/n")" = 2000 ]
	ring_stop
}

@test "one post per change; a hot key becomes few" {
	receiver /ok
	local_start --ship "$SHIP"
	[ "$(ask fill test s 0 50)" = 50 ]
	all_shipped
	[ "$(posts | wc -l)" = 50 ]
	for _ in 1 2 3 4 5 6; do ask churn test hot 1 300; done
	all_shipped
	posts | wc -l >"$T/n"
	[ "$(cat "$T/n")" -lt 500 ]
	shipped
}

@test "refused at first: shipped again until it is 200, other records meanwhile" {
	receiver /flaky/2
	local_start --ship "$SHIP"
	ask put test s a one
	ask put test s b two
	ask delete test s b
	all_shipped
	shipped
	posts | grep -c '^503 write s one' | grep -qx 2
	posts | grep -c '^200 write s one' | grep -qx 1
	posts | tail -n 1 | grep '^200'
}

@test "connections that are cut before the answer" {
	receiver /reset/1
	local_start --ship "$SHIP" --ship-connections 4
	ask churn test s 40 300
	all_shipped 40
	shipped
	[ "$(counter failed)" -gt 0 ]
}

@test "slow answers: no record is under way twice, the last state wins" {
	receiver /slow/30
	local_start --ship "$SHIP"
	for _ in 1 2 3; do ask churn test s 30 100; done
	all_shipped 40
	shipped
	[ "$(counter failed)" = 0 ]
}

@test "nothing is shipped before the other side says that it is well" {
	receiver /away
	local_start --ship "$SHIP"
	ask fill test s 0 20
	wait_for_line "$LOG" '"GET".*503'
	[ "$(posts | wc -l)" = 0 ]
	[ "$(counter pending)" = 20 ]
	touch "$LOG.here"
	all_shipped
	shipped
}

@test "a receiver whose probes fail for six times their interval gets nothing until one is good again" {
	receiver /away
	touch "$LOG.here"
	local_start --ship "$SHIP" --ship-probe 500ms
	ask fill test s 0 10
	all_shipped
	rm "$LOG.here"
	# One bad probe is not enough.
	wait_for_line "$T/log" 'the other side is not well'
	ask put test s soon one
	all_shipped 2
	wait_for _posted 11
	# A bad one is followed by the next after a tenth of the interval: 65 of them are more than six intervals.
	wait_for _probed 65
	ask put test s late one
	now=$(grep -c '"GET".*503' "$LOG")
	wait_for _probed $((now + 10))
	[ "$(posts | wc -l)" = 11 ]
	[ "$(counter pending)" = 1 ]
	touch "$LOG.here"
	all_shipped
	shipped
}
_posted() { [ "$(posts | wc -l)" = "$1" ]; }
_probed() { [ "$(grep -c '"GET".*503' "$LOG")" -ge "$1" ]; }

@test "a receiver that takes nothing is not stormed" {
	receiver /flaky/1000000
	local_start --ship "$SHIP"
	ask fill test s 0 300
	wait_for_lines "$LOG" 15
	ask fill test s 300 600
	[ "$(posts | wc -l)" -lt 60 ]
	[ "$(counter pending)" = 600 ]
}

@test "what was not shipped is shipped by the next run, also after SIGKILL" {
	receiver /away
	local_start --ship "$SHIP" --data "$DATA"
	ask fill test s 0 30
	ask fill test s 0 10
	ask put test s late one
	kill -KILL "$LOCAL"
	wait_for gone "$LOCAL"
	local_start --ship "$SHIP" --data "$DATA"
	[ "$(counter pending)" = 31 ]
	ask delete test s late
	ask delete test s k1
	stop "$LOCAL"
	grep -q 'not yet shipped.*pending=31' "$T/log"
	touch "$LOG.here"
	local_start --ship "$SHIP" --data "$DATA"
	all_shipped
	shipped
	[ "$(posts | wc -l)" = 31 ]
	stop "$LOCAL"
	local_start --ship "$SHIP" --data "$DATA"
	[ "$(counter pending)" = 0 ]
}

@test "killed while it ships, again and again: nothing is lost" {
	receiver /flaky/1
	for _ in 1 2 3 4; do
		local_start --ship "$SHIP" --data "$DATA"
		ask churn test s 200 400
		kill -KILL "$LOCAL"
		wait_for gone "$LOCAL"
	done
	local_start --ship "$SHIP" --data "$DATA"
	all_shipped 40
	shipped
}

@test "records that expire, or are truncated, before they are shipped: neither shipped nor deleted there" {
	receiver /away
	local_start --ship "$SHIP"
	ask put test s brief one 1
	ask put test s stays two
	ask put test t cut three
	ask info 'truncate:namespace=test;set=t' | grep -qi ok
	wait_for _expired
	touch "$LOG.here"
	all_shipped
	posts >"$T/seen"
	diff - "$T/seen" <<<"200 write s two"
}
_expired() { [ "$(ask get test s brief)" = "code 2" ]; }

@test "a record of a megabyte" {
	receiver /ok
	local_start --ship "$SHIP"
	[ "$(ask fill test s 0 2 1000000)" = 2 ]
	all_shipped
	shipped
}

@test "a URL that is none" {
	run -64 as-local -p 0 --ship 'ftp://127.0.0.1/x'
	[[ $output == *"--ship ftp://127.0.0.1/x: not a URL of http or https"* ]]
	run -64 as-local -p 0 --ship 'no url at all'
}
