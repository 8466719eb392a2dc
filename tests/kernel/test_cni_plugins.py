# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callers of the plugins of CNI can see, through netns_cni: the cases of their own tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.cni import (
    ABSENT,
    ADDRESSES,
    BRIDGE,
    FIREWALL,
    IPAM,
    LO,
    MAPPINGS,
    PORTMAP,
    TUNING,
    call_plugins,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.cni_cases import CASES
from support.pings import ping, reaches
from support.services import Listeners
from support.shell import ip, output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = needs_plugins


@pytest.fixture
def blue(host: None) -> None:
    """A host with the namespace blue, and a veth pair from uplink to switch."""
    run("netns", name="blue")
    ip("link add uplink type veth peer name switch\nlink set uplink up\nlink set switch up")


@pytest.mark.parametrize("name", CASES)
def test_a_plugin_does_what_its_configuration_says(blue: None, name: str) -> None:
    case = CASES[name]
    sh(case.before)
    call_plugins("ADD", case.task)
    call_plugins("DEL", case.task)
    sh(f"rm -rf {ADDRESSES}; mkdir {ADDRESSES}")
    before = take_snapshot()
    run_as_predicted("netns_cni", **case.task)
    for command, patterns in case.seen.items():
        said = sh(command)
        assert [each for each in patterns if not re.search(each, said, re.M)] == [], said
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    assert not run("netns_cni", **ABSENT)["changed"]


def test_loopback_is_set_down_again(host: None) -> None:
    sh("ip netns add blue")
    run_as_predicted("netns_cni", **LO)
    run_as_predicted("netns_cni", **ABSENT, ifname="lo")
    assert not ping("blue", "127.0.0.1")


@pytest.mark.parametrize(
    ("options", "message"), [({"mtu": 1600}, "invalid MTU 1600"), ({"master": "none"}, "not found")]
)
def test_a_macvlan_that_cannot_be_made_leaves_nothing(
    blue: None, options: Raw, message: str
) -> None:
    """Its plugin refuses to undo it too."""
    before = take_snapshot()
    plugin: Raw = {"type": "macvlan", "master": "uplink", "ipam": IPAM}
    with pytest.raises(Failed, match=message) as raised:
        run("netns_cni", netns="blue", network=network({**plugin, **options}))
    assert "could not be undone" not in str(raised.value)
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    run_as_predicted("netns_cni", netns="blue", network=network(plugin))


@pytest.mark.parametrize("change", ["ip link set uplink mtu 1400", "ip link del uplink"])
def test_a_macvlan_is_detached_whatever_became_of_the_link_below(blue: None, change: str) -> None:
    plugin: Raw = {"type": "macvlan", "master": "uplink", "mtu": 1500, "ipam": IPAM}
    run("netns_cni", netns="blue", network=network(plugin))
    sh(f"ip -n blue link del eth0; {change}")
    before = take_snapshot()
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


@pytest.mark.parametrize(
    "and_then",
    [":", "ip netns del blue", "ip link set uplink down; ip link set uplink name other up"],
)
def test_a_macvlan_above_a_link_with_less_mtu_is_detached(blue: None, and_then: str) -> None:
    """Its plugin refuses to look at it then, and to undo it."""
    plugin: Raw = {"type": "macvlan", "master": "uplink", "mtu": 1500, "ipam": IPAM}
    task: Raw = {"netns": "blue", "network": network(plugin)}
    run("netns_cni", **task)
    sh(f"ip link set uplink mtu 1400; {and_then}")
    if and_then == ":":
        shown = "ip -n blue addr show eth0 | grep -oE 'mtu [0-9]+|inet6? [^ ]+' | grep -v fe80"
        before = sh(shown), list_files().keys()
        for _number in range(2):
            with pytest.raises(Failed, match="invalid MTU 1500.*[.] undone: detach"):
                run("netns_cni", **task)
            assert (sh(shown), list_files().keys()) == before
        less: Raw = {**task, "network": network({**plugin, "mtu": 1300})}
        run_as_predicted("netns_cni", **less)
        assert "mtu 1300" in output("ip", "-n", "blue", "link", "show", "eth0")
    run_as_predicted("netns_cni", **ABSENT)
    assert list_files() == {} and not run("netns_cni", **ABSENT)["changed"]
    assert "del" in and_then or "eth0" not in output("ip", "-n", "blue", "link")


@pytest.mark.parametrize(
    ("plugins", "message", "before"),
    [
        ([BRIDGE], "already has an IP address different", "ip addr add 10.22.0.7/24 dev cni0"),
        ([BRIDGE, {**TUNING, "sysctl": {"net.ipv4.conf.none.arp_filter": "1"}}], "none", ":"),
        ([{**BRIDGE, "bridge": "uplink"}], "uplink.*not a bridge", ":"),
    ],
)
def test_no_address_stays_reserved_after_an_error(
    blue: None, plugins: list[Raw], message: str, before: str
) -> None:
    ip("link add cni0 type bridge")
    sh(before)
    with pytest.raises(Failed, match=message):
        run("netns_cni", netns="blue", network=network(*plugins))
    assert reserved_addresses() == [] and list_files() == {}
    assert not run("netns_cni", **ABSENT)["changed"]


def test_a_forged_mac_address_is_dropped(blue: None) -> None:
    run_as_predicted("netns_cni", netns="blue", network=network({**BRIDGE, "macspoofchk": True}))
    assert reaches("blue", "10.22.0.1")
    sh("ip -n blue link set eth0 down; ip -n blue link set eth0 address 02:00:00:00:00:66 up")
    assert not ping("blue", "10.22.0.1")
    run("netns_cni", **ABSENT)
    assert "macspoofchk" not in output("nft", "list", "ruleset")


