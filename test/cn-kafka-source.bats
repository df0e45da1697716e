#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-kafka-source against a real Apache Kafka, which the tests of this file share; the other side is kcat.
bats_require_minimum_version 1.5.0
load helper

# Members that die without a word are to be missed soon.
setup_file() { kafka_real_start group.min.session.timeout.ms=500; }

setup() {
	needs cn-kafka-source
	KAFKA_PID=$(cat "$KAFKA_DIR/pid")
	alive "$KAFKA_PID" || kafka_real_restart group.min.session.timeout.ms=500
	TOPIC=t-$$-$RANDOM
	GROUP=g-$$-$RANDOM
}

# The end of the acks ends a source that the test left running.
teardown() {
	exec 8>&-
	stop_all
}

# produce [KCAT-OPTIONS] [FILE]: into partition 0; lines KEY:VALUE from stdin, or a file as one value.
produce() { kcat -P -b "$BROKER" -t "$TOPIC" -p 0 -X topic.metadata.refresh.interval.ms=20 "$@" 3>&- 4>&-; }
numbers() { seq "$1" "$2" | awk '{ print $1 ":{\"n\":" $1 "}" }' | produce -K :; }

# All there is, without acks.
batch() { cn-kafka-source -b "$BROKER" -t "$TOPIC" -g "$GROUP" -e --first-id 1 "$@" </dev/null 2>err; }

# What the group has committed of partition 0, 0 for nothing; the end of that partition.
committed() { "$ROOT/test/kafka/committed" "$BROKER" "$GROUP" | awk -v t="$TOPIC" '$1 == t && $2 == 0 { n = $3 } END { print n + 0 }'; }
goes_on_at() { [ "$(committed)" -eq "$1" ]; }
all_committed() { goes_on_at "$(kcat -Q -b "$BROKER" -t "$TOPIC:0:-1" 3>&- 4>&- | sed 's/.* offset //')"; }

# In the background; lines go to the file out, acks come from descriptor 8.
source_start() {
	rm -f acks
	mkfifo acks
	run_source() { exec cn-kafka-source -b "$BROKER" -t "$TOPIC" -g "$GROUP" --commit-interval 50ms --first-id 1 "$@" <acks >out 2>err 8>&-; }
	start_bg run_source "$@"
	SOURCE=$PID
	exec 8>acks
}
tell() { printf '%s\n' "$@" >&8; }
source_ends() {
	wait_exit "$SOURCE" 20 || { cat err >&2; return 1; }
	[ "$status" -eq "$1" ] || { echo "exit $status"; cat err; return 1; }
}
has_lines() { wait_for_lines out "$1"; [ "$(wc -l <out)" -eq "$1" ]; }
offsets() { jq -c .kafka.offset "${1:-out}" | tr '\n' ' '; }

@test "values and keys as they come: JSON, text, null and empty, headers, large and broken ones" {
	printf '{"n":9223372036854775808,\n "d":1.0}\r\n' >json
	printf '{"n":' >cut
	printf '"\xff"' >invalid
	{ printf '"'; head -c 900000 /dev/zero | tr '\0' x; printf '"'; } >large
	produce -k c9 -H h=v -H n -H 'h=w' json
	printf '41:\n' | produce -K : -Z
	printf '"k":\n:{}\n' | produce -K :
	produce cut
	produce invalid
	produce large
	batch >out
	jq -c 'del(.kafka.timestamp, .kafka.topic)' out | cut -c 1-120 >got
	cat >want <<-'EOF'
		{"id":1,"kafka":{"partition":0,"offset":0,"headers":{"h":["v","w"],"n":null}},"key":"c9","value":{"n":9223372036854776000,"d":1.0}}
		{"id":2,"kafka":{"partition":0,"offset":1},"key":"41","value":null}
		{"id":3,"kafka":{"partition":0,"offset":2},"key":"k","value64":""}
		{"id":4,"kafka":{"partition":0,"offset":3},"key":"","value":{}}
		{"id":5,"kafka":{"partition":0,"offset":4},"key":null,"value64":"eyJuIjo="}
		{"id":6,"kafka":{"partition":0,"offset":5},"key":null,"value64":"Iv8i"}
	EOF
	cut -c 1-120 want | diff - <(head -n 6 got)
	grep -F '"value":{"n":9223372036854775808,  "d":1.0}' out
	[ "$(tail -n 1 out | jq '.value | length')" -eq 900000 ]
	[ "$(jq -s 'map(.kafka.timestamp > 1700000000000) | all' out)" = true ]
	[ "$(grep -c 'no acks' err)" -eq 1 ]
	all_committed
}

