#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# as-local: raw frames, info commands, what survives a kill, and the official Node client. Its whole own test suite is make test-clients.
bats_require_minimum_version 1.5.0
load helper

setup() { needs as-local; }

# Sets LOCAL, the address, and LOCAL_PID.
start() {
	start_bg as-local --port 0 "$@" >"$T/address" 2>"$T/log"
	LOCAL_PID=$PID
	wait_for_lines "$T/address" 1
	LOCAL=$(cat "$T/address")
}
wire() { "$ROOT/test/clients/wire.py" "$LOCAL" "$@"; }
info() { wire info "$@"; }

# What node says on stdout, against what the test expects on stdin.
node_script() {
	[ -n "${NODE_CLIENT:-}" ] || skip_without_client
	NODE_PATH=$NODE_CLIENT/node_modules timeout 20 "$NODE" "$1" "$LOCAL" >got 2>err || { cat got err; return 1; }
	diff - got
}

skip_without_client() {
	NODE=$("$ROOT/test/clients/node" 2>npm.out) || { cat npm.out; skip_or_fail "needs Node 20 from npm"; }
	"$ROOT/test/clients/install" client >npm.out 2>&1 || { cat npm.out; skip_or_fail "needs the official client from npm"; }
	NODE_CLIENT=$ROOT/build/clients/client
}

@test "prints its address; SIGTERM ends it with 0" {
	start
	[[ $LOCAL =~ ^127\.0\.0\.1:[0-9]+$ ]]
	kill -TERM "$LOCAL_PID"
	wait_exit "$LOCAL_PID"
	[ "$status" -eq 0 ]
}

@test "bad options are refused" {
	run -64 as-local --namespace 'a;b'
	run -64 as-local --namespace test --namespace test
	run -64 as-local --port 70000
	run -64 as-local operand
}

@test "frames that no client sends are refused, write nothing, and the server goes on" {
	start
	wire bad
	[ "$(wire put k a=1)" = 0 ]
	[ "$(wire get k)" = a=1 ]
	[ "$(info sets/test/raw | grep -o '^objects=[0-9]*')" = objects=1 ]
}

@test "info: identity, errors, several commands at once, echo" {
	start --namespace test --namespace bar
	info node build edition partition-generation peers-generation peers-clear-std services namespaces status racks NODE '' \
		'sindex-create:namespace=test;bin=n;type=numeric' 'truncate:set=x' 'get-config:context=namespace;id=nosuch' namespace/nosuch \
		user-agent-set:value=MSx0ZXN0LTEuMCx4 user-agent-set:value=MSx0ZXN0LTEuMCx4 'query-show:id=7' >got
	diff - got <<-'EOF'
		BB9000000000001
		8.1.0.3
		Aerospike Community Edition
		0
		0
		0,3000,[]

		test;bar
		ok
		ERROR:25:enterprise only
		ERROR:4:unrecognized command
		ERROR:4:unrecognized command
		ERROR:4:missing 'indexname'
		ERROR:20:missing 'namespace'
		ERROR:20:namespace not found on node
		type=unknown
		ok
		ERROR:4:already set
		ERROR:2:job not found
	EOF
	[ "$(info service-clear-std)" = "$LOCAL" ]
	info replicas | grep -Eq '^test:0,1,/{682}8=;bar:0,1,/{682}8=$'
}

@test "info: indexes are made, renamed, refused, listed and deleted" {
	start
	new='sindex-create:namespace=test;set=s;indexname'
	info "$new=a;bin=n;type=numeric" "$new=a;bin=n;type=numeric" "$new=a;bin=m;type=numeric" "$new=b;indexdata=n,NUMERIC" \
		"$new=c;bin=n;type=string;indextype=mapkeys" "$new=d;bin=n;type=odd" "$new=e;bin=n" sindex/test/a \
		'sindex-exists:ns=test;indexname=b' 'sindex-delete:ns=test;indexname=b' 'sindex-exists:ns=test;indexname=b' sindex-list >got
	diff - got <<-'EOF'
		ok
		ok
		ERROR:200:'indexname' already exists with different definition
		ok
		ok
		ERROR:4:bad 'type' - must be one of 'numeric', 'string', 'blob', 'geo2dsphere'
		ERROR:4:both 'indexdata' and 'type' are missing
		ERROR:201:no index
		true
		ok
		false
		ns=test:indexname=c:set=s:bin=n:type=string:indextype=mapkeys:context=null:exp=null:state=RW
	EOF
}

