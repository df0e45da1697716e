# SPDX-License-Identifier: Apache-2.0
# make            builds every program into bin/
# make test       sets up what is missing, builds, runs all tests
# make demo       sets up what is missing, builds, shows the outbound pipeline at work
# SAN=1           builds with ASan and UBSan (into build/san and bin/san)

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
VERSION := 0.1.0

# What Debian must provide: to build and run, to test, to lint and fuzz.
DEB_BUILD := gcc make pkg-config libmicrohttpd-dev libnghttp2-dev libgnutls28-dev libmsgpack-dev libjq-dev libonig-dev \
	librdkafka-dev libcurl4-openssl-dev libgcrypt20-dev zlib1g-dev
DEB_TEST  := bats jq kcat curl nghttp2-client openssl default-jre-headless maven python3 mandoc procps
DEB_LINT  := clang libclang-rt-14-dev shellcheck valgrind

# Packages that a program links, beside the two libraries of the project.
PKGS_cn-listen     := libmicrohttpd libnghttp2 gnutls
PKGS_cn-decode     := msgpack zlib libgcrypt
PKGS_cn-route      :=
PKGS_cn-kafka-sink := rdkafka msgpack libgcrypt
PKGS_cn-emit       := libcurl msgpack libgcrypt
PKGS_kafka-local   := rdkafka
LIBS_cn-route      := -ljq -lonig

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

all: $(addprefix $(BIN)/,$(PROGRAMS))

# One rule per program: its own folder, the two libraries, its packages.
define program
$(BIN)/$(1): $$(call obj,$$(wildcard tools/$(1)/*.c)) $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $$(@D)
	$$(CC) $$(LDOPT) $$(LDFLAGS) -o $$@ $$^ $(if $(PKGS_$(1)),$$$$(pkg-config --libs $(PKGS_$(1)))) $(LIBS_$(1)) -lm
$$(call obj,$$(wildcard tools/$(1)/*.c)): PKGS := $(PKGS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(BUILD)/liblib.a: $(call obj,$(lib_src))
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/libaero.a: $(call obj,$(aero_src))
	@rm -f $@; $(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -Itools/lib -Itools/aero $(if $(PKGS),$$(pkg-config --cflags $(PKGS))) -c -o $@ $<

-include $(shell find build -name '*.d' 2>/dev/null)

# C unit tests: each file of test/unit is a program that prints TAP.
UNIT := $(patsubst test/unit/%.c,$(BUILD)/unit/%,$(wildcard test/unit/*.c))
PKGS_unit := msgpack libgcrypt zlib
unit: $(UNIT)
$(BUILD)/unit/%: $(BUILD)/test/unit/%.o $(BUILD)/libaero.a $(BUILD)/liblib.a
	@mkdir -p $(@D)
	$(CC) $(LDOPT) $(LDFLAGS) -o $@ $^ $$(pkg-config --libs $(PKGS_unit)) -lm

deps:
	@tools/deps $(DEB_BUILD) $(DEB_TEST)
deps-lint:
	@tools/deps $(DEB_LINT)

test: deps
	$(MAKE) all unit
	test/run

clean:
	rm -rf build bin

.PHONY: all unit deps deps-lint test clean
.SECONDARY:
