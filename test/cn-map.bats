#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # programs of jq stand in single quotes
# Most cases are data: test/fixtures/map/*.cases, with "== TITLE", "$ OPTIONS", "< LINE" and "> LINE" for what comes out.
bats_require_minimum_version 1.5.0
load helper

# cases NAME: run the blocks of that file, each with one start of the program; files that options name are beside it.
cases() {
	local title='' options='' failed='' line
	local -A runs
	: >in
	: >want
	check() {
		[ -s in ] || return 0
		runs[$title]=1
		# shellcheck disable=SC2086
		(cd "$FIXTURES/map" && eval "cn-map $options") <in >got 2>err || grep -qv '^{"id":' in || { echo "$title: exit $?"; failed=yes; }
		cmp -s want got || { echo "== $title"; diff want got || true; failed=yes; }
		: >in
		: >want
	}
	while IFS= read -r line; do
		case $line in
		'== '*) check; title=${line#== } ;;
		'$ '*) options=${line#\$ } ;;
		'< '*) printf '%s\n' "${line#< }" >>in ;;
		'> '*) printf '%s\n' "${line#> }" >>want ;;
		esac
	done <"$FIXTURES/map/$1.cases"
	check
	[ "${#runs[@]}" -eq "$(grep -c '^== ' "$FIXTURES/map/$1.cases")" ] && [ -z "$failed" ]
}

# map LINE OPTION...: one line, into $output; what it says into the file err.
map() {
	local line=$1
	shift
	run -0 bash -c 'printf "%s\n" "$0" | cn-map "$@" 2>err' "$line" "$@"
}

LINE='{"id":17,"kafka":{"topic":"orders","partition":3,"offset":991},"key":"o1","value":{"region":"eu","amount":12.5}}'

@test "selectors" { cases select; }
@test "user keys" { cases keys; }
@test "values" { cases values; }
@test "times to live" { cases ttl; }
@test "null values, deletes, other lines" { cases null; }
@test "configuration files" { cases config; }
@test "topics in the connectors' formats" { cases replay; }
@test "change events" { cases debezium; }
@test "mappings in jq" { cases jq; }

@test "options, 1.x properties and YAML that say the same give the same lines" {
	cn-map -c "$FIXTURES/map/people.properties" <"$FIXTURES/map/people.ndjson" >properties
	cn-map -c "$FIXTURES/map/people.yml" <"$FIXTURES/map/people.ndjson" >yaml
	cn-map -c "$FIXTURES/map/people.json" <"$FIXTURES/map/people.ndjson" >json
	[ "$(wc -l <properties)" -eq 7 ]
	diff properties yaml
	diff properties json
	{
		grep '"topic":"people"' "$FIXTURES/map/people.ndjson" | cn-map -n test -s people --key-field uid --bins uid,veryLongFieldName:vlf --exists replace
		grep '"topic":"clicks"' "$FIXTURES/map/people.ndjson" | cn-map -n test -s field:campaign --exists replace
	} | sort >options
	grep -v '"id":7' properties | sort | diff - options
}

