# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2317 # what is set here is read in the tests, functions are called there
# What the tests of as-put share: servers, lines, acks.

# local_start [OPTION...]: sets LOCAL (pid), DB (port) and AEROSPIKE
local_start() {
	: >"$T/address"
	start_bg as-local -p "${DB:-0}" "$@" >"$T/address" 2>>"$T/log" </dev/null 6>&- 7>&-
	LOCAL=$PID
	wait_for_line "$T/address" :
	AEROSPIKE=$(cat "$T/address")
	DB=${AEROSPIKE##*:}
}

ask() { "$ROOT/test/as-local/ask" "$DB" "$@"; }
put() { as-put -h "$AEROSPIKE" "$@" 2>err; }

# record ID KEY VALUE [METADATA-MEMBERS]; over ID KEY [METADATA-MEMBERS]: its delete
record() { echo '{"id":'"$1"',"metadata":{"namespace":"test","set":"s","userKey":"'"$2"'","msg":"write"'"${4:+,$4}"'},"bins":{"v":'"$3"'}}'; }
over() { echo '{"id":'"$1"',"metadata":{"namespace":"test","set":"s","userKey":"'"$2"'","msg":"delete"'"${3:+,$3}"'}}'; }

# records FIRST LAST KEYS: a line for each number, its key one of KEYS
records() {
	seq "$1" "$2" | awk -v keys="$3" '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"test\",\"set\":\"s\",\"userKey\":\"k%d\",\"msg\":\"write\"},\"bins\":{\"v\":%d}}\n",
		$1, $1 % keys, $1 }'
}

# A record for each row of the fixture: bins, and what types says of them
values() {
	awk -F '\t' '{ printf "{\"id\":%d,\"metadata\":{\"namespace\":\"test\",\"set\":\"t\",\"userKey\":%d,\"msg\":\"write\",\"exp\":0},\"bins\":%s%s}\n",
		NR, NR, $1, $2 ? ",\"types\":" $2 : "" }' "$FIXTURES/sink/values.tsv"
}

# as-put in the background, fed through descriptor 6; its acks in the file acks.
put_start() {
	rm -f in
	mkfifo in
	run_put() { exec as-put -h "$AEROSPIKE" "$@" <in >acks 2>err 6>&- 7>&-; }
	start_bg run_put "$@"
	PUT=$PID
	exec 6>in
}
put_end() {
	exec 6>&-
	wait_exit "$PUT" 20
}
# All ids of the acks in the file acks, one a line
acked() { jq -r 'if has("ack") | not then empty elif (.ack | type) == "array" then range(.ack[0]; .ack[1] + 1) else .ack end' acks; }
acked_more_than() { [ "$(acked | wc -l)" -gt "$1" ]; }
counter() { grep counters err | tail -n 1 | grep -o " $1=[0-9]*" | cut -d = -f 2; }

# A cluster of one node before as-local that makes trouble to order, by tell; sets AEROSPIKE
fake_start() {
	mkfifo commands
	run_fake() { exec "$ROOT/test/fake-cluster" "$AEROSPIKE" 1 "$@" <commands >fake.out 2>fake.err 7>&-; }
	start_bg run_fake "$@"
	exec 7>commands
	wait_for_line fake.out ready
	AEROSPIKE=127.0.0.1:$(sed -n 's/^ready //p' fake.out)
}
tell() {
	local n
	n=$(wc -l <fake.out)
	echo "$1" >&7
	wait_for_lines fake.out $((n + 1))
}
