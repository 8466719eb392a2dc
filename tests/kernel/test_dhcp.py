# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options dhcp and ra: what is plugged into the bridge gets an address, a route and a name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.name_servers import NEEDS_DNSMASQ, list_servers, look_up, serving
from support.shell import replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run, run_as_predicted

pytestmark = [
    *NEEDS_DNSMASQ,
    pytest.mark.skipif(not shutil.which("udhcpc"), reason="needs the package udhcpc"),
]
PLUG = """
ip netns add guest
ip netns exec guest sysctl -qw net.ipv6.conf.default.accept_dad=0
ip link add port9 type veth peer name eth0 netns guest
ip link set port9 master v-net-0 up
ip -n guest link set lo up
ip -n guest link set eth0 up
"""
"""Somebody else's namespace is plugged into the bridge, as a container or virtual machine is."""
SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add $ip/$mask dev $interface
ip route add default via $router
echo "$ip $router $dns $domain $lease" >/run/lease
"""
CLIENT = "ip netns exec guest udhcpc -i eth0 -f -q -n -t 20 -T 1 -s /run/client -x hostname:{name}"


def lab(**options: Any) -> Raw:
    return {**LAB, **options}


def ask_for_an_address(name: str = "guest") -> list[str]:
    """Run a DHCP client in the guest. Its address, router, name server, domain and lease."""
    Path("/run/client").write_text(SCRIPT, encoding="utf-8")
    Path("/run/client").chmod(0o755)
    sh(CLIENT.format(name=name))
    return Path("/run/lease").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("access", [["all"], ["none"]])
def test_a_guest_gets_an_address_a_route_and_a_name(host: None, access: list[str]) -> None:
    dns = {"domain": "lab.example.com"}
    done = run_as_predicted("topology", **lab(dns=dns, dhcp=True, host_access=access))
    assert "start process dns:v-net-0 on the host" in done["actions"]
    sh(PLUG)
    found = ask_for_an_address()
    address = found[0]
    assert address.startswith("192.168.15.") and int(address.split(".")[3]) > 5
    assert found[1:] == ["192.168.15.5", "192.168.15.5", "lab.example.com", "3600"]
    sh("ip netns exec guest ping -c 1 -W 30 192.168.15.1")
    assert f"has address {address}" in look_up("red", "guest.lab.example.com")
    assert not run("topology", **lab(dns=dns, dhcp=True, host_access=access))["changed"]
    sh("ip netns del guest")


def test_a_guest_cannot_take_the_name_of_a_member(host: None) -> None:
    run("topology", **lab(dns=True, dhcp=True))
    sh(PLUG)
    ask_for_an_address("blue")
    assert "has address 192.168.15.2" in look_up("red", "blue")
    assert look_up("red", "blue").count("has address") == 1
    sh("ip netns del guest")


def test_addresses_are_those_that_are_given(host: None) -> None:
    dhcp = {"range": ["192.168.15.77-192.168.15.77"], "lease": 600}
    done = run_as_predicted("topology", **lab(dhcp=dhcp))
    assert "start process dhcp:v-net-0 on the host" in done["actions"]
    sh(PLUG)
    # It serves no names, so it names no server.
    assert ask_for_an_address() == ["192.168.15.77", "192.168.15.5", "600"]
    sh("ip netns del guest")


def test_all_ranges_of_a_network_are_given(host: None) -> None:
    dhcp = {"range": ["192.168.15.77-192.168.15.77", "192.168.15.99-192.168.15.99"]}
    run_as_predicted("topology", **lab(dhcp=dhcp))
    sh(PLUG)
    first = ask_for_an_address()[0]
    sh("ip -n guest address flush dev eth0; ip -n guest link set eth0 address 02:00:00:00:00:99")
    assert {first, ask_for_an_address("other")[0]} == {"192.168.15.77", "192.168.15.99"}
    sh("ip netns del guest")


def await_address(pattern: str) -> str:
    return sh(
        f"for round in $(seq 600); do ip -n guest -6 -o address show dev eth0 scope global |"
        f" grep -o '{pattern}' && exit; sleep 0.1; done; exit 1"
    )


def test_an_ipv6_guest_makes_its_address_of_an_advertisement(host: None) -> None:
    run_as_predicted("topology", **lab(ra=True))
    sh(PLUG)
    address = await_address("fd00:15::[^ /]*").strip()
    sh("ip netns exec guest ping -c 1 -W 30 fd00:15::1")
    assert "default via fe80::" in sh("ip -n guest -6 route show default")
    # Also where members heard it, the lab is as declared.
    assert not run("topology", **lab(ra=True))["changed"]
    assert address not in ("fd00:15::1", "fd00:15::2", "fd00:15::5")
    sh("ip netns del guest")


def test_all_of_it_goes(host: None) -> None:
    with serving("127.0.0.1", netns=None):
        pass  # The kernel makes a key for the first listener with TCP Fast Open.
    before = take_snapshot()
    run("topology", **lab(dns=True, dhcp=True, ra=True))
    assert len(list_servers()) == 1
    run("topology", **lab(purge=True))
    assert list_servers() == []
    run("topology", **lab(dhcp=True))
    run("topology", name="lab", state="absent")
    assert list_servers() == []
    assert differences(before, take_snapshot()) == {}


def test_the_commands_start_the_same_server(host: None) -> None:
    options = lab(dhcp={"range": ["192.168.15.77-192.168.15.77"]}, ra=True)
    replay(run("topology", check=True, **options)["commands"])
    sh(PLUG)
    assert ask_for_an_address()[0] == "192.168.15.77"
    sh("ip netns del guest; kill $(ps -C dnsmasq -o pid=)")


def test_netns_info_returns_what_changes_nothing(host: None) -> None:
    given = {"dhcp": {"range": ["192.168.15.70-192.168.15.79"], "lease": 600}, "ra": True}
    run("topology", **lab(**given))
    found = gather_info()["topology"]
    assert {name: found[name] for name in given} == given
    assert not run("topology", **found, purge=True)["changed"]


INVALID: list[tuple[Raw, str]] = [
    ({"dhcp": "perhaps"}, "dhcp: .* is neither a boolean nor a dictionary"),
    ({"dhcp": {"range": ["192.168.15.9"]}}, r"dhcp.range\[0\]: .* is not FIRST-LAST"),
    ({"dhcp": {"range": ["192.168.15.9-fd00::1"]}}, "addresses of different families"),
    ({"dhcp": {"range": ["192.168.15.9-192.168.15.7"]}}, "write 192.168.15.7-192.168.15.9"),
    ({"dhcp": {"range": ["10.9.9.1-10.9.9.9"]}}, "is not within a network of the addresses"),
    (
        {"dhcp": {"range": ["192.168.15.2-192.168.15.4"]}},
        "has 192.168.15.2, the address of .* blue",
    ),
    ({"dhcp": {"range": ["192.168.15.4-192.168.15.9"]}}, "has 192.168.15.5, the gateway"),
    ({"dhcp": {"range": ["192.168.15.9-192.168.15.255"]}}, "the broadcast address"),
    ({"dhcp": {"range": ["192.168.15.0-192.168.15.0"]}}, "the network itself"),
    ({"dhcp": {"range": ["fd00:15::-fd00:15::f"]}, "ra": True}, "has fd00:15::2, the address of"),
    (
        {"dhcp": {"range": ["192.168.15.20-192.168.15.30", "192.168.15.10-192.168.15.20"]}},
        r"dhcp.range\[1\]: .* has addresses of dhcp.range\[0\], 192.168.15.20-192.168.15.30",
    ),
    ({"dhcp": {"lease": 5}}, "dhcp.lease: 5"),
    ({"dhcp": {"leases": 600}}, "unsupported option 'dhcp.leases'; did you mean 'lease'"),
]


@pytest.mark.parametrize(("options", "rule"), INVALID)
def test_what_cannot_be_is_refused(host: None, options: Raw, rule: str) -> None:
    before = take_snapshot()
    with pytest.raises(Refused, match=rule):
        run("topology", **lab(**options))
    assert differences(before, take_snapshot()) == {}


def test_routers_need_a_network_of_which_hosts_make_addresses(host: None) -> None:
    bridge = {"name": "v-net-0", "addresses": ["192.168.15.5/24"]}
    with pytest.raises(Refused, match="ra: True: needs IPv6 networks of the length 64"):
        run("topology", **lab(linux_bridge=[bridge], ra=True))
