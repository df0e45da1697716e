#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-kafka-sink: what it writes is read back with kcat; brokers are kafka-local.
bats_require_minimum_version 1.5.0
load helper

setup() { needs cn-kafka-sink kafka-local; }

DIGEST=7GuNIoca3f0yU8bTUgVi0W+Xfpc=
META='"namespace":"shop","set":"orders","userKey":"o-17","digest":"'$DIGEST'"'

# The reference's worked example, as record line.
EXAMPLE='{"id":17,"metadata":{'$META',"msg":"write","gen":7,"lut":1700000000123,"exp":0},"bins":{"qty":42,"sku":"A-9","tags":["a",1,{"type":"Point","coordinates":[1,2]}],"m":{"k":1.5}},"types":{"/tags":"ordered","/tags/2":"geojson","/m":"key-ordered"}}'
DELETE='{"id":18,"metadata":{"namespace":"shop","digest":"'$DIGEST'","msg":"delete","durable":true}}'

# record ID BINS [MORE-MEMBERS]
record() { echo '{"id":'"$1"',"metadata":{'"$META"',"msg":"write"},"bins":'"$2${3:+,$3}}"; }
records() { for ((i = $1; i <= $2; i++)); do record "$i" '{"n":'"$i"'}'; done; }

sink() { cn-kafka-sink -b "$BROKER" "$@" 2>err; }

# A broker whose troubles are ordered with `tell`.
kafka_control_start() {
	mkfifo commands
	run_kafka() { exec kafka-local --control "$@" <commands >kafka.out 2>kafka.err; }
	start_bg run_kafka "$@"
	KAFKA_PID=$PID
	exec 7>commands
	wait_for_line kafka.out :
	BROKER=$(head -n 1 kafka.out)
}
tell() {
	local n
	n=$(wc -l <kafka.out)
	echo "$1" >&7
	wait_for_lines kafka.out $((n + 1))
	[ "$(tail -n 1 kafka.out)" = ok ]
}

# The sink in the background, fed through descriptor 6; its acks in the file acks.
sink_start() {
	rm -f in
	mkfifo in
	run_sink() { exec cn-kafka-sink -b "$BROKER" "$@" <in >acks 2>err 6>&- 7>&-; }
	start_bg run_sink "$@"
	SINK=$PID
	exec 6>in
}
sink_end() {
	exec 6>&-
	wait_exit "$SINK" 20
}

@test "json, flat-json and MessagePack byte for byte as the reference has them" {
	kafka_local_start -t json:1 -t flat:1 -t msgpack:1 -t named:1
	printf '%s\n%s\n' "$EXAMPLE" "$DELETE" >in
	[ "$(sink -t json -f json <in)" = '{"ack":[17,18]}' ]
	sink -t flat <in
	sink -t msgpack -f msgpack <in
	sink -t named --metadata-key meta <in
	cat >want <<-EOF
		{"msg":"write","key":["shop","orders","$DIGEST","o-17"],"gen":7,"exp":0,"lut":1700000000123,"bins":[{"name":"qty","type":"int","value":42},{"name":"sku","type":"str","value":"A-9"},{"name":"tags","type":"list","value":["a",1,{"type":"Point","coordinates":[1,2]}],"ordered":true},{"name":"m","type":"map","value":{"k":1.5},"order":"key"}]}
		{"msg":"delete","key":["shop",null,"$DIGEST",null],"durable":true}
	EOF
	kafka_read json | diff want -
	cat >want <<-EOF
		{"metadata":{$META,"msg":"write","gen":7,"lut":1700000000123,"exp":0},"qty":42,"sku":"A-9","tags":["a",1,{"type":"Point","coordinates":[1,2]}],"m":{"k":1.5}}
		{"metadata":{"namespace":"shop","digest":"$DIGEST","msg":"delete","durable":true}}
	EOF
	kafka_read flat | diff want -
	sed 's/^{"metadata"/{"meta"/' want >want2
	kafka_read named | diff want2 -
	unhex '93 01 01 95 94 a4 73 68 6f 70 a6 6f 72 64 65 72 73
		c4 14 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97 a4 6f 2d 31 37
		07 00 cf 00 00 01 8b cf e5 68 7b 94 94 a3 71 74 79 01 00 2a 94 a3 73 6b 75 03 00 a3 41 2d 39
		94 a4 74 61 67 73 14 01 93 a1 61 01
		c7 24 17 7b 22 74 79 70 65 22 3a 22 50 6f 69 6e 74 22 2c 22 63 6f 6f
		72 64 69 6e 61 74 65 73 22 3a 5b 31 2c 32 5d 7d
		94 a1 6d 13 01 81 a1 6b cb 3f f8 00 00 00 00 00 00
		93 01 02 92 94 a4 73 68 6f 70 c0 c4 14 ec 6b 8d 22 87 1a dd fd 32 53 c6 d3 52 05 62 d1 6f 97 7e 97 c0 01' >want
	kafka_read msgpack %s >got
	cmp want got
}

