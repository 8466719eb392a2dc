# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A single policy of a large topology: only the members that it names are observed."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope
from ansible_collections.redblue.netns.plugins.module_utils._observe import owners
from ansible_collections.redblue.netns.plugins.module_utils._plan import narrow_policies

from support.shell import sh
from support.tasks import Raw, predicted_part, run, run_on

EXAMPLES = int(os.environ.get("POLICIES", "1"))
MEMBERS = 9
"""Eight behind a bridge, and one on a wire of its own."""
NAMES = [f"n{number}" for number in range(1, MEMBERS + 1)]
TABLE = "inet redblue_netns_policy"
GONE = "ip netns delete {member}; while ip link show p{number} >/dev/null; do sleep 0.01; done"
FOREIGN = {
    # In a member.
    "another address": "ip -n {member} address add 10.9.8.7/24 dev eth0",
    "an address inside": "ip -n {member} link add d0 type bridge; "
    "ip -n {member} address add 10.9.0.9/32 dev d0",
    "another MAC address": "ip -n {member} link set eth0 address 02:00:00:00:99:01",
    "a link that is down": "ip -n {member} link set eth0 down",
    "a link beside": "ip -n {member} link add m0 link eth0 type macvlan",
    "a way around": "ip -n {member} link add w0 type veth peer name {member}w",
    # On the host. What the plan itself sees:
    "no proxy": "sysctl -qw net.ipv4.conf.br0.proxy_arp=0",
    "nothing": "true",
    # What has all members observed:
    "a port that is open": "bridge link set dev p{number} isolated off",
    "a port that has left": "ip link set p{number} nomaster",
    "a port that is gone": "ip link delete p{number}",
    "a port of others": "ip link add x0 type veth peer name x1; ip link set x0 master br0",
    "another MAC address of the bridge": "ip link set br0 address 02:00:00:00:99:02",
    "another namespace of the name": f"{GONE}; ip netns add {{member}}",
    "no namespace": GONE,
    "a table without a member": f"nft delete element {TABLE} ingress4 {{{{ 10.9.0.{{number}} }}}}",
    "an empty chain": f"nft flush chain {TABLE} check",
    "no table": f"nft delete table {TABLE}",
    "no rule": "nft flush ruleset",
}
INSIDE = ("d0", "m0", "w0")
SEEN_ON_THE_HOST = [*FOREIGN][[*FOREIGN].index("a port that is open") :]


class Recorder(LinuxHost):
    """The host, and how many namespaces each observation had."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def observe(self, scope: Scope) -> CurrentState:
        current = super().observe(scope)
        self.counts.append(len(current.namespaces))
        return current


@pytest.fixture(autouse=True)
def narrow(lan: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small topology counts as a large one."""
    monkeypatch.setattr(owners, "FEW_MEMBERS", 0)
    monkeypatch.setattr(narrow_policies, "MAX_COMPARISONS", -1)


def observe_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "FEW_MEMBERS", MEMBERS)


def write_lab(policies: list[Raw]) -> Raw:
    ends = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.9.0.{number}/24"],
            "peer": {"name": f"p{number}", "bridge": "br0"},
        }
        for number, name in enumerate(NAMES[:-1], 1)
    ]
    wire = {
        "name": "eth0",
        "netns": NAMES[-1],
        "addresses": [f"10.9.1.{MEMBERS}/24"],
        "peer": {"name": f"p{MEMBERS}", "addresses": ["10.9.1.254/24"]},
    }
    return {
        "name": "lab",
        "netns": [{"name": name} for name in NAMES],
        "linux_bridge": [{"name": "br0", "addresses": ["10.9.0.254/24"]}],
        "veth": [*ends, wire],
        "policy": policies,
    }


def draw_rule(dice: random.Random, side: str) -> Raw:
    peer = dice.choice(
        [
            {"netns": dice.choice(NAMES)},
            {"netns": dice.choice(NAMES)},
            {"host": True},
            {"network": "192.0.2.0/24"},
            {"address_set": "friends"},
        ]
    )
    return {side: [peer], "protocol": "tcp", "ports": [str(dice.randrange(1, 9999))]}


def draw_policy(dice: random.Random, name: str) -> Raw:
    return {
        "name": name,
        "netns": dice.sample(NAMES, dice.choice([1, 1, 1, 2])),
        "ingress": [draw_rule(dice, "from") for _each in range(dice.choice([0, 1, 3]))],
        **({"egress": [draw_rule(dice, "to")]} if dice.random() < 0.5 else {}),
    }