@test "1.x: prefixes go by the longest topic of the list; set and set_field replace each other" {
	cat >c.properties <<-'END'
		topics = a , a.b, set,namespace
		topic.namespace = base
		topic.set = all
		topic.keyfield = id
		topic.a.bins = x
		topic.a.b.bins = x:y
		topic.set.set_field = s
		topic.namespace.namespace = own
		topic.namespace.key_field = k
		key.converter = org.apache.kafka.connect.storage.StringConverter
		policy.expiration = 60
	END
	lines() {
		for topic in a a.b set namespace; do
			echo '{"id":1,"kafka":{"topic":"'$topic'"},"key":null,"value":{"id":1,"k":2,"s":"mine","x":3}}'
		done
	}
	lines | cn-map -c c.properties >got
	diff - got <<-'END'
		{"id":1,"metadata":{"namespace":"base","set":"all","userKey":1,"msg":"write"},"bins":{"x":3},"put":{"ttl":60},"kafka":{"topic":"a"}}
		{"id":1,"metadata":{"namespace":"base","set":"all","userKey":1,"msg":"write"},"bins":{"y":3},"put":{"ttl":60},"kafka":{"topic":"a.b"}}
		{"id":1,"metadata":{"namespace":"base","set":"mine","userKey":1,"msg":"write"},"bins":{"id":1,"k":2,"s":"mine","x":3},"put":{"ttl":60},"kafka":{"topic":"set"}}
		{"id":1,"metadata":{"namespace":"own","set":"all","userKey":2,"msg":"write"},"bins":{"id":1,"k":2,"s":"mine","x":3},"put":{"ttl":60},"kafka":{"topic":"namespace"}}
	END
	printf 'topics.regex=lo?g-[0-9]+\ntopic.namespace=n\n' >r.properties
	run -0 --separate-stderr cn-map -c r.properties <<<'{"id":1,"kafka":{"topic":"log-12"},"key":"k","value":{"a":1}}'
	[[ $output == *'"userKey":"k"'* ]]
	run -0 --separate-stderr cn-map -c r.properties <<<'{"id":1,"kafka":{"topic":"xlog-12"},"key":"k","value":{"a":1}}'
	[[ $output == *'does not have this topic'* ]]
}

# refused WHY TEXT: --check refuses this file, and says so.
refused() {
	printf '%b' "$3" >"$1"
	run -78 cn-map --check -c "$1"
	[ "$output" = "cn-map: $1$2" ] || { printf 'wanted: cn-map: %s\ngot:    %s\n' "$1$2" "$output"; false; }
}

@test "properties that can't be followed are named with their line" {
	refused x.properties ': topics is missing' 'topic.namespace=n\n'
	refused x.properties ':1: topics is missing' 'topics=\n'
	refused x.properties ': the topic a has no namespace' 'topics=a\n'
	refused x.properties ':2: nonsense: no such setting' 'topics=a\nnonsense=1\n'
	refused x.properties ':2: topic.b.set: no such setting, and no topic of that name in topics' 'topics=a\ntopic.b.set=x\n'
	refused x.properties ':3: set and set_field exclude each other' 'topics=a\ntopic.set=x\ntopic.set_field=y\n'
	refused x.properties ':3: topic.keyfield is there twice, under two names; first in line 2' 'topics=a\ntopic.key_field=x\ntopic.keyfield=y\n'
	refused x.properties ':2: policy.record_exists_action: not update, update-only, create-only, replace or replace-only' \
		'topics=a\npolicy.record_exists_action=merge\ntopic.namespace=n\n'
	refused x.properties ':3: topic.bins: the bin "veryLongFieldName": a name has 1 to 15 bytes of UTF-8' \
		'topics=a\ntopic.namespace=n\ntopic.bins=a,veryLongFieldName\n'
	refused x.properties ':2: topic.bins: the bin "b" is there twice' 'topics=a\ntopic.bins=a:b,b\n'
	refused x.properties ':2: topic.bins: a name is missing' 'topics=a\ntopic.bins=a,,b\n'
	refused x.properties ':2: topic.namespace: not a name of a namespace: 1 to 31 bytes without : and ;' \
		'topics=a\ntopic.namespace=01234567890123456789012345678901\n'
	refused x.properties ':2: policy.expiration: not -2, -1, 0, seconds, or a number with S, M, H or D, up to ten years' \
		'topics=a\npolicy.expiration=2W\ntopic.namespace=n\n'
}

