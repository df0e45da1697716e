# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # what is set here is read in the tests
# What the bats files share: `load helper` at the top of each. No function sleeps for readiness: all poll with a deadline.
#
#	T				this test's own directory (in setup_file: the file's), also the place of logs
#	free_port			prints a loopback port that nobody else takes
#	wait_for [-t SECONDS] COMMAND	until the command succeeds; 10 s unless told; fails and says what it waited for
#	wait_for_line FILE REGEX [SECONDS], wait_for_lines FILE COUNT [SECONDS], wait_port PORT [SECONDS]
#	start_bg COMMAND...		in the background; PID is set; redirections of the call go to the command; killed at teardown
#	alive PID, stop PID [SIGNAL], wait_exit PID [SECONDS] (sets status)
#	kafka_local_start [OPTIONS], kafka_real_start, kafka_real_stop [SIGNAL], kafka_real_restart	set BROKER
#	kafka_read TOPIC [KCAT-FORMAT]	the whole topic, one message a line
#	ring_start STAGE... ; ring_stop	a ring of shell commands, see there
#	post URL TYPE DATA, post_json URL TEXT, post_wire URL HEX, get URL	set code and body
#	unhex TEXT			bytes
#	skip_or_fail REASON		skip; in CI a failure: what registries provide must be there
#	needs PROGRAM...		skip when a program of ours isn't built

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BIN=${CN_BIN:-$ROOT/bin}
FIXTURES=$ROOT/test/fixtures
PATH=$BIN:$PATH
export ROOT BIN FIXTURES PATH
export LC_ALL=C.UTF-8
unset CN_LINE_MAX MAKEFLAGS MAKELEVEL
! declare -F bats_require_minimum_version >/dev/null || bats_require_minimum_version 1.5.0

T=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-}}
# All that a test starts carries this mark in its environment, so that stop_all finds what a killed parent left behind.
[ -z "$T" ] || export CN_TEST_SCOPE=$T
if [ -n "${BATS_TEST_TMPDIR:-}" ]; then
	cd "$T" || exit 1
fi

# A test file that has its own teardown calls stop_all in it.
teardown() { stop_all; }
teardown_file() { stop_all; }

_scope() { echo "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"; }

say() { printf '%s\n' "$*" >&2; }

# --- waiting

wait_for() {
	local limit=10 end
	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
	until "$@"; do
		if [ "${EPOCHREALTIME/[.,]/}" -ge "$end" ]; then
			say "waited $limit s in vain for: $*"
			return 1
		fi
		sleep 0.02
	done
}

_line_count_reached() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
_has_line() { [ -f "$1" ] && grep -Eq -- "$2" "$1"; }

wait_for_line() {
	wait_for -t "${3:-10}" _has_line "$1" "$2" || {
		say "--- the end of $1:"
		tail -n 20 "$1" >&2
		return 1
	}
}

wait_for_lines() {
	wait_for -t "${3:-10}" _line_count_reached "$1" "$2" || {
		say "--- $1 has $(wc -l <"$1") lines, not $2; its end:"
		tail -n 5 "$1" | cut -c 1-400 >&2
		return 1
	}
}

# --- ports: looked up in /proc, so that waiting for a server makes no connection to it

listening() {
	local hex
	printf -v hex ':%04X ' "$1"
	grep -qs "^ *[0-9]*: [0-9A-F]*${hex}[0-9A-F:]* 0A" /proc/net/tcp /proc/net/tcp6
}

_port_taken() {
	local hex
	printf -v hex ':%04X ' "$1"
	grep -qs "^ *[0-9]*: [0-9A-F]*$hex" /proc/net/tcp /proc/net/tcp6
}

wait_port() { wait_for -t "${2:-10}" listening "$1"; }

# Ports below the range that the kernel gives out itself; reserved in a directory that all test runs share.
free_port() {
	local port dir=/tmp/cn-test-ports.$UID
	mkdir -p "$dir"
	find "$dir" -mindepth 1 -maxdepth 1 -mmin +60 -exec rmdir {} + 2>/dev/null
	while :; do
		port=$((10000 + SRANDOM % 22000))
		_port_taken "$port" || { mkdir "$dir/$port" 2>/dev/null && break; }
	done
	echo "$port"
}

# --- processes: kept with their start time, so that a pid that was given anew is never hit

_birth() {
	local stat
	read -r stat <"/proc/$1/stat" || return 1
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[ "$1" != Z ] && [ "$1" != X ] && echo "${20}"
} 2>/dev/null