def draw_task(dice: random.Random) -> Raw:
    name = f"single{dice.randrange(4)}"
    if dice.random() < 0.2:
        return {"topology": "lab", "name": name, "state": "absent"}
    friends = {"name": "friends", "addresses": [f"192.0.2.{dice.randrange(250)}"]}
    policy = draw_policy(dice, name)
    if dice.random() < 0.1:
        policy["netns"] = dice.choice([["n?"], ["*"], ["nobody"]])
    named = [friends] if "friends" in str(policy) else []
    return {"topology": "lab", **policy, "address_sets": named}


def foresee(task: Raw) -> tuple[Any, list[int]]:
    """What check mode answers, or the message of its error, and the namespaces that it observed."""
    host = Recorder()
    try:
        return predicted_part(run_on(host, "netns_policy", check=True, **task)), host.counts
    except NetnsError as error:
        return str(error), host.counts
    finally:
        host.close()


def build(dice: random.Random) -> list[Raw]:
    """A lab with some policies of its own, and some single ones."""
    own = [{**draw_policy(dice, f"own{each}"), "netns": [NAMES[each]]} for each in range(4)]
    own = [each for each in own if "friends" not in str(each)]
    run("topology", **write_lab([*own, {"name": "all", "ingress": []}]))
    return own


def break_something(dice: random.Random, members: list[str]) -> tuple[str, str]:
    title, member = dice.choice([*FOREIGN]), dice.choice(members)
    number = NAMES.index(member) + 1
    sh(f"({FOREIGN[title].format(member=f'n{number}', number=number)}) 2>/dev/null || true")
    return title, member


def remove_foreign(title: str, member: str) -> None:
    """Remove what a run of the topology would leave alone."""
    inside = "".join(f"ip -n {name} link delete {link}\n" for name in NAMES for link in INSIDE)
    sh(f"(ip link delete x0\n{inside}) 2>/dev/null || true")
    if title == "another namespace of the name":
        sh(f"ip netns delete {member}")


@pytest.mark.parametrize("number", range(EXAMPLES * 2))
def test_the_plan_is_the_same_as_with_all_members(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(number)
    lab = write_lab([*build(dice), {"name": "all", "ingress": []}])
    narrow_ones = 0
    for _round in range(12):
        task = draw_task(dice)
        named = [name for name in NAMES if f"'{name}'" in str(task)]
        broken, member = break_something(dice, named if named and dice.random() < 0.7 else NAMES)
        found, counts = foresee(task)
        narrow_ones += len(counts) == 1 and counts[0] < MEMBERS
        with monkeypatch.context() as patch:
            observe_everything(patch)
            expected, _counts = foresee(task)
        if isinstance(found, str) or isinstance(expected, str):
            # What is wrong with a member that the task does not name, it does not look for.
            is_named = member in named
            assert found == expected or not (is_named or len(counts) > 1), (task, broken)
        else:
            assert found == expected, (task, broken)
        remove_foreign(broken, member)
        run("topology", **lab)
        host = Recorder()
        try:
            run_on(host, "netns_policy", **task)
        except NetnsError:
            pass
        else:
            assert not run("netns_policy", **task)["changed"], task
        finally:
            host.close()
    assert narrow_ones


ONE = {"name": "one", "netns": ["n2"], "ingress": [{"from": [{"netns": "n3"}]}]}


def test_only_the_members_that_a_policy_names_are_observed() -> None:
    run("topology", **write_lab([{"name": "all", "ingress": []}]))
    for task in (ONE, {**ONE, "ingress": []}, {"name": "one", "state": "absent"}):
        host = Recorder()
        result = run_on(host, "netns_policy", topology="lab", **task)
        host.close()
        assert result["changed"] and result.get("policy_matrix") is None
        assert max(host.counts) <= 2
        assert not run("netns_policy", topology="lab", **task)["changed"]
    assert not run("topology", **write_lab([{"name": "all", "ingress": []}]))["changed"]


@pytest.mark.parametrize("title", SEEN_ON_THE_HOST)
def test_what_differs_on_the_host_has_all_members_observed(title: str) -> None:
    run("topology", **write_lab([{"name": "all", "ingress": []}]))
    sh(FOREIGN[title].format(member="n5", number=5))
    _found, counts = foresee({"topology": "lab", **ONE})
    assert counts[-1] >= MEMBERS - 1, counts


@pytest.mark.parametrize("netns", [["n*"], None])
def test_a_pattern_has_all_members_observed(netns: list[str] | None) -> None:
    run("topology", **write_lab([{"name": "all", "ingress": []}]))
    policy = {**ONE, "netns": netns} if netns else {"name": "one", "ingress": []}
    _found, counts = foresee({"topology": "lab", **policy})
    assert counts[0] >= MEMBERS
