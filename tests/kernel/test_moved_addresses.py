# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours are told of an address that moves to another MAC address, and of nothing else.

Each test fills the neighbour tables first, and then looks at them without sending anything. So what
they have afterwards came with the task's packets.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.netns import in_netns
from support.pings import reaches
from support.shell import output, sh
from support.tasks import run

VIPS = ("10.0.0.100", "fd00::100")
MAC = "02:00:00:00:00:77"


def end(netns: str, number: int, *more: str, **options: Any) -> dict[str, Any]:
    """A namespace on the switch."""
    addresses = [f"10.0.0.{number}/24", f"fd00::{number}/64"]
    addresses += [f"{text}/{64 if ':' in text else 24}" for text in more]
    return {
        "name": "eth0",
        "netns": netns,
        "addresses": addresses,
        "peer": {"name": f"port-{netns}", "netns": "s", "bridge": "br0"},
        **options,
    }


def lab(*veths: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A lab whose bridge is a switch in a namespace."""
    return {
        "name": "lab",
        "netns": [{"name": name} for name in ("a", "b", "c", "s")],
        "linux_bridge": [{"name": "br0", "netns": "s"}],
        "veth": list(veths),
        **options,
    }


def on_host(*veths: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A lab whose bridge is on the host."""
    task: dict[str, Any] = json.loads(json.dumps(lab(*veths, **options)))
    for item in (*task["veth"], *task["linux_bridge"]):
        item.get("peer", item).pop("netns", None)
    return task


def known_mac(netns: str, address: str) -> str:
    """The MAC address that a namespace has for an address in its neighbour table."""
    entries = json.loads(output("ip", "-j", "-n", netns, "neigh", "show", "to", address))
    return str(entries[0]["lladdr"])


def mac_of(netns: str | None, name: str = "eth0") -> str:
    where = ["-n", netns] if netns else []
    return str(json.loads(output("ip", "-j", *where, "link", "show", "dev", name))[0]["address"])


def meet(netns: str = "c", addresses: tuple[str, ...] = VIPS) -> None:
    for address in addresses:
        sh(f"ip netns exec {netns} ping -c1 -w30 {address}")


@contextmanager
def announcements_at(netns: str) -> Iterator[list[bytes]]:
    """The ARP packets and neighbour advertisements that eth0 of a namespace receives."""
    seen: list[bytes] = []
    with in_netns(netns):
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        listener.bind(("eth0", 3))
    listener.setblocking(False)
    try:
        yield seen
        while True:
            try:
                frame = listener.recv(4096)
            except BlockingIOError:
                break
            is_arp = frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42]
            is_advertisement = frame[12:14] == b"\x86\xdd" and frame[54:55] == b"\x88"
            if is_arp or is_advertisement:
                seen.append(frame)
    finally:
        listener.close()


HOLDER, TAKER, OTHER = end("a", 1, *VIPS), end("b", 2, *VIPS), end("c", 3)
PLAIN_A, PLAIN_B = end("a", 1), end("b", 2)


@pytest.mark.parametrize("make", [lab, on_host])
def test_an_address_moves_to_another_namespace(host: None, make: Any) -> None:
    run("topology", **make(HOLDER, PLAIN_B, OTHER))
    meet()
    probes = [{"netns": "c", "to": vip} for vip in VIPS]
    run("topology", **make(PLAIN_A, TAKER, OTHER, probes=probes))
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}


def test_neighbours_know_before_they_send(host: None) -> None:
    run("topology", **lab(HOLDER, PLAIN_B, OTHER))
    meet()
    with announcements_at("c") as seen:
        run("topology", check=True, **lab(PLAIN_A, TAKER, OTHER))
    assert not seen
    with announcements_at("c") as seen:
        run("topology", **lab(PLAIN_A, TAKER, OTHER))
    assert len(seen) == len(VIPS)
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}


def test_a_mac_address_changes(host: None) -> None:
    run("topology", **lab(HOLDER, PLAIN_B, OTHER))
    link_local = output(
        "ip", "netns", "exec", "a", "ip", "-6", "-o", "addr", "show", "scope", "link"
    )
    link_local = link_local.split("inet6 ")[1].partition("/")[0]
    meet()
    sh(f"ip netns exec c ping -c1 -w30 {link_local}%eth0")
    run("topology", **lab({**HOLDER, "mac": MAC}, PLAIN_B, OTHER))
    known = {known_mac("c", address) for address in (*VIPS, link_local)}
    assert known == {MAC}
    meet()


def test_a_pair_without_a_bridge(host: None) -> None:
    pair: dict[str, Any] = {**end("c", 3), "peer": {**end("b", 100), "mac": MAC}}
    del pair["peer"]["peer"]
    task: dict[str, Any] = {"name": "lab", "netns": [{"name": "b"}, {"name": "c"}]}
    run("topology", **task, veth=[{**pair, "peer": {**pair["peer"], "mac": None}}])
    meet()
    run("topology", **task, veth=[pair])
    assert {known_mac("c", vip) for vip in VIPS} == {MAC}