alive() { _birth "$1" >/dev/null; }
gone() { ! alive "$1"; }

# track PID [DIR]: kill it when the scope that DIR stands for ends.
track() { echo "$1 $(_birth "$1")" >>"${2:-$(_scope)}/.pids"; }

start_bg() {
	"$@" <&0 3>&- 4>&- &
	PID=$!
	track "$PID"
}

stop() {
	kill -"${2:-TERM}" "$1" 2>/dev/null || return 0
	wait_for -t 10 gone "$1" || {
		say "process $1 did not end"
		kill -KILL "$1"
		return 1
	}
}

# For children of this shell: waits with a deadline, then leaves the exit code in $status.
wait_exit() {
	wait_for -t "${2:-10}" gone "$1" || return 1
	status=0
	wait "$1" || status=$?
}

stop_all() {
	local list
	list=$(_scope)/.pids
	[ ! -f "$list" ] || _stop_tracked "$list"
	_sweep
}

# The first round finds its own grep too.
_sweep() {
	local pid found
	for _ in 1 2 3; do
		found=
		# shellcheck disable=SC2013
		for pid in $(grep -lzxFs "CN_TEST_SCOPE=$(_scope)" /proc/[0-9]*/environ | cut -d / -f 3); do
			if alive "$pid"; then
				kill -KILL "$pid" 2>/dev/null
				wait_for -t 3 gone "$pid"
				found=yes
			fi
		done
		[ -n "$found" ] || return 0
	done
}

_stop_tracked() {
	local list=$1 pid birth signal
	for signal in CONT TERM KILL; do
		while read -r pid birth; do
			if [ -n "$birth" ] && [ "$(_birth "$pid")" = "$birth" ]; then
				kill -$signal "$pid" 2>/dev/null
			fi
		done <"$list"
		[ $signal = CONT ] || wait_for -t 3 _all_gone "$list" 2>/dev/null || true
	done
	rm -f "$list"
}

_all_gone() {
	local pid birth
	while read -r pid birth; do
		[ -z "$birth" ] || [ "$(_birth "$pid")" != "$birth" ] || return 1
	done <"$1"
}

# --- Kafka

kafka_local_start() {
	local out
	out=$(_scope)/kafka-local.$RANDOM
	start_bg kafka-local "$@" >"$out" 2>"$out.err" </dev/null
	KAFKA_PID=$PID
	wait_for_line "$out" '^[^ ]+:[0-9]+' || {
		cat "$out.err" >&2
		return 1
	}
	BROKER=$(head -n 1 "$out")
	export BROKER KAFKA_PID
}

# Real Apache Kafka in $KAFKA_DIR, for the scope (test or file) that started it, through restarts; see test/kafka/kafka-real.
# Arguments are broker properties, as in kafka_real_start auto.create.topics.enable=false.
kafka_real_start() {
	KAFKA_DIR=$(_scope)/kafka-real
	export KAFKA_DIR
	"$ROOT/test/kafka/kafka-real" get || skip_or_fail "needs Apache Kafka from Maven Central"
	kafka_real_restart "$@"
}