@test "the line itself, without id and to; numbers beyond 2^53 keep every digit" {
	kafka_local_start -t t:1
	echo '{"id":1,"metadata":{'"$META"',"msg":"write"},"bins":{"n":9007199254740993,"min":-9223372036854775808},"to":{"kafka":{}},"mine":1}' >in
	sink -t t -f line <in
	sink -t t -f json <in
	sink -t t <in
	kafka_read t >got
	sed -n 1p got | grep -Fx '{"metadata":{'"$META"',"msg":"write"},"bins":{"n":9007199254740993,"min":-9223372036854775808},"mine":1}'
	[ "$(grep -c 9007199254740993 got)" -eq 3 ]
	[ "$(grep -c -- -9223372036854775808 got)" -eq 3 ]
}

@test "keys: digest, user-key, set, bin, official, none" {
	kafka_local_start -t t:1
	record 1 '{"b":"x\"y","n":42,"l":[1, 2]}' >in
	for key in digest user-key set bin=b bin=n bin=l official none; do
		sink -t t -k $key <in
	done
	printf '{"id":1,"metadata":{"namespace":"shop","digest":"%s","msg":"write"},"bins":{}}\n' $DIGEST >bare
	for key in user-key set bin=b official; do
		sink -t t -k $key <bare
	done
	sink -t t -k official -f json <in
	kafka_read t '%K %k\n' >got
	cat >want <<-EOF
		28 $DIGEST
		4 o-17
		6 orders
		3 x"y
		2 42
		6 [1, 2]
		95 {"namespace":"shop","set":"orders","userKey":"o-17","digest":"$DIGEST"}
		-1 
		28 $DIGEST
		28 $DIGEST
		28 $DIGEST
		61 {"namespace":"shop","digest":"$DIGEST"}
		54 ["shop","orders","$DIGEST","o-17"]
	EOF
	# Lengths are kcat's word for "none at all"; those of objects are not worth counting by hand.
	sed -E 's/^[0-9]+ ([{[].*"shop)/n \1/' want >want2
	sed -E 's/^[0-9]+ ([{[].*"shop)/n \1/' got | diff want2 -
}

@test "a record without digest gets the one that its key has" {
	kafka_local_start -t t:1
	echo '{"id":1,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","msg":"write"},"bins":{"n":1}}' | sink -t t
	[ "$(kafka_read t %k)" = "$DIGEST" ]
	run -65 sink -t t <<<'{"id":2,"metadata":{"namespace":"shop","msg":"write"},"bins":{"n":1}}'
	[[ $output == '{"nack":2,"retry":false,"error":"neither digest nor userKey"}' ]]
}