@test "formats that are asked for; what is something else is an error line" {
	printf '\0\0\0\0\x07{"a":1}' >framed.json
	printf '\0\0\0\0\x2a\x2a\x04ab' >framed.avro
	echo -n '{"schema":{"type":"struct","fields":[{"field":"b","type":"bytes"},{"field":"d","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}},{"field":"m","type":"map","keys":{"type":"int32"},"values":{"type":"string"}}]},"payload":{"b":"AAEC","d":"AfQ=","m":[[1,"a"]]}}' >envelope
	mkdir schemas
	echo '{"type":"record","name":"r","fields":[{"name":"id","type":"long"},{"name":"nm","type":"string"}]}' >schemas/42.avsc
	for file in framed.json framed.avro envelope; do produce $file; done
	batch >out
	cat >want <<-'EOF'
		{"valueSchema":7} {"a":1} null
		null null value: framed with schema id 42, for which there is no schema
		null {"b":"AAEC","d":"5.00","m":[[1,"a"]]} null
	EOF
	jq -r '(.kafka | {valueSchema} | if .valueSchema then tojson else "null" end) + " " + (.value | tojson) + " " + (.error // "null")' out | diff want -
	[ "$(tail -n 1 out | jq -c .types)" = '{"/value/b":"blob","/value/m":"map"}' ]
	grep 'undecodable=1' err
	batch --from beginning --schemas schemas --decimal number >out
	[ "$(sed -n 2p out | jq -c '[.kafka.valueSchema, .value]')" = '[42,{"id":21,"nm":"ab"}]' ]
	grep -F '"d":5.00' out
	batch --from beginning -f wire --schemas schemas >out
	[ "$(jq -r .error out | tail -n 1)" = 'value: not framed with a schema id' ]
	batch --from beginning --line-max 150 >out
	[ "$(tail -n 1 out | jq -r .error)" = 'value: too large for a line of 150 bytes' ]
	tail -c +6 framed.avro >bare.avro
	produce bare.avro
	batch --from beginning -f avro --schemas schemas/42.avsc >out
	[ "$(tail -n 1 out | jq -c .value)" = '{"id":21,"nm":"ab"}' ]
	batch --from beginning -f bytes >out
	[ "$(head -n 1 out | jq -r .value64 | base64 -d | tail -c 7)" = '{"a":1}' ]
}

@test "only what is acknowledged without a gap is committed, and a killed source begins there" {
	numbers 0 9
	source_start -X session.timeout.ms=1500
	has_lines 10
	tell '{"ack":[2,4]}' '{"ack":6}'
	sleep 0.3
	goes_on_at 0
	tell '{"ack":1}'
	wait_for goes_on_at 4
	tell '{"ack":[7,10]}' '{"ack":7}' '{"ack":999}' 'no ack'
	sleep 0.3
	goes_on_at 4
	kill -KILL "$SOURCE"
	exec 8>&-
	wait_exit "$SOURCE"
	[ "$(batch -X session.timeout.ms=1500 | offsets -)" = '4 5 6 7 8 9 ' ]
	all_committed
}

@test "SIGTERM: what is in flight is waited for and committed; the acks may end then" {
	numbers 0 4
	source_start
	has_lines 5
	tell '{"ack":[1,2]}'
	kill -TERM "$SOURCE"
	wait_for_line err draining
	numbers 5 6
	alive "$SOURCE"
	tell '{"ack":[3,5]}'
	wait_for goes_on_at 5
	exec 8>&-
	source_ends 0
	[ "$(wc -l <out)" -eq 5 ]
	grep -q 'counters .*acked=5 ' err
}

@test "the acks end, or nobody reads the lines: the prefix is committed, exit 75" {
	numbers 0 4
	source_start
	has_lines 5
	tell '{"ack":[1,3]}' '{"ack":5}'
	exec 8>&-
	source_ends 75
	grep 'a stage has died' err
	goes_on_at 3
	mkfifo pipe acks2
	sleep 60 >acks2 &
	run_source() { exec cn-kafka-source -b "$BROKER" -t "$TOPIC" -g "$GROUP" <acks2 >pipe 2>err; }
	start_bg run_source
	head -n 1 pipe >/dev/null
	SOURCE=$PID
	source_ends 75
	grep 'nobody reads' err
	kill %%
}