kafka_real_restart() {
	BROKER=$(CN_TEST_SCOPE=${KAFKA_DIR%/*} "$ROOT/test/kafka/kafka-real" start "$KAFKA_DIR" "$@" 3>&- 4>&-) || return 1
	KAFKA_PID=$(cat "$KAFKA_DIR/pid")
	track "$KAFKA_PID" "${KAFKA_DIR%/*}"
	export BROKER KAFKA_PID
}

kafka_real_stop() { "$ROOT/test/kafka/kafka-real" stop "$KAFKA_DIR" "${1:-TERM}"; }

kafka_read() { kcat -b "$BROKER" -C -q -e -o beginning -X broker.address.family=v4 -X fetch.wait.max.ms=50 -t "$1" -f "${2:-%s\n}" </dev/null; }
kafka_count() { kafka_read "$1" '.\n' | wc -l; }
kafka_has() { [ "$(kafka_count "$1" 2>/dev/null)" -ge "$2" ]; }

# --- the ring
# Each stage is a shell command; the first reads the acks, the last writes them. All run in a new directory $RING, each with
# its own log: $RING/PROGRAM.err (PROGRAM.2.err when a program comes twice), pid in PROGRAM.pid. PORT and URL are set before
# the stages start, so write them in single quotes:
#	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode 'cn-kafka-sink -b $BROKER -t orders'
# ring_status prints the exit codes of the stages, once all have ended.

ring_start() {
	local stage name n=0 script='' redirect err
	RING=$(mktemp -d "$(_scope)/ring.XXXXXX")
	PORT=${RING_PORT:-$(free_port)}
	URL=http://127.0.0.1:$PORT
	export PORT URL RING
	mkfifo "$RING/acks"
	for stage in "$@"; do
		n=$((n + 1))
		name=${stage%% *}
		name=${name##*/}
		err=$name
		while [ -e "$RING/$err.err" ]; do err=$name.$n; done
		: >"$RING/$err.err"
		redirect="2>$err.err"
		if [ $n -eq 1 ]; then
			RING_SOURCE=$err
			redirect="$redirect <acks"
		fi
		[ $n -lt $# ] || redirect="$redirect >acks"
		script="$script${script:+ | }{ echo \$BASHPID >$err.pid; exec $stage; } $redirect"
	done
	script="cd '$RING'; $script; echo \"\${PIPESTATUS[*]}\" >status.new; mv status.new status"
	start_bg bash -c "$script" </dev/null >"$RING/stdout" 2>"$RING/stderr"
	RING_PID=$PID
	for name in "$RING"/*.err; do
		name=${name%.err}
		wait_for test -s "$name.pid" || return 1
		track "$(cat "$name.pid")"
	done
	case $1 in
	*\$PORT*)
		wait_for _ring_up || true
		if ! listening "$PORT"; then
			ring_logs
			return 1
		fi
		;;
	esac
}

_ring_up() { listening "$PORT" || [ -e "$RING/status" ]; }

ring_pid() { cat "$RING/$1.pid"; }

ring_logs() {
	local log
	for log in "$RING"/*.err "$RING/stderr"; do
		[ ! -s "$log" ] || { say "--- ${log##*/}" && tail -n 20 "$log" >&2; }
	done
}

ring_status() {
	wait_for -t "${1:-15}" test -e "$RING/status" || { ring_logs && return 1; }
	cat "$RING/status"
}

# Drain as a supervisor would: SIGTERM at the source, wait for the rest. Prints the exit codes.
ring_stop() {
	kill -TERM "$(ring_pid "$RING_SOURCE")" 2>/dev/null || true
	ring_status "$@"
}

# --- HTTP and bytes

unhex() {
	local h=${1//[^0-9a-fA-F]/}
	# shellcheck disable=SC2059,SC2001
	printf "$(sed 's/../\\x&/g' <<<"$h")"
}

# DATA as curl takes it: text, or @FILE. Further arguments go to curl.
post() {
	local url=$1 type=$2 data=$3
	shift 3
	code=$(curl -sS -m 20 -o "$T/.body" -w '%{http_code}' -H "Content-Type: $type" --data-binary "$data" "$@" "$url") || true
	body=$(tr -d '\0' <"$T/.body" 2>/dev/null) || true
}

post_json() { post "$1" application/json "$2" "${@:3}"; }

post_wire() {
	unhex "$2" >"$T/.wire"
	post "$1" application/octet-stream "@$T/.wire" "${@:3}"
}

get() {
	code=$(curl -sS -m 20 -o "$T/.body" -w '%{http_code}' "${@:2}" "$1") || true
	body=$(cat "$T/.body" 2>/dev/null) || true
}

# --- what is needed

skip_or_fail() {
	if [ "${CI:-}" = true ]; then
		say "$*"
		return 1
	fi
	skip "$*"
}

needs() {
	local program
	for program; do
		[ -x "$BIN/$program" ] || skip "$program is not built"
	done
}

# The two worked wire examples of the change notification reference: a write (o-17 of shop/orders) and its durable delete.
WIRE_WRITE='01 16 10 01 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00 00 04 00 02 00 00 00 05 00 73 68 6f 70
00 00 00 07 01 6f 72 64 65 72 73 00 00 00 15 04 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97
00 00 00 06 02 03 6f 2d 31 37 00 00 00 0f 02 01 00 03 71 74 79 00 00 00 00 00 00 00 2a 00 00 00 0a 02 03 00 03 73 6b 75 41 2d 39'
WIRE_DELETE='01 16 10 13 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 05 00 73 68 6f 70
00 00 00 15 04 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97'
export WIRE_WRITE WIRE_DELETE
