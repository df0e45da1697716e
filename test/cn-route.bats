#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # programs of jq stand in single quotes
bats_require_minimum_version 1.5.0
load helper

ORDER='{"id":17,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"write","gen":7},"bins":{"qty":42,"big":9007199254740993,"sku":"A-9","raw":"AAEC","name":"b3JkZXJz"},"types":{"/raw":"blob","/name":"blob"}}'
DELETE='{"id":18,"metadata":{"namespace":"shop","digest":"7GuNIoca3f0yU8bTUgVi0W+Xfpc=","msg":"delete"}}'

# route LINE OPTION...: one line through cn-route, into $output; what it says into the file err.
route() {
	local line=$1
	shift
	run -0 bash -c 'printf "%s\n" "$0" | cn-route "$@" 2>err' "$line" "$@"
}

# to LINE OPTION...: the same, and only the member `to` (or the error, or the whole line) of what comes out.
to() {
	route "$@"
	output=$(jq -c 'if .to then .to elif .error then .error else . end' <<<"$output")
}

@test "a jq program's output becomes to, and the line keeps its bytes" {
	route "$ORDER" -e '{kafka: {topic: .metadata.set, key: "\(.bins.qty)"}}'
	[ "$output" = "${ORDER%\}},\"to\":{\"kafka\":{\"topic\":\"orders\",\"key\":\"42\"}}}" ]
	[[ $output == *'"big":9007199254740993'* ]]
}

@test "null, false and nothing drop the record" {
	for program in null false empty 'select(.metadata.set == "people") | {kafka: {}}'; do
		route "$ORDER" -e "$program"
		[ "$output" = '{"id":17,"skip":true}' ]
	done
}

@test "an error of the program is an error line with jq's message; the log shows no data" {
	route "$ORDER" -e '.bins.sku + .bins.qty'
	[ "$output" = '{"id":17,"error":"string (\"A-9\") and number (42) cannot be added"}' ]
	grep -q 'why="string (...) and number (...) cannot be added"' err
	run ! grep -q A-9 err
	to "$ORDER" -e 'error("no route for \(.metadata.set)")'
	[ "$output" = '"no route for orders"' ]
	to "$ORDER" -e 'error({a: 1})'
	[ "$output" = '"{\"a\":1}"' ]
}

@test "what can be no destination is an error line" {
	for program in '{}' '"orders"' 1 true '[]' . .metadata '{kafka: 1}' '{kafka: {}}, {kafka: {}}' 'null, {kafka: {}}' \
			'reduce range(400) as $i ({}; {a: .})' ; do
		route "$ORDER" -e "$program"
		[[ $output == '{"id":17,"error":"the program'* ]] || { echo "$program: $output"; false; }
	done
}

@test "skip and error lines pass; an old to is replaced in its place, null or not" {
	for line in '{"id":1,"skip":true}' '{"id":2,"error":"decode: at byte 7"}'; do
		route "$line" -e '{kafka: {topic: "x"}}'
		[ "$output" = "$line" ]
	done
	for old in null '{"kafka":{"topic":"old"}}' '"x"'; do
		route '{"id":3,"to": '"$old"' ,"metadata":{"namespace":"n","msg":"write"}}' --static kafka:new
		[ "$output" = '{"id":3,"to": {"kafka":{"topic":"new"}} ,"metadata":{"namespace":"n","msg":"write"}}' ]
	done
}

@test "a line that is no record goes on as error; without an id the exit code tells" {
	route '{"id":4,"metadata":{}}' --static kafka:x
	[[ $output == '{"id":4,"error":"not a record: '* ]]
	run -65 --separate-stderr cn-route --static kafka:x <<<'nonsense'
	[ -z "$output" ]
	[[ $stderr == *"not a record"* ]]
	route '{"metadata":{"namespace":"n","msg":"write"}}' --static kafka:x
	[ "$output" = '{"metadata":{"namespace":"n","msg":"write"},"to":{"kafka":{"topic":"x"}}}' ]
}

@test "a line that is too long is an error line" {
	printf '{"id":5,"metadata":{"namespace":"n","msg":"write"},"bins":{"a":"%0300d"}}\n%s\n' 0 "$DELETE" >in
	run -0 --separate-stderr cn-route --line-max 200 --static kafka:x <in
	[ "${lines[0]}" = '{"id":5,"error":"the line is longer than --line-max"}' ]
	[[ ${lines[1]} == '{"id":18,'*'"to":'* ]]
}

