#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-fan with sinks that do as they are told: test/fan-sink.
bats_require_minimum_version 1.5.0
load helper

setup() { needs cn-fan; }

SINK=$ROOT/test/fan-sink
ACK_ALL="jq -c --unbuffered '{ack: .id}'"

# record ID KEY N [MORE]
record() { echo '{"id":'"$1"',"metadata":{"namespace":"shop","set":"s","userKey":"'"$2"'","msg":"write","gen":'"$3"'},"bins":{"n":'"$3"'}'"${4:+,$4}"'}'; }
# records COUNT KEYS [FIRST]: ids from FIRST on; n counts up
records() { seq "${3:-1}" $((${3:-1} + $1 - 1)) | awk -v keys="$2" '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"shop\",\"set\":\"s\",\"userKey\":\"k%d\",\"msg\":\"write\",\"gen\":%d},\"bins\":{\"n\":%d}}\n", $1, $1 % keys, $1, $1 }'; }
fan() { timeout 60 cn-fan "$@" 2>>err; }
ids() { cut -d ' ' -f 1 "$1"; }
# Every id of a file of acks, one a line, sorted.
acked() { jq -r 'select(.ack) | .ack | if type == "array" then range(.[0]; .[1] + 1) else . end' "$1" | sort -n; }
counter() { sed -n 's/.*msg=counters.* '"$1"'=\([^ ]*\).*/\1/p' err | tail -n 1; }
# sink_counter SINK KEY
sink_counter() { sed -n 's/.*msg="sink counters" sink='"$1"' .* *'"$2"'=\([^ ]*\).*/\1/p' err | tail -n 1; }
# Of each key nothing older comes behind something newer.
in_order() { awk '$3 < last[$2] { print "out of order: " $0; bad = 1 } { last[$2] = $3 } END { exit bad }' "$1"; }

# In the background, fed through descriptor 6.
fan_start() {
	mkfifo in
	run_fan() { exec cn-fan "$@" <in >acks 2>>err 6>&-; }
	start_bg run_fan "$@"
	FAN=$PID
	exec 6>in
}
fan_end() {
	exec 6>&-
	wait_exit "$FAN" 20
}
answers() { [ "$(acked acks | wc -l)" -ge "$1" ]; }

@test "each record goes to the sinks that its to names, as it stands, and is acked when all have it" {
	{
		record 1 a 1 '"to":{"one":{"x":1}}'
		record 2 b 2 '"to":{"two":"t","one":true}'
		record 3 c 3 '"to":{"two":{},"one":null}'
		record 4 d 4 '"to":{"one":false}'
		record 5 e 5 '"to":{}'
		record 6 f 6
		record 7 g 7 '"to":null'
		record 8 h 8 '"to":{"t\u0077o":1}'
		echo '  {"metadata" : {"namespace":"shop","msg":"write","userKey":"spaces"} , "id" : 9, "more":[9007199254740993] , "to":{"one":1}}  '
	} >in
	fan one="tee one.seen | $SINK one" two="tee two.seen | $SINK two" <in >acks
	acked acks | diff - <(seq 9)
	[ "$(ids one | tr '\n' ' ')" = '1 2 6 7 9 ' ]
	[ "$(ids two | tr '\n' ' ')" = '2 3 6 7 8 ' ]
	sed -n '1p;2p;6p;7p;9p' in | cmp - one.seen
	sed -n '2p;3p;6,8p' in | cmp - two.seen
	[ "$(counter lines).$(counter acked).$(counter skipped)" = 9.9.2 ]
}

@test "lines that are no records, error and skip lines, and what names an unknown sink go to nobody" {
	{
		echo '{"id":1,"skip":true}'
		echo '{"id":2,"error":"damaged"}'
		echo '{"id":3,"metadata":{}}'
		echo 'not json'
		record 5 a 1 '"to":"one"'
		record 6 a 1 '"to":{"one":1,"three":1}'
		record 7 a 1 '"to":{"one":1,"three":null}'
	} >in
	run -75 --separate-stderr fan one="$SINK one" two="$SINK two" <in
	echo "$output"
	[ "$(jq -c 'del(.error)' <<<"$output" | sort | tr '\n' ' ')" = '{"ack":1} {"ack":7} {"nack":2,"retry":false} {"nack":3,"retry":false} {"nack":5,"retry":false} {"nack":6,"retry":true} ' ]
	[[ $output == *'to names a sink that is not here: three'* ]]
	[ "$(ids one)" = 7 ]
	[ ! -s two ]
	run -65 --separate-stderr fan --unknown skip one="$SINK one" two="$SINK two" <in
	[ "$(ids one | tr '\n' ' ')" = '7 6 7 ' ]
}

