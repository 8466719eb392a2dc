# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.ovs import ovs_bridge_resources
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.ovs import OvsBridge, OvsPort
from ansible_collections.redblue.netns.plugins.module_utils._model.ovs_arguments import (
    compose_bridge_commands,
    compose_port_commands,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

TUNNEL = {"name": "tun", "type": "vxlan", "remote_ip": "192.0.2.1"}
MIRROR = {"name": "m", "sources": ["a"], "output": "b"}


def parse(**raw: Any) -> list[Any]:
    """The resources of a task."""
    params = validate({"name": "br0", **raw}, MODULES["ovs_bridge"])
    return ovs_bridge_resources(params, "present")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"protocols": ["OpenFlow9"]},
            r"protocols\[0\]: 'OpenFlow9': is not a version",
        ),
        ({"controller": ["192.0.2.1"]}, r"controller\[0\]: '192.0.2.1': is not the target"),
        ({"controller": ["tcp:1.2.3.4; x"]}, "is not the target of a controller"),
        ({"ports": [{"name": "p", "type": "patch"}]}, r"ports\[0\]\.peer"),
        ({"ports": [{**TUNNEL, "peer": "q"}]}, "peer: 'q': is no option of a port of type vxlan"),
        ({"ports": [{**TUNNEL, "name": "br0"}]}, "is the name of the bridge itself"),
        ({"ports": [{**TUNNEL, "vni": "16777216"}]}, "is not a network identifier"),
        ({"ports": [{**TUNNEL, "local_ip": "fd00::1"}]}, "not of the same address family"),
        ({"ports": [{**TUNNEL, "dst_port": 0}]}, "is not between 1 and 65535"),
        ({"ports": [TUNNEL, TUNNEL]}, "ports"),
        ({"ports": [{**TUNNEL, "vlan": 4095}]}, r"ports\[0\]\.vlan: 4095: is not a VLAN"),
        ({"mirrors": [{**MIRROR, "output_vlan": 9}]}, "either output or output_vlan"),
        ({"mirrors": [{"name": "m", "output": "b"}]}, "what is copied"),
        ({"mtu": 1000, "addresses": ["fd00::1/64"]}, "too small for the IPv6 addresses"),
    ],
)
def test_what_breaks_a_rule_is_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        parse(**raw)


def test_the_switch_gives_the_interface_its_mac_and_mtu() -> None:
    bridge, link, port = parse(mtu=1400, mac="02:00:00:00:00:01", ports=[{**TUNNEL, "vni": "007"}])
    assert (bridge.mtu, bridge.mac, bridge.ports) == (1400, "02:00:00:00:00:01", ("tun",))
    assert (link.mtu, link.mac, link.kind) == (None, None, "openvswitch")
    assert port.options == (("key", "7"), ("remote_ip", "192.0.2.1"))


HOSTILE = 'a"b\\ ,=}{;\n'


def test_strings_are_quoted_as_ovs_reads_them() -> None:
    (command, _set) = compose_port_commands(
        None, OvsPort("br0", "p", "vxlan", options=(("key", HOSTILE),), owner="lab")
    )
    assert command == ["add-port", "br0", "p", 'external_ids:"redblue.netns"="lab"']
    assert _set[-1] == 'options={"key"="a\\"b\\\\ ,=}{;\\n"}'


@pytest.mark.parametrize(
    ("vlan", "tagged", "expected"),
    [
        (10, (), ["tag=10", "trunks=[]", "vlan_mode=[]"]),
        (0, (20, 10), ["tag=[]", "trunks=[10,20]", "vlan_mode=trunk"]),
        (5, (10,), ["tag=5", "trunks=[10]", "vlan_mode=native-untagged"]),
        (0, (), ["tag=[]", "trunks=[]", "vlan_mode=[]"]),
    ],
)
def test_the_columns_of_vlans(vlan: int, tagged: tuple[int, ...], expected: list[str]) -> None:
    before = OvsPort("br0", "p", vlan=1, tagged=frozenset({2}), owner="")
    after = OvsPort("br0", "p", vlan=vlan, tagged=frozenset(tagged), owner="")
    assert compose_port_commands(before, after) == [["set", "Port", "p", *expected]]


def test_a_setting_that_is_gone_is_cleared() -> None:
    before = OvsBridge("br0", "netdev", "secure", ("OpenFlow13",), ("ptcp:1",), (), "m", 1400)
    after = OvsBridge("br0", "netdev", None, (), (), (), None, None)
    assert compose_bridge_commands(before, after) == [
        ["clear", "Interface", "br0", "mtu_request"],
        ["clear", "Bridge", "br0", "fail_mode"],
        ["clear", "Bridge", "br0", "protocols"],
        ["remove", "Bridge", "br0", "other_config", "hwaddr"],
        ["del-controller", "br0"],
    ]