@test "YAML and JSON that can't be followed are named with their line" {
	local t='topics:\n  t:\n    invalid-record: ignore\n' m
	m="$t    mapping:\n      namespace: {mode: static, value: n}\n      key-field: {source: key}\n"
	refused x.yml ': has no topics' 'aerospike: {}\n'
	refused x.yml ':1: topics must be a map of topics' 'topics: [a]\n'
	refused x.yml ':2: t: invalid-record is missing: ignore, kill-task or dead-letter' 'topics:\n  t: {mapping: {}}\n'
	refused x.yml ':2: t: mapping is missing' "$t"
	refused x.yml ':4: t has no setting maping' "$t    maping: {}\n"
	refused x.yml ':3: invalid-record: skip: must be one of: ignore kill-task dead-letter' 'topics:\n  t:\n    invalid-record: skip\n'
	refused x.yml ':4: t: mapping: no namespace' "$t    mapping: {key-field: {source: key}}\n"
	refused x.yml ':4: t: mapping: neither a key nor a digest' "$t    mapping: {namespace: {mode: static, value: n}}\n"
	refused x.yml ':4: t: mapping: no bins' "$m"
	refused x.yml ':7: bins has no setting all-fields' "$m      bins: {all-fields: true}\n"
	refused x.yml ':7: all-value-fields must be true or false' "$m      bins: {all-value-fields: 7}\n"
	refused x.yml ':8: the bin "sixteen_bytes_xx": a name has 1 to 15 bytes of UTF-8' \
		"$m      bins:\n        map: {sixteen_bytes_xx: {source: value}}\n"
	refused x.yml ':7: set: source is not key, key-field, value-field, value or meta' "$m      set: {mode: dynamic, source: field, field-name: a}\n"
	refused x.yml ':7: set: static goes with value, and nothing else' "$m      set: {mode: static, source: key}\n"
	refused x.yml ':7: set: dynamic goes with source and field-name, not with value' "$m      set: {mode: dynamic, value: x}\n"
	refused x.yml ':7: set: needs the name of a field' "$m      set: {mode: dynamic, source: value-field}\n"
	refused x.yml ':7: set must be a map, not text' "$m      set: orders\n"
	refused x.yml ':7: ttl: not -2, -1, 0, seconds, or a number with S, M, H or D, up to ten years' "$m      ttl: {mode: static, value: 2W}\n"
	refused x.yml ":4: message-transformer: Java plug-ins don't run here; a jq program does the same (-f)" "$t    message-transformer: {class: x.Y}\n"
	refused x.yml ':4: ignore-errors: odd: neither a result code from 1 to 255 nor the name of one' \
		"$t    aerospike-operation: {ignore-errors: [odd]}\n"
	refused x.yml ':4: on-null-value: drop: must be one of: invalid delete ignore' "$t    on-null-value: drop\n"
	refused x.yml ':2: ^(: Unmatched ( or \(' 'topics:\n  ^(: {invalid-record: ignore}\n'
	refused x.json ':3: t has no setting maping' '{"topics": {"t":\n {"invalid-record": "ignore",\n "maping": {}}}}\n'
	run -78 cn-map --check -c nosuch.yml
	[[ $output == *"nosuch.yml"*"No such file"* ]]
}

@test "--check says nothing of what is good" {
	for file in people.properties people.yml orders.yml all.yml; do
		run -0 cn-map --check -c "$FIXTURES/map/$file"
		[ -z "$output" ]
	done
	run -0 cn-map --check -n shop
	run -0 cn-map --check -e .
}

@test "usage errors are named" {
	bad() { run -64 cn-map "${@:2}" </dev/null; [[ ${lines[0]} == *"$1"* ]] || { echo "$output"; false; }; }
	bad 'no mapping: no namespace'
	bad 'no mapping: no namespace' -s orders
	bad 'not a name of a namespace: 1 to 31 bytes' -n 01234567890123456789012345678901
	bad 'not a name of a set: 0 to 63 bytes' -n n -s a:b
	bad 'not meta:topic' -n n -s meta:topics
	bad 'needs the name of a field' -n n -s field:
	bad 'no JSON Pointer' -n n -s field:/a~b
	bad 'needs the name of its bin' -n n --bins /a/b
	bad 'not BIN=SELECTOR' -n n --bin a
	bad 'not field:NAME, value, key' -n n --bin a=b
	bad 'the bin "a" is there twice' -n n --bins a --bin a=key
	bad 'a name has 1 to 15 bytes' -n n --bins sixteen_bytes_xx
	bad 'not -2, -1, 0, seconds' -n n --ttl 2W
	bad 'not update, update-only' -n n --exists merge
	bad 'not a list of result codes' -n n --ignore 5,300
	bad '--except goes with --all-fields' -n n --bins a --except b
	bad 'excludes' --format auto --all-fields
	bad 'no mapping: no namespace' --format auto --on-null delete
	bad 'excludes the options that select' -e . -n n
	bad 'there is a program already' -e . -f x
	bad '--config says all' -c "$FIXTURES/map/people.yml" -n n
	bad 'not an option' -n n file
	run -78 cn-map -e '}' </dev/null
	[[ $output == "cn-map: -e:1: syntax error"* ]]
}

