#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The test tools themselves: what they promise to the other files.
load helper

@test "free_port never gives the same port twice" {
	for i in 1 2 3 4 5 6 7 8; do free_port; done >ports
	[ "$(sort -u ports | wc -l)" -eq 8 ]
}

@test "wait_for gives up at its deadline and says what it waited for" {
	run ! wait_for -t 0 test -e nothing
	[[ $output == *"test -e nothing"* ]]
}

@test "start_bg passes redirections on, and stop_all ends what ignores SIGTERM" {
	echo hello >in
	start_bg bash -c 'trap "" TERM; read -r line; echo "$line"; exec 3<>/dev/tcp/127.0.0.1/1; sleep 60' <in >out 2>err
	first=$PID
	wait_for_line out hello
	start_bg bash -c 'trap "" TERM; echo up; while :; do sleep 60 & wait; done' >out2
	wait_for_line out2 up
	second=$PID
	alive "$second"
	stop_all
	gone "$first"
	gone "$second"
}

@test "stop_all ends what a killed parent left behind, in a session of its own too" {
	start_bg bash -c '
		sh -c "echo \$\$ >one; exec sleep 60" | sh -c "echo \$\$ >two; exec sleep 60" &
		setsid sh -c "echo \$\$ >three; exec sleep 60" &
		wait'
	for name in one two three; do wait_for test -s $name; done
	kill -KILL "$PID"
	alive "$(cat three)"
	stop_all
	for name in one two three; do gone "$(cat $name)"; done
}

@test "wait_exit gives the exit code" {
	start_bg bash -c 'exit 65'
	wait_exit "$PID"
	[ "$status" -eq 65 ]
}

@test "wait_port sees a listener without connecting" {
	port=$(free_port)
	run ! wait_port "$port" 0
	start_bg python3 -c "
import socket, time
s = socket.socket(); s.bind(('127.0.0.1', $port)); s.listen(); time.sleep(60)"
	wait_port "$port"
}

@test "a ring joins its stages, keeps their logs apart and tells their exit codes" {
	cat >source <<-'END'
	#!/bin/sh
	echo '{"id":1}'; read -r ack; echo "got $ack" >&2; exit 3
	END
	chmod +x source
	ring_start "$T/source" 'sed -u s/1/2/' 'sh -c "sed -u s/id/ack/; exit 4"'
	[ "$(ring_status)" = "3 0 4" ]
	[ "$(cat "$RING/source.err")" = 'got {"ack":2}' ]
	[ -e "$RING/sed.err" ]
}

@test "unhex makes bytes, NUL as well" {
	unhex '00 01 7f ff 0a' | od -An -tx1 >out
	[ "$(cat out)" = ' 00 01 7f ff 0a' ]
}

@test "test/run counts, shows failures whole and ends with the counts" {
	printf '#!/bin/sh\necho "ok 1 - fine"\necho "not ok 2 - broken"\necho "# because"\necho 1..2\nexit 1\n' >bad
	printf '#!/bin/sh\necho "1..2"\necho "ok 1 - fine"\n' >short
	printf '#!/bin/sh\necho "1..2"\necho "ok 1 - fine"\necho "ok 2 - x # SKIP needs the moon"\n' >skips
	chmod +x bad short skips
	CI= run "$ROOT/test/run" "$T/bad" "$T/short" "$T/skips"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "3 passed, 2 failed, 1 skipped" ]
	[[ $output == *"| # because"* ]]
	CI=true run "$ROOT/test/run" "$T/skips"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 1 failed" ]
	CI= run "$ROOT/test/run" "$T/skips"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
}

@test "deps is silent about what is there, and names what is not to those who can't install it" {
	run "$ROOT/tools/deps" bash coreutils
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(id -u)" -eq 0 ] || skip "not root"
	run setpriv --reuid=65534 --clear-groups sh -s -- bash no-such-package <"$ROOT/tools/deps"
	[ "$status" -eq 69 ]
	[[ $output == *"no-such-package"* ]]
	[[ $output != *" bash"* ]]
}
