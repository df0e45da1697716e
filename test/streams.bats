#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What all programs do alike with the streams that they are given.
bats_require_minimum_version 1.5.0
load helper

# SIGTERM does not end a filter that waits for input, so KILL has to.
bounded() { timeout -s KILL 10 "$@"; }

@test "a last line that is cut short, as a killed stage leaves it, goes on as it is: it is no bad record" {
	needs cn-decode cn-route cn-newest cn-bins
	for program in cn-decode 'cn-route --by set' cn-newest 'cn-bins --rename a=b'; do
		run -75 --separate-stderr eval "printf '{\"id\":1,\"metadata\":{\"names' | $program"
		[ "$output" = '{"id":1,"metadata":{"names' ]
		[[ $stderr == *"in the middle of a line"* ]]
	done
}

@test "closed standard input is an error, and is not taken for something the program opened itself" {
	for program in cn-decode 'cn-route --by set' 'cn-kafka-sink -b 127.0.0.1:1 -t t' 'cn-emit http://127.0.0.1:1/'; do
		run -74 --separate-stderr bash -c "exec timeout -s KILL 10 $program <&-"
		[[ $stderr == *"${program%% *}: can't read standard input: Bad file descriptor"* ]]
	done
	# Not /dev/null, which would mean that there are no acks.
	run -75 bash -c 'exec timeout -s KILL 10 cn-listen -l 0 <&-'
}

@test "closed standard output is an error, and nothing else gets what was meant for it" {
	for program in cn-decode 'cn-route --by set'; do
		run -74 bash -c "exec timeout -s KILL 10 $program <'$FIXTURES/notifications.ndjson' 2>err >&-"
		grep -q "can't write standard output: Bad file descriptor" err
	done
	run -74 bash -c 'exec timeout -s KILL 10 cn-emit --generate 3 --print 2>err >&-'
	run -74 bash -c 'exec timeout -s KILL 10 kafka-local 2>err >&-'
}

@test "closed standard error changes nothing else" {
	cn-decode <"$FIXTURES/notifications.ndjson" >told 2>err
	cn-decode <"$FIXTURES/notifications.ndjson" >untold 2>&-
	cmp told untold
}

@test "a full disk is told once, and not as trouble with the input" {
	[ -w /dev/full ] || skip_or_fail "needs /dev/full"
	for program in cn-decode 'cn-route --by set'; do
		run -74 bash -c "exec timeout -s KILL 10 $program <'$FIXTURES/notifications.ndjson' 2>err >/dev/full"
		[ "$(grep -c 'No space left on device' err)" = 1 ]
		grep -q "can't write standard output: No space left on device" err
	done
}

@test "each line without an id that can't be handled is logged with its number; of the others one a second" {
	for program in cn-decode 'cn-route --by set' 'cn-emit http://127.0.0.1:1/' 'cn-kafka-sink -b 127.0.0.1:1 -t t'; do
		# shellcheck disable=SC2086 # words
		run -65 --separate-stderr bounded $program < <(printf '%s\n' '{"a":1}' x '{"b":2}')
		for line in 1 2 3; do [[ $stderr == *" line=$line"* ]]; done
		# shellcheck disable=SC2086
		run --separate-stderr bounded $program < <(printf '{"id":%s,"a":1}\n' 1 2 3)
		[ "$(grep -c 'line=' <<<"$stderr")" = 1 ]
	done
}
