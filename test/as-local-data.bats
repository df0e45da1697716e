# SPDX-License-Identifier: Apache-2.0
# as-local --data: what was answered is there after the worst end, and bad directories are refused by name.

load helper

setup() {
	needs as-local
	DATA=$T/data
}

# local_start [OPTION...]: sets PID and PORT
local_start() {
	: >"$T/address"
	start_bg as-local -p 0 "$@" >"$T/address" 2>>"$T/log" </dev/null
	wait_for_line "$T/address" : || {
		cat "$T/log" >&2
		return 1
	}
	PORT=$(sed 's/.*://' "$T/address")
}

ask() { "$ROOT/test/as-local/ask" "$PORT" "$@"; }

# Refuses to start: code and text
refuses() {
	local code=$1 text=$2
	shift 2
	run -"$code" timeout 20 as-local -p 0 "$@"
	[[ $output == *"$text"* ]] || {
		say "said: $output"
		return 1
	}
}

@test "killed in the midst of writes, again and again: nothing that was answered is lost" {
	"$ROOT/test/as-local/crash" "$DATA" 12
}

@test "records, sets, generations, void times and truncations survive an orderly end" {
	local_start -d "$DATA" -n test -n shop
	[ "$(ask put test people ada one)" = ok ]
	[ "$(ask put test people ada two)" = ok ]
	[ "$(ask put test '' plain three 1000)" = ok ]
	[ "$(ask put shop orders ada other)" = ok ]
	[ "$(ask fill test gone 0 20)" = 20 ]
	[ "$(ask put test brief soon over 1)" = ok ]
	ask info 'truncate:namespace=test;set=gone' | grep -qi ok
	stop "$PID"
	sleep 1
	local_start -d "$DATA" -n test -n shop
	[ "$(ask get test people ada)" = "2 two" ]
	[ "$(ask get test '' plain)" = "1 three" ]
	[ "$(ask get shop orders ada)" = "1 other" ]
	[ "$(ask get test brief soon)" = "code 2" ]
	[ "$(ask count test gone)" = 0 ]
	[ "$(ask count test)" = 2 ]
	ask info sets/test | grep -q 'set=people'
}

@test "another choice of namespaces leaves the records of the others where they are" {
	local_start -d "$DATA" -n one
	[ "$(ask put one s a first)" = ok ]
	ask info 'sindex-create:ns=one;set=s;indexname=by_v;bin=v;type=string' | grep -qi ok
	stop "$PID"
	local_start -d "$DATA" -n two
	[ "$(ask put two s a second)" = ok ]
	[ "$(ask get one s a)" = "code 20" ]
	stop "$PID"
	local_start -d "$DATA" -n two -n one
	[ "$(ask get one s a)" = "1 first" ]
	[ "$(ask get two s a)" = "1 second" ]
	ask info sindex-list:ns=one | grep -q by_v
}

@test "a second process on the same directory is refused, and the first goes on" {
	local_start -d "$DATA"
	refuses 69 "$DATA is in use by another process" -d "$DATA"
	[ "$(ask put test s a b)" = ok ]
	stop "$PID" KILL
	local_start -d "$DATA"
	[ "$(ask get test s a)" = "1 b" ]
}

@test "a file that is no database" {
	mkdir "$DATA"
	head -c 20000 /dev/urandom >"$DATA/data.mdb"
	refuses 65 "$DATA: can't open: MDB_INVALID" -d "$DATA"
	printf 'short' >"$DATA/data.mdb"
	refuses 65 "$DATA: can't open: MDB_INVALID" -d "$DATA"
}

@test "a database of another program is refused and left alone" {
	mkdir "$DATA"
	cc -o "$T/foreign" -x c - -llmdb <<-'C'
		#include <lmdb.h>
		#include <stddef.h>
		int main(int argc, char **argv)
		{
			MDB_env *e; MDB_txn *t; MDB_dbi d;
			MDB_val k = { 3, "key" }, v = { 5, "value" };
			return argc != 2 || mdb_env_create(&e) || mdb_env_open(e, argv[1], 0, 0600) || mdb_txn_begin(e, NULL, 0, &t) ||
				mdb_dbi_open(t, NULL, 0, &d) || mdb_put(t, d, &k, &v, 0) || mdb_txn_commit(t);
		}
	C
	"$T/foreign" "$DATA"
	sha256sum "$DATA/data.mdb" >"$T/sum"
	refuses 65 "$DATA: holds a database of some other program" -d "$DATA"
	sha256sum -c "$T/sum"
}

@test "a database that was cut short, or overwritten in its midst" {
	local_start -d "$DATA"
	[ "$(ask fill test s 0 500 300)" = 500 ]
	stop "$PID"
	cp -r "$DATA" "$T/cut"
	truncate -s 20000 "$T/cut/data.mdb"
	refuses 65 "$T/cut: data.mdb is damaged" -d "$T/cut"
	# Every page but the two that tell where things are.
	dd if=/dev/zero of="$DATA/data.mdb" bs=4096 seek=2 conv=notrunc count=$(($(stat -c %s "$DATA/data.mdb") / 4096 - 2)) status=none
	run timeout 20 as-local -p 0 -d "$DATA"
	[ "$status" -eq 65 ] || [ "$status" -eq 74 ]
	[[ $output == *"$DATA: "* ]]
}

@test "a directory that can't be made, is a file, or may not be written" {
	refuses 78 "can't make $T/no/such" -d "$T/no/such"
	echo >"$T/file"
	refuses 78 "can't use $T/file: Not a directory" -d "$T/file"
	local as='' place
	place=$(mktemp -d)
	cp "$BIN/as-local" "$place"
	mkdir "$place/data"
	chmod 755 "$place"
	if [ "$(id -u)" = 0 ]; then	# who may write everywhere
		chown 65534 "$place/data"
		as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	fi
	chmod 500 "$place/data"
	run -78 $as timeout 20 "$place/as-local" -p 0 -d "$place/data"
	rm -rf "$place"
	[[ $output == *"can't use $place/data: Permission denied"* ]]
}

# Ends with an error that names the directory; what was answered before is there after a restart with room.
full() {
	local done
	done=$(ask fill test s 0 100000 500 | tee "$T/fill" | head -n 1)
	grep -q ended "$T/fill"
	[ "$done" -gt 50 ]
	wait_exit "$PID"
	[ "$status" -eq 74 ]
	grep -q "$DATA: can't commit: \($1\|the disk is full\)" "$T/log"
	local_start -d "$DATA"
	[ "$(ask count test s)" -ge "$done" ]
	[ "$(ask get test s k0)" = "1 0" ]
	[ "$(ask get test s "k$((done - 1))")" = "1 $((done - 1))" ]
}

@test "a file that may not grow: an error, and nothing answered is lost" {
	ulimit -S -f 500
	local_start -d "$DATA"
	ulimit -S -f unlimited
	full "File too large"
}

@test "a full disk: an error, and nothing answered is lost" {
	mkdir "$DATA"
	mount -t tmpfs -o size=600k none "$DATA" 2>/dev/null || skip "may not mount"
	local_start -d "$DATA"
	run full "No space left on device"
	stop_all
	umount "$DATA"
	[ "$status" -eq 0 ] || {
		say "$output"
		return 1
	}
}

@test "little address space: a smaller map, and it works" {
	[[ $BIN != */san ]] || skip "sanitizers take more"
	ulimit -S -v 4000000
	local_start -d "$DATA"
	[ "$(ask fill test s 0 100)" = 100 ]
	stop "$PID"
	local_start -d "$DATA"
	[ "$(ask count test s)" = 100 ]
}