@test "--static: one destination, or one of each kind" {
	to "$ORDER" --static kafka:orders
	[ "$output" = '{"kafka":{"topic":"orders"}}' ]
	to "$ORDER" --static kafka:a.b_c-1 --static kinesis:s --static http:esp
	[ "$output" = '{"kafka":{"topic":"a.b_c-1"},"kinesis":{"stream":"s"},"http":{"destination":"esp"}}' ]
}

@test "--by namespace, set, bin and path" {
	to "$ORDER" --by namespace
	[ "$output" = '{"kafka":{"topic":"shop"}}' ]
	to "$ORDER" --by set --sink kinesis
	[ "$output" = '{"kinesis":{"stream":"orders"}}' ]
	to "$ORDER" --by bin=sku
	[ "$output" = '{"kafka":{"topic":"A-9"}}' ]
	to "$ORDER" --by bin=big
	[ "$output" = '{"kafka":{"topic":"9007199254740993"}}' ]
	to "$ORDER" --by bin=name	# a blob of text
	[ "$output" = '{"kafka":{"topic":"orders"}}' ]
	to "${DELETE%\}},\"path\":\"/aerospike/kafka/publish/people/?x=/y\"}" --by path
	[ "$output" = '{"kafka":{"topic":"people"}}' ]
}

@test "--by bin takes only strings, integers and blobs of text" {
	bin() { to '{"id":1,"metadata":{"namespace":"n","msg":"write"},"bins":{"a/b~":'"$1"'},"types":{'"$2"'}}' --by bin=a/b~ --default kafka:other; }
	for value in 1.5 true '[]' '{}' 1e3 18446744073709551616; do
		bin "$value" ''
		[[ $output == '"bin \"a/b~\" is '* ]] || { echo "$value: $output"; false; }
	done
	for type in hll bytes:7 string-base64 geojson-text; do
		bin '"AAEC"' '"/a~1b~0":"'$type'"'
		[[ $output == '"bin \"a/b~\" is neither '* ]]
	done
	bin '"//8="' '"/a~1b~0":"blob"'
	[[ $output == *"a blob that holds no text"* ]]
	bin null ''
	[ "$output" = '{"kafka":{"topic":"other"}}' ]
	bin '""' ''
	[ "$output" = '{"kafka":{"topic":"other"}}' ]
}

@test "a name that is missing goes to --default, is dropped, or is an error" {
	to "$DELETE" --by set --default http:rest
	[ "$output" = '{"http":{"destination":"rest"}}' ]
	to "$DELETE" --by set --default skip
	[ "$output" = '{"id":18,"skip":true}' ]
	to "$DELETE" --by set
	[[ $output == *"has no set, and there is no --default"* ]]
}

@test "--transform: in order, on names from the record" {
	name() { to '{"id":1,"metadata":{"namespace":"n","set":"'"$1"'","msg":"write"}}' --by set "${@:2}"; output=$(jq -r '(.kafka.topic)? // .' <<<"$output"); }
	name " My Orders " --transform trim --transform lowercase --transform 's/ /-/g'
	[ "$output" = my-orders ]
	name orders_v2 --transform 's/^(.*)_v([0-9]+)$/v$2.\1/' --transform uppercase
	[ "$output" = V2.ORDERS ]
	name a-b-c --transform 's,-,_,' --transform 's/B/[&]/i' --transform 's/[][]/./g'
	[ "$output" = a_.b.-c ]
	name abc --transform 's/x*/-/g'
	[ "$output" = -a-b-c- ] || [ "$output" = -a-b-c ]
	name abc --transform 's/b//' --transform 's|a\|c|$0\$|'
	[[ $output == 'kafka:a$c:'* ]]
	name abc --transform 's/.*//'
	[[ $output == *"the name is empty"* ]]
	name 'a\u0000b' --transform 's/a/b/'
	[[ $output == *"only a-z"* ]]
}

@test "--transform j: Java's expressions and replacements" {
	name() { to '{"id":1,"metadata":{"namespace":"n","set":"'"$1"'","msg":"write"}}' --by set "${@:2}"; output=$(jq -r '(.kafka.topic)? // .' <<<"$output"); }
	name x_orders_12 --transform 'j,^x_(.*?)_(\d+)$,$2.$1,g'
	[ "$output" = 12.orders ]
	name abcd --transform 'j/(?:a|ab)(?<rest>c|bcd)/${rest}-/'
	[ "$output" = bcd- ]
}

