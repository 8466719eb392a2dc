# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks within each other, each on an isolated bridge of its own."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.tables import (
    replace_policies,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Isolation,
    Masquerade,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    AddressSet,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import sort_rules

from support.host_services import HostServices, Knock
from support.info import gather_info
from support.netns import in_netns, write_sysctl
from support.pings import reaches
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

NETWORKS = {
    "wide": {4: "10.20.0.{}/16", 6: "fd00:20::{}/32"},
    "narrow": {4: "10.20.5.{}/24", 6: "fd00:20:5::{}/64"},
    "tiny": {4: "10.20.5.{}/29", 6: "fd00:20:5::{}/125"},
}
"""The networks of each bridge, as formats of addresses. The smallest has the addresses up to 7."""
HOSTS = {"wide": (33, 34), "narrow": (35, 36), "tiny": (1, 2)}
"""The last parts of the addresses of the bridge and of the namespace."""
LAN, OF_HOST = {4: "192.0.2.99", 6: "fd00:2::99"}, {4: "192.0.2.2", 6: "fd00:2::2"}
DRAWS = 25


def _address(name: str, family: int, host: int) -> str:
    return NETWORKS[name][family].format(host)


def _lab(backend: str) -> Raw:
    members = range(2)
    addresses = {
        (name, member): [_address(name, family, HOSTS[name][member]) for family in (4, 6)]
        for name in NETWORKS
        for member in members
    }
    return {
        "name": "lab",
        "backend": backend,
        "netns": [{"name": name} for name in NETWORKS],
        "linux_bridge": [
            {"name": f"br-{name}", "addresses": addresses[name, 0], "allow_overlap": True}
            for name in NETWORKS
        ],
        "veth": [
            {
                "name": "eth0",
                "netns": name,
                "addresses": addresses[name, 1],
                "allow_overlap": True,
                "peer": {"name": f"p-{name}", "bridge": f"br-{name}"},
            }
            for name in NETWORKS
        ],
        "netns_route": [
            {"netns": name, "destination": "default", "gateway": gate.partition("/")[0]}
            for name in NETWORKS
            for gate in addresses[name, 0]
        ],
        "masquerade": [
            {"source": [_network(name, family) for family in (4, 6)]} for name in NETWORKS
        ],
    }


def _network(name: str, family: int) -> str:
    text = _address(name, family, 0)
    return str(IPv6Network(text, strict=False) if family == 6 else IPv4Network(text))


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_packets_pass_as_if_the_networks_were_apart(lan: None, backend: str, order: int) -> None:
    """Whichever bridge comes first: each member reaches the LAN, and none with others' sources."""
    before = take_snapshot()
    task = _lab(backend)
    task["linux_bridge"] = task["linux_bridge"][::order]
    run_as_predicted("topology", **task)
    assert not run("topology", **gather_info()["topology"])["changed"]
    for name in NETWORKS:
        for family in (4, 6):
            member = _address(name, family, HOSTS[name][1]).partition("/")[0]
            assert reaches(name, LAN[family]), (name, family)
            assert reaches(None, member), (name, family)
    _assert_only_own_sources_pass()
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def _assert_only_own_sources_pass() -> None:
    """To the LAN and to the host, without rp_filter, which would drop them too."""
    for key in ("all", *(f"br-{name}" for name in NETWORKS)):
        write_sysctl(f"net/ipv4/conf/{key}/rp_filter", 0)
    for name in NETWORKS:
        knocks = [*_list_knocks(name)]
        own = {knock for other, knock in knocks if other == name}
        for netns, addresses in (("lan", LAN), (None, OF_HOST)):
            sent = [knock for _other, knock in knocks if knock.address in addresses.values()]
            # Listeners stay in the namespace in which they were made.
            with in_netns(netns):
                services = HostServices((), (7000,))
            with contextlib.closing(services):
                assert services.arrived(name, sent, own & {*sent}) == own & {*sent}


def _list_knocks(name: str) -> Iterator[tuple[str, Knock]]:
    """Datagrams of a namespace, each with the network that has its source."""
    for other in NETWORKS:
        for family in (4, 6):
            source = _address(other, family, 6 if other == "tiny" else 77).partition("/")[0]
            ip(f"addr add {source} dev lo nodad", "-n", name)
            for address in (LAN[family], OF_HOST[family]):
                yield other, Knock("udp", address, 7000, source)


def _draw_networks(drawn: random.Random, count: int) -> list[str]:
    """Networks of both families, many of them within each other, next to each other, or equal."""
    found = []
    for _number in range(count):
        host, free = drawn.randrange(256), drawn.randrange(9)
        found.append(str(IPv4Network((0x0A140000 + host, 32 - free), strict=False)))
        found.append(str(IPv6Network(((0xFD00 << 112) + host, 128 - free), strict=False)))
    return drawn.sample(found, drawn.randrange(1, 2 * count + 1))


def _draw_isolations(drawn: random.Random) -> list[Isolation]:
    return [
        Isolation(
            None,
            f"br{number}",
            tuple(sorted({*_draw_networks(drawn, 3)})),
            owner=drawn.choice(("lab", "other")),
            joined=drawn.choice(((), ("eth0",))),
        )
        for number in range(drawn.randrange(1, 5))
    ]


def _masquerades(isolations: list[Isolation]) -> list[NatResource]:
    found = {
        network: Masquerade(None, network, device=isolation.interface, owner=isolation.owner)
        for isolation in isolations
        for network in isolation.networks
    }
    return [*found.values()]


def test_rules_for_any_networks_load_and_are_read_back(host: None, backend: str) -> None:
    drawn = random.Random(16)
    name = "nftables" if backend == "nftables" else "iptables"
    before = None
    for number in range(DRAWS):
        isolations = _draw_isolations(drawn)
        rules = sort_rules([*isolations, *_masquerades(isolations)])
        after = Ruleset(name, rules)
        Firewall().replace_ruleset(before, after)
        assert Firewall().observe_ruleset(None) == after, number
        before = after


def test_address_sets_of_any_networks_load_and_are_read_back(host: None) -> None:
    drawn = random.Random(16)
    before: list[NatResource] = []
    for _number in range(DRAWS):
        after: list[NatResource] = [
            AddressSet(None, f"set{each}", tuple(sorted({*_draw_networks(drawn, 6)})), "lab")
            for each in range(3)
        ]
        replace_policies(before, after)
        found = Firewall().observe_ruleset(None)
        assert found is not None and not found.damaged
        assert {*found.resources} == {*after}
        before = after