@test "what the connectors' formats hold is decoded as cn-decode does" {
	python3 - "$FIXTURES/formats/formats.cases" <<-'END'
		import base64, json, re, sys
		bodies = {"json": [], "flat-json": [], "msgpack": []}
		text = re.sub(r"\n ", " ", open(sys.argv[1]).read())
		for line in text.splitlines():
		    word, _, rest = line.partition(" ")
		    if word in bodies:
		        bodies[word].append(bytes.fromhex(rest) if word == "msgpack" else rest.encode())
		for word, list in bodies.items():
		    with open(word + ".body", "wb") as body, open(word + ".lines", "wb") as lines:
		        for i, b in enumerate(list, 1):
		            body.write(b if word == "msgpack" else b + b"\n")
		            value = b'"value64":"%s"' % base64.b64encode(b) if word == "msgpack" else b'"value":' + b
		            lines.write(b'{"id":%d,"key":null,%s}\n' % (i, value))
	END
	for format in json flat-json msgpack; do
		# Some of flat-json have the metadata under another name.
		cn-decode --type $format <$format.body 2>err | sed 's/"error":.*/"error"/' >want || [ $format = flat-json ]
		[ "$(grep -vc '"error"' want)" -gt 3 ]
		for how in $format auto; do
			cn-map --format $how <$format.lines 2>err | sed 's/"error":.*/"error"/' | diff want -
		done
	done
}

@test "a topic that cn-kafka-sink wrote comes back as the records that went in" {
	kafka_local_start
	grep '"metadata"' "$FIXTURES/route/records.ndjson" | head -n 3 | jq -c 'del(.path)' >records
	for format in json flat-json line; do
		cn-kafka-sink -b "$BROKER" -t "$format" --format "$format" <records >acks
		kcat -b "$BROKER" -C -t "$format" -e -q -o beginning -f '{"id":%o,"kafka":{"topic":"%t","partition":%p,"offset":%o},"key":null,"value":%s}\n' >lines
		cn-map --format auto <lines | jq -cS 'del(.id, .kafka)' | sort >got
		# What flat-json can't say is lost.
		jq -cS --arg format "$format" '{metadata, bins, types: (if $format == "flat-json" then null else .types end)} | with_entries(select(.value))' \
			records | sort >want
		diff want got
	done
}

@test "a line without an id: the log and the exit code tell" {
	run -65 --separate-stderr cn-map -n n <<<'{"key":null,"value":{"a":1}}'
	[ -z "$output" ]
	[[ $stderr == *'no key: the key is missing'* ]]
	run -0 --separate-stderr cn-map -n n <<<'{"key":"k","value":{"a":1}}'
	[ "$output" = '{"metadata":{"namespace":"n","userKey":"k","msg":"write"},"bins":{"a":1}}' ]
	run -65 --separate-stderr cn-map -n n <<<'nonsense'
	[ -z "$output" ]
}