@test "--for: the first scope that fits decides, what stands before holds for the rest" {
	at() { to '{"id":1,"metadata":{"namespace":"'"$1"'",'"${2:+\"set\":\"$2\",}"'"msg":"write"}}' --by set --default kafka:rest --transform uppercase \
		--for 'shop/a/b' --static kafka:slash --for shop/orders --static kafka:o --with format=json --with 'metadataKey="5"' \
		--for shop/ --static skip --for shop --by namespace --transform 'j/^/ns-/' --with keepMapKeys=true; }
	at shop orders
	[ "$output" = '{"kafka":{"topic":"o","format":"json","metadataKey":"5"}}' ]
	at shop 'ord\u0065rs'
	[ "$output" = '{"kafka":{"topic":"o","format":"json","metadataKey":"5"}}' ]
	at shop a/b
	[ "$output" = '{"kafka":{"topic":"slash"}}' ]
	at shop
	[ "$output" = '{"id":1,"skip":true}' ]
	at shop people
	[ "$output" = '{"kafka":{"topic":"ns-shop","keepMapKeys":true}}' ]
	at test orders
	[ "$output" = '{"kafka":{"topic":"ORDERS"}}' ]
	at test
	[ "$output" = '{"kafka":{"topic":"rest"}}' ]
}

@test "sinks by their own names, and --with for each of them" {
	to "$ORDER" --static sink:hook --static 'sink:it"s' --static kafka:a --with format=json --with 'headers={"a":1}' --with text=a=b
	[ "$output" = '{"hook":{"format":"json","headers":{"a":1},"text":"a=b"},"it\"s":{"format":"json","headers":{"a":1},"text":"a=b"},"kafka":{"topic":"a","format":"json","headers":{"a":1},"text":"a=b"}}' ]
	to "$ORDER" --by set --default kafka:x --with partition=3
	[ "$output" = '{"kafka":{"topic":"orders","partition":3}}' ]
	to "$DELETE" --by set --default kafka:x --with partition=3
	[ "$output" = '{"kafka":{"topic":"x","partition":3}}' ]
	to "$ORDER" --static skip
	[ "$output" = '{"id":17,"skip":true}' ]
}

@test "a name that Kafka does not take is an error line that says it" {
	to '{"id":1,"metadata":{"namespace":"n","set":"my orders","msg":"write"}}' --by set
	[ "$output" = '"kafka:my orders: a topic name takes only a-z A-Z 0-9 . _ -"' ]
	to '{"id":1,"metadata":{"namespace":"n","set":"..","msg":"write"}}' --by set
	[[ $output == *"can't be called"* ]]
	to '{"id":1,"metadata":{"namespace":"n","set":"'"$(printf '%0250d' 0)"'","msg":"write"}}' --by set
	[[ $output == *"longer than 249"* ]]
}

@test "--only-set and --skip-set drop, with any route and with none" {
	for how in "--static kafka:x" "-e {kafka:{topic:.metadata.set}}" ""; do
		# shellcheck disable=SC2086
		{
			route "$ORDER" $how --only-set people --only-set customers
			[ "$output" = '{"id":17,"skip":true}' ]
			route "$ORDER" $how --skip-set orders
			[ "$output" = '{"id":17,"skip":true}' ]
			route "$DELETE" $how --only-set orders
			[ "$output" = '{"id":18,"skip":true}' ]
			route "$DELETE" $how --only-set orders --only-set ''
			[[ $output == "${DELETE%\}}"* ]]
		}
	done
	[ "$output" = "$DELETE" ]	# without a route lines stay as they are
}