@test "to.kafka overrides topic, key, partition, format, deletes and headers" {
	kafka_local_start -t a:4 -t b:4
	{
		record 1 '{"n":1}' '"to":{"kafka":{"topic":"b","key":"k\u00e9","partition":3,"format":"json","headers":{"h":"v","n":null,"i":7}}}'
		record 2 '{"n":2}' '"to":{"kafka":{"topic":"b","key":null,"partition":2,"headers":true}}'
		record 3 '{"n":3}' '"to":{"kafka":"b"}'
		record 4 '{"n":4}' '"to":{"kafka":{"key":12345678901234567890}}'
		echo '{"id":5,"metadata":{'"$META"',"msg":"delete"},"to":{"kafka":{"topic":"b","partition":3,"deletes":"tombstone"}}}'
		record 6 '{"n":6}' '"to":{"http":{"url":"x"}}'
		record 7 '{"n":7}' '"to":{"kafka":null}'
	} | sink -t a >acks
	[ "$(jq -s '[.[].ack | if type == "array" then .[1] - .[0] + 1 else 1 end] | add' acks)" -eq 7 ]
	kafka_read b '%p|%k|%h|%S\n' | sort >got
	grep -Ex '3\|ké\|h=v,n=NULL,i=7\|[0-9]+' got
	grep -F "2||aerospike-namespace=shop,aerospike-set=orders,aerospike-user-key=o-17,aerospike-digest=$DIGEST,aerospike-msg=write,content-type=application/json|" got
	grep -Fx "3|$DIGEST||-1" got
	[ "$(wc -l <got)" -eq 4 ]
	[ "$(kafka_read a '%k\n')" = 12345678901234567890 ]
}

@test "headers; tombstones; the same key for write and tombstone" {
	kafka_local_start -t t:1
	printf '%s\n%s\n' "$EXAMPLE" "$DELETE" | sink -t t --headers --deletes tombstone
	kafka_read t '%k %S %h\n' >got
	[[ "$(sed -n 1p got)" == "$DIGEST "*" aerospike-namespace=shop,aerospike-set=orders,aerospike-user-key=o-17,aerospike-digest=$DIGEST,aerospike-msg=write,aerospike-gen=7,aerospike-lut=1700000000123,aerospike-exp=0,content-type=application/json" ]]
	[ "$(sed -n 2p got)" = "$DIGEST -1 aerospike-namespace=shop,aerospike-digest=$DIGEST,aerospike-msg=delete,aerospike-durable=true" ]
	run -65 sink -t t -k none --deletes tombstone <<<"$DELETE"
	[[ $output == *'"a tombstone needs a key"'* ]]
}

@test "what a record says wrongly is nacked for good, and the rest goes on" {
	kafka_local_start -t t:1
	{
		record 1 '{}' '"to":{"kafka":{"topic":5}}'
		record 2 '{}' '"to":{"kafka":{"topic":"a b"}}'
		record 3 '{}' '"to":{"kafka":{"topic":""}}'
		record 4 '{}' '"to":{"kafka":{"partition":-1}}'
		record 5 '{}' '"to":{"kafka":{"format":"xml"}}'
		record 6 '{}' '"to":{"kafka":{"headers":"x"}}'
		record 7 '{}' '"to":{"kafka":[]}'
		record 8 '{}' '"to":"kafka"'
		record 9 '{}' '"to":{"kafka":{"key":"\ud800"}}'
		record 10 '{}' '"to":{"kafka":{"deletes":"x"}}'
		record 11 '{"metadata":1}'
		echo '{"id":12}'
		echo '{"id":13,"metadata":{"namespace":"n","msg":"write"},"bins":{}'
		echo '{"id":14,"error":"a \"reason\""}'
		record 15 '{}'
	} >in
	run -65 --separate-stderr sink -t t <in
	[ "$(grep -c '"retry":false' <<<"$output")" -eq 14 ]
	grep -F '{"nack":14,"retry":false,"error":"a \"reason\""}' <<<"$output"
	grep -F '{"nack":13,"retry":false,"error":"not a record: ' <<<"$output"
	grep -Fx '{"ack":15}' <<<"$output"
}

@test "lines without id: good ones go to Kafka, bad ones are logged and show in the exit code" {
	kafka_local_start -t t:1
	record 1 '{"n":1}' | sed 's/"id":1,//' >good
	run -0 --separate-stderr sink -t t <good
	[ -z "$output" ]
	[ "$(kafka_count t)" -eq 1 ]
	run -65 sink -t t <<<'garbage'
	grep -q 'level=warn.*not a record' err
}