@test "invalid UTF-8, huge and deep lines, and lines that would grow" {
	printf '{"id":1,"key":"k","value":{"a":"\xff"}}\n' | cn-map -n n >got
	grep -q '{"id":1,"error":"invalid UTF-8 at byte 32"}' got
	printf '{"id":5,"key":"k","value":{"a":"%0300d"}}\n{"id":6,"key":"k","value":{"a":1}}\n' 0 >in
	cn-map -n n --line-max 200 <in >got
	[ "$(head -n 1 got)" = '{"id":5,"error":"the line is longer than --line-max"}' ]
	[[ $(tail -n 1 got) == '{"id":6,"metadata"'* ]]
	cn-map -n n --line-max 340 --bins a --bin b=field:a <in >got
	[ "$(head -n 1 got)" = '{"id":5,"error":"the record line would be longer than --line-max"}' ]
	[[ $(tail -n 1 got) == '{"id":6,"metadata"'*'"b":1'* ]]
	deep() { printf '{"id":7,"key":"k","value":{"a":%s1%s}}\n' "$(printf "%0$1d" 0 | sed "s/0/$2/g")" "$(printf "%0$1d" 0 | sed "s/0/$3/g")"; }
	deep 64 '[' ']' | cn-map -n n | grep -q '"bins"'
	deep 64 '{"x":' '}' | cn-map -n n | grep -q '"types"'
	deep 65 '[' ']' | cn-map -n n | grep -q 'the field \\"a\\": at .*: nested too deep'
	deep 300 '[' ']' | cn-map -n n | grep -q '{"id":7,"error":"nested too deeply at byte'
	python3 - >in <<-'END'
		import json
		print(json.dumps({"id": 1, "key": "k", "value": {"f%d" % i: i for i in range(32767)}}))
		print(json.dumps({"id": 2, "key": "k", "value": {"f%d" % i: i for i in range(32768)}}))
		print(json.dumps({"id": 3, "key": "k", "value": {"f%d" % i: i for i in range(70000)}}))
		print('{"id":4,"key":"k","value":{' + ",".join('"f%d":1' % (i % 20000) for i in range(20001)) + "}}")
		print(json.dumps({"id": 5, "key": "k", "value": {"m": {"k%d" % (i * 7919 % 50000): {} for i in range(50000)}}}))
		print(json.dumps({"id": 6, "key": "k", "value": {"m": "x" * 5000000}}))
	END
	cn-map -n n <in >got
	[ "$(wc -l <got)" -eq 6 ]
	[ "$(sed -n 1p got | jq '.bins | length')" = 32767 ]
	[ "$(sed -n 2p got)" = '{"id":2,"error":"more than 32767 bins"}' ]
	[[ $(sed -n 3p got) == '{"id":3,"error":"a value with more than 65536 fields at byte'* ]]
	[ "$(sed -n 4p got)" = '{"id":4,"error":"the field \"f0\" stands there twice"}' ]
	sed -n 5p got | jq -c '.bins.m | keys_unsorted == keys' | grep -q true
	[ "$(sed -n 6p got | jq '.bins.m | length')" = 5000000 ]
}

@test "a last line that is cut short goes on as it is, for the sink to have it come again" {
	map() { cn-map --namespace test --key key --all-fields 2>err; }
	run -75 --separate-stderr eval "printf '{\"id\":1,\"key\":\"k\",\"val' | map"
	[ "$output" = '{"id":1,"key":"k","val' ]
	grep -q 'in the middle of a line' err
	printf '{"id":1,"key":"k","value":{"a":1}}' | map | grep -q '"bins":{"a":1}}$'
	run -65 --separate-stderr eval "printf 'no JSON' | map"
}

