#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The outbound ring into a real Apache Kafka. The broker is shared by the tests of this file; those that need other settings or
# break it for good start their own.
load helper

setup_file() { kafka_real_start; }

# Whatever the test before did to it.
setup() {
	KAFKA_PID=$(cat "$KAFKA_DIR/pid")
	alive "$KAFKA_PID" || kafka_real_restart
}

DIGEST=7GuNIoca3f0yU8bTUgVi0W+Xfpc=
METADATA='"namespace":"shop","set":"orders","userKey":"o-17","digest":"'$DIGEST'"'

# A ring that routes all to one topic; further words are options of the sink.
ring() {
	local topic=$1
	shift
	needs cn-listen cn-decode cn-route cn-kafka-sink
	ring_start 'cn-listen --listen 127.0.0.1:$PORT --dead-letter dead' cn-decode "cn-route --static kafka:$topic" \
		"cn-kafka-sink -b $BROKER $*"
}

# Records of a stream that is disturbed in its midst.
if [ "${CI:-}" = true ]; then MANY=4000; else MANY=2000; fi

new_topic() { echo "$1-$$-$RANDOM"; }

# Drained; the sink says 75 when it had to answer "try again".
ends() {
	run ring_stop
	[[ $output =~ $1 ]] || { echo "$output"; ring_logs; return 1; }
}
ends_well() { ends '^0 0 0 0$'; }
ends_well_or_again() { ends '^0 0 0 (0|75)$'; }

# post_both: the two worked examples of the wire format.
post_both() {
	post_wire "$URL/shop" "$WIRE_WRITE"
	[ "$code" = 200 ]
	post_wire "$URL/shop" "$WIRE_DELETE"
	[ "$code" = 200 ]
}

# Every record that cn-emit makes of this seed, as the topic should hold it with --format line.
expected_lines() { cn-emit --generate "$1" --seed "$2" --print | LC_ALL=C sort -u; }
topic_lines() { kafka_read "$1" | LC_ALL=C sort -u; }

# Stream RECORDS of SEED through the ring in the background, at a rate that leaves time to break things.
stream() {
	needs cn-emit
	start_bg cn-emit --generate "$1" --seed "$2" --rate "$3" --first-id 1 -c 32 "$URL/" >acks 2>emit.err
	EMIT=$PID
}

all_arrived() {
	wait_exit "$EMIT" 60 || { tail -n 3 emit.err; ring_logs; return 1; }
	[ "$status" -eq 0 ]
	jq -s '[.[].ack | if type == "array" then .[1] - .[0] + 1 else 1 end] | add' acks >count
	[ "$(cat count)" -eq "$1" ]
	expected_lines "$1" "$2" >expected
	topic_lines "$3" >got
	# What was answered 200 is there; a record that was posted twice may be there twice, and nothing else is.
	cmp expected got || { diff expected got | grep -m 3 '^<' | cut -c 1-300; diff expected got | grep -m 3 '^>' | cut -c 1-300; return 1; }
}

@test "the broker keeps what is produced over SIGKILL and restart" {
	topic=$(new_topic kept)
	seq 1 1000 | kcat -P -b "$BROKER" -t "$topic" -X acks=all
	kafka_real_stop KILL
	kafka_real_restart
	kafka_read "$topic" | sort -n >out
	cmp out <(seq 1 1000)
}

@test "flat-json: value, key and headers, byte by byte; the topic did not exist before" {
	topic=$(new_topic flat)
	ring "$topic" --format flat-json --headers
	post_both
	ends_well
	kafka_read "$topic" '%k %s\n' >got
	cat >expected <<-END
	$DIGEST {"metadata":{$METADATA,"msg":"write","gen":7,"exp":0},"qty":42,"sku":"A-9"}
	$DIGEST {"metadata":{"namespace":"shop","digest":"$DIGEST","msg":"delete","durable":true}}
	END
	diff expected got
	kafka_read "$topic" '%h\n' >headers
	cat >expected <<-END
	aerospike-namespace=shop,aerospike-set=orders,aerospike-user-key=o-17,aerospike-digest=$DIGEST,aerospike-msg=write,aerospike-gen=7,aerospike-exp=0,content-type=application/json
	aerospike-namespace=shop,aerospike-digest=$DIGEST,aerospike-msg=delete,aerospike-durable=true,content-type=application/json
	END
	diff expected headers
}

