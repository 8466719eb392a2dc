# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link types of netns_link, tested with packets: reachability over them, and their removal."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
    Refused,
)

from support.links import RED_AND_BLUE, link_in_each, show_link
from support.netns import add_namespace, in_netns, write_sysctl
from support.pings import ping, reaches
from support.services import Listeners
from support.shell import ip
from support.snapshot import differences, take_snapshot
from support.tasks import predictable, run


@pytest.fixture
def port(host: None) -> None:
    """eth0 of the host, whose peer never answers."""
    ip("link add eth0 type veth peer name switch\nlink set eth0 up\nlink set switch up")


def test_macvlan_links_reach_each_other_by_mode(port: None) -> None:
    for mode, together in (("bridge", True), ("private", False), ("bridge", True), ("vepa", False)):
        run(
            "topology",
            **RED_AND_BLUE,
            netns_link=link_in_each(type="macvlan", link="eth0", mode=mode),
        )
        for address in ("10.3.0.2", "fd00:3::2"):
            assert (reaches if together else ping)("red", address) is together, (mode, address)


def test_a_passthru_macvlan_has_the_mac_of_its_parent_and_is_the_only_one(port: None) -> None:
    mac = show_link(None, "eth0").split("link/ether ")[1].split()[0]
    run("netns", name="red")
    run("netns_link", name="leg", netns="red", type="macvlan", link="eth0", mode="passthru")
    assert f"link/ether {mac} " in show_link("red", "leg")
    with pytest.raises(
        Conflict,
        match=(
            r"mode: 'bridge': interface leg in namespace red sits on the same link with mode "
            r"passthru, and passthru takes"
        ),
    ):
        run("netns_link", name="other", netns="red", type="macvlan", link="eth0")
    # It is not visible from the host; the kernel refuses it, and the message explains the error.
    with pytest.raises(
        Failed,
        match=(
            "create macvlan other on eth0 on the host: "
            ".* has mode passthru, which takes a link for itself. nothing had been changed"
        ),
    ):
        run("netns_link", name="other", type="macvlan", link="eth0")


def test_a_macvlan_link_reaches_the_network_of_its_parent(port: None) -> None:
    add_namespace("lan")
    ip("link set switch netns lan")
    ip(
        (
            "link set lo up\nlink set switch up\naddr add 10.3.0.9/24 dev switch\n"
            "addr add 10.9.0.1/32 dev lo"
        ),
        "-n",
        "lan",
    )
    routes = [
        {"netns": "red", "destination": "default", "gateway": "10.3.0.9"},
        {"netns": "red", "destination": "10.8.0.0/16", "device": "leg"},
    ]
    run(
        "topology",
        **RED_AND_BLUE,
        netns_link=link_in_each(type="macvlan", link="eth0"),
        netns_route=routes,
    )
    assert reaches("red", "10.9.0.1")