@test "a retry nack: the record goes out again with those of its key behind it, in order, before anything new" {
	printf '%s\n' 'a:1' 'b:2' 'a:3' 'b:4' | produce -K :
	source_start
	has_lines 4
	tell '{"ack":[2,4]}' '{"nack":1,"retry":true,"error":"busy"}'
	wait_for_line err 'trying again.*busy'
	printf '%s\n' 'b:5' 'a:6' | produce -K :
	has_lines 6
	[ "$(offsets)" = '0 1 2 3 0 2 ' ]
	[ "$(jq .id out | tr '\n' ' ')" = '1 2 3 4 5 6 ' ]
	tell '{"ack":6}' '{"nack":5,"error":"still"}'
	has_lines 8
	sleep 0.2
	goes_on_at 0
	tell '{"ack":[7,8]}'
	has_lines 10
	[ "$(offsets)" = '0 1 2 3 0 2 0 2 4 5 ' ]
	tell '{"ack":[9,10]}'
	wait_for all_committed
	kill -USR1 "$SOURCE"
	wait_for_line err 'counters .*retried=2 .*acked=6 .*held=0'
}

@test "records without a key keep the order of their partition; --retry-timeout gives up before the record" {
	printf '%s\n' 1 2 3 | produce
	source_start --retry-timeout 1s
	has_lines 3
	tell '{"ack":1}' '{"ack":3}' '{"nack":2,"retry":true}'
	has_lines 5
	[ "$(offsets)" = '0 1 2 1 2 ' ]
	tell '{"ack":5}' '{"nack":4,"retry":true}'
	wait_for_line err retry-timeout
	exec 8>&-
	source_ends 75
	goes_on_at 1
}

@test "a permanent nack: into the dead-letter file, and done" {
	numbers 0 2
	printf '\0\0\0\0\x05x' >odd
	produce -k k -H h=v odd
	source_start --dead-letter dead
	has_lines 4
	tell '{"ack":1}' '{"nack":2,"retry":false,"error":"no \"key\""}' '{"ack":3}' '{"nack":4,"retry":false,"error":"odd"}'
	wait_for all_committed
	[ "$(jq -c '[.key, .value, .reason]' dead | head -n 1)" = '["1",{"n":1},"no \"key\""]' ]
	[ "$(tail -n 1 dead | jq -c '[.kafka.headers, .key64, .value64, .reason]')" = '[{"h":"v"},"aw==","AAAAAAV4","odd"]' ]
	mv dead moved
	kill -HUP "$SOURCE"
	wait_for test -e dead
	kill -TERM "$SOURCE"
	wait_for_line err draining
	exec 8>&-
	source_ends 0
}

@test "a dead-letter file on a full disk: the record waits and is not committed; a second SIGTERM ends it" {
	numbers 0 1
	source_start --dead-letter /dev/full
	has_lines 2
	tell '{"ack":1}' '{"nack":2,"retry":false,"error":"no"}'
	wait_for_line err "can't write the dead-letter file.*No space left"
	wait_for goes_on_at 1
	kill -TERM "$SOURCE"
	wait_for_line err draining
	kill -TERM "$SOURCE"
	source_ends 75
	goes_on_at 1
}

@test "a permanent nack without a dead letter: stop before it, or skip it" {
	numbers 0 3
	source_start
	has_lines 4
	tell '{"ack":[3,4]}' '{"nack":2,"retry":false,"error":"too big"}'
	wait_for_line err 'can never succeed.*offset=1 reason="too big"'
	tell '{"ack":1}'
	wait_for goes_on_at 1
	exec 8>&-
	source_ends 65
	source_start --on-error skip
	has_lines 3
	tell '{"nack":1,"retry":false,"error":"too big"}' '{"ack":[2,3]}'
	wait_for all_committed
	wait_for_line err 'skipped.*offset=1'
}

@test "waiting takes no processor time: for records, for a pause to be over, for the other stages to end" {
	ticks() { awk '{ print $14 + $15 }' "/proc/$SOURCE/stat"; }
	numbers 0 1
	source_start
	has_lines 2
	before=$(ticks)
	tell '{"nack":1,"retry":true}' '{"ack":2}'
	has_lines 3
	tell '{"nack":3,"retry":true}'
	retried_twice() { kill -USR1 "$SOURCE" && grep -q 'counters .*retried=2 ' err; }
	wait_for retried_twice
	kill -TERM "$SOURCE"
	wait_for_line err draining
	sleep 1		# the pause is 0.6 s at most
	[ $(($(ticks) - before)) -lt 20 ]
	exec 8>&-
	source_ends 0
}