@test "a line that is too long, a message that is too large" {
	kafka_local_start -t t:1
	{
		record 1 '{"s":"'"$(head -c 3000 /dev/zero | tr '\0' x)"'"}'
		record 2 '{"n":1}'
	} >in
	run -65 --separate-stderr sink -t t --line-max 2000 <in
	[[ $output == *'{"nack":1,"retry":false,"error":"the line is longer than --line-max"}'* ]]
	[[ $output == *'{"ack":2}'* ]]
	run -65 --separate-stderr sink -t t -X message.max.bytes=2000 <in
	[[ $output == *'{"nack":1,"retry":false,"error":"topic t: Broker: Message size too large"}'* ]]
	[[ $output == *'{"ack":2}'* ]]
	# Larger than the whole queue is too large as well, not a wait for ever.
	run -65 --separate-stderr sink -t t -X queue.buffering.max.kbytes=2 <in
	[[ $output == *'"nack":1,"retry":false'* ]]
	[[ $output == *'{"ack":2}'* ]]
}

@test "no topic at all: nacked for retry" {
	kafka_local_start
	run -75 sink < <(record 1 '{}')
	[[ $output == *'{"nack":1,"retry":true,"error":"no topic: '* ]]
}

@test "--verbose says topic, partition and offset" {
	kafka_local_start -t t:1
	records 1 3 | sink -t t -v >acks
	cat >want <<-'EOF'
		{"ack":1,"to":"kafka:t/0@0"}
		{"ack":2,"to":"kafka:t/0@1"}
		{"ack":3,"to":"kafka:t/0@2"}
	EOF
	diff want acks
}

@test "skip lines are acked at once, also when nothing else is under way" {
	kafka_local_start
	sink_start
	echo '{"id":5,"skip":true}' >&6
	wait_for_line acks '^\{"ack":5}$' 3
	sink_end
	[ "$status" -eq 0 ]
}

@test "a thousand records over several partitions: each acked once, order kept within a partition" {
	kafka_local_start -t t:4
	for ((i = 1; i <= 1000; i++)); do record "$i" '{"n":'"$i"'}' '"to":{"kafka":{"key":"'$((i % 17))'"}}'; done | sink -t t >acks
	jq -s '[.[].ack | if type == "array" then range(.[0]; .[1] + 1) else . end] | sort == [range(1; 1001)]' acks | grep -x true
	kafka_read t '%p %k %s\n' | jq -R 'split(" ") | {p: .[0], k: .[1], n: (.[2] | fromjson.n)}' |
		jq -s '[group_by(.p)[] | map(.n) | . == sort] | all' | grep -x true
}

@test "a tiny queue is back-pressure, not an error" {
	kafka_control_start -t t:1
	tell 'rtt 20'
	records 1 300 | sink -t t -X queue.buffering.max.messages=5 >acks
	jq -s '[.[].ack | if type == "array" then .[1] - .[0] + 1 else 1 end] | add' acks | grep -x 300
	grep -Eq 'queue_full=[1-9]' err
	kafka_read t | jq -s 'map(.n) == [range(1; 301)]' | grep -x true
}

