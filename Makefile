# make run      compiles, and prints this machine's links, addresses and routes
# make test     runs all tests; those tagged :vm if $RUN_IN_VM is set
# make check    runs everything that CI runs: formats, warnings, lints, types, tests; compares the
#               kernel's netlink specifications, if LINX_SPECS is their folder or Debian's linux-source
#               is installed
# make bench    measures this library and others, and writes bench/RESULTS.md; with ROWS=a,e it
#               measures these tables and writes nothing; a million tracked connections, and
#               WireGuard peers, if $RUN_IN_VM is set or the kernel allows them
# make churn    reads a view while links are created and deleted; SECONDS=60 by default
# make fix      formats
# make docs     builds the documentation with ExDoc (needs Hex)
#
# On Debian and Ubuntu they install missing packages, except Rust.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.PHONY: run test check bench churn fix docs lint types rust-test vm-test \
  tools test-tools check-tools bench-tools

export LC_ALL := C.UTF-8

run: tools
	mix compile
	mix run examples/show.exs

# UNDER, if set, is a program that runs the commands which open netlink sockets. A part that fails ends
# the run, so that its failures are the end of the output.
test: test-tools rust-test vm-test
	export MIX_ENV=test
	mix compile
	$${UNDER:-} mix test --include build test/linx test/kernel test/build
	$${UNDER:-} mix test test/namespace

check: check-tools lint types
	$(MAKE) test

# Without busy waiting of schedulers, CPU time is the time of work.
bench: export MIX_ENV := prod
bench: export ERL_FLAGS := +sbwt none +sbwtdcpu none +sbwtdio none
bench: bench-tools
	mix compile
	bin="$(CURDIR)/_build/cargo/release"
	cargo build --release --locked --package linx_socket --example floor --target-dir _build/cargo
	cargo build --release --locked --manifest-path bench/rivals/Cargo.toml --target-dir _build/cargo
	flags=$$(pkg-config --cflags --libs libnl-route-3.0)
	cc -O2 -Wall -Wextra -o "$$bin/libnl" bench/rivals/libnl.c $$flags
	$${UNDER:-} test/isolated mix run --no-compile bench/run.exs "$$bin" bench $(ROWS)

churn: export MIX_ENV := test
churn: test-tools
	mix compile
	$${UNDER:-} test/isolated mix run --no-compile bench/churn.exs $(or $(SECONDS),60)

fix:
	mix format
	cargo fmt --all
	cargo fmt --manifest-path bench/rivals/Cargo.toml
	cargo fmt --manifest-path native/linx_spec/Cargo.toml

docs:
	MIX_ENV=docs mix deps.get
	MIX_ENV=docs mix docs

lint:
	mix format --check-formatted
	cargo fmt --all --check
	cargo fmt --manifest-path bench/rivals/Cargo.toml --check
	cargo fmt --manifest-path native/linx_spec/Cargo.toml --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --manifest-path native/linx_spec/Cargo.toml --target-dir _build/cargo --locked -- -D warnings
	mix compile --force --warnings-as-errors
	MIX_ENV=test mix compile --force --warnings-as-errors
	mix xref graph --format cycles --label compile-connected --fail-above 0

rust-test:
	cargo test --workspace --exclude linx_nif --locked --no-run
	$${UNDER:-} cargo test --workspace --exclude linx_nif --locked

# RUN_IN_VM is a program that runs a command as root under another kernel with all drivers, on this
# machine's files: $RUN_IN_VM $RUN_IN_VM_OPTIONS -- COMMAND...
vm-test: export MIX_ENV := test
vm-test: export LINX_TEST_VM := 1
vm-test:
	@if [ -z "$${RUN_IN_VM:-}" ]; then
	  echo "Tests tagged :vm skipped: RUN_IN_VM is not set."
	else
	  mix compile
	  export ERL_FLAGS="+sbwt none +sbwtdcpu none +sbwtdio none"
	  "$$RUN_IN_VM" $${RUN_IN_VM_OPTIONS:-} -- \
	    test/isolated mix test --no-compile --only vm $$(grep --recursive --files-with-matches :vm test/namespace)
	fi

# Dialyzer's table (PLT) of OTP and Elixir takes minutes to build, so it is stored outside _build.
types:
	@if ! command -v dialyzer >/dev/null; then
	  echo "Types not checked: dialyzer is not installed."
	  exit 0
	fi
	elixir=$$(elixir -e 'IO.write(Path.dirname(to_string(:code.lib_dir(:elixir))))')
	versions=$$(elixir -e 'IO.write("otp-#{System.otp_release()}-elixir-#{System.version()}")')
	plt="$${XDG_CACHE_HOME:-$$HOME/.cache}/linx/$$versions-crypto.plt"
	mix compile
	if [ ! -f "$$plt" ]; then
	  mkdir -p "$$(dirname "$$plt")"
	  echo "Building $$plt, which takes a few minutes."
	  # Its exit status is 2 if OTP refers to unknown types.
	  dialyzer --build_plt --output_plt "$$plt.new" -pa "$$elixir/elixir/ebin" \
	    --apps erts kernel stdlib compiler crypto -r "$$elixir/elixir/ebin" "$$elixir/logger/ebin" >/dev/null || true
	  mv "$$plt.new" "$$plt"
	fi
	dialyzer --plt "$$plt" --no_check_plt -pa "$$elixir/elixir/ebin" -Wunmatched_returns \
	  -Werror_handling -Wextra_return $$(ls _build/dev/lib/linx/ebin/*.beam | grep --invert-match Mix.Tasks)

# $(call missing,COMMAND,PACKAGE...) and $(call absent,LIBRARY,PACKAGE...) give the packages if the
# command or library is not installed; $(call install,PACKAGE...) installs them.
absent = $(if $(shell pkg-config --modversion $(1) 2>/dev/null),,$(2))
missing = $(if $(shell command -v $(1) 2>/dev/null),,$(2))
install = $(if $(strip $(1)),$(SUDO) apt-get update && \
  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1),@:)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

RUN_PACKAGES = $(call missing,mix,elixir erlang-dev erlang-nox) $(call missing,cc,gcc libc6-dev)
TEST_PACKAGES = $(RUN_PACKAGES) $(call missing,ip,iproute2) $(call missing,unshare,util-linux) \
  $(call missing,python3,python3) $(call missing,strace,strace) $(call missing,nft,nftables) \
  $(call missing,conntrack,conntrack) $(call missing,sysctl,procps) $(call missing,wg,wireguard-tools) \
  $(call missing,ethtool,ethtool) $(call missing,teamnl,libteam-utils) $(call missing,iw,iw) \
  $(call missing,hostapd,hostapd) $(if $(wildcard /lib/firmware/regulatory.db),,wireless-regdb)
CHECK_PACKAGES = $(TEST_PACKAGES) $(call missing,dialyzer,erlang-dialyzer)
BENCH_PACKAGES = $(TEST_PACKAGES) $(call missing,pkg-config,pkg-config) \
  $(call absent,libnl-route-3.0,libnl-3-dev libnl-route-3-dev)

tools:
	$(call install,$(RUN_PACKAGES))

test-tools:
	$(call install,$(TEST_PACKAGES))

check-tools:
	$(call install,$(CHECK_PACKAGES))

bench-tools:
	$(call install,$(BENCH_PACKAGES))