@pytest.mark.parametrize("underlay", ["the host's", "their own"])
def test_vxlan_connects_two_namespaces(host: None, underlay: str) -> None:
    addresses = {"red": "10.0.0.1", "blue": "10.0.0.2"}
    veth = {
        "name": "below",
        "netns": "red",
        "addresses": ["10.0.0.1/24"],
        "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
    }
    tunnels = link_in_each(type="vxlan", id=7)
    for tunnel, local, remote in zip(tunnels, ("red", "blue"), ("blue", "red")):
        tunnel.update(local=addresses[local], remote=addresses[remote], link_netns=local)
    if underlay == "the host's":
        # Red has only its end of the tunnel: the host sends its packets.
        veth = {
            "name": "below",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
        del tunnels[0]["link_netns"]
    run("topology", **RED_AND_BLUE, veth=[veth], netns_link=tunnels)
    for address in ("10.3.0.2", "fd00:3::2"):
        assert reaches("red", address)
    ip("link set below down", "-n", "blue")
    assert not ping("red", "10.3.0.2")


@pytest.mark.parametrize(
    "first, second",
    [
        ({}, {"remote": "fd00::1"}),
        ({}, {"local": "fd00::2"}),
        ({"remote": "192.0.2.10"}, {"remote": "fd00::1"}),
        ({"local": "fd00::2"}, {"remote": "192.0.2.10"}),
    ],
)
def test_the_address_family_of_a_vxlan_link_is_fixed(
    host: None, first: dict[str, Any], second: dict[str, Any]
) -> None:
    run("netns_link", name="vx", type="vxlan", id=5, **first)
    ((option, address),) = second.items()
    family = 6 if ":" in address else 4
    for check in (True, False):
        with pytest.raises(
            Conflict,
            match=(
                f"{option}: '{address}': interface vx on the host tunnels over "
                f"IPv{10 - family}, for good; delete it first"
            ),
        ):
            run("netns_link", check=check, name="vx", **{"type": "vxlan", "id": 5, **second})
    assert subprocess.run(
        ["ip", "link", "set", "dev", "vx", "type", "vxlan", "id", "5", option, address],
        capture_output=True,
        check=False,
    ).returncode


@contextmanager
def opened(netns: str | None, name: str, mode: int) -> Iterator[int]:
    """Open a tap (2) or tun (1) link as a program of an ordinary user does."""
    with in_netns(netns):
        descriptor = os.open("/dev/net/tun", os.O_RDWR)
        try:
            fcntl.ioctl(
                descriptor, 0x400454CA, struct.pack("16sH22x", name.encode(), mode | 0x1000)
            )
            yield descriptor
        finally:
            os.close(descriptor)


def heard(descriptor: int, wanted: bytes, ask: Callable[[], object]) -> bool:
    """Whether a packet with these bytes arrives.

    It is requested again and again, because the kernel drops packets until it has noticed the
    carrier.
    """
    for _attempt in range(10):
        ask()
        while select.select([descriptor], [], [], 0.3)[0]:
            if wanted in os.read(descriptor, 2000):
                return True
    return False


def test_a_tap_has_a_carrier_while_it_is_open_and_passes_packets(host: None) -> None:
    run("netns", name="red")
    run(
        "netns_link",
        name="tap0",
        netns="red",
        type="tap",
        user="nobody",
        addresses=["10.3.0.1/24"],
        mac="02:00:00:00:00:31",
    )
    assert "NO-CARRIER" in show_link("red", "tap0")
    mac, address = bytes.fromhex("020000000031"), bytes((10, 3, 0, 1))
    with opened("red", "tap0", 2) as program:
        assert "LOWER_UP" in show_link("red", "tap0")
        # The host sends an ARP request for the address (RFC 826), and the interface replies.
        sender = bytes.fromhex("020000000099") + bytes((10, 3, 0, 9))
        question = (
            b"\xff" * 6
            + sender[:6]
            + bytes.fromhex("0806 0001 0800 0604 0001")
            + sender
            + bytes(6)
            + address
        )
        assert heard(
            program,
            bytes.fromhex("0806 0001 0800 0604 0002") + mac + address + sender,
            lambda: os.write(program, question),
        )
    assert not run("netns_link", name="tap0", netns="red", type="tap", user="nobody")["changed"]


def test_a_tun_passes_packets_for_its_network(host: None) -> None:
    run("netns", name="red")
    run("netns_link", name="tun0", netns="red", type="tun", addresses=["10.3.0.1/24"])
    with opened("red", "tun0", 1) as program:
        assert heard(
            program,
            b"question",
            lambda: Listeners().connect("red", "10.3.0.7", 4242, "udp", patience=0.1),
        )


def test_a_tun_is_restored_by_a_rollback(host: None) -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "netns_link": [
            {"name": "tun0", "netns": "red", "type": "tun", "addresses": ["10.3.0.1/24"]}
        ],
    }
    run("topology", **lab)
    before = take_snapshot()
    with pytest.raises(Failed, match="undone: delete tun tun0 in namespace red"):
        run(
            "topology",
            **{**lab, "netns_link": []},
            purge=True,
            probes=[{"netns": "red", "to": "10.99.0.1"}],
        )
    assert differences(before, take_snapshot()) == {}