@pytest.fixture
def clients(blue: None) -> Iterator[Listeners]:
    """The host has addresses on uplink, and the namespace lan is behind it."""
    sh("""ip netns add lan; ip link set switch netns lan
        ip addr add 192.0.2.2/24 dev uplink; ip addr add 192.0.2.3/24 dev uplink
        ip addr add fd00:2::2/64 dev uplink nodad
        ip -n lan link set switch up; ip -n lan addr add 192.0.2.9/24 dev switch
        ip -n lan addr add fd00:2::9/64 dev switch nodad""")
    made = Listeners()
    yield made
    made.close()


def mapped(**mapping: Any) -> Raw:
    return {"portMappings": [{**MAPPINGS["portMappings"][0], **mapping}]}


@pytest.mark.parametrize(
    ("mapping", "plugin", "address", "source"),
    [
        ({}, {}, "192.0.2.2", "192.0.2.9"),
        ({"protocol": "udp"}, {}, "192.0.2.2", "192.0.2.9"),
        ({}, {}, "fd00:2::2", "fd00:2::9"),
        ({"hostIP": "192.0.2.3"}, {}, "192.0.2.3", "192.0.2.9"),
        ({}, {"snat": False}, "192.0.2.2", "192.0.2.9"),
        ({}, {"markMasqBit": 5}, "192.0.2.2", "192.0.2.9"),
        ({}, {"conditionsV4": ["-s", "192.0.2.0/24"]}, "192.0.2.2", "192.0.2.9"),
    ],
)
def test_a_mapped_port_leads_into_the_namespace(
    clients: Listeners, mapping: Raw, plugin: Raw, address: str, source: str
) -> None:
    task: Raw = {
        "netns": "blue",
        "network": network(BRIDGE, {**PORTMAP, **plugin}),
        "capabilities": mapped(**mapping),
    }
    run_as_predicted("netns_cni", **task)
    protocol = mapping.get("protocol", "tcp")
    inside = "fd00:22::2" if ":" in address else "10.22.0.2"
    clients.listen("pod", "blue", inside, 80, protocol)
    assert clients.connect("lan", address, 8080, protocol) == ("pod", source)
    if "hostIP" in mapping:
        assert clients.is_unreachable("lan", "192.0.2.2", 8080)
    sh("ip netns add other")
    run("netns_cni", **{**task, "netns": "other"})
    assert clients.connect("lan", address, 8080, protocol) == ("pod", source)
    run("netns_cni", netns="other", state="absent")
    assert clients.connect("lan", address, 8080, protocol) == ("pod", source)
    run_as_predicted("netns_cni", **ABSENT)
    assert clients.connect("lan", address, 8080, protocol, patience=0.4) is None


@pytest.mark.parametrize("mapping", [{"hostPort": -1}, {"containerPort": 70000}])
def test_an_invalid_mapping_is_an_error(blue: None, mapping: Raw) -> None:
    with pytest.raises(Refused, match=r"portMappings\[0\].*is no port"):
        run(
            "netns_cni",
            netns="blue",
            network=network(BRIDGE, PORTMAP),
            capabilities=mapped(**mapping),
        )
    assert list_files() == {}


def test_the_plugin_firewall_keeps_bridges_apart(blue: None) -> None:
    """Its ingressPolicy is same-bridge."""
    closed = {**FIREWALL, "backend": "iptables", "ingressPolicy": "same-bridge"}
    for number, name in ((22, "one"), (22, "two"), (23, "three")):
        run("netns", name=name)
        ipam = {
            "type": "host-local",
            "ranges": [[{"subnet": f"10.{number}.0.0/24"}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        bridge = {"type": "bridge", "bridge": f"cni{number}", "isGateway": True, "ipam": ipam}
        run_as_predicted(
            "netns_cni", netns=name, network=network(bridge, closed, name=f"db{number}")
        )
    assert reaches("one", "10.22.0.3") and reaches("three", "10.23.0.1")
    assert not ping("one", "10.23.0.2") and not ping("three", "10.22.0.2")


@pytest.mark.parametrize(
    "plugin",
    [
        {"type": "host-device", "device": "uplink"},
        {"type": "host-device", "hwaddr": "02:00:00:00:00:88"},
        {"type": "macvlan", "master": "uplink", "mode": "passthru"},
    ],
)
def test_a_plugin_does_not_take_the_uplink(blue: None, plugin: Raw) -> None:
    sh("""ip link set uplink down; ip link set uplink address 02:00:00:00:00:88 up
        ip addr add 192.0.2.2/24 dev uplink; ip route add default via 192.0.2.1""")
    before = take_snapshot()
    task: Raw = {"netns": "blue", "network": network(plugin)}
    for check in (True, False):
        with pytest.raises(Refused, match="uplink.*would lose its default route"):
            run("netns_cni", check=check, **task)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_a_device_comes_back_as_it_was_when_the_run_fails(blue: None) -> None:
    run("topology", name="lab", netns=[{"name": "pod"}])
    sh("""ip addr add 192.0.2.2/24 dev uplink; ip route add 10.9.0.0/16 via 192.0.2.1""")
    before = take_snapshot()
    item = {"netns": "pod", "network": network({"type": "host-device", "device": "uplink"})}
    probe = {"netns": "pod", "to": "192.0.2.77", "timeout": 0.2}
    with pytest.raises(Failed, match="undone: attach namespace pod"):
        run("topology", name="lab", netns=[{"name": "pod"}], cni=[item], probes=[probe])
    assert differences(before, take_snapshot()) == {} and list_files() == {}