@test "set-config takes effect: default-ttl, nsup-period, max-record-size" {
	start
	[ "$(wire put k --ttl=100 a=1)" = 0 ]
	[ "$(info 'set-config:context=namespace;id=test;nsup-period=0')" = ok ]
	[ "$(wire put k --ttl=100 a=1)" = 22 ]
	[ "$(info 'set-config:context=namespace;id=test;allow-ttl-without-nsup=true')" = ok ]
	[ "$(wire put k --ttl=100 a=1)" = 0 ]
	[ "$(info 'set-config:context=namespace;id=test;max-record-size=10')" = ok ]
	[ "$(wire put k a=1 b=2)" = 13 ]
	info 'get-config:context=namespace;id=test' | tr ';' '\n' | grep -xE 'nsup-period=.*|max-record-size=.*' | sort >got
	printf 'max-record-size=10\nnsup-period=0\n' | diff - got
	[ "$(info 'set-config:context=namespace;id=test;no-such=1')" = "ERROR:4:invalid set-config parameter" ]
	[ "$(info 'set-config:context=namespace;id=test;default-ttl=soon')" = "ERROR:4:invalid set-config parameter" ]
}

@test "a record expires; truncation takes what was there and nothing that comes after" {
	start
	[ "$(wire put gone --ttl=1 a=1)" = 0 ]
	[ "$(wire put old a=1)" = 0 ]
	_expired() { [ "$(wire get gone)" = 2 ]; }
	wait_for _expired
	[ "$(info 'truncate:namespace=test;set=raw')" = ok ]
	[ "$(wire put new a=2)" = 0 ]
	[ "$(wire get old)" = 2 ]
	[ "$(wire get new)" = a=2 ]
	[ "$(info objects)" = 1 ]
}

@test "--data: records, indexes and modules are there again after SIGKILL" {
	start --data "$T/data"
	[ "$(wire put k a=1)" = 0 ]
	[ "$(info 'sindex-create:namespace=test;set=raw;indexname=i;bin=a;type=numeric')" = ok ]
	[ "$(info 'udf-put:filename=m.lua;content=LS0=;content-len=4;udf-type=LUA;')" = ok ]
	kill -KILL "$LOCAL_PID"
	wait_exit "$LOCAL_PID"
	start --data "$T/data"
	[ "$(wire get k)" = a=1 ]
	info sindex/test/i | grep -q '^entries=1;'
	info udf-list | grep -q '^filename=m.lua,hash=[0-9a-f]\{40\},type=LUA;$'
	[ "$(info udf-get:filename=m.lua)" = 'type=LUA;content=LS0=;' ]
}

@test "the client library's example" {
	start
	hello=${CN_UNIT:-$ROOT/build/std/unit}
	hello=$(cd "$ROOT" && cd "$hello/.." && pwd)/example/hello
	"$hello" "$LOCAL" >got
	diff - got <<-'EOF'
		generation 2, greeting = hello, world
		generation 2, times = 42
	EOF
	kill -TERM "$LOCAL_PID"
	wait_exit "$LOCAL_PID"
	run -69 "$hello" "$LOCAL"
	[[ $output == "can't connect: $LOCAL: "* ]]
}

@test "official Node client: types, generations, operations, batches, scans, queries" {
	start
	node_script "$ROOT/test/clients/subset.cjs" <<-'EOF'
		put and get {"i":-42,"d":1.5,"s":"text","l":[1,"a",[true]],"m":{"a":1,"b":{"c":null}},"b":"0102","g":"{\"type\":\"Point\",\"coordinates\":[1,2]}"}
		generation 1, then 2
		wrong generation: code 3
		create twice: code 5
		missing record: code 2
		ttl between 95 and 100
		operate i -41, l 4
		filtered out: code 27
		batch 0 0 2
		scan 100
		query 11
		in the background 10
		removed, code 2
	EOF
}

@test "official Node client: 50 puts under way at a time, 2000 in all" {
	start
	node_script "$ROOT/test/clients/many.cjs" <<-'EOF'
		2000 written, 2000 read back
	EOF
	[ "$(info objects)" = 2000 ]
}