@test "a run of bad lines: one event a second, counters at the end, nothing of the values in the log" {
	for i in {1..50}; do
		echo '{"id":'"$i"',"kafka":{"topic":"t","partition":0,"offset":'"$i"'},"key":"secret","value":{"a":12345678901234567890}}'
	done | cn-map -n n >got 2>err
	[ "$(grep -c '"error"' got)" -eq 50 ]
	[ "$(grep -c "can't map a line" err)" -le 2 ]
	grep -q 'msg=counters lines=50 writes=0 deletes=0 skipped=0 invalid=0 passed=0 errors=50' err
	run ! grep -q 'secret\|1234567890' err
	map "$LINE" -e '.value.amount + .key'
	grep -q 'why="kafka:orders/3@991: number (...) and string (...) cannot be added"' err
}

@test "a jq program sees no environment, has arguments and libraries, is read again at SIGHUP, survives an abort" {
	SECRET=s map "$LINE" -e '{metadata: {namespace: "n", userKey: 1}, bins: {a: ($ENV | length), b: $x, c: $y.z}}' --arg x v --argjson 'y={"z":[1]}'
	[[ $output == *'"b":"v","c":[1]'* ]]
	[[ $output != *'"a":9'* ]]
	# So many that jq's doubles can't be told apart: no digit is lost silently.
	python3 -c 'import json; print(json.dumps({"id": 1, "key": "k", "value": {"l": [2**60 + 1024 * i + 1 for i in range(4097)]}}))' >many
	cn-map -e '{metadata: {namespace: "n", userKey: .key}, bins: (.value | .l[0] = 1)}' <many >got
	grep -q "can't tell from another" got
	sed 's/, [0-9]*\]/]/' many | cn-map -e '{metadata: {namespace: "n", userKey: .key}, bins: (.value | .l[0] = 1)}' >got
	grep -q ',1152921504606848001,.*1152921504611040257\]' got
	mkdir lib
	echo 'def rec(k): {metadata: {namespace: "lib", userKey: k}, bins: {a: 1}};' >lib/rec.jq
	map "$LINE" -L lib -e 'include "rec"; rec(.key)'
	[[ $output == *'"namespace":"lib"'* ]]
	echo '{metadata: {namespace: "one", userKey: .key}, bins: .value}' >m.jq
	mkfifo in
	exec 5<>in
	start_bg cn-map -f m.jq <in >out 2>err 5>&-
	echo "$LINE" >&5
	wait_for_line out '"namespace":"one"'
	echo '{metadata: {namespace: "two", userKey: .key}, bins: .value}' >m.jq
	kill -HUP "$PID"
	wait_for_line err 'program read again'
	echo "$LINE" >&5
	wait_for_line out '"namespace":"two"'
	echo '}' >m.jq
	kill -HUP "$PID"
	wait_for_line err 'kept the old program'
	echo "$LINE" >&5
	wait_for_lines out 3
	kill -USR1 "$PID"
	wait_for_line err 'msg=counters lines=3 writes=3'
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	printf '%s\n' "$LINE" '{"id":19,"key":"k","value":{"t":1e300}}' "$LINE" |
		cn-map -e '{metadata: {namespace: (if .value.t then .value.t | todate else "n" end), userKey: .key}, bins: .value}' >got 2>err
	[ "$(wc -l <got)" -eq 3 ]
	[[ $(tail -n 1 got) == *'"namespace":"n"'* ]]
}

@test "SIGHUP reads the configuration again; one that can't be followed keeps the old" {
	printf 'topics=orders\ntopic.namespace=one\n' >c.properties
	mkfifo in
	exec 5<>in
	start_bg cn-map -c c.properties <in >out 2>err 5>&-
	echo "$LINE" >&5
	wait_for_line out '"namespace":"one"'
	printf 'topics=orders\ntopic.namespace=two\n' >c.properties
	kill -HUP "$PID"
	wait_for_line err 'configuration read again'
	echo "$LINE" >&5
	wait_for_line out '"namespace":"two"'
	printf 'topics=orders\ntopic.odd=two\n' >c.properties
	kill -HUP "$PID"
	wait_for_line err 'kept the old configuration.*c.properties:2: topic.odd: no such setting'
	echo "$LINE" >&5
	wait_for_lines out 3
	[ "$(grep -c '"namespace":"two"' out)" -eq 2 ]
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "lines keep their order, each comes out at once when there is no load" {
	mkfifo in
	exec 5<>in
	start_bg cn-map -n n --on-null ignore <in >out 2>err 5>&-
	for i in 1 2 3; do
		echo '{"id":'"$i"',"key":"k","value":{"a":'"$i"'}}' >&5
		wait_for_lines out $i
	done
	for i in {4..500}; do
		if ((i % 3)); then echo '{"id":'"$i"',"key":"k","value":{"a":'"$i"'}}'; else echo '{"id":'"$i"',"key":"k","value":null}'; fi
	done >&5
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
	jq .id out | diff <(seq 500) -
}

@test "a full disk and a reader that is gone" {
	for _ in {1..5}; do echo "$LINE"; done >in
	run -74 bash -c 'cn-map -n n <in >/dev/full 2>err'
	grep -q "can't write standard output" err
	yes "$LINE" | head -n 20000 >in
	run -75 bash -c 'set +o pipefail; { cn-map -n n <in 2>err; echo $? >code; } | head -n 1 >/dev/null; exit "$(cat code)"'
}

# A cluster of one; sets DB.
db_start() {
	start_bg as-local -p 0 -n shop --log-level error >address 2>as-local.err </dev/null
	wait_for_line address :
	DB=$(head -n 1 address)
	export DB
}

@test "what it makes arrives in the database: integers, reals, maps, blobs, time to live, deletes" {
	needs as-put as-scan as-local
	db_start
	cat >in <<-'END'
		{"id":1,"kafka":{"topic":"t","partition":0,"offset":1},"key":"o1","value":{"big":9223372036854775807,"d":1.0,"m":{"b":{"y":1,"x":2.0},"a":[true,null]},"s":"é","raw":"AAEC","seen":[[1,"a"],[2,"b"]],"keep":"1D","gone":null},"types":{"/value/raw":"blob","/value/seen":"map"}}
		{"id":2,"kafka":{"topic":"t","partition":0,"offset":2},"key64":"AAEC","value":{"a":1}}
		{"id":3,"kafka":{"topic":"t","partition":0,"offset":3},"key":41,"value":{"a":1}}
		{"id":4,"kafka":{"topic":"t","partition":0,"offset":4},"key":41,"value":null}
		{"id":5,"kafka":{"topic":"t","partition":0,"offset":5},"key":"o1","value":{"sixteen_bytes_xx":1}}
	END
	cn-map -n shop -s orders --ttl field:keep --on-null delete --send-key --exists create-only <in >records
	run -65 bash -c 'as-put -h "$0" <records >acks 2>put.err' "$DB"
	[ "$(grep -c '"ack"' acks)" -ge 1 ]
	grep -q '{"nack":5,"retry":false,"error":"kafka:t/0@5: the field' acks
	as-scan -h "$DB" -n shop >scanned
	[ "$(wc -l <scanned)" -eq 2 ]
	for part in '"big":9223372036854775807' '"d":1.0' '"m":{"a":[true,null],"b":{"x":2.0,"y":1}}' '"raw":"AAEC"' '"seen":[[1,"a"],[2,"b"]]' \
			'"/m":"key-ordered"' '"/m/b":"key-ordered"' '"/seen":"map' '"userKey":"o1"'; do
		grep -F '"o1"' scanned | grep -qF "$part" || { echo "no $part"; cat scanned; false; }
	done
	grep -q '"userKey":"AAEC".*"types":{"userKey":"blob"}' scanned
	exp=$(grep -F '"o1"' scanned | jq .metadata.exp)
	now=$(date +%s)
	((exp > now + 86000 && exp <= now + 86500))
	# Once more, the action of the line forbids it.
	head -n 1 records >first
	run -65 bash -c 'as-put -h "$0" <first >acks 2>put.err' "$DB"
	grep -q '"nack":1,"retry":false' acks
	sed 's/"put":{/&"ignore":[5],/' first | as-put -h "$DB" >acks
	[ "$(cat acks)" = '{"ack":1}' ]
}

@test "in a ring from Kafka, with the configuration of the connector" {
	needs as-put as-scan as-local cn-kafka-source kafka-local
	kafka_local_start
	db_start
	printf '%s\n' 'topics=people' 'topic.namespace=shop' 'topic.set=people' 'topic.people.key_field=uid' 'topic.people.bins=uid,n' >c.properties
	for i in {1..50}; do echo '{"uid":"u'$((i % 10))'","n":'"$i"',"other":1}'; done | kcat -b "$BROKER" -P -t people -p 0
	echo 'not json' | kcat -b "$BROKER" -P -t people -p 0
	mkfifo acks
	run -65 timeout 40 bash -c 'cn-kafka-source -b "$BROKER" -t people -g g -e -d dead.ndjson <acks 2>source.err |
		cn-map -c c.properties 2>map.err | as-put -h "$DB" >acks 2>put.err'
	as-scan -h "$DB" -n shop -s people | jq -c .bins | sort >got
	for i in {0..9}; do echo '{"uid":"u'$i'","n":'$((i ? 40 + i : 50))'}'; done | sort | diff - got
	[ "$(wc -l <dead.ndjson)" -eq 1 ]
	grep -q 'no key: the field \\"uid\\" is missing' dead.ndjson
}
