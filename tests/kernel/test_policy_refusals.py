# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that cannot be enforced, or that would lock the user out, are refused in check mode."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.policy_flows import policy_lab
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

Raw = dict[str, Any]


def with_policy(*, netns: str = "red", **more: Any) -> Raw:
    policy = {"name": "db", "netns": [netns], "ingress": [], **more}
    return policy_lab(policy=[policy])


def without_address() -> Raw:
    lab = with_policy()
    lab["linux_bridge"][0]["addresses"] = []
    lab["netns_route"] = []
    return lab


def with_macvlan() -> Raw:
    lab = with_policy()
    lab["netns_link"] = [
        {"name": "mv0", "netns": "red", "type": "macvlan", "link": "br15", "addresses": []}
    ]
    return lab


def without_list_of_addresses() -> Raw:
    lab = with_policy()
    del lab["veth"][0]["addresses"]
    lab["netns_route"] = [route for route in lab["netns_route"] if route["netns"] != "red"]
    return lab


def with_member_behind_member() -> Raw:
    lab = with_policy(netns="behind")
    lab["netns"].append({"name": "behind"})
    cable = {"name": "eth0", "netns": "behind", "addresses": ["10.18.0.1/24"]}
    lab["veth"].append({**cable, "peer": {"name": "eth1", "netns": "red", "addresses": []}})
    return lab


def with_port(**more: Any) -> Raw:
    lab = with_policy()
    lab["veth"][0]["peer"].update(more)
    return lab


REFUSED = {
    "no address of the host": (without_address, "no address in the network of"),
    "a macvlan": (with_macvlan, "is no veth end"),
    "addresses that are not listed": (without_list_of_addresses, "does not list the addresses"),
    "behind another member": (with_member_behind_member, "leads to namespace red"),
    "a port of a member that is not isolated": (
        lambda: with_port(isolated=False),
        "for red: the topology says that port p-red is not isolated",
    ),
    "a port of another member that is not isolated": (
        lambda: policy_lab(
            policy=[{"name": "db", "netns": ["blue"], "ingress": []}],
            veth=with_port(isolated=False)["veth"],
        ),
        "for blue: the topology says that port p-red is not isolated",
    ),
    "nobody": (lambda: with_policy(netns="nobody*"), "no such namespace"),
    "an unknown topology": (
        lambda: with_policy(ingress=[{"from": [{"lab": "nowhere"}]}]),
        "no isolated topology of that name",
    ),
    "no isolation": (lambda: {**with_policy(), "isolate": False}, "excludes policy"),
    "an unknown set": (
        lambda: with_policy(ingress=[{"from": [{"address_set": "x"}]}]),
        "is not in address_sets",
    ),
    "ports of ICMP": (
        lambda: with_policy(ingress=[{"protocol": "icmp", "ports": ["1"]}]),
        "has no ports",
    ),
    "no direction": (
        lambda: policy_lab(policy=[{"name": "db"}]),
        "ingress",
    ),
    "two peers in one": (
        lambda: with_policy(ingress=[{"from": [{"netns": "red", "lab": "lab"}]}]),
        "cannot be combined with lab",
    ),
}


def assert_refused(lab: Raw, words: str) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=words):
            run("topology", check, **lab)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("what", list(REFUSED))
def test_a_policy_is_refused(lan: None, what: str) -> None:
    lab, words = REFUSED[what]
    assert_refused(lab(), words)


def test_a_port_of_others_on_the_bridge_is_refused(lan: None) -> None:
    run("topology", **policy_lab())
    sh("ip link add x0 type veth peer name x1; ip link set x0 master br15")
    assert_refused(with_policy(), "leads out of this topology")


def test_a_port_that_is_not_isolated_is_refused_as_to_a_policy_of_the_module(lan: None) -> None:
    lab = {**with_port(isolated=False), "policy": []}
    single: Raw = {"topology": "lab", "name": "db", "ingress": []}
    run("topology", **policy_lab())
    run("netns_policy", **single)
    assert_refused(lab, "the topology says that port p-red is not isolated")
    run("netns_policy", topology="lab", name="db", state="absent")
    assert not run("topology", **lab)["changed"]


def test_a_task_of_others_opens_no_port_that_policies_have_isolated(switch: bool) -> None:
    lab = policy_lab(switch, policy=[{"name": "db", "ingress": []}])
    cable = lab["veth"][0]
    opened = {**cable, "peer": {**cable["peer"], "isolated": False}}
    run("topology", **lab)
    before = take_snapshot()
    words = "policies of topology lab have port p-red isolated"
    for check in (True, False):
        with pytest.raises(Refused, match=words):
            run("veth", check, **opened)
    assert differences(before, take_snapshot()) == {}
    assert not run("veth", **cable)["changed"]
    # Without policies it is an option as any other.
    run("topology", **{**lab, "policy": []})
    assert not run("veth", **opened)["changed"]


LACKING = """\
#!/bin/sh
case "$1" in
-c) cat >/dev/null; echo "Error: Could not process rule: No such file or directory" >&2; exit 1 ;;
esac
exec /usr/sbin/nft "$@"
"""
"""What nft says where the kernel has not what a rule needs."""


@pytest.mark.parametrize("limit", [None, {"connections": 5}])
def test_a_kernel_that_does_not_take_the_rules_is_refused(
    lan: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: Raw | None
) -> None:
    """The kernel here takes them, so nft is one that speaks as with another kernel."""
    rule = {"protocol": "tcp"} if limit is None else {"protocol": "tcp", "limit": limit}
    run("topology", **policy_lab())
    if limit is not None:
        # With policies that need less, it is asked too.
        run("topology", **with_policy())
    program = tmp_path / "nft"
    program.write_text(LACKING, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
    words = "cannot be enforced here: .* do not take the rules: Error: Could not process rule"
    assert_refused(with_policy(ingress=[rule]), words)
    single: Raw = {"topology": "lab", "name": "other", "ingress": [rule]}
    for check in (True, False):
        with pytest.raises(Refused, match=words):
            run("netns_policy", check, **single)
    with monkeypatch.context() as real:
        real.setattr(programs, "DIRECTORIES", programs.DIRECTORIES[1:])
        assert run("topology", **with_policy(ingress=[rule]))["changed"]
    # A host that has such rules takes them, so nobody is asked.
    assert not run("topology", **with_policy(ingress=[rule]))["changed"]


@pytest.mark.parametrize("family", ["BRIDGE", "ARP"])
def test_a_kernel_that_lacks_a_family_of_nftables_is_refused(
    lan: None, tmp_path: Path, family: str
) -> None:
    """What the kernel says of itself is replaced: the one here may have all of them."""
    have = [f"CONFIG_NF_TABLES_{each}=y\n" for each in ("BRIDGE", "ARP") if each != family]
    config = tmp_path / "config.gz"
    config.write_bytes(gzip.compress("".join(have).encode()))
    shown = Path("/proc/config.gz")
    if not shown.exists():
        pytest.skip("this kernel does not show its configuration")
    run("topology", **policy_lab())
    words = rf"this kernel lacks nftables for .* \(CONFIG_NF_TABLES_{family}\)"
    single: Raw = {"topology": "lab", "name": "db", "ingress": []}
    # All tests of a process share its mounts.
    sh(f"mount --bind {config} {shown}")
    try:
        assert_refused(with_policy(), words)
        for check in (True, False):
            with pytest.raises(Refused, match=words):
                run("netns_policy", check, **single)
    finally:
        sh(f"umount {shown}")
    assert not run("topology", **policy_lab())["changed"]
