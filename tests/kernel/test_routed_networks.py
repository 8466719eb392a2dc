# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host routes between a lab's own networks, between open labs, and without NAT if it should."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from support.info import gather_info
from support.netns import in_netns, write_sysctl
from support.probes import reasons
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import run

FAMILIES = (4, 6)
BACKENDS = ("nftables", "iptables")
LAN = {4: "192.0.2.99", 6: "fd00:2::99"}
HOST = {4: "192.0.2.2", 6: "fd00:2::2"}


def networks_of(number: int) -> dict[int, str]:
    return {4: f"10.{number}.0.0/24", 6: f"fd00:{number}::/64"}


def segment(number: int, *names: str) -> dict[str, list[dict[str, Any]]]:
    """A bridge on the host with its networks, and namespaces with default routes by the host."""
    veths = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.{number}.0.{last}/24", f"fd00:{number}::{last}/64"],
            "peer": {"name": f"v-{name}", "bridge": f"br{number}"},
        }
        for last, name in enumerate(names, 2)
    ]
    gateways = (f"10.{number}.0.1", f"fd00:{number}::1")
    return {
        "netns": [{"name": name} for name in names],
        "linux_bridge": [
            {
                "name": f"br{number}",
                "addresses": [f"{gateways[0]}/24", f"{gateways[1]}/64"],
            }
        ],
        "veth": veths,
        "netns_route": [
            {"netns": name, "destination": "default", "gateway": gateway}
            for name in names
            for gateway in gateways
        ],
    }


def lab(name: str, backend: str, *segments: dict[str, Any], **options: Any) -> dict[str, Any]:
    lists = {
        key: [item for part in segments for item in part[key]]
        for key in ("netns", "linux_bridge", "veth", "netns_route")
    }
    return {"name": name, "backend": backend, **lists, **options}


def reach(source: str | None, target: str, family: int) -> bool:
    """Whether a packet and its answer arrive. ``target`` is a namespace."""
    probe: dict[str, Any] = {"netns": source, "to": target, "family": f"ipv{family}"}
    return reasons({**probe, "timeout": 3}) == ["ok"]


def is_silent(source: str | None, address: str) -> bool:
    return reasons({"netns": source, "to": address, "timeout": 0.5}) != ["ok"]


@pytest.fixture
def quick(host: None) -> None:
    """No duplicate address detection, which delays the first packet."""
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)


def apply(topology: dict[str, Any]) -> dict[str, Any]:
    """Run a topology; check mode foresees it, and a second run changes nothing."""
    foreseen = run("topology", check=True, **topology)
    done = run("topology", **topology)
    assert foreseen["commands"] == done["commands"]
    assert foreseen["warnings"] == done["warnings"]
    assert run("topology", **topology)["actions"] == []
    return done


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_host_routes_between_the_networks_of_a_lab(quick: None, backend: str) -> None:
    before = take_snapshot()
    topology = lab("lab", backend, segment(15, "red"), segment(16, "blue"))
    apply(topology)
    apply(lab("other", backend, segment(17, "green")))
    for family in FAMILIES:
        assert reach("red", "blue", family) and reach("blue", "red", family)
    assert is_silent("red", "10.17.0.2") and is_silent("green", "10.15.0.2")
    assert is_silent("red", "fd00:17::2") and is_silent("green", "fd00:16::2")
    run("topology", name="other", state="absent")
    assert reach("red", "blue", 4) and reach("red", "blue", 6)
    run("topology", name="lab", state="absent")
    assert not differences(before, take_snapshot())


