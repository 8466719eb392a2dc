# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of bridges and ports of Open vSwitch, by packets where packets show them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.ovs import dump, vsctl
from support.pings import ping, reaches
from support.shell import ip, output, replay
from support.tasks import Raw, run, run_as_predicted

BRIDGE: Raw = {"name": "v-net-0", "datapath_type": "netdev"}
TUNNEL: Raw = {"name": "t1", "type": "vxlan", "remote_ip": "192.0.2.1", "vni": "5"}


pytestmark = pytest.mark.usefixtures("vswitch")


def connect(name: str, number: int, bridge: str = "v-net-0", **port: Any) -> Raw:
    """A namespace on a bridge."""
    addresses = [f"10.1.0.{number}/24", f"fd00:1::{number}/64"]
    return {
        "name": f"eth-{name}",
        "netns": name,
        "addresses": addresses,
        "peer": {"name": f"port-{name}", "bridge": bridge, **port},
    }


def build(*ends: Raw, bridges: list[Raw] | None = None, **more: Any) -> Raw:
    """A topology of these namespaces."""
    return {
        "name": "lab",
        "netns": [{"name": end["netns"]} for end in ends],
        "ovs_bridge": bridges or [BRIDGE],
        "veth": list(ends),
        **more,
    }


def meets(netns: str, number: int) -> tuple[bool, bool]:
    """Whether a namespace reaches another one, by IPv4 and by IPv6."""
    return reaches(netns, f"10.1.0.{number}"), reaches(netns, f"fd00:1::{number}")


def misses(netns: str, number: int) -> bool:
    """Whether a namespace does not reach another one."""
    return not ping(netns, f"10.1.0.{number}") and not ping(netns, f"fd00:1::{number}")


def test_tags_separate_and_join() -> None:
    lab = build(
        connect("a", 1, vlan=10),
        connect("b", 2, vlan=10),
        connect("c", 3, vlan=20),
        connect("d", 4),
    )
    run_as_predicted("topology", **lab)
    assert meets("a", 2) == (True, True)
    assert misses("a", 3) and misses("a", 4)
    joined = build(*lab["veth"][:2], connect("c", 3, vlan=10), lab["veth"][3])
    run_as_predicted("topology", **joined)
    assert meets("a", 3) == (True, True)


def test_a_trunk_carries_its_vlans_tagged() -> None:
    ends = (
        connect("a", 1, vlan=10),
        connect("b", 2, vlan=20),
        connect("t", 9, vlans=["10", "30-31"]),
    )
    lab = build(*ends)
    lab["netns_link"] = [
        {
            "name": f"eth-t.{vlan}",
            "netns": "t",
            "type": "vlan",
            "link": "eth-t",
            "id": vlan,
            "addresses": [f"10.1.0.{vlan}/24"],
            "allow_overlap": True,
        }
        for vlan in (10, 20)
    ]
    lab["veth"][2]["addresses"] = []
    try:
        run("topology", **lab)
    except Refused as error:  # the type is missing in some kernels
        if "no links of this type" not in str(error):
            raise
        del lab["netns_link"]
        run("topology", **lab)
        lab_is_complete = False
    else:
        lab_is_complete = True
    trunks = vsctl("get", "Port", "port-t", "trunks"), vsctl("get", "Port", "port-t", "vlan_mode")
    assert trunks == ("[10, 30, 31]", "trunk")
    if lab_is_complete:
        assert reaches("a", "10.1.0.10") and not ping("b", "10.1.0.20")
    native = build(*ends[:2], connect("t", 9, vlan=20, vlans=["10"]))
    run_as_predicted("topology", **native, purge=True)
    assert meets("b", 9) == (True, True) and misses("a", 9)


def test_patch_ports_join_two_bridges() -> None:
    def cable(name: str, other: str) -> Raw:
        ports = [{"name": f"to-{other}", "type": "patch", "peer": f"to-{name}"}]
        return {"name": name, "datapath_type": "netdev", "ports": ports}

    ends = connect("a", 1, bridge="one"), connect("b", 2, bridge="two")
    lab = build(*ends, bridges=[cable("one", "two"), cable("two", "one")])
    run_as_predicted("topology", **lab)
    assert meets("a", 2) == (True, True)
    cut = build(*ends, bridges=[{**each, "ports": []} for each in lab["ovs_bridge"]])
    run_as_predicted("topology", **cut)
    assert misses("a", 2)


