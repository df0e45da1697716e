#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Exchanges recorded between an official client and a real server, replayed against as-local (test/captures/replay).
load helper

local_start() {
	start_bg as-local --port 0 --namespace test --namespace bar "$@" >"$T/address" 2>"$T/as-local.err"
	wait_for_line "$T/address" ':[0-9]+$'
	ADDRESS=$(head -n 1 "$T/address")
}

setup() { needs as-local; }

@test "every recorded scenario gets the real server's answers, but for those with a reason" {
	local_start
	run -0 "$ROOT/test/captures/replay" --differs "$ROOT/test/captures/differs.json" "$ADDRESS"
	echo "# $output" >&3
	alive "$PID"
	stop "$PID"
}

@test "the same with records on disk" {
	local_start --data "$T/data"
	run -0 "$ROOT/test/captures/replay" --differs "$ROOT/test/captures/differs.json" "$ADDRESS"
}

@test "a scenario that gets another answer is found" {
	local_start
	run -1 "$ROOT/test/captures/replay" --differs <(echo '[]') "$ADDRESS" connect-auth-on-ce put-int
	[[ $output == *"regression: connect-auth-on-ce differs"*"1 of 2 scenarios match"* ]]
	run -1 "$ROOT/test/captures/replay" --differs <(echo '[{"scenario": "put-int", "reason": "none"}]') "$ADDRESS" put-int
	[[ $output == *"improvement: put-int matches now"* ]]
}