@test "a broker that comes up later: one line of log for it, nothing lost" {
	port=$(free_port)
	BROKER=127.0.0.1:$port
	sink_start -t t
	records 1 10 >&6
	wait_for_line err "can't reach Kafka"
	kafka_local_start -p "$port" -t t:1 6>&-
	wait_for_line acks '"ack":(10|\[1,10\])' 5
	[ "$(grep -c "can't reach Kafka" err)" -eq 1 ]
	grep -q 'Kafka is reached again' err
	sink_end
	[ "$status" -eq 0 ]
}

@test "a broker that goes down in the middle and comes back: recovered without restart, in order" {
	kafka_control_start -t t:1
	sink_start -t t
	records 1 5 >&6
	wait_for_line acks 5
	tell down
	wait_for_line err "can't reach Kafka"
	records 6 10 >&6
	tell up
	wait_for_line acks 10 6
	sink_end
	[ "$status" -eq 0 ]
	[ "$(grep -c "can't reach Kafka" err)" -eq 1 ]
	kafka_read t | jq -s 'map(.n) == [range(1; 11)]' | grep -x true
}

@test "a broker that stays away: nacked for retry within the timeout, exit 75" {
	BROKER=127.0.0.1:$(free_port)
	run -75 --separate-stderr sink -t t -X message.timeout.ms=1000 < <(records 1 2)
	[ "$(grep -c '"retry":true,"error":"topic t: Local: Message timed out: .*Connection refused' <<<"$output")" -eq 2 ]
}

@test "a topic that does not exist: nacked for retry, and found when it is created" {
	kafka_control_start -t t:1
	tell 'topic-error t 3'
	sink_start -t t -X topic.metadata.propagation.max.ms=200
	records 1 1 >&6
	wait_for_line acks '"nack":1,"retry":true,"error":"topic t: Broker: Unknown topic or partition"'
	tell 'topic-error t 0'
	again() { records 2 2 >&6; sleep 0.3; grep -q '"ack":2' acks; }
	wait_for again
	sink_end
	[ "$status" -eq 75 ]
}

@test "a partition that does not exist, topic authorisation: nacked for retry" {
	kafka_control_start -t t:1
	run -75 --separate-stderr sink -t t < <(record 1 '{}' '"to":{"kafka":{"partition":9}}')
	[[ $output == *'"nack":1,"retry":true,"error":"topic t: Local: Unknown partition"'* ]]
	tell 'fail produce 29'
	run -75 --separate-stderr sink -t t < <(record 1 '{}')
	[[ $output == *'"nack":1,"retry":true,"error":"topic t: Broker: Topic authorization failed"'* ]]
}

@test "too large for the broker: the batch comes again in smaller ones, alone it is nacked for good" {
	kafka_control_start -t t:1
	tell 'fail produce 10'
	sink_start -t t -X linger.ms=200
	records 1 3 >&6
	wait_for_lines acks 3
	[ "$(grep -c '"retry":true' acks)" -eq 3 ]
	records 4 4 >&6
	wait_for_line acks '"ack":4'
	tell 'fail produce 10'
	records 5 5 >&6
	wait_for_line acks '"nack":5,"retry":false,"error":"topic t: Broker: Message size too large"'
	sink_end
	[ "$status" -eq 75 ]
	grep -q 'batch.size lowered' err
}

@test "an invalid record condemns only itself" {
	kafka_control_start -t t:1
	tell 'fail produce 87'
	sink_start -t t -X linger.ms=200
	records 1 3 >&6
	wait_for_lines acks 3
	[ "$(grep -c '"retry":true' acks)" -eq 3 ]
	tell 'fail produce 87'
	records 1 3 >&6
	wait_for_line acks '"nack":1,"retry":false'
	wait_for_line acks '"ack":(\[2,)?3'
	sink_end
	[ "$status" -eq 75 ]
}

@test "a fatal producer error: a new producer, what was in flight is nacked for retry" {
	kafka_control_start -t t:1
	tell 'fail init-producer 31'
	sink_start -t t
	records 1 1 >&6
	# Whether the producer fails before or after it has taken the record is a race.
	wait_for_line acks '"nack":1,"retry":true,"error":".*Cluster authorization failed|"ack":1'
	wait_for_line err 'fatal producer error.*Cluster authorization failed'
	records 2 2 >&6
	wait_for_line acks '"ack":2'
	tell 'fail produce 45'
	records 3 3 >&6
	wait_for_line acks '"nack":3,"retry":true'
	records 4 4 >&6
	wait_for_line acks '"ack":4'
	sink_end
	[ "$status" -eq 75 ]
	[ "$(grep -c 'fatal producer error' err)" -eq 2 ]
}

@test "SIGTERM: goes on until the end of input; a second one: 75; SIGUSR1: counters" {
	kafka_local_start -t t:1
	sink_start -t t
	records 1 1 >&6
	wait_for_line acks '"ack":1'
	kill -TERM "$SINK"
	records 2 2 >&6
	wait_for_line acks '"ack":2'
	kill -USR1 "$SINK"
	wait_for_line err 'msg=counters lines=2 acked=2 '
	sink_end
	[ "$status" -eq 0 ]
	sink_start -t t
	records 1 1 >&6
	wait_for_line acks '"ack":1'
	# Two that come at once are one for the system.
	again() { kill -TERM "$SINK"; gone "$SINK"; }
	wait_for again
	wait_exit "$SINK"
	[ "$status" -eq 75 ]
	exec 6>&-
}

@test "at the end of input everything is flushed" {
	kafka_control_start -t t:1
	tell 'rtt 300'
	[ "$(records 1 50 | sink -t t -X linger.ms=500)" = '{"ack":[1,50]}' ]
	[ "$(kafka_count t)" -eq 50 ]
}

@test "first ack in 100 ms, topic told or not" {
	kafka_local_start -t t:1
	for topic in t new; do
		record 1 '{}' '"to":{"kafka":"'$topic'"}' >in
		# The best of five: other tests run beside this one.
		for _ in 1 2 3 4 5; do
			start=${EPOCHREALTIME/[.,]/}
			sink -v <in >acks
			echo $((${EPOCHREALTIME/[.,]/} - start))
		done | sort -n | head -n 1 >best
		[ "$(cat best)" -lt 100000 ]
	done
}

@test "properties: file, environment, -X; in this order of weight" {
	kafka_local_start -t t:1 -t env:1
	printf '# a comment\n\nbootstrap.servers = 127.0.0.1:1\nclient.id=from-file\n' >props
	record 1 '{}' >in
	CN_KAFKA_FILE=props CN_KAFKA_BROKERS=$BROKER CN_KAFKA_TOPIC=env run -0 --separate-stderr cn-kafka-sink <in
	[ "$output" = '{"ack":1}' ]
	[ "$(kafka_count env)" -eq 1 ]
	CN_KAFKA_BROKERS=127.0.0.1:1 run -0 --separate-stderr cn-kafka-sink -t t -X bootstrap.servers="$BROKER" <in
	[ "$output" = '{"ack":1}' ]
	run -0 --separate-stderr cn-kafka-sink -X list
	[[ $output == *queue.buffering.max.messages* ]]
}

@test "bad usage and configuration" {
	run -64 cn-kafka-sink </dev/null
	[[ $output == *"no brokers"* ]]
	run -64 cn-kafka-sink -b x -k bin= </dev/null
	run -64 cn-kafka-sink -b x -k nonsense </dev/null
	run -64 cn-kafka-sink -b x -f wire </dev/null
	run -64 cn-kafka-sink -b x -X novalue </dev/null
	run -64 cn-kafka-sink -b x operand </dev/null
	run -78 cn-kafka-sink -b x -X no.such=1 </dev/null
	[[ $output == *'-X no.such: No such configuration property'* ]]
	run -78 cn-kafka-sink -b x -X transactional.id=1 </dev/null
	run -78 cn-kafka-sink -b x -X acks=1 </dev/null
	run -78 cn-kafka-sink -b x -F nowhere </dev/null
	printf 'a=1\n' >props
	run -78 cn-kafka-sink -b x -F props </dev/null
	[[ $output == *'props:1: '* ]]
}

@test "a full standard output is an error, a reader that went away a reason to try again" {
	kafka_local_start -t t:1
	run -74 bash -c 'exec cn-kafka-sink -b $BROKER -t t >/dev/full' < <(records 1 3)
	run -75 bash -c 'set -o pipefail; cn-kafka-sink -b $BROKER -t t 2>/dev/null | true' < <(sleep 0.3; records 1 3)
}

@test "secrets are not logged" {
	kafka_local_start -t t:1
	record 1 '{"s":"payload-secret"}' >in
	run -0 cn-kafka-sink -b "$BROKER" -t t -X sasl.password=hunter2 --log-level debug <in
	[[ $output != *hunter2* ]]
	[[ $output != *payload-secret* ]]
	[[ $output == *"others on this machine can see it"* ]]
}