@pytest.mark.parametrize(
    ("kind", "local", "remote"),
    [("vxlan", "172.16.0.1", "172.16.0.2"), ("geneve", "fd00:16::1", "fd00:16::2")],
)
def test_tunnels_are_set_up_and_changed(kind: str, local: str, remote: str) -> None:
    tunnel = {"name": "tun", "type": kind, "remote_ip": remote, "local_ip": local, "vni": "5"}
    run_as_predicted("ovs_bridge", **BRIDGE, ports=[{**tunnel, "vlan": 10}])
    options = vsctl("get", "Interface", "tun", "options")
    assert options == f'{{key="5", local_ip="{local}", remote_ip="{remote}"}}'
    assert vsctl("get", "Interface", "tun", "error") == "[]"
    run_as_predicted("ovs_bridge", **BRIDGE, ports=[{**tunnel, "vni": "6", "dst_port": 5000}])
    assert vsctl("get", "Interface", "tun", "options:dst_port") == '"5000"'
    run_as_predicted("ovs_bridge", **BRIDGE, ports=[])
    assert vsctl("list-ports", "v-net-0") == ""


SETTINGS: Raw = {
    "fail_mode": "secure",
    "protocols": ["OpenFlow13", "OpenFlow15"],
    "controller": ["tcp:127.0.0.1:6653", "tcp:[::1]:6653"],
    "mtu": 1400,
    "mac": "02:00:00:00:00:07",
}


def test_settings_are_made_changed_and_emptied() -> None:
    run_as_predicted("ovs_bridge", **BRIDGE, **SETTINGS)
    commands = run("ovs_bridge", check=True, **{**BRIDGE, "name": "other"}, **SETTINGS)["commands"]
    replay([line.replace("02:00:00:00:00:07", "02:00:00:00:00:08") for line in commands])
    for bridge in ("v-net-0", "other"):
        assert vsctl("get-fail-mode", bridge) == "secure"
        assert vsctl("get-controller", bridge).split() == sorted(SETTINGS["controller"])
        assert vsctl("get", "Bridge", bridge, "protocols") == "[OpenFlow13, OpenFlow15]"
        assert "mtu 1400" in output("ip", "link", "show", bridge)
    assert "02:00:00:00:00:07" in output("ip", "link", "show", "v-net-0")
    changed = {"fail_mode": "standalone", "protocols": [], "controller": [], "mtu": 1300}
    run_as_predicted("ovs_bridge", **BRIDGE, **changed)
    assert vsctl("get-controller", "v-net-0") == ""
    assert vsctl("get", "Bridge", "v-net-0", "protocols") == "[]"
    assert not run("ovs_bridge", **BRIDGE)["changed"]


def count_received(netns: str, link: str) -> int:
    """The packets that an interface has received."""
    (found,) = json.loads(output("ip", "-n", netns, "-s", "-j", "link", "show", "dev", link))
    return int(found["stats64"]["rx"]["packets"])


def test_a_mirror_copies_packets() -> None:
    ends = connect("a", 1), connect("b", 2), connect("m", 3)
    mirror = {"name": "copy", "sources": ["port-a"], "output": "port-m"}
    lab = build(*ends, bridges=[{**BRIDGE, "mirrors": [mirror]}])
    run_as_predicted("topology", **lab)
    before = count_received("m", "eth-m")
    assert all(ping("a", "10.1.0.2", "-i0.01", "-c20", "-q") for _number in range(3))
    assert count_received("m", "eth-m") >= before + 60
    run_as_predicted("topology", **build(*ends, bridges=[{**BRIDGE, "mirrors": []}]))
    assert vsctl("list", "Mirror") == ""
    run("topology", **lab)
    rows = dump()
    run("topology", name="lab", state="absent")
    assert any(row.startswith("Mirror") for row in rows) and vsctl("list", "Mirror") == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "ovs-system"}, "ovs-system.*interface of the switch"),
        ({"controller": ["tcp:999.0.0.1:6653"]}, r"controller\[0\]"),
        ({"controller": ["tcp:192.0.2.1:66530"]}, r"controller\[0\]"),
        ({"controller": ["ptcp:6653:[::g]"]}, r"controller\[0\]"),
        ({"ports": [{"name": "p", "type": "patch", "peer": "p"}]}, r"ports\[0\].peer.*itself"),
        ({"ports": [TUNNEL, {**TUNNEL, "name": "t2"}]}, r"ports\[1\].*like ports\[0\]"),
    ],
)
def test_what_open_vswitch_could_not_set_up_is_refused(options: Raw, message: str) -> None:
    for check in (True, False):
        with pytest.raises(Refused, match=message):
            run("ovs_bridge", check=check, **{**BRIDGE, **options})