def test_an_address_of_a_loopback_is_reachable_by_a_route(host: None) -> None:
    veth = [
        {
            "name": "up",
            "netns": "red",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "up", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
    ]
    route = {"netns": "red", "destination": "10.0.0.99", "gateway": "10.0.0.2"}
    lab = {**RED_AND_BLUE, "veth": veth, "netns_route": [route]}
    run("topology", **lab)
    assert not ping("red", "10.0.0.99")
    # It may belong to a network of the host: a host route leads to it.
    run(
        "topology",
        **lab,
        netns_link=[
            {"name": "lo", "netns": "blue", "addresses": ["10.0.0.99/32", "fd00:9::1/128"]}
        ],
    )
    assert reaches("red", "10.0.0.99")
    assert not run(
        "netns_link", name="lo", netns="blue", addresses=["10.0.0.99/32", "fd00:9::1/128"]
    )["changed"]
    assert run("netns_link", name="lo", netns="blue", addresses=["fd00:9::1/128"], state="absent")[
        "actions"
    ] == ["remove address fd00:9::1/128 of lo in namespace blue"]
    assert reaches("red", "10.0.0.99")
    assert run("netns_link", name="lo", netns="blue", state="absent")["actions"] == [
        "remove address 10.0.0.99/32 of lo in namespace blue"
    ]
    assert (
        not ping("red", "10.0.0.99")
        and not run("netns_link", name="lo", netns="blue", state="absent")["changed"]
    )


def test_a_network_on_a_macvlan_link_has_nat(lan: None) -> None:
    ip("link add trunk type veth peer name trunk-far\nlink set trunk up\nlink set trunk-far up")
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    network = [
        {
            "name": "gate",
            "type": "macvlan",
            "link": "trunk",
            "addresses": ["10.3.0.5/24", "fd00:3::5/64"],
        },
        *link_in_each(type="macvlan", link="trunk"),
    ]
    routes = [
        {"netns": "red", "destination": "default", "gateway": gateway}
        for gateway in ("10.3.0.5", "fd00:3::5")
    ]
    run(
        "topology",
        **{**RED_AND_BLUE, "isolate": True},
        netns_link=network,
        netns_route=routes,
        masquerade=[{"source": ["10.3.0.0/24", "fd00:3::/64"]}],
        dnat=[
            {"destination_port": 80, "to_destination": "10.3.0.1:8080"},
            {"destination_port": 81, "to_destination": "[fd00:3::1]:8080"},
        ],
    )
    services = Listeners()
    for label, netns, address in (
        ("lan", "lan", "192.0.2.99"),
        ("lan6", "lan", "fd00:2::99"),
        ("red", "red", "10.3.0.1"),
        ("red6", "red", "fd00:3::1"),
    ):
        services.listen(label, netns, address, 8080)
    assert reaches("red", "192.0.2.99") and reaches("red", "fd00:2::99")
    assert services.connect("red", "192.0.2.99", 8080) == ("lan", "192.0.2.2") and services.connect(
        "red", "fd00:2::99", 8080
    ) == ("lan6", "fd00:2::2")
    assert services.connect("lan", "192.0.2.2", 80) == ("red", "192.0.2.99") and services.connect(
        "lan", "fd00:2::2", 81
    ) == ("red6", "fd00:2::99")
    # The lab is isolated: a route to it does not give access.
    assert services.is_unreachable("lan", "10.3.0.1", 8080)
    services.close()


def test_a_link_with_a_foreign_child_is_not_deleted(host: None) -> None:
    trunk = {"name": "trunk", "peer": {"name": "trunk-far"}}
    run("topology", **RED_AND_BLUE, veth=[trunk])
    ip("link add link trunk name theirs netns red type macvlan")
    before = take_snapshot()
    with pytest.raises(
        Conflict,
        match=(
            "name: 'trunk': interface theirs in namespace red sits on it, would go along, "
            "and is not ours; remove that first"
        ),
    ):
        run("topology", **RED_AND_BLUE, purge=True)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(
    "more",
    [{"type": "macvlan"}, {"type": "macvlan", "mode": "passthru"}, {"type": "vxlan", "id": 7}],
    ids=str,
)
def test_links_of_a_deleted_namespace_can_be_added_again_at_once(
    port: None, more: dict[str, Any], by_hand: bool
) -> None:
    """The kernel destroys a namespace later; until then MAC addresses, ids and parents of
    its links are in use.
    """
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "netns_link": [{"name": "leg", "netns": "red", "link": "eth0", **more}],
    }
    for _time in range(5):
        assert run("topology", **lab)["changed"]
        if by_hand:
            ip("netns del red")
        else:
            run("topology", name="lab", state="absent")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "vxlan", "id": 7}, {"type": "vxlan", "id": 7}),
        ({"type": "macvlan"}, {"type": "macvlan", "mode": "passthru"}),
        ({"type": "macvlan", "mode": "passthru"}, {"type": "macvlan"}),
    ],
    ids=str,
)
def test_a_link_that_needs_the_resources_of_a_deleted_one_is_added_after_it(
    port: None, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """The new link has another name, another namespace, or both; the old one is deleted or
    goes with its namespace.
    """

    def lab(netns: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": "lab",
            "purge": True,
            "netns": [{"name": netns}],
            "netns_link": [{"name": name, "netns": netns, "link": "eth0", **options}],
        }

    for wanted in (
        lab("red", "leg", old),
        lab("red", "other", new),
        lab("red", "leg", old),
        lab("blue", "leg", new),
        lab("red", "other", old),
    ):
        checked, done = run("topology", check=True, **wanted), run("topology", **wanted)
        assert (
            predictable(checked) == predictable(done) and not run("topology", **wanted)["changed"]
        )


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"type": "macvlan"},
        "link: None: is needed to make leg, a macvlan, which sits on another link",
    ),
    ({"type": "vxlan"}, "id: None: is needed to make leg, a vxlan"),
    (
        {"type": "macvlan", "link": "nobody"},
        "link: 'nobody': there is no such interface on the host, on which leg could sit",
    ),
    (
        {"netns": "red", "type": "macvlan", "link": "near"},
        (
            "link: 'near': there is no such interface on the host, on which leg could sit; "
            "there is one in namespace red, which link_netns would say"
        ),
    ),
    (
        {"type": "macvlan", "link": "port"},
        "link: 'port': is a port of bridge br0, which is given all that comes in; name the bridge",
    ),
    (
        {"type": "macvlan", "link": "station"},
        "link: 'station': is a macvlan itself, and the kernel sets one of these on no other",
    ),
    (
        {"type": "macvlan", "link": "eth0", "mtu": 2000},
        r"mtu: 2000: is more than that of interface eth0 on the host, on which leg sits \(1500\)",
    ),
    (
        {"type": "macvlan", "link": "br0", "bridge": "br0"},
        "bridge: 'br0': leg sits on that bridge, which cannot have it as a port as well",
    ),
    (
        {"type": "macvlan", "link": "eth0", "txqueuelen": 0, "impairment": {"rate": "1mbit"}},
        "txqueuelen: 0: excludes impairment, with which the kernel",
    ),
    ({"type": "tun", "bridge": "br0"}, "bridge: 'br0': takes no link of type tun as a port"),
    (
        {},
        (
            "name: 'leg': there is no such interface on the host, and a task without type "
            ".which says what to make. needs it"
        ),
    ),
    (
        {"name": "br0", "type": "macvlan"},
        "name: 'br0': the host has a bridge of this name, not a macvlan",
    ),
    (
        {"name": "station", "link": "port", "type": "macvlan"},
        (
            "link: 'port': interface station on the host sits on eth0 on the host, for good; "
            "delete it first"
        ),
    ),
    (
        {"name": "station", "mode": "passthru", "type": "macvlan"},
        "mode: 'passthru': interface station on the host has bridge, and passthru is for good",
    ),
    ({"name": "taps", "type": "tun"}, "name: 'taps': the host has a tap of this name, not a tun"),
    (
        {"name": "taps", "type": "tap", "user": 7},
        (
            "user: 7: interface taps on the host has 1000, and a tap keeps what it was made "
            "with; delete it first"
        ),
    ),
    (
        {"name": "tunnel", "type": "vxlan", "id": 8},
        (
            "id: 8: interface tunnel on the host has 7, and a vxlan keeps what it was made "
            "with; delete it first"
        ),
    ),
    (
        {"type": "vxlan", "id": 7, "dstport": 4789},
        "id: 7: interface tunnel on the host is this vxlan already",
    ),
    (
        {"name": "eth0", "bridge": "br0"},
        (
            "bridge: 'br0': eth0 carries a macvlan, station, and what comes in is given to "
            "one of the two only"
        ),
    ),
    (
        {"name": "br0", "state": "absent"},
        "name: 'br0': is a bridge; module linux_bridge removes it",
    ),
    (
        {"type": "macvlan", "link": "eth0", "vrf": "br0"},
        "vrf: 'br0': is a bridge on the host, not a vrf",
    ),
]


