# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New links: a fixed MAC address, no router advertisements accepted, usable at once."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.shell import output
from support.tasks import LAB, Raw, run

SET_BY_THE_USER = "3"
"""NET_ADDR_SET (linux/netdevice.h): udev and NetworkManager do not change such a MAC address."""


def read_in(netns: str | None, path: str) -> str:
    """Read a file of /sys in a namespace: sysfs shows the network in which it was mounted."""
    enter = [] if netns is None else ["nsenter", f"--net=/run/netns/{netns}"]
    return output(
        *enter, "unshare", "--mount", "sh", "-c", f"mount -t sysfs sysfs /sys && cat {path}"
    ).strip()


ENDS = [
    (None, "v-net-0"),
    (None, "veth-red-br"),
    (None, "veth-blue-br"),
    ("red", "veth-red"),
    ("blue", "veth-blue"),
]


def test_a_new_link_has_a_fixed_mac_of_its_own(host: None) -> None:
    run("topology", **LAB)
    macs = set()
    for netns, name in ENDS:
        assert read_in(netns, f"/sys/class/net/{name}/addr_assign_type") == SET_BY_THE_USER
        mac = read_in(netns, f"/sys/class/net/{name}/address")
        assert int(mac[:2], 16) & 3 == 2  # locally administered, unicast
        macs.add(mac)
    assert len(macs) == len(ENDS)


def test_a_given_mac_is_used_and_a_derived_one_is_stable(host: None) -> None:
    run("linux_bridge", name="br0", mac="02:00:00:00:00:09")
    run("veth", name="one", peer={"name": "two"})
    derived = (
        output("cat", "/proc/net/dev")
        and output("ip", "-br", "link", "show", "dev", "one").split()[2]
    )
    assert read_in(None, "/sys/class/net/br0/address") == "02:00:00:00:00:09"
    assert read_in(None, "/sys/class/net/br0/addr_assign_type") == SET_BY_THE_USER
    run("veth", name="one", state="absent")
    run("veth", name="one", peer={"name": "two"})
    assert output("ip", "-br", "link", "show", "dev", "one").split()[2] == derived


def test_a_bridge_keeps_its_mac_when_ports_are_added_and_removed(host: None) -> None:
    run("linux_bridge", name="br0")
    before = read_in(None, "/sys/class/net/br0/address")
    for number in range(3):
        run(
            "veth",
            name=f"p{number}",
            mac=f"02:00:00:00:00:0{number}",
            bridge="br0",
            peer={"name": f"q{number}"},
        )
    assert read_in(None, "/sys/class/net/br0/address") == before
    run("veth", name="p0", state="absent")
    assert read_in(None, "/sys/class/net/br0/address") == before


def test_links_accept_no_router_advertisements(host: None) -> None:
    run("topology", **LAB)
    for netns, name in (ENDS[0], ENDS[3]):
        enter = [] if netns is None else ["ip", "netns", "exec", netns]
        assert output(*enter, "cat", f"/proc/sys/net/ipv6/conf/{name}/accept_ra") == "0\n"


@pytest.mark.parametrize("target", ["192.168.15.2", "fd00:15::2"])
def test_packets_pass_as_soon_as_the_task_ends(host: None, target: str) -> None:
    run("topology", **LAB)
    assert " 0% packet loss" in output("ip", "netns", "exec", "red", "ping", "-c1", "-W30", target)
    assert " 0% packet loss" in output("ping", "-c1", "-W30", target)


def test_a_task_waits_for_the_carrier_of_its_links(host: None) -> None:
    """The kernel reports a carrier late when thousands of links are deleted.

    Here a program makes it late (RFC 2863, dormant).
    """
    run("topology", **LAB)
    output("ip", "link", "set", "dev", "veth-red-br", "down", "mode", "dormant")
    late = (
        "until ip link show dev veth-red-br | grep -q 'state DORMANT'; do sleep 0.01; done; "
        "sleep 0.5; ip link set dev veth-red-br state up"
    )
    with subprocess.Popen(["timeout", "20", "sh", "-c", late]):
        assert run("topology", **LAB)["actions"] == ["veth-red-br: set up"]
        assert " state UP " in output("ip", "link", "show", "dev", "veth-red-br")


