# SPDX-License-Identifier: Apache-2.0
# make            builds every program into bin/
# make demo       sets up what is missing, builds, shows the outbound pipeline at work (KAFKA=real: into Apache Kafka)
# make test       sets up what is missing, builds, runs all tests (TESTS="test/cn-route.bats ...": only these)
# make bench      measures, prints a table (BENCH="name ...": only these)
# make crash      kills stages at random for minutes, with Apache Kafka, then Kinesis too, and counts (RECORDS=20000 KAFKA=local SEED=7: otherwise)
# make lint       compiler warnings as errors, shellcheck, man pages, house style
# make test-clients  runs the official Node client's own test suite against as-local (CLIENTS="lists maps": only these files)
# make fuzz       runs every fuzz target for FUZZ_SECONDS=20 (FUZZ=name: only this)
# make deps       installs the Debian packages that are missing when root, names them when not
# make install    programs, man pages, pipelines below PREFIX=/usr/local (DESTDIR=...); make uninstall takes them away
# make clean      removes what was built
#
# SAN=1           builds with ASan and UBSan (into build/san and bin/san); CI=1 makes warnings errors; V=1 shows commands

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := 0.1.0

# What Debian must provide: to build and run, to test, to lint and fuzz.
DEB_BUILD := gcc make pkg-config libmicrohttpd-dev libnghttp2-dev libgnutls28-dev libmsgpack-dev libjq-dev libonig-dev \
	librdkafka-dev libcurl4-openssl-dev libgcrypt20-dev zlib1g-dev liblmdb-dev libcrypt-dev libyaml-dev
DEB_DEMO  := jq kcat curl procps
DEB_REAL  := default-jre-headless maven
# A node that is there already, from wherever, will do.
DEB_NODE  := $(if $(shell command -v npm),,nodejs npm)
DEB_TEST  := $(DEB_DEMO) $(DEB_REAL) $(DEB_NODE) bats haproxy systemd nghttp2-client openssl python3 mandoc nginx-light libavro-dev
DEB_BENCH := redis-server redis-tools webdis wrk
DEB_LINT  := clang libclang-rt-14-dev shellcheck valgrind

# Packages that a program links, beside the two libraries of the project.
PKGS_cn-listen     := libmicrohttpd libnghttp2 gnutls
PKGS_cn-decode     := zlib
PKGS_cn-route      :=
PKGS_cn-kafka-sink := rdkafka msgpack libgcrypt
PKGS_cn-conf       := yaml-0.1
PKGS_cn-map        := yaml-0.1 zlib
PKGS_cn-emit       := libcurl msgpack libgcrypt
PKGS_cn-post-kinesis := libcurl msgpack libgcrypt
PKGS_cn-fan        := msgpack libgcrypt
PKGS_cn-post       := libcurl zlib msgpack libgcrypt
PKGS_cn-kafka-source := rdkafka libmicrohttpd gnutls
PKGS_kafka-local   := rdkafka
PKGS_as-local      := lmdb libcurl libgcrypt msgpack
PKGS_as-rest       := libmicrohttpd gnutls libcrypt libgcrypt msgpack
PKGS_as-put        := gnutls libcrypt libgcrypt msgpack
PKGS_as-scan       := gnutls libcrypt libgcrypt msgpack
# Oniguruma has its own regcomp and regexec: libc's must come first.
LIBS_cn-route      := -ljq -lc -lonig
LIBS_cn-bins       := -lc -lonig
LIBS_cn-map        := -ljq
LIBS_route         := -ljq -lc -lonig
LIBS_map           := -ljq
LIBS_bins          := -lc -lonig
LIBS_avro          := -lavro

PROGRAMS := $(sort $(notdir $(wildcard tools/cn-* tools/as-* tools/kafka-local)))