@test "a topic that is made anew: not a record of it is taken for an old one" {
	numbers 0 9
	source_start
	has_lines 10
	tell '{"ack":[1,10]}'
	wait_for goes_on_at 10
	"$ROOT/test/kafka/delete-topic" "$BROKER" "$TOPIC"
	wait_for produce -K : <<<'k:{"new":true}'
	wait_for_line err 'went back.*offset=0 expected=10'
	grep 'level=warn .*Offset out of range' err
	exec 8>&-
	source_ends 75
	[ "$(batch | jq -c .value)" = '{"new":true}' ]
}

@test "dead letters in a topic: the record as it was, and the headers of Kafka Connect" {
	echo 'k:{"n":1}' | produce -K : -H h=v -H n
	printf 'gone:\n' | produce -K : -Z
	head -c 999900 /dev/zero | tr '\0' x >large	# with its headers it is more than librdkafka lets a producer send unless told
	produce large
	source_start -d kafka:dead-$TOPIC
	has_lines 3
	tell '{"nack":1,"retry":false,"error":"no \"such\" bin"}' '{"nack":2,"retry":false}' '{"nack":3,"retry":false}'
	wait_for all_committed
	kafka_read "dead-$TOPIC" '%k|%s|%S|%h|%T\n' | cut -c 1-1000 | sort -r >got
	[ "$(wc -l <got)" -eq 3 ]
	at=$(jq .kafka.timestamp out | head -n 1)
	grep -Fx "k|{\"n\":1}|7|h=v,n=NULL,__connect.errors.topic=$TOPIC,__connect.errors.partition=0,__connect.errors.offset=0,__connect.errors.connector.name=$GROUP,__connect.errors.task.id=0,__connect.errors.stage=TASK_PUT,__connect.errors.class.name=cn-kafka-source,__connect.errors.exception.class.name=nack,__connect.errors.exception.message=no \"such\" bin|$at" got
	grep 'gone||-1|.*offset=1,.*exception.message=the sink gave none|' got
}

@test "a full window: no more lines until acks come, and the source still answers" {
	numbers 0 19
	source_start --window 5 -X session.timeout.ms=1000 -X max.poll.interval.ms=1000
	has_lines 5
	tell '{"ack":[2,5]}'
	sleep 1.2	# the group does not take it for dead meanwhile
	[ "$(wc -l <out)" -eq 5 ]	# done behind one that is not: it still counts
	tell '{"ack":1}'
	has_lines 10
	kill -USR1 "$SOURCE"
	wait_for_line err 'counters read=10 .*in_flight=5'
	tell '{"ack":[6,10]}'
	has_lines 15
	tell '{"ack":[11,15]}'
	has_lines 20
	tell '{"ack":[16,20]}'
	wait_for all_committed
	run -1 grep -E 'level=(warn|error)' err
}

@test "--exit-at-end with acks: everything is done, also what fails at first; empty topics do not hang" {
	numbers 0 2
	source_start -e
	has_lines 3
	tell '{"ack":[1,2]}' '{"nack":3,"retry":true}'
	has_lines 4
	alive "$SOURCE"
	tell '{"ack":4}'
	wait_for all_committed
	exec 8>&-
	source_ends 0
	SECONDS=0
	batch >out
	[ ! -s out ]
	[ "$SECONDS" -lt 8 ]
}

@test "--from: the beginning, the end, a time" {
	numbers 0 2
	batch >out
	[ "$(batch --from beginning | offsets -)" = '0 1 2 ' ]
	[ -z "$(batch --from end)" ]
	at=$(($(jq .kafka.timestamp out | tail -n 1) + 1))
	wait_for eval '[ $(date +%s%3N) -gt $((at + 5)) ]'
	numbers 3 4
	[ "$(batch --from $at | offsets -)" = '3 4 ' ]
	[ "$(batch --from "$(date -u -d "@$((at / 1000)).$(printf %03d $((at % 1000)))" +%Y-%m-%dT%H:%M:%S.%3NZ)" | offsets -)" = '3 4 ' ]
	[ "$(batch --from -1h | offsets -)" = '0 1 2 3 4 ' ]
	run -64 batch --from yesterday
}

