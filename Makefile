# Copyright (c) 2026, redblue.netns contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# make lab     build the lab, show it, and remove it               make test     run all checks
# make shell   build the lab and open a shell in it                make bench    measure the speed
# make fleet   boot three machines and open a shell on their controller (root only)
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --output-sync=target --no-print-directory
# Most checks wait for two thirds of their time: for packets that must not arrive, for machines that boot. So three for each processor run at once.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS))$(MAKECMDGOALS),0test)
MAKEFLAGS += --jobs=$(shell expr 3 '*' "$$(nproc)")
endif
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export LC_ALL := C.UTF-8

out := $(CURDIR)/.cache
host := tests/bin/private-host
in_tree := tests/bin/in-tree
ip_netns := $(out)/rivals/ansible_collections/community/general/plugins/modules/ip_netns.py
get_pip := $(out)/home/.ansible/test/cache/get_pip_24_2.py
python_version = $(shell .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

packages_of_lab := ca-certificates iproute2 iputils-ping nftables procps python3-venv
packages_to_test := bind9-host conntrack containernetworking-plugins dnsmasq-base ethtool git iptables passt python3-pyroute2 shellcheck strace tcpdump
packages_beside := busybox crun dbus docker.io firewalld openssh-server openvswitch-switch podman sudo tinyproxy udhcpc ufw
packages_to_boot := debootstrap kmod mmdebstrap openssh-client qemu-system-x86
packages_to_bench := iperf3
kernel_tests = $(foreach name,$(1),$(wildcard tests/kernel/test_$(name).py))
doctor_tests := $(call kernel_tests,doctor*)
rules_tests := $(call kernel_tests,conntrack foreign_forwards foreign_rulesets forged_sources forward_replies host_access* integrate nat_* polic* reachability sandbox spoofchk uplink)
fault_tests := $(call kernel_tests,adoption attach_faults attacks carried_kinds code_cache fail_closed fault_injection foreign_objects forged_marks journal owner_records process_faults random_topologies rollback taken_links undo_of_removal unexpected_exceptions)
program_tests := $(call kernel_tests,attach_containers attach_podman ovs_beside persistent_containers become* captures diagrams examples fleet_reports foreign_firewalls injections inventory* kill_recovery private_hosts progress pytest_plugin ruleset_replacement scale)
service_tests := $(call kernel_tests,cni cni_failures cni_firewalls cni_labs cni_plugins cni_policies cni_topology cni_vlans confirmation dhcp lockout name_server* persistence probe* process_ends processes random_attachments runner* services topology_probes watch*)
persistence_tests := $(wildcard tests/fleet/test_persist*.py tests/fleet/test_confirm*.py)
pyroute2_tests := $(call kernel_tests,conntrack contract doctor doctor_links doctor_policy_routing impairment info link_types netns_link stacked_links tuntap unsupported_features without_pyroute2)
scenarios := $(patsubst extensions/molecule/%/molecule.yml,molecule-%,$(wildcard extensions/molecule/*/molecule.yml))
# The longest first, so that none of them is left alone at the end, and those early that mostly wait (rules, doctor).
checks := programs rules doctor test-fleet services kernel faults vm test-persistence cores sanity kernel-oldest guides integration units nft-versions cni-versions import lint $(scenarios) walkthrough proof docs types

.PHONY: imports lab shell fleet fleet-roots bench bench-fleet reboots vm-all vpn-over-a-boot injections cnitool picture test packages packages-to-test packages-to-boot $(checks) $(addprefix record-,$(checks))

lab: .venv/lab
	@$(host) tests/bin/lab
shell: .venv/lab
	@$(host) tests/bin/lab --shell
fleet: .venv/done | packages-to-boot
	@tests/bin/fleet $(out)/fleet
# The lab on 20 machines at once: the wall time, beside that of a task that does nothing and the work of the modules.
bench-fleet: .venv/done | packages-to-boot
	@tests/bin/fleet-root $(out)/fleet
	@$(host) env PYTHONPATH=tests/fleet/src:tests/kernel python tests/fleet/bench.py $(out)/fleet 20
# A machine with three persistent topologies is rebooted 20 times. make test does it once.
reboots: .venv/done | packages-to-boot
	@tests/bin/fleet-root $(out)/fleet
	@$(host) env FLEET=$(out)/fleet REBOOTS=20 pytest -q -s -rs tests/fleet/test_persistence.py -k reboots
bench: .venv/bench $(ip_netns)
	@tests/bin/packages $(packages_to_bench)
	@mkdir -p tests/output
	@$(host) python tests/bench $(CURDIR)/tests/output/bench.png
.venv/bench: .venv/done tests/bench/requirements.txt
	@uv pip install --system-certs --quiet --python .venv/bin/python --require-hashes --requirement tests/bench/requirements.txt
	@touch $@
# The module of community.general that a warm task is compared with: one file of the package `ansible`.
$(ip_netns): .venv/done
	@.venv/bin/pip download --quiet --disable-pip-version-check --no-deps --dest $(out)/rivals ansible==12.3.0
	@cd $(out)/rivals && python -m zipfile -e ansible-12.3.0-*.whl unpacked
	@mkdir -p $(@D) && cp $(out)/rivals/unpacked/ansible_collections/community/general/plugins/modules/ip_netns.py $@
	@rm -rf $(out)/rivals/unpacked $(out)/rivals/*.whl
# The diagram in the README. A kernel test compares it with the lab.
picture: .venv/done
	@$(host) bash -c 'tests/bin/lan && ansible-playbook -i host, -c local -e ansible_python_interpreter=$(CURDIR)/.venv/bin/python \
		redblue.netns.lab redblue.netns.diagram -e diagram_dir=/run/tmp >/dev/null && cat /run/tmp/host.svg' >$(out)/lab.svg
	@mv $(out)/lab.svg docs/lab.svg
# A check that fails stops no other. The last lines say how each ended, and what was skipped.
test: $(addprefix record-,$(checks))
	@tests/bin/sum-up-checks $(out)/checks $(checks)
$(addprefix record-,$(checks)): record-%: .venv/done | packages-to-test
	@mkdir -p $(out)/checks
	@rm -f $(out)/checks/$*.*
	@tests/bin/record-check $(out)/checks $* $(MAKE) $*

packages:
	@tests/bin/packages $(packages_of_lab)
packages-to-boot: packages
	@[ "$$(id -u)" != 0 ] || tests/bin/packages $(packages_to_boot)
packages-to-test: packages packages-to-boot
	@tests/bin/packages $(packages_to_test)
# Firewalls and servers that the tests run beside the collection. With systemd these packages would start services, change this machine's
# packet filter and accept logins, so they are not installed there; the tests that need them are skipped.
	@[ -d /run/systemd/system ] || [ "$$(id -u)" != 0 ] || tests/bin/packages $(packages_beside)
.venv/done: requirements-dev.txt | packages-to-test
	@tests/bin/make-venv .venv requirements-dev.txt done lab
# make lab and make shell need ansible-core alone. What the tests install has it too.
.venv/lab: requirements-lab.txt | packages
	@test ! -e .venv/done || touch $@
	@test -e .venv/done || tests/bin/make-venv .venv requirements-lab.txt lab

# Each check runs in its own private host, so checks can run in parallel. Only sanity and lint use this machine's network.
$(checks): .venv/done | packages-to-test

# Pylint and pycodestyle read what users get. Of the tests, ruff and mypy find the same in seconds; the CI's session of nox has both read all.
sanity: $(get_pip)
	@echo "sanity: skipped pylint and pep8 for the tests, which ruff and mypy check; nox -e ansible-test-sanity has them read all"
	HOME=$(out)/home $(in_tree) ansible-test sanity --python $(python_version) --skip-test pylint --skip-test pep8
	HOME=$(out)/home $(in_tree) ansible-test sanity --python $(python_version) --test pylint --test pep8 docs/ extensions/ plugins/ noxfile.py
$(get_pip): tests/bin/get_pip.py
	install -D $< $@

units:
	$(host) ansible-test units --python $(python_version)
integration:
	$(host) ansible-test integration --local --allow-destructive
kernel:
	tests/bin/network-manager $(out)/network-manager
	$(host) env NETWORK_MANAGER=$(out)/network-manager pytest -q -rs tests/kernel $(addprefix --ignore=,$(doctor_tests) $(fault_tests) $(program_tests) $(rules_tests) $(service_tests) tests/kernel/test_nft_versions.py tests/kernel/test_cni_versions.py tests/kernel/test_cnitool.py)
# Kernel tests that mostly run other programs (programs), inject faults (faults), wait for packets that must not arrive (doctor, rules), or for
# processes, name servers and plugins of CNI (services), take longer than all others together. They are checks of their own.
services:
	$(host) pytest -q -rs $(service_tests)
faults:
	@echo "faults: skipped four of five failing messages, half of the calls around an attached process, and half of the combinations of missing rules; make injections tries all"
	$(host) pytest -q -rs $(fault_tests)
programs: $(out)/mitogen
	@echo "programs: skipped two of three calls at which a run is killed, and most other faults; make injections tries more"
	$(host) env MITOGEN=$< pytest -q -rs $(program_tests)
doctor:
	$(host) pytest -q -rs $(doctor_tests)
rules:
	$(host) pytest -q -rs $(rules_tests)
# One fault at 2,000 calls of all kinds of change, which takes an hour, and each call that make test samples. make test tries a few of them.
injections: .venv/done | packages-to-test
	INJECTIONS=2000 $(host) pytest -q -s $(call kernel_tests,injections attach_faults process_faults carried_kinds fail_closed kill_recovery)
# What pyroute2 encodes and decodes, with the oldest supported version of it, and what costs seconds with another one of distributions.
kernel-oldest: $(out)/pyroute2-0.7.2 $(out)/pyroute2-0.7.7
	PYTHONPATH=$(out)/pyroute2-0.7.7 $(host) pytest -q -rs tests/unit/plugins/module_utils/_netlink $(call kernel_tests,impairment conntrack)
	PYTHONPATH=$< $(host) python -c 'import importlib.metadata as m; assert m.version("pyroute2") == "0.7.2"'
	PYTHONPATH=$< $(host) pytest -q -rs tests/unit/plugins/module_utils/_netlink $(pyroute2_tests)
$(out)/mitogen: .venv/done
	uv pip install --system-certs --quiet --python .venv/bin/python --target $@ mitogen==0.3.54
	touch $@
$(out)/pyroute2-%: .venv/done
	uv pip install --system-certs --quiet --python .venv/bin/python --target $@ pyroute2==$*
	touch $@
# The nft of several Debian releases: what they list differs, and the oldest cannot hold the rules.
nft-versions:
	tests/bin/nft-versions $(out)/nft
	$(host) env NFT_VERSIONS=$(out)/nft pytest -q -rs tests/kernel/test_nft_versions.py
# The newest CNI plugins in Debian, which know version 1.1 of the specification, and write into nftables.
cni-versions:
	tests/bin/cni-versions $(out)/cni
	$(host) tests/bin/cni-versions $(out)/cni pytest -q -rs $(call kernel_tests,cni_versions cni_plugins)
# libcni reads what netns_cni wrote, and the other way round: shown with its own tool, which has to be built.
cnitool: .venv/done | packages-to-test
	tests/bin/cnitool $(out)/cnitool
	$(host) env CNITOOL=$(out)/cnitool/cnitool pytest -q -rs tests/kernel/test_cnitool.py
# The oldest and the newest ansible-core. A job of the CI workflow has each version in between.
cores:
	tests/bin/cores $(out)/cores
# Tests of features that some kernels lack, and tests on the oldest known kernel: Debian's, in a virtual machine. No test may be skipped there.
# The CI workflow has vm-all: also tests that other checks have on this machine's kernel, all arguments of each test, a thousand peers of WireGuard,
# and a tunnel that is back after a boot.
vm:
	@echo "vm: skipped what other checks have on this machine's kernel, further arguments of tests, and what takes longest; make vm-all has them"
	tests/bin/vm env EXAMPLES=1 PYTHONPATH=tests/vm pytest -q -rs -p nothing_skipped $$(sed 's/#.*//' tests/vm/tests)
vm-all: .venv/done | packages-to-test
	tests/bin/vm env PYTHONPATH=tests/vm pytest -q -rs -p nothing_skipped $$(sed 's/#.*//' tests/vm/tests tests/vm/more)
# The guide's playbook with WireGuard, a service, a container, processes, names and a policy, on a virtual machine that its own systemd boots, and
# over a reboot of it. make test has it without WireGuard, unless this machine's kernel has that.
vpn-over-a-boot: .venv/done | packages-to-boot
	@tests/bin/fleet-root $(out)/fleet bookworm
	@kernel=$$(tests/bin/debian-kernel) && [ ! "$$kernel" ] || [ ! -e $(out)/fleet/bookworm/done ] || { \
		tests/bin/disk-image $(out)/fleet "$$kernel" $(out)/vm/node1 && \
		$(host) env FLEET=$(out)/fleet DISK=$(out)/vm/node1 KERNEL="$$(echo $$kernel/boot/vmlinuz-*)" \
			pytest -q -rs tests/fleet/test_over_a_boot.py; }
$(scenarios): molecule-%:
	$(host) molecule test --scenario-name $*

# Machines that their own systemd boots, by SSH: the lab, reboots, cut connections, and users with little rights.
test-fleet: fleet-roots
	$(host) env FLEET=$(out)/fleet pytest -q -rs tests/fleet $(addprefix --ignore=,$(persistence_tests))
test-persistence: fleet-roots
	$(host) env FLEET=$(out)/fleet pytest -q -rs $(persistence_tests)
fleet-roots: | packages-to-test
	tests/bin/fleet-root $(out)/fleet bookworm
	tests/bin/fleet-root $(out)/fleet trixie || echo "fleet-root: SKIPPED, no machine has trixie: it could not be built"

# A new user's first steps must work: the lab of make lab, and the walkthrough of network namespaces that this collection follows.
proof: $(out)/lab/lab
	PATH=$(out)/lab/bin:$$PATH $(host) tests/bin/lab
$(out)/lab/lab: requirements-lab.txt | packages
	tests/bin/make-venv $(out)/lab requirements-lab.txt lab
walkthrough:
	$(host) bash -c 'tests/bin/lan && ansible-playbook redblue.netns.walkthrough'

docs:
	$(host) docs/site/build $(out)/site
guides:
	$(host) pytest -q -rs tests/guides
import:
	rm -rf $(out)/dist
	ansible-galaxy collection build --output-path $(out)/dist .
	$(host) tests/bin/import-tarball $(out)/dist/redblue-netns-*.tar.gz
lint: imports
	ruff format --quiet --check .
	ruff check --quiet .
	shellcheck .ci/run docs/site/build tests/fleet/boot tests/fleet/init tests/vm/init $$(grep -rlE '^#!.*sh$$' tests/bin extensions/private_host)
	reuse lint --quiet || reuse lint
	$(in_tree) ansible-lint --offline
	$(in_tree) antsibull-changelog lint
	$(in_tree) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
# Who may import whom: the table is in pyproject.toml.
imports: .venv/done
	@mkdir -p $(out)
	@$(host) env PYTHONPATH=/run/tree:tests/architecture lint-imports --no-cache >$(out)/imports || { cat $(out)/imports; exit 1; }
# Not from the checkout itself, which mypy would take for the root of all packages in it.
types:
	$(host) bash -c 'cd /run && mypy --config-file "$$OLDPWD/pyproject.toml" --cache-dir /run/tmp/mypy "$$OLDPWD"/{plugins,tests,extensions/pytest}'
