#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# House rules that a machine can see.
load helper

setup() { cd "$ROOT"; }

# Our own text files, by name; test data and what was built are none.
sources() {
	find Makefile .ci tools man pipelines test -type f ! -path 'test/fixtures/*' ! -path '*/corpus/*' ! -name '*.pyc' ! -name '*.json' \
		! -name '*.ndjson' ! -name '*.bin' ! -name '*.md' ! -name '.*' -print | sort
}

@test "every source file begins with its SPDX line" {
	sources | xargs awk 'FNR == 1 { files[FILENAME] } FNR <= 2 && /SPDX-License-Identifier: Apache-2.0/ { good[FILENAME] } FNR == 2 { nextfile }
		END { for (f in files) if (!(f in good)) print f }' >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "no file names a place of the machine it was written on" {
	# Each pattern in two parts, so that this file doesn't find itself.
	run grep -nE '(/wo''rk/|/ro''ot/|/ho''me/[a-z])' $(sources) README.md
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "arrows point one way: programs to aero to lib, no program to another" {
	while read -r file; do
		dir=${file%/*}
		case $dir in
		tools/lib) allowed="tools/lib" ;;
		tools/aero) allowed="tools/aero tools/lib" ;;
		*) allowed="$dir tools/aero tools/lib" ;;
		esac
		while read -r header; do
			found=
			for place in $allowed; do
				[[ $header != */* && -f $place/$header ]] && found=yes
			done
			[ -n "$found" ] || echo "$file includes $header"
		done < <(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\(.*\)".*/\1/p' "$file")
	done < <(find tools -name '*.[ch]') >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "no line of C is far over 120 columns or has blanks at its end" {
	find tools -name '*.[ch]' -exec awk '/ $/ { print FILENAME ":" FNR ": blank at the end" }
		{ while (i = index($0, "\t")) $0 = substr($0, 1, i - 1) substr("        ", 1, 8 - (i - 1) % 8) substr($0, i + 1) }
		length > 160 { print FILENAME ":" FNR ": " length " columns" }' {} + >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "every header guards itself" {
	while read -r header; do
		guard=${header##*/}
		guard=${guard^^}
		guard=${guard//[.-]/_}
		grep -q "^#ifndef $guard$" "$header" || echo "$header has no guard $guard"
	done < <(find tools test -name '*.h') >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "scripts that are run are executable, others are not" {
	sources | grep -v '[.]bats$' | xargs awk 'FNR == 1 { print (/^#!/ ? "script" : "other"), FILENAME; nextfile }' | sort >"$T/kinds"
	while read -r kind file; do
		if [ $kind = script ] && [ ! -x "$file" ]; then
			echo "$file: begins with #! and is not executable"
		elif [ $kind = other ] && [ -x "$file" ]; then
			echo "$file: executable, and no script"
		fi
	done <"$T/kinds" >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "every bats file loads the helper" {
	run grep -L '^load helper' test/*.bats
	[ -z "$output" ]
}

@test "the client's functions carry its prefix, and what it shows includes none of its insides" {
	objects=$(dirname "${CN_UNIT:-build/std/unit}")/tools/aero
	[ -f "$objects/client.o" ] || skip "needs a build"
	run -1 eval 'nm -g --defined-only "$objects"/client*.o | awk "NF == 3 { print \$3 }" | grep -Ev "^(client_|command_|scan_cursor_|scan_range_)"'
	[ -z "$output" ]
	for header in client client_batch client_message client_scan cluster_options; do
		sed -n 's/^#include "\(client.*\)"$/\1/p' "tools/aero/$header.h"
	done | sort -u >"$T/included"
	diff - "$T/included" <<-'END'
		client.h
		client_timer.h
	END
}
