#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
bats_require_minimum_version 1.5.0
load helper

setup() { needs cn-bins; }

# bins LINE OPTION...: one line through cn-bins, into $output.
bins() {
	local line=$1
	shift
	run -0 bash -c 'printf "%s\n" "$0" | cn-bins "$@" 2>err' "$line" "$@"
}

ORDER='{"id":17,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","msg":"write"},"bins":{"qty": 9007199254740993,"a/b":[1, 2],"x_raw":"AAEC","Z\u00fcri":{"k":null}},"types":{"/a~1b":"ordered","/x_raw":"blob","/Z\u00fcri/k":"nil"},"more":[1,2]}'

@test "names change, values and the rest keep their bytes, types follow" {
	bins "$ORDER" --rename qty=n --transform 'j/^x_(.*)/$1/g' --transform uppercase
	want='{"id":17,"metadata":{"namespace":"shop","set":"orders","userKey":"o-17","msg":"write"},"bins":{"n":9007199254740993,"A/B":[1, 2],"RAW":"AAEC","ZüRI":{"k":null}},"types":{"/A~1B":"ordered","/RAW":"blob","/ZüRI/k":"nil"},"more":[1,2]}'
	[ "$output" = "$want" ]
}

@test "include, exclude, both, all; types of dropped bins go with them" {
	bins "$ORDER" --include qty --include x_raw
	[[ $output == *'"bins":{"qty":9007199254740993,"x_raw":"AAEC"},"types":{"/x_raw":"blob"},"more"'* ]]
	bins "$ORDER" --include qty --include x_raw --exclude x_raw
	[[ $output == *'"bins":{"qty":9007199254740993},"types":{},"more"'* ]]
	bins "$ORDER" --exclude a/b --exclude Züri
	[[ $output == *'"bins":{"qty":9007199254740993,"x_raw":"AAEC"},"types":{"/x_raw":"blob"},"more"'* ]]
	bins "$ORDER" --exclude-all
	[[ $output == *'"bins":{},"types":{},"more"'* ]]
}

@test "what is not touched passes byte for byte" {
	for line in '{"id":1,"skip":true}' '{"id":1, "error":"x"}' '{"id":1,"metadata":{"namespace":"a","msg":"delete"}}' \
		'{"id": 1,"metadata":{"namespace":"a","msg":"write"},"bins":{ "b" : 1 },"types":{ }}'; do
		bins "$line" --rename other=x --exclude none --transform lowercase
		[ "$output" = "$line" ]
	done
}

@test "types before bins, and a name that is escaped in one of the two" {
	bins '{"types":{"/b\u0061":"blob"},"id":1,"metadata":{"namespace":"a","msg":"write"},"bins":{"\u0062a":"AA=="}}' --rename ba=c
	[ "$output" = '{"types":{"/c":"blob"},"id":1,"metadata":{"namespace":"a","msg":"write"},"bins":{"c":"AA=="}}' ]
}

@test "a pointer in types with a lone tilde keeps its text whole" {
	bins '{"id":1,"metadata":{"namespace":"a","msg":"write"},"bins":{"x":1},"types":{"/~ü/1":"blob","/~":"nil"}}' --rename x=y
	[ "$output" = '{"id":1,"metadata":{"namespace":"a","msg":"write"},"bins":{"y":1},"types":{"/~0ü/1":"blob","/~0":"nil"}}' ]
}

@test "--for: the first scope that fits decides" {
	at() { bins '{"id":1,"metadata":{"namespace":"'"$1"'",'"${2:+\"set\":\"$2\",}"'"msg":"write"},"bins":{"a":1,"b":2}}' --exclude a \
		--for shop/orders --rename a=x --for shop/ --exclude-all --for shop --transform uppercase && output=$(jq -c .bins <<<"$output"); }
	at shop orders
	[ "$output" = '{"x":1,"b":2}' ]
	at shop people
	[ "$output" = '{"A":1,"B":2}' ]
	at shop
	[ "$output" = '{}' ]
	at test orders
	[ "$output" = '{"b":2}' ]
}

@test "two bins of one name, an empty name, no record: an error line each, and it goes on" {
	run -65 bash -c 'cn-bins --rename a=b --transform "s/^e\$//" 2>err' <<-'END'
		{"id":1,"metadata":{"namespace":"n","msg":"write"},"bins":{"a":1,"b":2}}
		{"id":2,"metadata":{"namespace":"n","msg":"write"},"bins":{"e":1}}
		{"id":3,"bins":{}}
		nonsense
		{"id":5,"metadata":{"namespace":"n","msg":"write"},"bins":{"a":1}}
	END
	[ "${lines[0]}" = '{"id":1,"error":"two bins would have the name b"}' ]
	[ "${lines[1]}" = '{"id":2,"error":"a bin'"'"'s name becomes empty"}' ]
	[[ ${lines[2]} == '{"id":3,"error":"not a record: '* ]]
	[ "${lines[3]}" = '{"id":5,"metadata":{"namespace":"n","msg":"write"},"bins":{"b":1}}' ]
	grep -q 'line=4' err
}

@test "many bins, and names seen before" {
	seq 1 300 | jq -cs '{id: 1, metadata: {namespace: "n", msg: "write"}, bins: (map({key: "X\(.)", value: .}) | from_entries)}' >line
	cat line line line | cn-bins --transform lowercase 2>err | jq -c '.bins | [length, (keys | map(startswith("x")) | all)]' >got
	[ "$(sort -u got)" = '[300,true]' ]
	[ "$(wc -l <got)" = 3 ]
}

@test "a line that comes alone goes on at once" {
	mkfifo in
	exec 5<>in
	start_bg cn-bins --exclude a <in >out 2>err 5>&-
	echo '{"id":1,"metadata":{"namespace":"n","msg":"write"},"bins":{"a":1}}' >&5
	wait_for_lines out 1
	kill -USR1 "$PID"
	wait_for_line err 'changed=1'
	exec 5>&-
	wait_exit "$PID"
	[ "$status" -eq 0 ]
}

@test "usage, and a full disk" {
	run -64 cn-bins </dev/null
	run -64 cn-bins --for a --for b </dev/null
	run -64 cn-bins --rename a </dev/null
	run -64 cn-bins --rename a=b --rename a=c </dev/null
	run -64 cn-bins --transform title </dev/null
	run -64 cn-bins --for /x --exclude a </dev/null
	run -64 cn-bins --exclude a file </dev/null
	run -74 bash -c 'echo "{\"id\":1,\"skip\":true}" | cn-bins --exclude a >/dev/full'
}