ifdef SAN
BUILD := build/san
BIN   := bin/san
OPT   := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDOPT := -fsanitize=address,undefined
else
BUILD := build/std
BIN   := bin
OPT   := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LDOPT := -pie -Wl,-z,relro -Wl,-z,now
endif
WARN   := -Wall -Wextra -Wpedantic -Wformat -Werror=format-security -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror)
CFLAGS += -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(OPT) $(WARN)

lib_src  := $(wildcard tools/lib/*.c)
aero_src := $(wildcard tools/aero/*.c)
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

# V=1 shows commands in full.
cmd = $(if $(V),,@echo "  $(1)	$@"; )

EXAMPLES := $(patsubst tools/aero/example/%.c,$(BUILD)/example/%,$(wildcard tools/aero/example/*.c))
all: $(addprefix $(BIN)/,$(PROGRAMS)) $(EXAMPLES)

# One rule per program: its own folder, the two libraries, its packages. What only some modules of tools/aero need is linked where they are.
LIBS_aero := -Wl,--as-needed -lz
define program
$(BIN)/$(1): $$(call obj,$$(wildcard tools/$(1)/*.c)) $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $$(@D)
	$$(call cmd,LD)$$(CC) $$(LDOPT) $$(LDFLAGS) -o $$@ $$^ $(if $(PKGS_$(1)),$$$$(pkg-config --libs $(PKGS_$(1)))) $(LIBS_$(1)) $(LIBS_aero) -lm
$$(call obj,$$(wildcard tools/$(1)/*.c)): PKGS := $(PKGS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(BUILD)/liblib.a: $(call obj,$(lib_src))
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/libaero.a: $(call obj,$(aero_src))
	@rm -f $@; $(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call cmd,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -Itools/lib -Itools/aero $(if $(PKGS),$$(pkg-config --cflags $(PKGS))) -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# How the libraries are used: each file of tools/aero/example is a program that is built, not installed.
$(BUILD)/example/%: $(BUILD)/tools/aero/example/%.o $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs gnutls libcrypt libgcrypt msgpack) $(LIBS_aero) -lm

# C unit tests: each file of test/unit is a program that prints TAP.
UNIT := $(patsubst test/unit/%.c,$(BUILD)/unit/%,$(wildcard test/unit/*.c))
PKGS_unit := msgpack libgcrypt zlib libmicrohttpd libcurl gnutls libcrypt yaml-0.1 rdkafka
# Fuzz targets without a fuzzer: make test runs them on their seeds.
FUZZ_ONCE := $(patsubst test/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard test/fuzz/*.c))
unit: $(UNIT) $(FUZZ_ONCE)
$(BUILD)/unit/%: $(BUILD)/test/unit/%.o $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_unit)) $(LIBS_$*) -lm

$(BUILD)/fuzz/%: $(BUILD)/test/fuzz/%.o $(BUILD)/test/fuzz/driver/once.o $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_unit)) $(LIBS_$*) -lm

# Those called local_* look into as-local: all of it but its main.
local_aero_src := $(filter-out tools/aero/client% tools/aero/info.c tools/aero/operate.c,$(aero_src))
local_src := $(filter-out %/main.c,$(wildcard tools/as-local/*.c))
$(BUILD)/libas-local.a: $(call obj,$(local_src))
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/test/unit/local_%.o $(BUILD)/test/fuzz/local_%.o: CPPFLAGS += -Itools/as-local
$(BUILD)/unit/local_%: $(BUILD)/test/unit/local_%.o $(BUILD)/libas-local.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_as-local)) $(LIBS_aero) -lm
$(BUILD)/fuzz/local_%: $(BUILD)/test/fuzz/local_%.o $(BUILD)/test/fuzz/driver/once.o $(BUILD)/libas-local.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_as-local)) $(LIBS_aero) -lm

# Those called rest_* look into as-rest in the same way.
rest_src := $(filter-out %/main.c,$(wildcard tools/as-rest/*.c))
$(BUILD)/libas-rest.a: $(call obj,$(rest_src))
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/test/unit/rest_%.o $(BUILD)/test/fuzz/rest_%.o: CPPFLAGS += -Itools/as-rest
$(BUILD)/unit/rest_%: $(BUILD)/test/unit/rest_%.o $(BUILD)/libas-rest.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_as-rest)) $(LIBS_aero) -lm
$(BUILD)/fuzz/rest_%: $(BUILD)/test/fuzz/rest_%.o $(BUILD)/test/fuzz/driver/once.o $(BUILD)/libas-rest.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_as-rest)) $(LIBS_aero) -lm

# Those called map look into cn-map: all of it but its main, options and files.
map_src := $(filter-out %/main.c %/options.c %/load.c,$(wildcard tools/cn-map/*.c))
$(BUILD)/libcn-map.a: $(call obj,$(map_src))
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/test/unit/map.o $(BUILD)/test/fuzz/map.o: CPPFLAGS += -Itools/cn-map
$(BUILD)/unit/map: $(BUILD)/test/unit/map.o $(BUILD)/libcn-map.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_unit)) $(LIBS_map) -lm
$(BUILD)/fuzz/map: $(BUILD)/test/fuzz/map.o $(BUILD)/test/fuzz/driver/once.o $(BUILD)/libcn-map.a $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_unit)) $(LIBS_map) -lm

# Builds and tests run in a second make, because what the first one asked of pkg-config may only now be there. It uses all processors,
# unless make was told how many.
parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
deps:
	@tools/deps $(DEB_BUILD) $(DEB_TEST)
deps-demo:
	@tools/deps $(DEB_BUILD) $(DEB_DEMO) $(if $(filter real,$(KAFKA)),$(DEB_REAL))
deps-bench:
	@tools/deps $(DEB_BUILD) $(DEB_TEST) $(DEB_BENCH)
deps-lint:
	@tools/deps $(DEB_BUILD) $(DEB_TEST) $(DEB_LINT)

test: deps
	@$(MAKE) --no-print-directory $(parallel) all unit
	@CN_BIN=$(CURDIR)/$(BIN) CN_UNIT=$(BUILD)/unit CN_FUZZ=$(BUILD)/fuzz test/run $(TESTS)

# Not a part of make test: it fetches the client by npm and takes minutes.
test-clients: deps
	@$(MAKE) --no-print-directory $(parallel) $(BIN)/as-local
	@CN_BIN=$(CURDIR)/$(BIN) test/clients/run $(CLIENTS)

demo: deps-demo
	@$(MAKE) --no-print-directory $(parallel) all
	@pipelines/demo

# Tools of the bench: each file of test/bench is a program.
BENCHERS := $(patsubst test/bench/%.c,$(BUILD)/bench/%,$(wildcard test/bench/*.c))
PKGS_bare_mhd      := libmicrohttpd
PKGS_bare_producer := rdkafka
PKGS_client_bench  := gnutls libcrypt libgcrypt
PKGS_bare_curl     := libcurl
PKGS_bare_scan     := gnutls libcrypt libgcrypt
benchers: $(BENCHERS)
$(BUILD)/bench/%: $(BUILD)/test/bench/%.o $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(call cmd,LD)$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $(if $(PKGS_$*),$$(pkg-config --libs $(PKGS_$*))) $(LIBS_aero) -lm
bench: deps-bench
	@$(MAKE) --no-print-directory $(parallel) all benchers
	@test/bench/run $(BENCH)

crash: deps
	@$(MAKE) --no-print-directory $(parallel) all
	@KAFKA=$(or $(KAFKA),real) RECORDS=$(or $(RECORDS),20000) STOP_MAX=12000 LIMIT=240 test/crash/crash
	@KAFKA=$(or $(KAFKA),real) RECORDS=$(or $(RECORDS),20000) STOP_MAX=12000 LIMIT=240 test/crash/inbound
	@FAN=yes KAFKA=$(or $(KAFKA),real) RECORDS=$(or $(RECORDS),20000) STOP_MAX=12000 LIMIT=240 test/crash/crash

lint: deps-lint
	@test/lint

# Fuzz targets: each file of test/fuzz, run for FUZZ_SECONDS on what earlier runs found (build/fuzz/corpus). make fuzz FUZZ=json runs one.
FUZZ_SECONDS ?= 20
FUZZERS := $(patsubst test/fuzz/%.c,build/fuzz/%,$(wildcard test/fuzz/*.c))
FUZZ_FLAGS := -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
fuzzers: $(FUZZERS)
build/fuzz/%: test/fuzz/%.c $(lib_src) $(aero_src) $(wildcard tools/lib/*.h tools/aero/*.h test/fuzz/*.h)
	@mkdir -p $(@D)
	$(call cmd,CLANG)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -Itools/lib -Itools/aero -Itest/fuzz $$(pkg-config --cflags $(PKGS_unit)) -o $@ $< \
		$(lib_src) $(aero_src) $$(pkg-config --libs $(PKGS_unit)) -ljq -lc -lonig -lm
build/fuzz/map: test/fuzz/map.c $(lib_src) $(aero_src) $(map_src) $(wildcard tools/lib/*.h tools/aero/*.h tools/cn-map/*.h)
	@mkdir -p $(@D)
	$(call cmd,CLANG)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -Itools/lib -Itools/aero -Itools/cn-map -Itest/fuzz \
		$$(pkg-config --cflags $(PKGS_unit)) -o $@ $< $(lib_src) $(aero_src) $(map_src) $$(pkg-config --libs $(PKGS_unit)) -ljq -lc -lonig -lm
build/fuzz/local_%: test/fuzz/local_%.c $(lib_src) $(local_aero_src) $(local_src) $(wildcard tools/lib/*.h tools/aero/*.h tools/as-local/*.h)
	@mkdir -p $(@D)
	$(call cmd,CLANG)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -Itools/lib -Itools/aero -Itools/as-local -Itest/fuzz \
		$$(pkg-config --cflags $(PKGS_as-local) $(PKGS_unit)) -o $@ $< \
		$(lib_src) $(local_aero_src) $(local_src) $$(pkg-config --libs $(PKGS_as-local) $(PKGS_unit)) -ljq -lc -lonig -lm
build/fuzz/rest_%: test/fuzz/rest_%.c $(lib_src) $(aero_src) $(rest_src) $(wildcard tools/lib/*.h tools/aero/*.h tools/as-rest/*.h)
	@mkdir -p $(@D)
	$(call cmd,CLANG)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -Itools/lib -Itools/aero -Itools/as-rest -Itest/fuzz \
		$$(pkg-config --cflags $(PKGS_as-rest) $(PKGS_unit)) -o $@ $< \
		$(lib_src) $(aero_src) $(rest_src) $$(pkg-config --libs $(PKGS_as-rest) $(PKGS_unit)) -ljq -lc -lonig -lm
fuzz: deps-lint
	@$(MAKE) --no-print-directory $(parallel) fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) test/fuzz/run $(FUZZ)

# Programs, man pages, and the pipelines as examples beside their documentation.
MAN := $(wildcard man/man[157]/*.[157])
DOC := $(DESTDIR)$(PREFIX)/share/doc/cn
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DOC)
	install -m 755 $(addprefix $(BIN)/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	for page in $(MAN); do install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/$$page || exit; done
	cp -R pipelines $(DOC)
	install -m 644 README.md LICENSE $(DOC)
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(PROGRAMS)) $(addprefix $(DESTDIR)$(PREFIX)/share/,$(MAN))
	rm -rf $(DOC)

clean:
	rm -rf build bin
# Beside other goals it has its turn, also with -j.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

help:
	@sed -n 's/^# make /make /p' Makefile

.PHONY: all unit deps deps-demo deps-lint deps-bench test test-clients demo benchers bench crash lint fuzzers fuzz install uninstall clean help
.SECONDARY:
