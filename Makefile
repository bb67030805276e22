# swiftainer: everything a person types is a target here; `make help` lists them.

PREFIX ?= /usr/local
DESTDIR ?=
UNITS = /etc/systemd/system
SWIFT ?= swift
# The Swift toolchain brings this compiler.
INIT_CC ?= clang
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
SUDO ?= $(if $(filter 0,$(shell id -u)),,sudo)
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

BUILD_PACKAGES = libseccomp-dev libcap-dev libsystemd-dev libarchive-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev libc6-dev \
  linux-libc-dev libstdc++-12-dev gcc binutils
RUN_PACKAGES = nftables
FIXTURE_PACKAGES = busybox-static
TEST_PACKAGES = python3 python3-pytest python3-pytest-xdist python3-pytest-timeout strace tmux iproute2 procps \
  util-linux
VM_PACKAGES = python3 qemu-system-x86 busybox-static kmod e2fsprogs
BENCH_PACKAGES = crun runc hyperfine golang-github-containers-common
# What everyday containers are measured beside: `make bench BENCH=everyday`, images, network, or logs.
BENCH ?= run
PEER_PACKAGES = podman skopeo umoci docker-registry conmon containernetworking-plugins iptables iproute2 iperf3

# Static executables: the OCI path may not pay for a dynamic loader. lld, since the linker must be able to
# throw away what nobody calls.
SWIFT_FLAGS = -c release --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld $(START_FLAGS)
# What a short-lived program pays for at its start: types that are looked up by their names at run time (a tenth of a
# launch), and page faults on code that lies scattered (bench/hot: what a launch executes comes first, side by side).
START_FLAGS = -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
  -Xswiftc -Xfrontend -Xswiftc -function-sections \
  -Xlinker --symbol-ordering-file=$(CURDIR)/bench/hot/functions.txt -Xlinker --no-warn-symbol-ordering
# No C library: it starts in a fraction of a millisecond and does what the plan says, nothing else.
INIT_FLAGS = -std=c17 -Os -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fomit-frame-pointer -fuse-ld=lld \
  -Wl,--gc-sections,-z,noseparate-code,--build-id=none,-s -ISources/CShim/include -ISources/CShim
INIT_SOURCES = $(wildcard Sources/swiftainer-init/*.c)
INIT_HEADERS = $(filter-out %/commit.h,$(wildcard Sources/swiftainer-init/*.h Sources/CShim/*.h Sources/CShim/include/*.h))
# Executed only for --systemd-cgroup: libsystemd, which it needs, is none of the others' business.
SYSTEMD_FLAGS = -std=c2x -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -fPIE -pie -fuse-ld=lld -Wl,-z,relro,-z,now,-s
SYSTEMD_SOURCES = $(wildcard Sources/swiftainer-systemd/*.c)
# Likewise for `cp` with `-`: libarchive brings a dozen libraries with it.
TAR_SOURCES = $(wildcard Sources/swiftainer-tar/*.c)

# The virtual machine that tests get: what they are to limit, and room for overlays. VM_GUESTS of them share the tests.
VM = vm/swiftainer-vm
VM_GUESTS ?= 2
VM_TIMEOUT ?= 40m
VM_MACHINE = --memory 3G --cpus 2 --scratch 1G --swap 512M --hugepages 16 --fresh /var/lib/swiftainer \
  $(if $(INIT),--init $(INIT)) $(VM_FLAGS)
# A machine with systemd is for what asks systemd; VM_TESTS=. is all the rest as well.
VM_TESTS ?= $(if $(filter systemd,$(INIT)),test_systemd.py test_journald.py)
VM_OUT = vm/out
VM_KIND = $(addprefix -,$(notdir $(RUNTIME)))$(addprefix -,$(INIT))
quoted = '$(subst ','\'',$(1))'

.DEFAULT_GOAL := help
.PHONY: help deps build run fixtures test unit integration vm-test vm vm-shell vm-deps lint fmt fuzz bench hot \
  install uninstall clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: deps build fixtures ## Set everything up, and run a first container that shows what it sees of itself
	$(SUDO) bin/swiftainer run --rm --name first --memory 64m --cpus 0.5 -h first rootfs-fixtures/out/busybox \
	  sh -c "$$(cat rootfs-fixtures/first.sh)"

test: deps build fixtures lint unit integration ## Set everything up, and run all tests

deps: ## Install what building and testing need (Debian; the Swift toolchain must be there)
	@command -v $(SWIFT) >/dev/null || { echo "deps: no Swift toolchain on PATH: install Swift 6.2 or later" >&2; exit 1; }
	@./scripts/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(FIXTURE_PACKAGES) $(TEST_PACKAGES)

build: bin/swiftainer-init bin/swiftainer-systemd bin/swiftainer-tar ## Build the programs in bin/, optimised
	@echo '#define BUILD_COMMIT "$(COMMIT)"' > Sources/CShim/.commit.h && \
	  (cmp -s Sources/CShim/.commit.h Sources/CShim/commit.h || cp Sources/CShim/.commit.h Sources/CShim/commit.h)
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer-oci
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer-monitor
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer-metrics
	$(SWIFT) build $(SWIFT_FLAGS) --product swiftainer-images
	@for program in swiftainer swiftainer-oci swiftainer-monitor swiftainer-metrics swiftainer-images; do \
	  install -m 0755 "$$($(SWIFT) build $(SWIFT_FLAGS) --show-bin-path)/$$program" bin/.$$program.new && \
	  mv bin/.$$program.new bin/$$program || exit 1; \
	done

bin/swiftainer-init: $(INIT_SOURCES) $(INIT_HEADERS)
	@mkdir -p bin
	$(INIT_CC) $(INIT_FLAGS) $(INIT_SOURCES) -o $@

bin/swiftainer-systemd: $(SYSTEMD_SOURCES) Sources/swiftainer-systemd/systemd.h
	@mkdir -p bin
	$(INIT_CC) $(SYSTEMD_FLAGS) $(SYSTEMD_SOURCES) -lsystemd -o $@

bin/swiftainer-tar: $(TAR_SOURCES) Sources/swiftainer-tar/tar.h
	@mkdir -p bin
	$(INIT_CC) $(SYSTEMD_FLAGS) $(TAR_SOURCES) -larchive -o $@

fixtures: ## Make the root file systems that tests and examples use
	$(MAKE) --no-print-directory -C rootfs-fixtures

unit: ## Run the unit tests
	$(SWIFT) build --build-tests
	./scripts/run-unit-tests $(SWIFT) test --skip-build

integration: ## Run the integration tests (SWIFTAINER_RUNTIME=/usr/bin/runc: against another runtime)
	cd Tests/integration && $(SUDO) $(PYTHON) -m pytest -n $(JOBS) $(PYTEST_FLAGS)

vm-deps:
	@./scripts/install-packages $(VM_PACKAGES) $(if $(filter systemd,$(INIT)),systemd dbus)

vm-test: deps build fixtures vm-deps ## Run them in a virtual machine with every right (RUNTIME=crun, INIT=systemd)
	$(if $(RUNTIME),@./scripts/install-packages $(notdir $(RUNTIME)))
	$(if $(RUNTIME)$(INIT)$(PYTEST_FLAGS),,cd Tests/integration && $(SUDO) $(PYTHON) -m pytest -q -n $(JOBS) test_vm.py)
	PATH="$$PATH:/usr/sbin" && $(VM) run $(VM_MACHINE) --guests $(VM_GUESTS) --timeout $(VM_TIMEOUT) --silence 10m \
	  --workdir Tests/integration --junit "$(CURDIR)/$(VM_OUT)/junit$(VM_KIND).xml" --console $(VM_OUT)/console$(VM_KIND).log \
	  $(if $(RUNTIME),--env SWIFTAINER_RUNTIME="$$(command -v $(RUNTIME))") \
	  -- $(PYTHON) -m pytest -o timeout=300 --junitxml="$(CURDIR)/$(VM_OUT)/junit$(VM_KIND).xml" $(PYTEST_FLAGS) $(VM_TESTS)

vm: vm-deps ## Run a command in such a machine: make vm CMD='uname -a'
	@$(VM) run $(VM_MACHINE) -- sh -c $(call quoted,$(value CMD))

vm-shell: vm-deps ## A shell in such a machine
	@$(VM) shell $(VM_MACHINE) -- bash

lint: ## Check the form of the sources
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

fmt: ## Bring the sources into form
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

fuzz: ## Fuzz the decoders, a minute each
	fuzz/run.sh 60

bench: build fixtures ## Measure against crun, runc and a floor (BENCH_FLAGS=--quick, BENCH=everyday)
	@./scripts/install-packages $(BENCH_PACKAGES) $(if $(filter-out run,$(BENCH)),$(PEER_PACKAGES))
	$(SUDO) $(PYTHON) bench/$(BENCH).py $(BENCH_FLAGS)

hot: build ## Find anew which functions a launch executes, for the linker
	@./scripts/install-packages $(BENCH_PACKAGES)
	$(SUDO) $(PYTHON) bench/hot/find.py
	@rm -f "$$($(SWIFT) build $(SWIFT_FLAGS) --show-bin-path)"/swiftainer "$$($(SWIFT) build $(SWIFT_FLAGS) --show-bin-path)"/swiftainer-oci # linked again

install: ## Install into PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/swiftainer
	install -m 0755 bin/swiftainer bin/swiftainer-oci $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(addprefix bin/swiftainer-,init systemd tar monitor metrics images) $(DESTDIR)$(PREFIX)/libexec/swiftainer
	install -d $(DESTDIR)$(PREFIX)/libexec/swiftainer/vm/guest
	install -m 0644 vm/*.py $(DESTDIR)$(PREFIX)/libexec/swiftainer/vm
	install -m 0644 vm/guest/* $(DESTDIR)$(PREFIX)/libexec/swiftainer/vm/guest
	install -m 0755 vm/swiftainer-vm $(DESTDIR)$(PREFIX)/libexec/swiftainer/vm
	ln -sf ../libexec/swiftainer/vm/swiftainer-vm $(DESTDIR)$(PREFIX)/bin/swiftainer-vm
	$(PYTHON) scripts/make-manuals bin/swiftainer $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	bin/swiftainer --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/swiftainer
	bin/swiftainer --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_swiftainer
	bin/swiftainer --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/swiftainer.fish
	install -d $(DESTDIR)$(UNITS)
	sed 's|@BINDIR@|$(PREFIX)/bin|' share/swiftainer.service > $(DESTDIR)$(UNITS)/swiftainer.service

uninstall: ## Remove what install put into PREFIX
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,swiftainer swiftainer-oci swiftainer-vm)
	rm -rf $(DESTDIR)$(PREFIX)/libexec/swiftainer
	rm -f $(DESTDIR)$(UNITS)/swiftainer.service $(DESTDIR)$(PREFIX)/share/man/man1/swiftainer*.1
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions/swiftainer zsh/site-functions/_swiftainer \
	  fish/vendor_completions.d/swiftainer.fish)

clean: ## Remove what was built
	rm -rf bin .build
	$(MAKE) --no-print-directory -C rootfs-fixtures clean
