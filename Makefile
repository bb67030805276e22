# swiftainer: everything a person types is a target here; `make help` lists them.

PREFIX ?= /usr/local
SWIFT ?= swift
INIT_CC ?= clang
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

# Static executables: the OCI path may not pay for a dynamic loader. lld, since the linker must be able to
# throw away what nobody calls.
SWIFT_FLAGS = -c release --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld \
  -Xcc -DBUILD_COMMIT='"$(COMMIT)"'
# No C library: it starts in a fraction of a millisecond and does what the plan says, nothing else.
INIT_FLAGS = -std=c17 -Os -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fomit-frame-pointer -fuse-ld=lld \
  -Wl,--gc-sections,-z,noseparate-code,--build-id=none,-s -ISources/CShim/include -ISources/CShim
INIT_SOURCES = $(wildcard Sources/swiftainer-init/*.c)
INIT_HEADERS = $(wildcard Sources/swiftainer-init/*.h Sources/CShim/*.h Sources/CShim/include/*.h)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: bin/swiftainer-init ## Build bin/swiftainer, bin/swiftainer-oci and bin/swiftainer-init, optimised
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer-oci
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer
	@for program in swiftainer swiftainer-oci; do \
	  install -m 0755 "$$($(SWIFT) build $(SWIFT_FLAGS) --show-bin-path)/$$program" bin/.$$program.new && \
	  mv bin/.$$program.new bin/$$program || exit 1; \
	done

bin/swiftainer-init: $(INIT_SOURCES) $(INIT_HEADERS)
	@mkdir -p bin
	$(INIT_CC) $(INIT_FLAGS) $(INIT_SOURCES) -o $@