@test "what can't be: usage, an unknown topic, no broker, a dead-letter file nowhere" {
	run -64 cn-kafka-source -b "$BROKER" -g g
	[[ $output == *"no topic"* ]]
	run -64 cn-kafka-source -b "$BROKER" -t t
	[[ $output == *"no group"* ]]
	run -64 cn-kafka-source -t t -g g
	[[ $output == *"no brokers"* ]]
	run -78 cn-kafka-source -b "$BROKER" -t t -g g -X enable.auto.commit=true
	[[ $output == *"enable.auto.commit can't be set here"* ]]
	run -73 cn-kafka-source -b "$BROKER" -t t -g g -d no/where </dev/null
	run -78 cn-kafka-source -b "$BROKER" -t t -g g --schemas nowhere </dev/null
	run -69 cn-kafka-source -b "$BROKER" -t never-made -g "$GROUP" -e </dev/null
	[[ $output == *never-made*"Unknown topic"* ]]
	numbers 0 3
	run -74 eval 'batch >/dev/full'
	[ "$(committed)" -eq 0 ]
	run -69 cn-kafka-source -b "127.0.0.1:$(free_port)" -t t -g g -e --start-timeout 1s </dev/null
	[[ $output == *"can't reach Kafka"*refused* ]]
}

@test "several topics, a regular expression, metrics" {
	echo a | produce
	first=$TOPIC
	TOPIC=$first-more
	echo b | produce
	port=$(free_port)
	run_source() { exec cn-kafka-source -b "$BROKER" -t "^$first.*" -g "$GROUP" --manage-port "$port" </dev/null >out 2>err; }
	start_bg run_source
	has_lines 2
	[ "$(jq -r .kafka.topic out | sort | tr '\n' ' ')" = "$first $first-more " ]
	get "http://127.0.0.1:$port/metrics"
	[[ $body == *kafka_connect_sink_task_metrics_sink_record_read_total\ 2* ]]
	[[ $body == *kafka_connect_sink_task_metrics_partition_count\ 8* ]]
	get "http://127.0.0.1:$port/ready"
	[ "$code" = 200 ]
	kill -TERM "$PID"
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	[ "$(cn-kafka-source -b "$BROKER" -t "$first,$TOPIC" -g "$GROUP" -e --from beginning </dev/null 2>err | wc -l)" -eq 2 ]
}

# A sink that acks each line, but those of partition 1 from offset 100 on only when it may; it logs what it acks.
cat_acks() {
	python3 -c '
import re, sys
withhold = sys.argv[2]
with open(sys.argv[1], "a") as log:
    for line in sys.stdin:
        id, partition, offset = (re.search(r"\"%s\":(\d+)" % k, line)[1] for k in ("id", "partition", "offset"))
        if withhold and partition == "1" and int(offset) >= 100:
            continue
        print(partition, offset, file=log, flush=True)
        print("{\"ack\":%s}" % id, flush=True)' "$@"
}

member() {
	mkfifo "acks.$1"
	run_member() { cn-kafka-source -b "$BROKER" -t "$TOPIC" -g "$GROUP" --commit-interval 50ms --revoke-wait 500ms -X session.timeout.ms=1500 \
		-X heartbeat.interval.ms=200 <"acks.$1" 2>"err.$1" | cat_acks "log.$1" "$2" >"acks.$1"; }
	start_bg run_member "$@"
}

# Nothing is committed that is not in the logs of acks.
nothing_ahead() {
	"$ROOT/test/kafka/committed" "$BROKER" "$GROUP" >committed
	cat log.* | sort -u | awk 'NR == FNR { end[$2] = $3; want += $3; next } $2 < end[$1] { n++ } END { exit n != want }' committed -
}

@test "a second member joins while records flow: nothing is lost, nothing is committed that was not acknowledged" {
	seq 0 3999 | awk '{ print $1 % 53 ":" $1 }' >records
	for p in 0 1 2 3; do produce -p $p -K : -l records; done
	member a withhold
	wait_for_line log.a '^[023] 39[0-9][0-9]$'
	wait_for_line log.a '^1 99$'
	nothing_ahead
	member b ''
	wait_for_line err.b 'partitions assigned" new=[1-4]' 20
	nothing_ahead
	run grep -h "partitions lost" err.a err.b
	[ -z "$output" ]
	first=$(pgrep -f "cn-kafka-source .* -g $GROUP " | head -n 1)
	for p in 0 1 2 3; do seq -f 'late:%g' 500 | produce -p $p -K :; done
	kill -KILL "$first"	# one of the two members dies without a word; the other one takes over
	nothing_ahead
	member c ''
	everything() { cat log.a log.b log.c 2>/dev/null | sort -u >all; [ "$(wc -l <all)" -eq 18000 ]; }
	wait_for -t 30 everything || { wc -l log.*; tail -n 3 err.*; return 1; }
	nothing_ahead
}

@test "partitions that were lost meanwhile: acks that come too late commit nothing, their records come again" {
	numbers 0 4
	source_start -X session.timeout.ms=1000 -X heartbeat.interval.ms=200 --revoke-wait 100ms
	has_lines 5
	tell '{"ack":1}'
	wait_for goes_on_at 1
	kill -STOP "$SOURCE"
	sleep 1.5	# longer than its session
	kill -CONT "$SOURCE"
	wait_for_line err 'partitions lost'
	has_lines 9
	tell '{"ack":[2,5]}'
	late() { kill -USR1 "$SOURCE" && grep -q 'counters .*acked=1 .*late=4' err; }
	wait_for late
	goes_on_at 1
	tell '{"ack":[6,9]}'
	wait_for all_committed
	[ "$(offsets)" = '0 1 2 3 4 1 2 3 4 ' ]
}

# A database in one process: writes what comes into the file written, key by key; some of its writes fail for now, acks come late and
# in any order, and each of its lives ends after 600 lines.
database() {
	python3 -c '
import json, os, random, select, sys
random.seed(int(sys.argv[1]))
os.set_blocking(0, False)
late, data, lines = [], b"", 0
with open("written", "a") as written:
    while True:
        ready = select.select([0], [], [], 0.01)[0]
        more = os.read(0, 65536) if ready else None
        if more == b"" and not late:
            break
        data += more or b""
        *whole, data = data.split(b"\n")
        for line in whole:
            lines += 1
            if lines > 600:
                os._exit(9)
            record = json.loads(line)
            if random.random() < 0.02:
                late.append(json.dumps({"nack": record["id"], "retry": True, "error": "timeout"}))
                continue
            print(record["key"], record["value"], file=written, flush=True)
            late.append(json.dumps({"ack": record["id"]}))
        random.shuffle(late)
        keep = 0 if more == b"" or not ready else len(late) // 2
        os.write(1, "".join(a + "\n" for a in late[keep:]).encode())
        late = late[:keep]' "$1"
}

@test "a sink that fails, answers late and dies: the last value written of each key is the last one of the topic" {
	for p in 0 1; do
		awk -v p=$p 'BEGIN { srand(p + 5); for (i = 0; i < 700; i++) print p "-" int(rand() * 40) ":" i }' >records.$p
		produce -p $p -K : -l records.$p
	done
	mkfifo ring
	for life in 1 2 3 4 5 6 7 8 9 10 11 12; do
		run_ring() { set +e; cn-kafka-source -b "$BROKER" -t "$TOPIC" -g "$GROUP" -e --window 300 --commit-interval 50ms -X session.timeout.ms=1500 \
			<ring 2>"err.$life" | database $life >ring; echo "${PIPESTATUS[*]}" >codes; }
		start_bg run_ring
		wait_exit "$PID" 30 || { tail -n 5 "err.$life"; wc -l written; return 1; }
		cat codes
		[ "$(cat codes)" != '0 0' ] || break
		[ "$(cat codes)" = '75 9' ]
	done
	[ "$(cat codes)" = '0 0' ]
	[ $life -gt 2 ]
	cat records.* | awk -F : '{ last[$1] = $2 } END { for (k in last) print k, last[k] }' | sort >want
	awk '{ last[$1] = $2 } END { for (k in last) print k, last[k] }' written | sort >got
	diff want got
	grep -h counters err.* | grep -q 'retried=[1-9]'
}

@test "the broker is killed and started again while records flow; a source is killed: every record is acknowledged" {
	numbers 0 1999
	member a ''
	wait_for_line log.a ' 1999$'
	kafka_real_stop KILL
	kafka_real_restart
	numbers 2000 2999
	wait_for_line log.a ' 2999$' 30
	kill -KILL "$(pgrep -f "cn-kafka-source .* -g $GROUP " | head -n 1)"
	numbers 3000 3499
	rm -f acks.a
	member a ''
	wait_for_line log.a ' 3499$' 30
	[ "$(sort -u log.a | wc -l)" -eq 3500 ]
	wait_for all_committed
}