def test_a_port_is_declared_once() -> None:
    patch = {"name": "port-a", "type": "patch", "peer": "other"}
    lab = build(connect("a", 1), bridges=[{**BRIDGE, "ports": [patch]}])
    for check in (True, False):
        with pytest.raises(Refused, match="port-a is declared as a port of type patch, too"):
            run("topology", check=check, **lab)


def test_controllers_have_many_forms() -> None:
    targets = ["tcp:192.0.2.1", "ssl:[2001:db8::1]:6653", "ptcp:6653", "pssl:6654:127.0.0.1"]
    run_as_predicted("ovs_bridge", **BRIDGE, controller=[*targets, "unix:/run/c.sock"])
    known = vsctl("get-controller", "v-net-0").split()
    assert sorted(known) == sorted([*targets, "unix:/run/c.sock"])


def test_a_mirror_names_ports_of_its_bridge() -> None:
    mirror = {"name": "copy", "sources": ["nobody"], "output_vlan": 9}
    with pytest.raises(
        Refused, match=r"mirrors\[0\].sources: 'nobody': is not a port of the bridge"
    ):
        run("ovs_bridge", **BRIDGE, mirrors=[mirror])
    assert vsctl("list-br") == ""


HOSTILE = 'a"; true, x={y}'


def test_settings_of_others_are_data_and_stay() -> None:
    run("ovs_bridge", **BRIDGE)
    vsctl("set", "Bridge", "v-net-0", f"external_ids:theirs='{HOSTILE}'")
    value = vsctl("get", "Bridge", "v-net-0", "external_ids:theirs")
    run_as_predicted("ovs_bridge", **BRIDGE, fail_mode="secure")
    assert vsctl("get", "Bridge", "v-net-0", "external_ids:theirs") == value
    vsctl("set", "Bridge", "v-net-0", "external_ids:redblue.netns='x y'")
    with pytest.raises(Refused, match="did not make the bridge"):
        run("ovs_bridge", **BRIDGE, fail_mode="standalone")


def test_ports_keep_what_others_add_and_a_tag_by_hand_is_mended() -> None:
    lab = build(connect("a", 1, vlan=10))
    run("topology", **lab)
    vsctl("set", "Port", "port-a", "tag=11", "external_ids:who=they")
    run_as_predicted("topology", **lab)
    assert vsctl("get", "Port", "port-a", "tag") == "10"
    assert vsctl("get", "Port", "port-a", "external_ids:who") == "they"
    vsctl("del-port", "port-a")
    run_as_predicted("topology", **lab)
    ip("link set port-a down")
    run_as_predicted("topology", **lab)
    assert reaches("a", "10.1.0.1")


@pytest.mark.parametrize(("mtu", "mode"), [(1500, "none"), (1200, None)])
def test_its_interface_has_the_ipv6_settings_of_other_links(mtu: int, mode: str | None) -> None:
    task: Raw = {**BRIDGE, "addresses": ["10.1.0.9/24"], "mtu": mtu}
    run_as_predicted("ovs_bridge", **task)
    (shown,) = json.loads(output("ip", "-j", "-d", "link", "show", "v-net-0"))
    assert shown["mtu"] == mtu and shown.get("inet6_addr_gen_mode") == mode
    if mode is not None:  # NetworkManager switches it on when it ends.
        ip("link set v-net-0 addrgenmode eui64")
        assert not run("ovs_bridge", **task)["changed"]
