#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load helper

@test "make install puts programs, pages and pipelines below PREFIX; make uninstall takes all of it away" {
	make -C "$ROOT" -s install DESTDIR="$T/dest" PREFIX=/opt/cn SAN= CI=
	for dir in "$ROOT"/tools/*-*/; do
		name=$(basename "$dir")
		"$T/dest/opt/cn/bin/$name" --version | grep -q "^$name "
		[ -s "$T/dest/opt/cn/share/man/man1/$name.1" ]
	done
	[ -s "$T/dest/opt/cn/share/man/man5/cn-lines.5" ]
	[ -s "$T/dest/opt/cn/share/man/man7/cn-pipelines.7" ]
	[ -s "$T/dest/opt/cn/share/doc/cn/README.md" ]
	[ -x "$T/dest/opt/cn/share/doc/cn/pipelines/outbound-kafka" ]
	make -C "$ROOT" -s uninstall DESTDIR="$T/dest" PREFIX=/opt/cn
	run find "$T/dest" -type f
	[ -z "$output" ]
}

@test "make help names every target that people use" {
	run make -C "$ROOT" -s help
	for target in test demo bench lint fuzz deps install clean; do
		[[ $output == *"make $target "* ]]
	done
}

@test "make -j clean with another goal first cleans and then builds" {
	mkdir "$T/tools"
	cp "$ROOT/Makefile" "$T"
	cp -R "$ROOT/tools/lib" "$ROOT/tools/aero" "$ROOT/tools/cn-decode" "$T/tools"
	for _ in 1 2; do
		make -C "$T" -s -j2 clean bin/cn-decode SAN= CI= OPT=-O0
		[ -x "$T/bin/cn-decode" ]
	done
}

@test "a program is built with a position independent executable, RELRO and immediate binding" {
	command -v readelf >/dev/null || skip_or_fail "needs readelf"
	[ "$BIN" = "$ROOT/bin" ] || skip "these are built for the sanitizers"
	for program in "$BIN"/*; do
		[ -f "$program" ] || continue
		readelf -hW "$program" | grep -q 'Type:.*DYN'
		readelf -lW "$program" | grep -q GNU_RELRO
		readelf -dW "$program" | grep -q BIND_NOW
		readelf -lW "$program" | grep GNU_STACK | grep -qv E
	done
}
