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
	while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
	done < <(sources) >"$T/bad"
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
		sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\(.*\)".*/\1/p' "$file" | while read -r header; do
			found=
			for place in $allowed; do
				[[ $header != */* && -f $place/$header ]] && found=yes
			done
			[ -n "$found" ] || echo "$file includes $header"
		done
	done < <(find tools -name '*.[ch]') >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "no line of C is far over 120 columns or has blanks at its end" {
	while read -r file; do
		expand -t 8 "$file" | awk -v f="$file" 'length > 160 { print f ":" NR ": " length " columns" } / $/ { print f ":" NR ": blank at the end" }'
	done < <(find tools -name '*.[ch]') >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "every header guards itself" {
	while read -r header; do
		guard=$(basename "$header" | tr 'a-z.-' 'A-Z__')
		grep -q "^#ifndef $guard$" "$header" || echo "$header has no guard $guard"
	done < <(find tools test -name '*.h') >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "scripts that are run are executable, others are not" {
	while read -r file; do
		first=$(head -c 2 "$file" | tr -d '\0')
		case $file in
		*.bats) continue ;;
		esac
		if [ "$first" = '#!' ] && [ ! -x "$file" ]; then
			echo "$file: begins with #! and is not executable"
		elif [ "$first" != '#!' ] && [ -x "$file" ]; then
			echo "$file: executable, and no script"
		fi
	done < <(sources) >"$T/bad"
	cat "$T/bad"
	[ ! -s "$T/bad" ]
}

@test "every bats file loads the helper" {
	run grep -L '^load helper' test/*.bats
	[ -z "$output" ]
}