@test "the worse answer wins, and says whose it is; what may succeed goes before what never can" {
	{ record 1 a 1; record 2 bad 2; record 3 c 3; record 4 bad 4 '"to":{"two":1}'; record 5 e 5 '"to":{"one":1}'; } >in
	run -65 --separate-stderr fan one="$SINK one" two="$SINK two --never bad" <in
	[ "$(grep nack <<<"$output" | sort)" = '{"nack":2,"retry":false,"error":"two: never"}
{"nack":4,"retry":false,"error":"two: never"}' ]
	grep -v nack <<<"$output" >acks
	[ "$(acked acks | tr '\n' ' ')" = '1 3 5 ' ]
	run -75 --separate-stderr fan one="$SINK one1 --first" two="$SINK two --never bad" three="$SINK three --first" <<<"$(record 2 bad 2)"
	[ "$output" = '{"nack":2,"retry":true,"error":"one: not now; three: not now"}' ] || [ "$output" = '{"nack":2,"retry":true,"error":"three: not now; one: not now"}' ]
}

@test "a record that one sink refused for now comes again under another id, and goes to that one only" {
	fan_start one="$SINK one" two="$SINK two --first"
	records 100 100 1 >&6
	wait_for_lines acks 100
	[ "$(jq -c 'select(.retry)' acks | wc -l)" -eq 100 ]
	records 100 100 1 | sed 's/"id":/"id":1/' >&6
	wait_for answers 100
	fan_end
	[ "$status" -eq 75 ]
	[ "$(cut -d ' ' -f 2,3 one | sort -u | wc -l)" -eq 100 ]
	[ "$(wc -l <one)" -eq 100 ]
	[ "$(wc -l <two)" -eq 100 ]
	[ "$(counter spared)" = 100 ]
	[ "$(acked acks | head -n 1)" = 11 ]
}

@test "what a sink has is forgotten when another version of the record passed, when its time is over, when the room is used up" {
	first='"to":{"one":1,"two":1}'
	fan_start --remember 3 one="$SINK one" two="$SINK two --first"
	# The old content comes back after a newer one: both sinks must get it, or one would keep the newer.
	record 1 a 1 "$first" >&6; wait_for_lines acks 1
	record 2 a 2 "$first" >&6; wait_for_lines acks 2
	record 3 a 1 "$first" >&6; wait_for_lines acks 3
	[ "$(cut -d ' ' -f 3 one | tr '\n' ' ')" = '1 2 1 ' ]
	# Four records, room for three: the first one goes to both again.
	for i in 11 12 13 14; do record $i k$i 1 "$first" >&6; done; wait_for_lines acks 7
	for i in 11 12 13 14; do record 1$i k$i 1 "$first" >&6; done; wait_for answers 5
	[ "$(grep -c ' k1' one)" -eq 5 ]
	fan_end
	[ "$(sink_counter one spared)" = 3 ]
	rm in
	fan_start --remember-for 1s one="$SINK one" two="$SINK two3 --first"
	record 1 old 1 >&6; wait_for_line acks nack
	sleep 1.6	# the time it is remembered, and some
	record 2 old 1 >&6; wait_for answers 1
	fan_end
	[ "$(grep -c ' old ' one)" -eq 2 ]
}

@test "what a sink had before another version is not what it has" {
	fan_start one="$SINK one" two="$SINK two --first"
	record 0 x 0 '"to":{"two":1}' >&6
	wait_for_line acks nack
	kill -STOP "$(cat two.pid)"
	record 1 a 1 >&6
	record 2 a 2 '"to":{"one":1}' >&6
	wait_for_line acks '"ack":2'
	kill -CONT "$(cat two.pid)"
	wait_for_line acks '"nack":1,"retry":true,"error":"two'
	record 3 a 1 >&6
	wait_for answers 2
	[ "$(cut -d ' ' -f 3 one | tr '\n' ' ')" = '1 2 1 ' ]
	fan_end
}

@test "a sink that is dead: the other gets each record once, and the dead one all when it is back" {
	echo 'exit 1' >dead
	fan_start --dead-after 200ms one="$SINK one" two="[ ! -e dead ] && exec $SINK two; exit 1"
	records 500 500 >&6
	wait_for_lines acks 500
	[ "$(jq -c 'select(.nack and .retry)' acks | wc -l)" -eq 500 ]
	jq -r 'select(.nack).error' acks | sort -u | grep -x 'two: ended with status 1'
	for again in 1 2; do
		records 500 500 | sed "s/\"id\":/\"id\":$again/" >&6
		wait_for_lines acks $((500 + again * 500))
	done
	[ "$(wc -l <one)" -eq 500 ]
	# Records for the living one alone are not held up.
	record 77 x 1 '"to":{"one":1}' >&6
	wait_for_line acks '^{"ack":77}'
	rm dead
	wait_for [ -s two.pid ]
	records 500 500 | sed 's/"id":/"id":9/' >&6
	wait_for answers 501
	fan_end
	[ "$(wc -l <one)" -eq 501 ]
	[ "$(cut -d ' ' -f 2,3 two | sort -u | wc -l)" -eq 500 ]
}

@test "a sink that is killed in the middle gets what it had under way again, in order, and the others don't" {
	records 6000 50 >in
	fan one="$SINK one" two="$SINK two --die 1500" three="$SINK three --die 3000" <in >acks
	acked acks | diff - <(seq 6000)
	[ "$(wc -l <one)" -eq 6000 ]
	for sink in two three; do
		cut -d ' ' -f 1 $sink | sort -n | diff - <(seq 6000)
		in_order $sink
		[ "$(wc -l <$sink.starts)" -eq 2 ]
	done
	grep -q 'msg="sink died" sink=two how="ended with status 9"' err
	[ "$(counter starts)" = 5 ]
}

@test "what a dead sink leaves behind is gone before the next one starts" {
	cat >parts <<-END
		[ ! -e first.died ] || { pgrep -f "^sleep 98[7]$T" >left; exec $SINK two; }
		(exec -a "sleep 987$T" sleep 987) <&- >&- 2>&- & # holds nothing
		exec $SINK first --die 1
	END
	# What was a child before is none of the sink's.
	run -0 --separate-stderr bash -c "sleep 986 <&- >&- 2>&- & echo \$! >other; exec cn-fan one='$SINK one' two='bash $T/parts'" <<<"$(record 1 a 1)"
	[ "$output" = '{"ack":1}' ]
	[ -e left ] && [ ! -s left ]
	alive "$(cat other)"
	kill "$(cat other)"
}

@test "a slow sink makes everybody wait; nothing is lost, and memory stays bounded" {
	records 30000 1000 >lines
	fan_start -w 2000 one="$SINK one" two="$SINK two"
	record 0 x 0 >&6
	wait_for_line acks '"ack":0'
	kill -STOP "$(cat two.pid)"
	start_bg sh -c 'exec cat lines >&6'
	feeder=$PID
	full() { kill -USR1 "$FAN"; sleep 0.05; [ "$(counter in_flight)" = 2000 ]; }
	wait_for full
	[ "$(counter lines)" -eq 2001 ]
	alive "$feeder"
	kill -CONT "$(cat two.pid)"
	wait_for -t 20 answers 30001
	fan_end
	[ "$status" -eq 0 ]
	[ "$(wc -l <one)" -eq 30001 ]
	[ "$(wc -l <two)" -eq 30001 ]
}

@test "the same version that comes again while it is under way is not written twice, and has the same answer" {
	fan_start one="$SINK one" two="$SINK two"
	record 1 a 1 >&6
	wait_for_line acks '"ack":1'
	kill -STOP "$(cat two.pid)"
	record 2 b 2 >&6
	record 3 b 2 >&6		# the source lost patience
	record 4 b 3 >&6
	record 5 b 2 >&6		# an old version again: not what is under way now
	in_flight() { kill -USR1 "$FAN"; sleep 0.05; [ "$(counter in_flight)" = "$1" ]; }
	wait_for in_flight 4
	kill -CONT "$(cat two.pid)"
	wait_for answers 5
	fan_end
	[ "$(cut -d ' ' -f 2,3 two | tr '\n' ,)" = 'a 1,b 2,b 3,b 2,' ]
	cut -d ' ' -f 2- one | diff - <(cut -d ' ' -f 2- two)
	[ "$(counter twins)" = 1 ]
}

@test "lines without an id, with one that is no number, with the same one: each is answered for itself" {
	{
		record 5 a 1
		record 5 b 2
		record 5 c 3
		record '"five"' d 4
		record null e 5
		record 6 bad 6 | sed 's/"id":6,//'
		record 7 f 7 | sed 's/"id":7,//'
	} >in
	# All at once, so that they are under way at the same time.
	run -65 --separate-stderr cn-fan one="sleep 0.3; exec $SINK one" two="$SINK two --never bad --die 3" <in
	[ "$(sed 's/\[5,5\]/5/' <<<"$output" | sort | uniq -c | tr -s ' ')" = ' 3 {"ack":5}' ]
	for sink in one two; do
		cut -d ' ' -f 2 $sink | grep -v bad | tr '\n' ' ' | grep -x 'a b c d e f '
		[ "$(ids $sink | sort -u | wc -l)" -eq "$(wc -l <$sink)" ]
	done
	[[ $stderr == *'msg="record failed" error="two: never" retry=false'* ]]
}

@test "acks of lines that a sink does not have count for nothing" {
	fan_start one="$SINK one" two="$SINK two --say '{\"ack\":[0,9007199254740991]}'"
	wait_for [ -s two.pid ]
	record 1 a 1 '"to":{"one":1}' >&6
	wait_for_line acks '"ack":1'
	kill -STOP "$(cat one.pid)" "$(cat two.pid)"
	record 2 b 2 >&6
	record 3 c 3 '"to":{"one":1}' >&6
	kill -CONT "$(cat two.pid)"
	two_has() { [ "$(wc -l <two)" -eq 1 ]; }
	wait_for two_has
	[ "$(acked acks)" = 1 ]
	kill -CONT "$(cat one.pid)"
	wait_for answers 3
	fan_end
	[ "$status" -eq 0 ]
	[ "$(sink_counter two strange)" -ge 1 ]
	printf '%s\n' garbage '{"ack":1' '{"ack":-1}' '{"nack":[5,9]}' "$(head -c 200000 /dev/zero | tr '\0' x)" >noise
	run -0 --separate-stderr cn-fan one="$SINK one" two="cat noise; exec $SINK two" <<<"$(record 4 a 4)"
	[ "$output" = '{"ack":4}' ]
	[[ $stderr == *' strange=5 '* ]]
	[[ $stderr == *'a line that is no ack'* ]]
	[[ $stderr != *garbage* ]]
}

@test "ranges of one sink and single acks of another become ranges again" {
	records 20000 1000 >in
	fan one="$SINK one" two="$SINK two --plain" <in >acks
	acked acks | diff - <(seq 20000)
	[ "$(wc -l <acks)" -lt 2000 ]
}

@test "--verbose: acks say where; members that nobody knows pass in any case, by sink" {
	{ record 1 a 1; record 2 b 2 '"to":{"two":1}'; } >in
	fan -v one="$SINK one --verbose" two="$SINK two --verbose" <in >acks
	sort acks | jq -c '.to |= (split(" ") | sort | join(" "))' >got
	[ "$(jq -c 'select(.ack == 1) | [.to, .one, .two]' got)" = '["one:a two:a",{"x":{"y":[1]}},{"x":{"y":[1]}}]' ]
	[ "$(jq -c 'select(.ack == 2)' got)" = '{"ack":2,"to":"two:b","two":{"x":{"y":[2]}}}' ]
	fan one="$SINK one --verbose" two="$SINK two" <in >acks
	[ "$(grep '"ack":1' acks)" = '{"ack":1,"one":{"x":{"y":[1]}}}' ]
}

@test "huge lines, and one that is too long" {
	big=$(head -c 2500000 /dev/zero | tr '\0' x)
	{ record 1 a 1; record 2 b 2 '"big":"'"$big"'"'; record 3 c 3; record 4 d 4 '"big":"'"$big$big"'"'; record 5 e 5; } >in
	run -65 --separate-stderr fan --line-max 4M one="$ACK_ALL" two="$SINK two --delay 1" <in
	[ "$(jq -c 'select(.nack)' <<<"$output")" = '{"nack":4,"retry":false,"error":"the line is longer than --line-max"}' ]
	[ "$(ids two | tr '\n' ' ')" = '1 2 3 5 ' ]
	grep -v nack <<<"$output" >acks
	[ "$(acked acks | tr '\n' ' ')" = '1 2 3 5 ' ]
}

@test "the end of input is the sinks' too; the exit status is the worst of all" {
	for codes in '0 0 0' '0 65 65' '65 75 75' '75 65 75' '75 74 74' '70 65 70'; do
		read -r a b want <<<"$codes"
		run "-$want" --separate-stderr fan one="$ACK_ALL; exit $a" two="$ACK_ALL; exit $b" <<<"$(record 1 a 1)"
		[ "$output" = '{"ack":1}' ]
	done
	run -0 fan one="$ACK_ALL" </dev/null
}

@test "a sink that says nothing at the end is not waited for for ever" {
	run -75 --separate-stderr fan --silent-after 300ms one="$SINK one" two='cat >two; sleep 100' three='sleep 100' <<<"$(record 1 a 1)"
	[[ $output == '{"nack":1,"retry":true,"error":"'*'two: no word of it after the end of input'* ]]
	[[ $output == *'three: no word of it after the end of input'* ]]
	# Nor is one that does not even read.
	records 20000 100 >in
	run -75 --separate-stderr fan --silent-after 300ms two="sleep 100" <in
	[ "$(grep -c '"retry":true,"error":"two: no word of it' <<<"$output")" -eq 20000 ]
	# One that ends well and has swallowed a line is as good as dead.
	run -75 --separate-stderr fan --dead-after 0 one="$SINK one" two="$SINK two --mute" <<<"$(record 1 a 1)"
	[[ $output == '{"nack":1,"retry":true,"error":"two: ended with status 0'* ]]
}

# Two that take three seconds each, side by side.
@test "a sink that takes no more lines and lives on is replaced; a line that kills the sink is given up, with those behind it" {
	fan_start one="$SINK one" two="[ -e was ] && exec $SINK two; touch was; exec <&-; exec sleep 100"
	wait_for [ -e was ]
	record 1 a 1 >&6
	mkdir deadly && cd deadly
	{ records 10 10; record 11 poison 11; record 12 poison 12; } >in
	run -75 --separate-stderr fan --dead-after 1m one="$SINK one" two="$SINK two --poison poison" <in
	[ "$(jq -c 'select(.nack) | [.nack, .retry, .error]' <<<"$output" | sort | tr '\n' ' ')" = '[11,true,"two: ended with status 9"] [12,true,"two: ended with status 9"] ' ]
	[ "$(wc -l <two)" -eq 10 ]
	[ "$(wc -l <one)" -eq 12 ]
	[ "$(wc -l <two.starts)" -ge 5 ]
	cd ..
	wait_for answers 1
	fan_end
	[ "$status" -eq 0 ]
	grep 'sink died.*sink=two' err
}

@test "SIGTERM: the first is not heeded, the second ends it with 75, and its sinks; so does SIGKILL" {
	fan_start one="$SINK one" two="$SINK two"
	record 1 a 1 >&6
	wait_for answers 1
	kill -TERM "$FAN"
	record 2 b 2 >&6
	wait_for answers 2
	kill -TERM "$FAN"
	wait_exit "$FAN"
	[ "$status" -eq 75 ]
	wait_for gone "$(cat one.pid)"
	wait_for gone "$(cat two.pid)"
	exec 6>&-
	rm in
	fan_start one="$SINK one" two="$SINK two"
	record 3 a 1 >&6
	wait_for answers 1
	kill -KILL "$FAN"
	wait_for gone "$(cat one.pid)"
	wait_for gone "$(cat two.pid)"
}

@test "a reader of the acks that goes away, and a full disk" {
	run -75 bash -c "set -o pipefail; { for i in {1..200}; do echo '$(record 1 a 1)' || exit; sleep 0.02; done; } 2>err.2 | cn-fan one='$SINK one' 2>err | head -c 1 >head"
	[ -w /dev/full ] || skip_or_fail "needs /dev/full"
	run -74 --separate-stderr bash -c "cn-fan one='$SINK one' <<<'$(record 1 a 1)' >/dev/full"
	[[ $stderr == *"can't write acks to standard output: No space left on device"* ]]
	run -74 --separate-stderr bash -c "cn-fan one='$SINK one' <&-"
	[[ $stderr == *"can't read standard input"* ]]
}

@test "a sink whose options are wrong ends it at the start, with its status; later it is started again" {
	run -127 --separate-stderr fan one="$SINK one" two=cn-no-such-program </dev/null
	wait_for_line err 'cn-fan: sink two: ended with status 127 at its start'
	mkfifo hold
	exec 7<>hold
	run -64 bash -c 'timeout 20 cn-fan one="cn-kafka-sink --no-such-option" <hold 7>&- 2>>err'
	exec 7>&-
	grep 'sink one: ended with status 64 at its start' err
	run -0 --separate-stderr fan one="[ -e was ] && { rm was; exit 78; }; [ -e two.died ] && exec $SINK two; touch was; exec $SINK two --die 1" <<<"$(record 1 a 1)"
	[ "$output" = '{"ack":1}' ]
}

@test "two Kafka sinks and one for HTTP: each has its own part of to" {
	needs cn-kafka-sink cn-post kafka-local
	kafka_local_start
	{
		record 1 a 1 '"to":{"old":{"topic":"o"},"new":"n","hook":true}'
		record 2 b 2 '"to":{"new":{"topic":"n","key":"k"}}'
		record 3 c 3 '"to":{"kafka":"o"}'
	} >in
	run -75 --separate-stderr fan -v old="cn-kafka-sink --to old -v -b $BROKER" new="cn-kafka-sink --to new -v -b $BROKER" \
		hook="cn-post --to hook --deadline 100ms http://127.0.0.1:1/" <in
	[ "$(jq -r 'select(.nack).error' <<<"$output" | sort | cut -c 1-26 | tr "\n" ,)" = "hook: http://127.0.0.1:1: ,to names a sink that is no," ]
	[ "$(jq -c 'select(.ack)' <<<"$output")" = '{"ack":2,"to":"kafka:n/'$(kafka_read n '%p@%o %k\n' | sed -n 's/ k$//p')'"}' ]
	[ "$(kafka_count o).$(kafka_count n)" = 1.2 ]
}

@test "usage" {
	for words in '' 'one' '=x' 'one=' 'a/b=cat' 'ack=cat' 'one=cat one=cat' '--window 0 one=cat' '--unknown what one=cat'; do
		# shellcheck disable=SC2086 # words
		run -64 cn-fan $words </dev/null
	done
	run -64 cn-fan $(seq -f 's%.0f=cat' 33) </dev/null
	run -64 cn-fan "$(head -c 33 /dev/zero | tr '\0' x)=cat" </dev/null
	run -0 --separate-stderr cn-fan one="$ACK_ALL" <<<"$(record 1 a 1)"
	[ "$output" = '{"ack":1}' ]
}

@test "the ring: sinks that fail and die at random, and each has the last version of every record, none behind a newer one" {
	needs cn-listen cn-decode cn-emit
	cn-emit --generate 3000 --mix 40:60:0 --print --first-id 1 >records
	ring_start 'cn-listen -l 127.0.0.1:$PORT' cn-decode "cn-fan one='$SINK $T/one --by-digest --fail 0.1' two='$SINK $T/two --by-digest --fail 0.1 --delay 2'"
	start_bg cn-emit -c 64 "$URL/" <records >emitted 2>emit.err
	emit=$PID
	for _ in {1..12}; do
		sleep 0.2
		alive "$emit" || break
		victim=$((RANDOM / 64 % 2))
		kill -KILL "$(cat $([ $victim = 0 ] && echo one || echo two).pid)" 2>/dev/null || true
	done
	wait_exit "$emit" 30
	[ "$status" -eq 0 ]
	ring_stop | grep -Eq '^0 0 (0|65|75)$'
	jq -r '"\(.metadata.digest) \(.metadata.lut)"' records | sort >want
	for sink in one two; do
		cut -d ' ' -f 2,3 $sink | sort -u | diff want - >differs
		! grep -q '^<' differs
		in_order $sink
	done
	acked emitted | diff - <(seq 3000)
}