@test "--check: file, line and jq's message; exit 78" {
	printf '{kafka:\n  {topic: .metadata.set}\n' >bad.jq
	run -78 cn-route -f bad.jq --check </dev/null
	[[ $output == "cn-route: bad.jq:"[23]": syntax error, "* ]]
	[[ $output != *"jq: error"* ]] && [[ $output != *"top-level"* ]]
	printf 'nosuch(1),\n$nosuch\n' >bad.jq
	run -78 cn-route -f bad.jq </dev/null
	[ "${lines[0]}" = 'cn-route: bad.jq:1: nosuch/1 is not defined' ]
	[ "${lines[1]}" = 'cn-route: bad.jq:2: $nosuch is not defined' ]
	run -78 cn-route -e '}' --check </dev/null
	[[ $output == "cn-route: -e:1: syntax error"* ]]
	run -78 cn-route -e 'include "nosuch"; 1' --check </dev/null
	[[ $output == "cn-route: -e: module not found: nosuch"* ]]
	run -78 cn-route -f nosuch.jq --check </dev/null
	[ "$output" = "cn-route: can't read nosuch.jq: No such file or directory" ]
	run -0 cn-route -e '{kafka: {topic: "x"}}' --check </dev/null
	[ -z "$output" ]
	run -0 cn-route --by set --check </dev/null
	for file in "$ROOT"/pipelines/routes/*.jq; do
		run -0 cn-route -f "$file" --argjson topics '{}' --check </dev/null
	done
}

@test "include and import: beside the file, in -L, and the routes that come along" {
	mkdir lib here
	echo 'def t: {kafka: {topic: "lib"}};' >lib/mine.jq
	echo 'def t: {kafka: {topic: "here"}};' >here/near.jq
	echo 'def t: {kafka: {topic: "cwd"}};' >near.jq
	echo 'include "near"; t' >here/route.jq
	to "$ORDER" -f here/route.jq
	[ "$output" = '{"kafka":{"topic":"here"}}' ]
	to "$ORDER" -L lib -e 'import "mine" as m; m::t'
	[ "$output" = '{"kafka":{"topic":"lib"}}' ]
	CN_ROUTE_LIBRARY=lib to "$ORDER" -e 'include "mine"; t'
	[ "$output" = '{"kafka":{"topic":"lib"}}' ]
	to "$ORDER" -e 'include "cn"; by_set'
	[ "$output" = '{"kafka":{"topic":"orders"}}' ]
	echo 'def t: }' >lib/mine.jq
	run -78 cn-route -L lib -e 'include "mine"; t' </dev/null
	[[ $output == "cn-route: "*"/lib/mine.jq:1: syntax error"* ]]
}

@test "--arg and --argjson, in one word or in jq's two" {
	to "$ORDER" -e '{kafka: {topic: $t, key: $k.a, x: $e}}' --arg t=x=y --argjson k '{"a":[1]}' --arg e ''
	[ "$output" = '{"kafka":{"topic":"x=y","key":[1],"x":""}}' ]
	run -64 cn-route -e . --argjson k=nope </dev/null
	run -64 cn-route -e . --arg =x </dev/null
}

@test "a program sees no environment but what --env lets in, and no ~/.jq" {
	echo 'def select(f): {kafka: {topic: "from home"}};' >.jq
	HOME=$PWD SECRET=s OPEN=o to "$ORDER" -e 'select(true) | {kafka: [$ENV.SECRET, env.SECRET, $ENV.OPEN, env.OPEN, env.HOME]}' --env OPEN
	[ "$output" = '{"kafka":[null,null,"o","o",null]}' ]
}

@test "what a program can call and should not: no crash, nothing lost" {
	while IFS='|' read -r program want; do
		to "$ORDER" -e "$program"
		[ "$output" = "$want" ] || { echo "$program: $output"; false; }
	done <<-'END'
		halt|"the program called halt, which it can't here"
		halt_error|"{\"id\":17,\"metadata\":{\"namespace\":\"shop\",\"set\":\"orders\",\"userKey\":\"o-17\",\"digest\":\"7GuNIoca3f0yU8bTUgVi0W+Xfpc=\",\"msg\":\"write\",\"gen\":7},\"bins\":{\"qty\":42,\"big\":9007199254740992,\"sku\":\"A-9\",\"raw\":\"AAEC\",\"name\":\"b3JkZXJz\"},\"types\":{\"/raw\":\"blob\",\"/name\":\"blob\"}}"
		input|"input: the program sees one line at a time"
		{kafka: [inputs]}|"input: the program sees one line at a time"
		{kafka: [input_filename]}|{"kafka":[null]}
		{kafka: [$__loc__.line]}|{"kafka":[1]}
		{kafka: [nan, infinite, 1e17, 0.1, -5, 1e1000]}|{"kafka":[null,1.7976931348623157e+308,1e+17,0.1,-5,1.7976931348623157e+308]}
	END
	to "$ORDER" -e '{kafka: {topic: .metadata.set | debug}}'
	[ "$output" = '{"kafka":{"topic":"orders"}}' ]
	grep -q 'msg=debug value=' err
}

@test "a program that makes jq abort costs its record only" {
	printf '%s\n' "$ORDER" '{"id":19,"metadata":{"namespace":"n","msg":"write"},"bins":{"t":1e300}}' "$ORDER" >in
	ASAN_OPTIONS=detect_leaks=0 run -0 --separate-stderr cn-route -e '{kafka: {topic: "x", t: (.bins.t // 0 | todate)}}' <in
	[ ${#lines[@]} = 3 ]
	[[ ${lines[0]} == *'"t":"1970-01-01T00:00:00Z"'* ]]
	[ "${lines[1]}" = '{"id":19,"error":"jq gave up on this record (abort)"}' ]
	[ "${lines[2]}" = "${lines[0]}" ]
}

# What a program sees of a record must be what jq itself sees, whichever parts of the record were built for it.
@test "each of 190 programs gives what jq gives" {
	local records=$T/twice.ndjson program n=0 bad	# the second time some answers come from memory
	cat "$FIXTURES/route/records.ndjson" "$FIXTURES/route/records.ndjson" >"$records"
	while IFS= read -r program; do
		printf '{x: {v: [(%s\n)]}}' "$program" >p.jq
		{ printf 'try '; cat p.jq; printf ' catch {error: .}'; } >try.jq
		n=$((n + 1))
		echo "{\"error\":\"== $n\"}" | tee -a want.all >>got.all
		# What is no program to one must be none to the other.
		HOME=/nonexistent jq -c -f try.jq "$records" >>want.all 2>err || { [ $? = 3 ] && echo '{"error":"none"}' >>want.all; }
		cn-route -f p.jq <"$records" >>got.all 2>err || { [ $? = 78 ] && echo '{"error":"none"}' >>got.all; }
	done <"$FIXTURES/route/programs.txt"
	[ $n -gt 170 ]
	jq -cS 'if .error then {error: (.error | if type == "string" then . else tojson end)} else . end' <want.all >want
	jq -cS 'if .error then {error} else .to end' <got.all >got
	if ! cmp -s want got; then
		bad=$(head -n "$(cmp want got | sed 's/.*line //')" want | sed -n 's/^{"error":"== \(.*\)"}$/\1/p' | tail -n 1)
		sed -n "${bad}p" "$FIXTURES/route/programs.txt"
		diff want got | head -n 20
		return 1
	fi
	[ "$(wc -l <got)" -gt $((170 * 25)) ]
}

@test "a program that asks for the time runs for each record" {
	mkfifo in
	exec 5<>in
	start_bg cn-route -e '{kafka: {topic: "x", key: now}}' <in >out 2>err 5>&-
	for i in 1 2; do
		echo "$ORDER" >&5
		wait_for_lines out $i
	done
	[ "$(jq .to.kafka.key <out | sort -u | wc -l)" = 2 ]
}

@test "SIGHUP reads the file again; one that does not compile keeps the old" {
	echo '{kafka: {topic: "one"}}' >route.jq
	mkfifo in
	start_bg cn-route -f route.jq <>in >out 2>err
	pid=$PID
	echo "$ORDER" >in
	wait_for_line out '"topic":"one"'
	echo '{kafka: {topic: "two"}}' >route.jq
	kill -HUP "$pid"
	wait_for_line err 'read again'
	echo "$ORDER" >in
	wait_for_line out '"topic":"two"'
	echo '{kafka: {topic' >route.jq
	kill -HUP "$pid"
	wait_for_line err 'kept the old program.*route.jq:1: syntax error'
	echo "$ORDER" >in
	wait_for_lines out 3
	[ "$(grep -c '"topic":"two"' out)" = 2 ]
	kill -USR1 "$pid"
	wait_for_line err 'msg=counters lines=3 routed=3 skipped=0 errors=0 passed=0'
}

@test "a line that comes alone goes on at once, and counters stand at the end" {
	mkfifo in
	exec 5<>in
	start_bg cn-route --by set <in >out 2>err 5>&-
	echo "$ORDER" >&5
	wait_for_line out '"to":'
	echo '{"id":1,"skip":true}' >&5
	wait_for_lines out 2
	exec 5>&-
	wait_exit "$PID"
	[ "$status" = 0 ]
	grep -q 'msg=counters lines=2 routed=1 skipped=0 errors=0 passed=1' err
}

@test "a full disk is an error" {
	run -74 --separate-stderr bash -c 'echo "$0" | cn-route --static kafka:x >/dev/full' "$ORDER"
	[[ $stderr == *"No space left on device"* ]]
}

@test "usage" {
	run -64 cn-route </dev/null
	run -64 cn-route -e . -f x </dev/null
	run -64 cn-route -e . --by set </dev/null
	run -64 cn-route --by nonsense </dev/null
	[[ $output == *"--by nonsense: must be"* ]]
	run -64 cn-route --static orders </dev/null
	[[ $output == *"not of the form KIND:NAME"* ]]
	run -64 cn-route --static sqs:orders </dev/null
	run -64 cn-route --static kafka:a --static kafka:b </dev/null
	run -64 cn-route --static "kafka:a b" </dev/null
	run -64 cn-route --static kafka:a --by set </dev/null
	run -64 cn-route --static kafka:a --transform trim </dev/null
	run -64 cn-route --by set --transform 's/(/x/' </dev/null
	run -64 cn-route --by set --transform 's/a/$1/' </dev/null
	run -64 cn-route --by set --transform s/a/b </dev/null
	run -64 cn-route --by set --transform title </dev/null
	run -64 cn-route --by set --default kafka </dev/null
	run -64 cn-route --by set --transform 'j/(/x/' </dev/null
	run -64 cn-route --static skip --static kafka:a </dev/null
	run -64 cn-route --static kafka:a --static skip </dev/null
	run -64 cn-route --static sink:a --static sink:a </dev/null
	run -64 cn-route --by set --sink sink </dev/null
	run -64 cn-route --for shop --static kafka:a </dev/null
	[[ $output == *"a route for the other records too"* ]]
	run -64 cn-route --static kafka:a --for shop </dev/null
	run -64 cn-route --static kafka:a --for /x --static kafka:b </dev/null
	run -64 cn-route -e . --for shop --static kafka:b </dev/null
	run -64 cn-route --only-set a --with format=json </dev/null
	run -64 cn-route --by set --sink jms </dev/null
	run -64 cn-route --by set extra </dev/null
	run -0 cn-route --version
	[[ $output == *libjq* ]]
}

@test "cn.jq: every helper" {
	cat >helpers.jq <<-'END'
		include "cn";
		{kafka: [
		kafka("a"), kafka("a"; "k"), kinesis("s"), http("d"), skip,
		(kafka("a") | with_key("k") | with_headers({x: "1"}) | with_headers({y: "2"}) | with_format("line") | with_partition(2)),
		kafka("a") + kinesis("b"),
		namespace, set_name, is_delete, is_write, bin("qty"), has_bin("qty"), key_of,
		("my topic/ü" | topic_name),
		by_set("other"), (try by_set catch .), by_namespace, by_bin("sku"; "other"),
		by_table({orders: "x"}; null), by_table({orders: "x"}; "y"),
		([only_sets(["orders"])], [without_sets(["orders"])], [only_namespaces(["shop"])], [only_writes], [only_deletes] | length)
		]}
	END
	printf '%s\n' "$ORDER" "$DELETE" | cn-route -f helpers.jq 2>err | jq -c '.to.kafka[]' >got
	diff - got <<-'END'
		{"kafka":{"topic":"a"}}
		{"kafka":{"topic":"a","key":"k"}}
		{"kinesis":{"stream":"s"}}
		{"http":{"destination":"d"}}
		null
		{"kafka":{"topic":"a","key":"k","headers":{"x":"1","y":"2"},"format":"line","partition":2}}
		{"kafka":{"topic":"a"},"kinesis":{"stream":"b"}}
		"shop"
		"orders"
		false
		true
		42
		true
		"o-17"
		"my_topic__"
		{"kafka":{"topic":"orders"}}
		{"kafka":{"topic":"orders"}}
		{"kafka":{"topic":"shop"}}
		{"kafka":{"topic":"A-9"}}
		{"kafka":{"topic":"x"}}
		{"kafka":{"topic":"x"}}
		1
		0
		1
		1
		0
		{"kafka":{"topic":"a"}}
		{"kafka":{"topic":"a","key":"k"}}
		{"kinesis":{"stream":"s"}}
		{"http":{"destination":"d"}}
		null
		{"kafka":{"topic":"a","key":"k","headers":{"x":"1","y":"2"},"format":"line","partition":2}}
		{"kafka":{"topic":"a"},"kinesis":{"stream":"b"}}
		"shop"
		null
		true
		false
		null
		false
		"7GuNIoca3f0yU8bTUgVi0W+Xfpc="
		"my_topic__"
		{"kafka":{"topic":"other"}}
		"the record has no set"
		{"kafka":{"topic":"shop"}}
		{"kafka":{"topic":"other"}}
		null
		{"kafka":{"topic":"y"}}
		0
		1
		1
		0
		1
	END
}
