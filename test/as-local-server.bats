# SPDX-License-Identifier: Apache-2.0
# as-local's connections: many, slow, broken, gone.

load helper

setup() { needs as-local; }

local_start() {
	start_bg as-local -p 0 "$@" >"$T/address" 2>>"$T/log" </dev/null
	wait_for_line "$T/address" : || {
		cat "$T/log" >&2
		return 1
	}
	PORT=$(sed 's/.*://' "$T/address")
}

# Stands it, and then ends in order: no leak with sanitizers.
strain() {
	"$ROOT/test/as-local/strain" "$PORT" "$PID" "$1"
	kill -TERM "$PID"
	wait_exit "$PID"
	[ "$status" -eq 0 ] || {
		cat "$T/log" >&2
		return 1
	}
}

@test "a thousand connections" {
	local_start
	strain many
}

@test "requests in pieces, and ones that never end" {
	local_start
	strain half
}

@test "what is no frame, and frames of unknown kinds" {
	local_start
	strain frames
}

@test "clients that read slowly or not at all" {
	export ASAN_OPTIONS=quarantine_size_mb=4
	local_start
	strain slow
}

@test "clients that shut their side down, or go without reading" {
	local_start
	strain shut
}

@test "rates of scans, queries and background jobs" {
	local_start
	strain pace
}

@test "a query finds a record under many of its values" {
	local_start
	strain values
}

@test "more connections than allowed" {
	local_start --connections 20
	strain limit
	grep -q 'counters.* refused=1 ' "$T/log"
}

@test "no descriptors left" {
	start_bg bash -c 'ulimit -n 40; exec as-local -p 0' >"$T/address" 2>>"$T/log" </dev/null
	wait_for_line "$T/address" :
	PORT=$(sed 's/.*://' "$T/address")
	strain descriptors
	grep -q "can't accept.*Too many open files" "$T/log"
}

@test "--compression: compressed requests are taken, long answers compressed, lies refused; without it all is refused" {
	export ASAN_OPTIONS=quarantine_size_mb=4
	local_start --compression
	[ "$("$ROOT/test/as-local/ask" "$PORT" zip test s a 5000)" = "3 4 True 5000" ]
	[ "$("$ROOT/test/as-local/ask" "$PORT" zip test s b 10)" = "3 3 False 10" ]
	# What asks for nothing of the kind gets a plain answer.
	[ "$("$ROOT/test/as-local/ask" "$PORT" get test s b)" = "1 xxxxxxxxxx" ]
	"$ROOT/test/as-local/strain" "$PORT" "$PID" zip
	stop "$PID"
	grep -q 'counters.* unzipped=5 zipped=1' "$T/log"
	local_start
	[ "$("$ROOT/test/as-local/ask" "$PORT" zip test s a 5000)" = "code 25" ]
}

@test "counters on SIGUSR1 and at the end" {
	local_start
	"$ROOT/test/as-local/ask" "$PORT" fill test s 0 10
	"$ROOT/test/as-local/ask" "$PORT" get test s k1
	kill -USR1 "$PID"
	wait_for_line "$T/log" 'counters connections=0 opened=2 refused=0 objects=10 reads=1 writes=10 deletes=0'
	kill -TERM "$PID"
	wait_exit "$PID"
	[ "$(grep -c counters "$T/log")" = 2 ]
}