def test_one_network_needs_no_forwarding(quick: None) -> None:
    done = run("topology", **lab("lab", "nftables", segment(15, "red", "blue")))
    assert done["changed"] and not any("forwarding" in action for action in done["actions"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_host_routes_between_labs_that_are_not_isolated(quick: None, backend: str) -> None:
    before = take_snapshot()
    apply(lab("lab", backend, segment(15, "red"), isolate=False))
    apply(lab("other", backend, segment(16, "blue"), isolate=False))
    apply(lab("closed", backend, segment(17, "green")))
    for family in FAMILIES:
        assert reach("red", "blue", family) and reach("blue", "red", family)
        for target in ("10.17.0.2", "fd00:17::2"):
            assert is_silent("red", target)
    for name in ("lab", "closed", "other"):
        run("topology", name=name, state="absent")
    assert not differences(before, take_snapshot())


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("isolate", [True, False])
def test_a_routed_network_leaves_with_its_own_addresses(
    lan: None, backend: str, isolate: bool
) -> None:
    before = take_snapshot()
    networks = networks_of(15)
    topology = lab("lab", backend, segment(15, "red"), isolate=isolate)
    apply({**topology, "routed": list(networks.values())})
    sender = {4: "10.15.0.2", 6: "fd00:15::2"}
    for family in FAMILIES:
        assert seen_sender("red", LAN[family], family) == sender[family]
        assert is_silent("lan", sender[family]), "only replies come in"
    run("topology", name="lab", state="absent")
    assert not differences(before, take_snapshot())


def seen_sender(netns: str, address: str, family: int) -> str:
    """The source address with which a datagram of a namespace arrives in the LAN."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with in_netns("lan"):
        server = socket.socket(kind, socket.SOCK_DGRAM)
    with in_netns(netns):
        client = socket.socket(kind, socket.SOCK_DGRAM)
    with server, client:
        server.bind((address, 7002))
        server.settimeout(10)
        client.settimeout(10)
        client.sendto(b"question", (address, 7002))
        sender = server.recvfrom(100)[1]
        server.sendto(b"answer", sender)
        assert client.recvfrom(100)[0] == b"answer"
    return str(sender[0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_routed_network_is_no_part_of_a_wider_masquerade(lan: None, backend: str) -> None:
    masquerade = [
        {"source": ["10.0.0.0/8", "fd00:10::/28"]},
        {"source": list(networks_of(15).values()), "translate": False},
    ]
    topology = lab("lab", backend, segment(15, "red"), segment(16, "blue"), masquerade=masquerade)
    apply(topology)
    for family in FAMILIES:
        own = {4: "10.15.0.2", 6: "fd00:15::2"}[family]
        assert seen_sender("red", LAN[family], family) == own
        assert seen_sender("blue", LAN[family], family) == HOST[family]
    translated = {**topology, "masquerade": masquerade[:1]}
    run("topology", purge=True, **translated)
    assert seen_sender("red", LAN[4], 4) == HOST[4] and seen_sender("red", LAN[6], 6) == HOST[6]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("isolate", [True, False])
def test_what_netns_info_returns_changes_nothing(lan: None, backend: str, isolate: bool) -> None:
    topology = lab("lab", backend, segment(15, "red"), segment(16, "blue"), isolate=isolate)
    run("topology", **topology, routed=[networks_of(15)[4]])
    seen = gather_info()["topology"]
    assert {"source": ["10.15.0.0/24"], "translate": False} in seen["masquerade"]
    again = run("topology", **seen, backend=backend, purge=True)
    assert again["actions"] == []


def test_a_module_routes_a_single_network(lan: None) -> None:
    before = take_snapshot()
    run("topology", **lab("lab", "nftables", segment(15, "red"), isolate=False, netns_route=[]))
    ip("route add default via 10.15.0.1", "-n", "red")
    rule: dict[str, Any] = {
        "source": networks_of(15)[4],
        "out_interface": "eth0",
        "translate": False,
    }
    done = run("masquerade", **rule)
    assert "add routing without NAT of 10.15.0.0/24 out of eth0 on the host" in done["actions"]
    assert seen_sender("red", LAN[4], 4) == "10.15.0.2"
    assert run("masquerade", **rule)["actions"] == []
    run("masquerade", **rule, state="absent")
    assert is_silent("red", LAN[4])
    run("topology", name="lab", state="absent")
    assert not differences(before, take_snapshot())


def test_a_declared_gateway_that_forwards_nothing_is_told(lan: None) -> None:
    topology = lab("lab", "nftables", segment(15, "red"), segment(16, "blue"))
    foreseen = run("topology", check=True, **topology)
    told = (
        "namespace red has a route to {} by the host, which does not forward IPv{} from br15 out "
        "of the lab: add masquerade (source NAT), or routed if the other networks have routes back "
        "to the lab"
    )
    assert told.format("0.0.0.0/0", 4) in foreseen["warnings"]
    assert told.format("::/0", 6) in foreseen["warnings"]
    assert len(foreseen["warnings"]) == 4, "one for each interface and family"
    forward = {"destination_port": "80", "to_destination": "10.15.0.2"}
    sound: list[dict[str, Any]] = [
        {"routed": [*networks_of(15).values(), *networks_of(16).values()]},
        {"masquerade": [{"source": [*networks_of(15).values(), *networks_of(16).values()]}]},
        {"isolate": False},
        {"netns_route": [{"netns": "red", "destination": "10.16.0.0/24", "gateway": "10.15.0.1"}]},
        {"netns_route": [{"netns": "red", "destination": "192.0.2.2/32", "gateway": "10.15.0.1"}]},
        {"netns_route": topology["netns_route"][:1], "dnat": [forward]},
    ]
    for options in sound:
        assert run("topology", check=True, **{**topology, **options})["warnings"] == [], options


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_lab_that_is_applied_before_the_uplink_is_open_after_the_next_run(
    lan: None, backend: str
) -> None:
    ip("addr flush dev eth0")
    topology = lab("lab", backend, segment(15, "red"))
    topology["masquerade"] = [{"source": networks_of(15)[4]}]
    topology["netns_route"] = topology["netns_route"][:1]
    for done in (run("topology", check=True, **topology), run("topology", **topology)):
        assert [text.partition(",")[0] for text in done["warnings"]] == [
            "masquerade of 10.15.0.0/24: on the host no other interface has an IPv4 address yet"
        ]
    assert run("topology", **topology)["actions"] == []
    ip("addr add 192.0.2.2/24 dev eth0")
    assert is_silent("red", LAN[4])
    done = run("topology", **topology)
    assert done["warnings"] == [] and any("eth0.forwarding" in text for text in done["actions"])
    assert seen_sender("red", LAN[4], 4) == HOST[4]
