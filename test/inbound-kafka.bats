#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# pipelines/inbound-kafka: the supervised ring from Kafka into Aerospike.
load helper
load as-put/common

setup() {
	needs cn-kafka-source cn-map as-put as-local kafka-local
	kafka_local_start -t people:1
	local_start
}

# up [VARIABLE=VALUE...]: its pid is in $ring_keeper
up() {
	start_bg env TMPDIR="$T" BROKERS="$BROKER" TOPICS=people GROUP=g HOSTS="$AEROSPIKE" PAUSES=0.1 \
		MAP_FLAGS='--namespace test --set people --key-field uid' SOURCE_FLAGS='-X session.timeout.ms=3500 -X heartbeat.interval.ms=500' "$@" \
		"$ROOT/pipelines/inbound-kafka" </dev/null >out 2>log.ring
	ring_keeper=$PID
}
down() {
	kill -TERM "$ring_keeper"
	wait_exit "$ring_keeper" 20
	[ "$status" -eq 0 ]
}
produce() { kcat -b "$BROKER" -t people -P -X broker.address.family=v4; }
is() { [ "$(ask get test people "$1" 2>/dev/null)" = "$2" ]; }

@test "a message becomes a record; a stage that is killed is replaced; SIGTERM drains; what is done does not come again" {
	echo '{"uid":"u1","v":1}' | produce
	up
	wait_for -t 20 is u1 "1 1"
	ring=$(pgrep -P "$ring_keeper")
	kill -KILL "$(cat ring.*/as-put.pid)"
	wait_for_line log.ring 'starts again.*137 as-put'
	echo '{"uid":"u2","v":2}' | produce
	wait_for -t 20 is u2 "1 2"
	ring=$(pgrep -P "$ring_keeper")
	down
	! pgrep -g "$ring"
	[ -z "$(ls -d ring.* 2>/dev/null)" ]
	echo '{"uid":"u3","v":3}' | produce
	up
	wait_for -t 20 is u3 "1 3"
	is u1 "1 1"	# its generation is still the first
	down
}

@test "a cluster that is away makes a pause, and nothing is lost or dead" {
	echo '{"uid":"u1","v":1}' | produce
	up DEAD_LETTER="$T/dead.ndjson"
	wait_for -t 20 is u1 "1 1"
	stop "$LOCAL"
	echo '{"uid":"u2","v":2}' | produce
	wait_for_line log.ring 'Connection refused'
	sleep 1		# there is nothing to see of a pause but that nothing happens
	[ ! -s dead.ndjson ]
	local_start
	wait_for -t 20 is u2 "1 2"
	down
}

@test "the example settings work: dead letters, readiness, tombstones left alone" {
	MANAGE=$(free_port)
	sed "s/^BROKERS=.*/BROKERS=$BROKER/; s/^HOSTS=.*/HOSTS=$AEROSPIKE/; s/127.0.0.1:8082/127.0.0.1:$MANAGE/; s,/var/lib/cn,$T," \
		"$ROOT/pipelines/inbound-kafka.conf" >conf
	start_bg env TMPDIR="$T" PAUSES=0.1 "$ROOT/pipelines/inbound-kafka" "$T/conf" </dev/null >out 2>log.ring
	ring_keeper=$PID
	printf '%s\n' '{"uid":"u1","v":1}' 'no JSON' '{"v":2}' '{"uid":"u4","v":4}' | produce
	echo k: | kcat -b "$BROKER" -t people -P -K : -Z -X broker.address.family=v4
	wait_for -t 20 is u4 "1 4"
	is u1 "1 1"
	wait_for_lines dead-inbound.ndjson 2
	get "http://127.0.0.1:$MANAGE/ready"
	[ "$code" -eq 200 ]
	down
	[ "$(wc -l <dead-inbound.ndjson)" -eq 2 ]
	# A flag that is wrong ends it, without a second try.
	echo 'PUT_FLAGS=--nonsense' >>conf
	run -78 timeout 20 "$ROOT/pipelines/inbound-kafka" "$T/conf" </dev/null
	[[ $output == *nonsense* ]]
}

@test "the mapping of a connector's file" {
	cat >people.properties <<-END
	topics=people
	cluster.hosts=$AEROSPIKE
	topic.namespace=test
	topic.people.set=people
	topic.people.key_field=uid
	topic.people.bins=count:v
	END
	echo '{"uid":"u1","count":7,"more":true}' | produce
	up MAP="$T/people.properties" MAP_FLAGS=
	wait_for -t 20 is u1 "1 7"
	down
}

@test "what the official client reads is what stands in the topic" {
	NODE=$("$ROOT/test/clients/node" 2>npm.out) || { cat npm.out; skip_or_fail "needs Node 20 from npm"; }
	"$ROOT/test/clients/install" client >npm.out 2>&1 || { cat npm.out; skip_or_fail "needs the official client from npm"; }
	echo '{"uid":"u1","v":1,"i":9007199254740993,"d":1.0,"s":"sm\u00f8rrebr\u00f8d","t":true,"l":[1,"a",[null]],"m":{"b":2,"a":{"c":1.5}}}' | produce
	up
	wait_for -t 20 is u1 "1 1"
	down
	cat >read.cjs <<-'END'
	const Aerospike = require('aerospike')
	Aerospike.connect({ hosts: process.argv[2], log: { level: Aerospike.log.OFF } }).then(async (client) => {
	  const { bins } = await client.get(new Aerospike.Key('test', 'people', 'u1'))
	  console.log(JSON.stringify(bins, (name, value) => typeof value === 'bigint' ? `${value}n` : value instanceof Aerospike.Double ? value.Double : value))
	  client.close()
	})
	END
	NODE_PATH=$ROOT/build/clients/client/node_modules "$NODE" read.cjs "$AEROSPIKE" >bins
	[ "$(jq -Sc . bins)" = '{"d":1,"i":"9007199254740993n","l":[1,"a",[null]],"m":{"a":{"c":1.5},"b":2},"s":"smørrebrød","t":true,"uid":"u1","v":1}' ] || { cat bins; false; }
}
