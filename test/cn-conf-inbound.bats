#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cn-conf with the inbound connectors' files: what it prints is held against test/fixtures/conf in cn-conf.bats; here it runs.
bats_require_minimum_version 1.5.0
load helper

CONF=$ROOT/test/fixtures/conf

setup() {
	needs cn-conf cn-kafka-source cn-map as-put as-local kafka-local
	kafka_local_start
	db_start
}

conf_stop() { # the shell that has the script
	local pid
	pid=$(pgrep -P "$PID" -x sh | head -n 1)
	kill -TERM "${pid:-$PID}"
	wait_exit "$PID" 15
}

# db_start: as-local; sets AEROSPIKE and DB
db_start() {
	start_bg as-local -p 0 >address 2>db.log </dev/null
	wait_for_line address :
	AEROSPIKE=$(cat address)
	DB=${AEROSPIKE##*:}
}
in_database() { "$ROOT/test/as-local/ask" "$DB" get test "$1" "$2" >"$T/asked" 2>&1 && grep -q "$3" "$T/asked"; }

@test "inbound: Kafka to Aerospike, by YAML" {
	cat >inbound.yml <<-END
		aerospike: { seeds: [ { 127.0.0.1: { port: $DB } } ] }
		topics:
		  people:
		    invalid-record: ignore
		    mapping:
		      namespace: { mode: static, value: test }
		      set: { mode: dynamic, source: value-field, field-name: region }
		      key-field: { source: key }
		      bins: { type: multi-bins, map: { v: { source: value-field, field-name: n } } }
	END
	printf '%s\n' 'p1 {"region":"eu","n":41}' 'p2 {"n":1}' 'p3 {"region":"eu","n":43}' | kcat -b "$BROKER" -P -t people -K ' ' 2>/dev/null
	start_bg env TMPDIR="$T" sh -c 'cn-conf "$@" | exec sh' - --brokers "$BROKER" inbound.yml >run.out 2>run.err </dev/null
	wait_for -t 20 in_database eu p1 41 || { cat run.err asked && false; }
	wait_for in_database eu p3 43
	conf_stop
	[ "$status" -eq 0 ]
}

@test "inbound: the properties of 1.x" {
	sed "/^aerospike[.]/d; /feature/d; s/^cluster.hosts=.*/cluster.hosts=$AEROSPIKE/; s/:vlf/:v/" "$CONF/connector.properties" >connector.properties
	printf '%s\n' '{"uid":"u1","veryLongFieldName":7,"x":1}' | kcat -b "$BROKER" -P -t people 2>/dev/null
	printf '%s\n' 'c9 {"campaign":"spring","v":3}' | kcat -b "$BROKER" -P -t clicks -K ' ' 2>/dev/null
	start_bg env TMPDIR="$T" sh -c 'cn-conf "$@" | exec sh' - --brokers "$BROKER" connector.properties >run.out 2>run.err </dev/null
	wait_for -t 20 in_database people u1 7 || { cat run.err asked && false; }
	wait_for in_database spring c9 3
	conf_stop
	[ "$status" -eq 0 ]
}
