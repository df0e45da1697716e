# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# ring.sh: runs a ring of pipes, and runs it again when it breaks; see cn-pipelines(7). To be sourced, as in
#
#	. "${0%/*}/ring.sh"
#	ring() {
#		first cn-listen <"$ACKS" | stage cn-decode | stage cn-kafka-sink -b broker:9092 -t orders >"$ACKS"
#	}
#	supervise ring "$@"
#
# $ACKS is a new FIFO for every ring, so that no ring reads what an older one left behind. SIGTERM and SIGINT drain: the first
# stage gets SIGTERM, the others see the end of their input, and the exit code is that of the first stage, which knows
# whether all was answered. A second signal gives up. SIGHUP goes to cn-listen, cn-route and cn-map, which read their files again.
#
#	GRACE	once one stage has ended the others have this many seconds, then they are killed (15)
#	PAUSES	seconds before the next start, one after the other, the last one for ever; a ring that lived for 10 s starts
#		them over (0.2 0.5 1 2 5)

# settings [FILE]: reads the file of settings; -h shows the script's head, and its settings with what they are without a file. To be called
# before they get those values, which is where a line says : "${NAME:=VALUE}" # WHAT
settings() {
	case ${1-} in
	'') ;;
	-h | --help) sed -n '3,5s/^# \{0,1\}//p; s/^: "${\([A-Z_]*\):=\(.*\)}" *# \(.*\)/  \1: \3 [\2]/p' "$0" && exit ;;
	*)
		[ -r "$1" ] || { echo "${0##*/}: can't read $1" >&2 && exit 78; }
		case $1 in */*) settings=$1 ;; *) settings=./$1 ;; esac
		# shellcheck source=/dev/null
		. "$settings"
		;;
	esac
}

first() {
	echo "${1##*/}" >"$RING/first"
	stage "$@"
}

# One program of the ring. Its pid stands in $RING/NAME.pid, how it ended in $RING/ended. Its stdin and stdout are its own:
# when it closes one, nobody else may hold it open.
stage() {
	{ "$@" <&3 3<&- & } 3<&0 # & alone would take stdin away
	echo $! >"$RING/${1##*/}.pid"
	exec <&- >&-
	wait $! && ended=0 || ended=$?
	echo "$ended ${1##*/}" >>"$RING/ended"
	{ sleep "${GRACE:-15}" && kill -s KILL -- -$$; } 2>/dev/null &
}

supervise() {
	if [ -n "${RING-}" ]; then # we are the script that run_ring starts
		"$1"
		exit
	fi
	shift
	RING=$(mktemp -d "${TMPDIR:-/tmp}/ring.XXXXXX") || exit 74
	ACKS=$RING/acks stop='' ring='' pauses=''
	export RING ACKS
	trap 'rm -rf "$RING"' EXIT
	trap 'stop=yes; drain' TERM INT
	trap 'reload' HUP
	while :; do
		born=$(date +%s)
		run_ring "$@"
		[ -z "$stop" ] || exit "$code"
		[ $(($(date +%s) - born)) -lt 10 ] && [ -n "$pauses" ] || pauses=${PAUSES:-0.2 0.5 1 2 5}
		how=$(tr '\n' ',' <"$RING/ended")
		if grep -Eq '^(64|78) ' "$RING/ended"; then # usage, configuration: the next start would end the same way
			tell error "the ring can't run" "${how%,}"
			exit 78
		fi
		tell warn "the ring ended, and starts again in ${pauses%% *} s" "${how%,}"
		sleep "${pauses%% *}" &
		wait $! || :
		[ -z "$stop" ] || exit "$code"
		pauses=${pauses#* }
	done
}

tell() { echo "ts=$(date -u +%FT%T.%3NZ) level=$1 program=${0##*/} msg=\"$2\" stages=\"$3\"" >&2; }

# In a process group of its own (setsid), so that nothing of it is left when this returns.
run_ring() {
	rm -f "$RING"/*
	: >"$RING/ended"
	mkfifo "$ACKS" || exit 74
	setsid "$0" "$@" &
	ring=$!
	[ -z "$stop" ] || drain
	while kill -0 "$ring" 2>/dev/null; do
		wait "$ring" || :
	done
	kill -s KILL -- "-$ring" 2>/dev/null || :
	ring=
	code=$(sed -n "s/ $(cat "$RING/first" 2>/dev/null)\$//p" "$RING/ended")
	[ "${code:-75}" -lt 128 ] || code=75
	: "${code:=75}"
}

drain() {
	if [ -z "$ring" ]; then
		return
	elif [ -s "$RING/first" ] && [ -s "$RING/$(cat "$RING/first").pid" ]; then
		kill -TERM "$(cat "$RING/$(cat "$RING/first").pid")" 2>/dev/null || :
	else
		kill -KILL "$ring" # nothing has begun; the rest of it goes with the group
	fi
}

reload() {
	[ -n "$ring" ] || return 0 # the files of an ended ring name processes that are gone
	for name in cn-listen cn-route cn-map; do
		[ ! -s "$RING/$name.pid" ] || kill -HUP "$(cat "$RING/$name.pid")" 2>/dev/null || :
	done
}