@pytest.mark.parametrize(("raw", "rule"), REFUSED)
def test_impossible_links_are_refused_before_any_change(
    port: None, raw: dict[str, Any], rule: str
) -> None:
    run("netns", name="red")
    run("linux_bridge", name="br0")
    run("veth", name="port", bridge="br0", peer={"name": "near", "netns": "red"})
    run("netns_link", name="station", type="macvlan", link="eth0")
    run("netns_link", name="taps", type="tap", user=1000)
    run("netns_link", name="tunnel", type="vxlan", id=7)
    before = take_snapshot()
    for check in (True, False):
        with (
            pytest.raises(Refused, match=rule)
            if not check or "there is no such" not in rule
            else _whatever()
        ):
            run("netns_link", check=check, **{"name": "leg", **raw})
    assert differences(before, take_snapshot()) == {}


@contextmanager
def _whatever() -> Iterator[None]:
    """In check mode a missing link may be one that an earlier task would add."""
    yield


def test_a_tap_that_ends_with_its_process_is_a_conflict(host: None) -> None:
    with (
        opened(None, "tap0", 2),
        pytest.raises(
            Conflict,
            match="on the host a process has made a tap of this name, which ends with that process",
        ),
    ):
        run("netns_link", name="tap0", type="tap")


def test_hundreds_of_macvlan_links_are_added_and_removed(port: None) -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "isolate": False,
        "range": [
            {"count": 200, "netns_link": [{"name": "m{n}", "type": "macvlan", "link": "eth0"}]}
        ],
    }
    empty = take_snapshot()
    made = run("topology", **lab)
    assert made["summary"]["netns_link"] == 200
    assert not run("topology", **lab)["changed"]
    run("topology", name="lab", state="absent")
    assert differences(empty, take_snapshot()) == {}
