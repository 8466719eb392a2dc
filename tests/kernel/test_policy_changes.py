# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that change while connections are open."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.netns import in_netns
from support.policy_flows import HOST, MEMBERS, policy_lab
from support.shell import sh
from support.tasks import run


@contextlib.contextmanager
def connection(family: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection of red to blue, with both ends."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with in_netns("blue"):
        listener = socket.socket(kind)
    with in_netns("red"):
        client = socket.socket(kind)
    listener.bind((MEMBERS["blue"][family], 1080))
    listener.listen()
    client.settimeout(5)
    client.connect(listener.getsockname()[:2])
    server = listener.accept()[0]
    server.settimeout(5)
    with listener, client, server:
        yield client, server


def passes(sender: socket.socket, receiver: socket.socket) -> bool:
    sender.send(b"x")
    receiver.settimeout(0.5)
    try:
        return receiver.recv(1) == b"x"
    except OSError:
        return False


def lab_with(addresses: list[str], *more: dict[str, Any]) -> dict[str, Any]:
    rule = {"from": [{"address_set": "friends"}], "protocol": "tcp", "ports": ["1080"]}
    return policy_lab(
        address_sets=[{"name": "friends", "addresses": addresses}],
        policy=[{"name": "db", "netns": ["blue"], "ingress": [rule]}, *more],
    )


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_set_changes_live(lan: None, family: int) -> None:
    own = [MEMBERS["red"][each] + ("/32" if each == 4 else "/128") for each in (4, 6)]
    run("topology", **lab_with(own))
    with connection(family) as (client, server):
        changed = run("topology", **lab_with([*own, "192.0.2.0/24", "2001:db8::/64"]))
        assert changed["changed"] and passes(client, server) and passes(server, client)
        # Nothing else was replaced: the counters of the rules go on.
        assert (
            "counter packets 0 "
            not in sh(
                "nft list table inet redblue_netns_policy | grep 'tcp dport 1080'"
            ).splitlines()[family == 6]
        )
        other = {"name": "other", "netns": ["green"], "egress": []}
        run("topology", **lab_with(own, other))
        assert passes(client, server) and passes(server, client)
        run("topology", **lab_with(["192.0.2.0/24", "2001:db8::/64"], other))
        assert not passes(client, server)


RULE = {"protocol": "tcp", "ports": ["1080"]}
PLAIN: dict[str, Any] = {"name": "db", "netns": ["blue"], "ingress": [RULE]}
DETAILS: dict[str, dict[str, Any]] = {
    "plain": PLAIN,
    "log": {**PLAIN, "ingress": [{**RULE, "log": True}]},
    "nflog": {**PLAIN, "ingress": [{**RULE, "log": True}], "nflog": 5},
    "audit": {**PLAIN, "audit": True},
    "limit": {**PLAIN, "ingress": [{**RULE, "limit": {"rate": "9/hour", "burst": 3}}]},
    "other limit": {**PLAIN, "ingress": [{**RULE, "limit": {"rate": "9/day", "burst": 4}}]},
    "connections": {**PLAIN, "ingress": [{**RULE, "limit": {"connections": 3}}]},
    "all": {
        **PLAIN,
        "ingress": [
            {**RULE, "log": True, "limit": {"rate": "9/day", "burst": 3, "connections": 4}}
        ],
        "audit": True,
        "nflog": 6,
    },
}


@pytest.mark.parametrize("before", ["plain", "all"])
def test_a_failed_probe_brings_back_what_is_logged_audited_and_limited(
    lan: None, before: str
) -> None:
    stays = policy_lab(policy=[DETAILS[before]])
    run("topology", **stays)
    rules = list_rules()
    # The probe is answered, so it fails.
    probe = {"netns": "red", "to": HOST[4], "expect": "unreachable"}
    for name in [name for name in DETAILS if name != before]:
        changed = policy_lab(policy=[DETAILS[name]], probes=[probe], rollback_on=["probe"])
        assert run("topology", check=True, **changed)["changed"]
        with pytest.raises(Failed, match="1 not as expected: .*undone: ") as failure:
            run("topology", **changed)
        assert "could not be undone" not in str(failure.value)
        assert list_rules() == rules
    assert not run("topology", **stays)["changed"]


def list_rules() -> list[str]:
    """All tables, chains, sets and other objects, without what they counted, in any order."""
    text = re.sub(r"packets \d+ bytes \d+", "", sh("nft list ruleset"))
    return sorted(re.sub(r"^(table .*|\})$", r"\n\1\n", text, flags=re.MULTILINE).split("\n\n"))


@pytest.mark.parametrize("tap", ["a0", "z0"])
def test_a_bridge_with_a_port_of_others_has_no_guard_whatever_the_order(
    host: None, tap: str
) -> None:
    """The policy is for a namespace elsewhere. A rollback makes links anew in another order."""
    peer = {"name": "c-b", "netns": "n0", "bridge": "br0"}
    topology: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "n0"}, {"name": "n1"}, {"name": "n2"}],
        "linux_bridge": [{"name": "br0", "netns": "n0"}],
        "veth": [
            {"name": "host0", "addresses": ["10.9.0.2/24"], "peer": {**peer, "name": "b-up"}},
            {"name": "c-a", "netns": "n1", "addresses": ["10.9.0.3/24"], "peer": peer},
        ],
        "netns_link": [{"name": tap, "netns": "n0", "type": "tap", "bridge": "br0"}],
        "policy": [{"name": "p2", "netns": ["n2"], "ingress": []}],
    }
    assert "guard" not in " ".join(run("topology", **topology)["actions"])
    sh("ip -n n0 link set c-b nomaster; ip -n n0 link set c-b master br0")
    assert run("topology", check=True, **topology)["actions"] == []


def test_a_policy_holds_where_the_host_has_no_address(host: None) -> None:
    """Nothing is forwarded there, so no rule of policy routing guards it."""
    peer = {"name": "c-b", "addresses": []}
    topology: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "n1"}],
        "veth": [{"name": "c-a", "netns": "n1", "addresses": [], "peer": peer}],
        "policy": [{"name": "p1", "netns": ["n1"], "ingress": []}],
    }
    run("topology", **topology)
    assert not run("topology", **topology)["changed"]
    peer["addresses"] = ["10.9.0.1/24"]
    topology["veth"][0]["addresses"] = ["10.9.0.2/24"]
    run("topology", **topology)
    assert not run("topology", **topology)["changed"]
    sh("! ping -c 1 -W 1 10.9.0.2")