def test_a_link_with_up_false_is_down(host: None) -> None:
    run("veth", name="one", up=False, peer={"name": "two"})
    assert "UP" not in output("ip", "-br", "link", "show", "dev", "one").split("<")[1].replace(
        "LOWER_UP", ""
    ).split(",")


@pytest.mark.parametrize("mtus", [(1000, 1500, 1000), (1500, 1000), (1279, 1280)])
def test_an_mtu_below_1280_needs_no_ipv6_sysctls(host: None, mtus: tuple[int, ...]) -> None:
    for mtu in mtus:
        port = {"name": "p", "mtu": mtu, "bridge": "br0"}
        raw: dict[str, Any] = {
            "linux_bridge": [{"name": "br0", "mtu": mtu}],
            "veth": [
                {
                    "name": "e",
                    "netns": "red",
                    "mtu": mtu,
                    "addresses": ["10.1.1.1/24"],
                    "peer": port,
                }
            ],
        }
        assert run("topology", name="lab", netns=[{"name": "red"}], **raw)["changed"]
        assert not run("topology", name="lab", netns=[{"name": "red"}], **raw)["changed"]
    run("topology", name="lab", state="absent")


def test_links_have_a_link_local_address_only_if_needed(host: None) -> None:
    addressed = {"four": ["10.1.1.1/24"], "six": ["fd00:1::1/64"], "none": []}
    run("linux_bridge", name="br0")
    for name, addresses in addressed.items():
        run("veth", name=name, addresses=addresses, peer={"name": f"{name}-port", "bridge": "br0"})
    run(
        "veth",
        name="asked",
        addresses=["10.1.2.1/24"],
        link_local=True,
        peer={"name": "refused", "link_local": False},
    )
    shown = output("ip", "-6", "-o", "addr", "show", "scope", "link").splitlines()
    assert {line.split()[1] for line in shown} == {"br0", "six", "none", "asked"}


def test_names_with_a_dot_and_keywords_of_iproute2_are_accepted(host: None, tmp_path: Path) -> None:
    for name in ("lab.100", "up", "dev", "a"):
        assert (
            run("linux_bridge", name=name)["changed"]
            and not run("linux_bridge", name=name)["changed"]
        )
        run("linux_bridge", name=name, state="absent")


PORT = {"name": "two", "bridge": "br0", "isolated": True, "learning": False}


def test_a_port_keeps_its_flags_when_it_is_moved(
    host: None,
) -> None:
    run(
        "topology",
        name="lab",
        linux_bridge=[{"name": "br0"}, {"name": "br1"}],
        veth=[{"name": "one", "peer": PORT}],
    )
    items: tuple[Raw, ...] = (
        {
            "linux_bridge": [{"name": "br1"}],
            "veth": [{"name": "one", "peer": {**PORT, "bridge": "br1"}}],
        },
        {
            "netns": [{"name": "red"}],
            "linux_bridge": [{"name": "br0", "netns": "red"}],
            "veth": [{"name": "one", "peer": {**PORT, "netns": "red"}}],
        },
    )
    for item in items:
        assert (
            run("topology", name="lab", **item)["changed"]
            and not run("topology", name="lab", **item)["changed"]
        )
    shown = output("bridge", "-n", "red", "-d", "link", "show", "dev", "two")
    assert "isolated on" in shown and "learning off" in shown
    other = {"name": "two", "netns": "red", "bridge": "br2"}
    run(
        "topology",
        name="lab",
        linux_bridge=[{"name": "br2", "netns": "red"}],
        veth=[{"name": "one", "peer": other}],
    )
    assert "isolated off" in output("bridge", "-n", "red", "-d", "link", "show", "dev", "two")