def test_the_gateway_of_the_host_moves(host: None) -> None:
    gateway: dict[str, Any] = {
        "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.100/24", "fd00::100/64"]}]
    }
    run("topology", **on_host(PLAIN_A, PLAIN_B, OTHER, **gateway))
    meet()
    old = mac_of(None, "br0")
    run(
        "topology",
        **on_host(PLAIN_A, TAKER, OTHER, linux_bridge=[{"name": "br0", "addresses": []}]),
    )
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}
    run("topology", **on_host(PLAIN_A, PLAIN_B, OTHER, **gateway))
    assert {known_mac("c", vip) for vip in VIPS} == {old}
    gateway["linux_bridge"][0]["mac"] = MAC
    run("topology", **on_host(PLAIN_A, PLAIN_B, OTHER, **gateway))
    assert {known_mac("c", vip) for vip in VIPS} == {MAC}


def test_tasks_of_single_modules_move_an_address(host: None) -> None:
    run("topology", **lab(HOLDER, PLAIN_B, OTHER))
    meet()
    run("veth", **PLAIN_A)
    with announcements_at("c") as seen:
        run("veth", **TAKER)
    assert len(seen) == len(VIPS)
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}


def test_the_holder_of_an_address_is_replaced(host: None) -> None:
    """Its namespace is removed in the same task."""
    run("topology", **lab(HOLDER, OTHER))
    meet()
    task = lab(TAKER, OTHER, purge=True)
    task["netns"] = [item for item in task["netns"] if item["name"] != "a"]
    run("topology", **task)
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}


def test_an_undone_move_is_announced_too(host: None) -> None:
    run("topology", **lab(HOLDER, PLAIN_B, OTHER))
    meet()
    with pytest.raises(Failed, match="undone"):
        run("topology", **lab(PLAIN_A, TAKER, OTHER, probes=[{"netns": "c", "to": "10.0.0.99"}]))
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("a")}
    meet()


def test_a_router_stays_a_router(host: None) -> None:
    """Without the flag, neighbours would give up the default route that they learned from it."""
    task = lab(HOLDER, PLAIN_B, OTHER)
    task["netns"][0]["sysctls"] = {"net.ipv6.conf.all.forwarding": 1}
    run("topology", **task)
    with announcements_at("c") as seen:
        run("topology", **{**task, "veth": [{**HOLDER, "mac": MAC}, PLAIN_B, OTHER]})
    flags = {frame[58] & 0x80 for frame in seen if frame[12:14] == b"\x86\xdd"}
    assert flags == {0x80}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"mtu": 1400, "peer": {"name": "port-a", "netns": "s", "bridge": "br0", "mtu": 1400}},
        {"addresses": ["10.0.0.1/24", "fd00::1/64"]},
    ],
)
def test_nothing_is_sent_when_nothing_moved(host: None, changed: dict[str, Any]) -> None:
    run("topology", **lab(HOLDER, PLAIN_B, OTHER))
    meet()
    with announcements_at("c") as seen:
        run("topology", **lab({**HOLDER, **changed}, PLAIN_B, OTHER))
    assert not seen


def test_a_new_namespace_is_announced_once_where_others_are(host: None) -> None:
    run("topology", **lab(PLAIN_A, OTHER))
    meet(addresses=("10.0.0.1",))
    with announcements_at("c") as seen:
        run("topology", **lab(PLAIN_A, TAKER, OTHER))
        assert not run("topology", **lab(PLAIN_A, TAKER, OTHER))["changed"]
    assert len(seen) == len(TAKER["addresses"])


@pytest.mark.parametrize("make", [lab, on_host])
def test_a_namespace_that_comes_back_as_another_is_known(host: None, make: Any) -> None:
    """Neighbours still have an entry from before the first of the two runs."""
    run("topology", **make(HOLDER, OTHER))
    meet()
    sh("ip netns del a")
    run("topology", **make(TAKER, OTHER))
    assert {known_mac("c", vip) for vip in VIPS} == {mac_of("b")}
    meet()


def test_a_link_that_is_renamed_or_moved_along_its_cable_is_no_move(host: None) -> None:
    pair: dict[str, Any] = {**end("c", 3), "peer": end("b", 100)}
    del pair["peer"]["peer"]
    task: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "b"}, {"name": "c"}, {"name": "d"}],
    }
    mac = {"mac": MAC}
    pair["peer"].update(mac)
    run("topology", **{**task, "veth": [pair]})
    meet()
    moved = {**pair, "peer": {**pair["peer"], "netns": "d"}}
    with announcements_at("c") as seen:
        done = run("topology", **{**task, "veth": [moved]})
    assert not seen and done["changed"] and not done["warnings"]
    meet()


def test_a_second_holder_is_no_move(host: None) -> None:
    """As with anycast, both answer, and each neighbour keeps the one that it uses."""
    shared = {"name": "lo", "addresses": ["10.255.0.1/32"]}
    task = {**lab(PLAIN_A, PLAIN_B, OTHER), "netns_link": [{**shared, "netns": "a"}]}
    run("topology", **task)
    with announcements_at("c") as seen:
        run("topology", **{**task, "netns_link": [{**shared, "netns": name} for name in "ab"]})
    assert not seen


def test_a_lab_without_networks_on_the_host_is_not_isolated_from_itself(host: None) -> None:
    gateway: dict[str, Any] = {"name": "br0", "addresses": ["10.0.0.100/24", "fd00::100/64"]}
    run("topology", **on_host(PLAIN_A, PLAIN_B, OTHER, linux_bridge=[gateway]))
    gateway["addresses"] = []
    assert run("topology", **on_host(PLAIN_A, PLAIN_B, OTHER, linux_bridge=[gateway]))["changed"]
    assert "10.0.0.100" not in output("ip", "addr", "show", "dev", "br0")
    for address in ("10.0.0.1", "fd00::2"):
        assert reaches("c", address)