@test "json with the connectors' own key" {
	topic=$(new_topic json)
	ring "$topic" --format json --key official -X partitioner=consistent
	post_both
	ends_well
	kafka_read "$topic" '%k %s\n' | sort >got
	sort >expected <<-END
	["shop","orders","$DIGEST","o-17"] {"msg":"write","key":["shop","orders","$DIGEST","o-17"],"gen":7,"exp":0,"lut":null,"bins":[{"name":"qty","type":"int","value":42},{"name":"sku","type":"str","value":"A-9"}]}
	["shop",null,"$DIGEST",null] {"msg":"delete","key":["shop",null,"$DIGEST",null],"durable":true}
	END
	diff expected got
}

@test "MessagePack, and the user key as Kafka's key" {
	topic=$(new_topic msgpack)
	ring "$topic" --format msgpack --key user-key
	post_wire "$URL/shop" "$WIRE_WRITE"
	[ "$code" = 200 ]
	ends_well
	[ "$(kafka_read "$topic" %k)" = o-17 ]
	kafka_read "$topic" %s >got
	# version 1, write, [key, generation 7, expiry 0, no lut, bins]
	unhex "93 01 01 95  94 a4 73686f70 a6 6f7264657273 c4 14 ec6b8d22871addfd3253c6d3520562d16f977e97 a4 6f2d3137  07 00 c0
		92 94 a3 717479 01 00 2a  94 a3 736b75 03 00 a3 412d39" >expected
	cmp expected got
}

@test "deletes as tombstones" {
	topic=$(new_topic tombstone)
	ring "$topic" --deletes tombstone
	post_both
	ends_well
	kafka_read "$topic" '%k %S\n' >got
	[ "$(tail -n 1 got)" = "$DIGEST -1" ]
}

@test "broker killed in mid-stream and started again: everything that was answered 200 is there" {
	topic=$(new_topic killed)
	ring "$topic" --format line
	stream $MANY 7 800
	wait_for test -s acks
	kafka_real_stop KILL
	alive "$EMIT"
	kafka_real_restart
	all_arrived $MANY 7 "$topic"
	ends_well_or_again
}

@test "broker that stands still for some seconds: records wait or come again, none is lost" {
	topic=$(new_topic slow)
	ring "$topic" --format line
	stream $MANY 8 800
	wait_for test -s acks
	kill -STOP "$KAFKA_PID"
	sleep 3 # the test itself: as long as it stands still
	alive "$EMIT"
	kill -CONT "$KAFKA_PID"
	all_arrived $MANY 8 "$topic"
	ends_well_or_again
}

@test "a record above the broker's limit goes to the dead letters, its neighbours to the topic" {
	topic=$(new_topic large)
	ring "$topic" -X message.max.bytes=8000000
	head -c 2000000 /dev/zero | tr '\0' x >text
	{
		printf '{"metadata":{%s,"msg":"write","exp":0},"big":"' "$METADATA"
		cat text
		printf '"}'
	} >big.json
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	post_json "$URL/" @big.json
	[ "$code" = 200 ]
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 200 ]
	kafka_has "$topic" 2
	[ "$(kafka_count "$topic")" -eq 2 ]
	[ "$(wc -l <"$RING/dead")" -eq 1 ]
	grep -q 'too large' <(cut -c 1-400 "$RING/dead"; tail -c 400 "$RING/dead")
}

@test "a topic that does not exist where topics are not created: 503, and 200 as soon as it does" {
	kafka_real_start auto.create.topics.enable=false
	topic=$(new_topic absent)
	ring "$topic" -X topic.metadata.refresh.interval.ms=1000 -X topic.metadata.propagation.max.ms=1000
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 503 ]
	[ ! -s "$RING/dead" ]
	kafka_real_stop TERM
	sed -i s/auto.create.topics.enable=false/auto.create.topics.enable=true/ "$KAFKA_DIR/server.properties"
	kafka_real_restart
	came() { post_wire "$URL/" "$WIRE_WRITE" && [ "$code" = 200 ]; }
	wait_for -t 30 came
	kafka_has "$topic" 1
	ends '^0 0 0 75$'
}

@test "broker absent when the ring starts: 503, then 200 when it is there, without a restart" {
	kafka_real_stop TERM
	topic=$(new_topic later)
	ring "$topic" -X reconnect.backoff.max.ms=500 -X message.timeout.ms=2000
	post_wire "$URL/" "$WIRE_WRITE"
	[ "$code" = 503 ]
	kafka_real_restart
	came() { post_wire "$URL/" "$WIRE_WRITE" && [ "$code" = 200 ]; }
	wait_for -t 30 came
	ends '^0 0 0 75$'
	[ "$(grep -c "can't reach Kafka" "$RING/cn-kafka-sink.err")" -eq 1 ]
}
