# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the packets of a vxlan travel: a task that puts it into the wrong namespace is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted


def lab(family: int, loopbacks: bool = False, **options: Any) -> Raw:
    """Two namespaces on one cable, with a vxlan over it."""
    hosts = ["10.0.0.1", "10.0.0.2"] if family == 4 else ["fd00::1", "fd00::2"]
    length, one = ("24", "32") if family == 4 else ("64", "128")
    ends = [
        {"name": "eth0", "netns": netns, "addresses": [f"{host}/{length}"]}
        for netns, host in zip("ab", hosts)
    ]
    task: Raw = {
        "name": "lab",
        "netns": [{"name": "a"}, {"name": "b"}],
        "veth": [{**ends[0], "peer": ends[1]}],
        "netns_link": [],
    }
    if loopbacks:
        tunnel_ends = ["10.255.0.1", "10.255.0.2"] if family == 4 else ["fd00:ff::1", "fd00:ff::2"]
        for netns, host in zip("ab", tunnel_ends):
            address = {"name": "lo", "netns": netns, "addresses": [f"{host}/{one}"]}
            task["netns_link"].append(address)
        task["netns_route"] = [
            {"netns": netns, "destination": f"{to}/{one}", "gateway": gateway}
            for netns, to, gateway in zip("ab", reversed(tunnel_ends), reversed(hosts))
        ]
        hosts = tunnel_ends
    for index, netns in enumerate("ab"):
        vxlan = {"name": "vx0", "netns": netns, "type": "vxlan", "id": 42}
        vxlan["addresses"] = [f"172.16.0.{index + 1}/24"]
        given = {"local": hosts[index], "remote": hosts[1 - index], "link_netns": netns, **options}
        vxlan.update({name: value for name, value in given.items() if value is not None})
        task["netns_link"].append(vxlan)
    return task


@pytest.mark.parametrize("loopbacks", [False, True])
@pytest.mark.parametrize("family", [4, 6])
def test_a_local_address_of_its_own_namespace_needs_link_netns(
    host: None, family: int, loopbacks: bool
) -> None:
    before = take_snapshot()
    rule = (
        r"local: '.*': is an address of namespace a, and the packets of interface vx0 in namespace "
        r"a leave from the host; set link_netns: a"
    )
    for check in (True, False):
        with pytest.raises(Refused, match=rule):
            run("topology", check, **lab(family, loopbacks, link_netns=None))
    assert differences(before, take_snapshot()) == {}
    run_as_predicted("topology", **lab(family, loopbacks))
    sh("ip netns exec a ping -c1 -w30 172.16.0.2")


def test_a_remote_address_beside_its_own_namespace_is_told(host: None) -> None:
    task = lab(4, local=None, link_netns=None)
    task["netns_link"] = task["netns_link"][:1]
    for check in (True, False):
        [warning] = run("topology", check, **task)["warnings"]
        assert "remote 10.0.0.2 is in a network of namespace a" in warning
        assert "leave from the host; set link_netns: a if that was meant" in warning
    run("topology", name="lab", state="absent")
    assert run("topology", **lab(4, local=None))["warnings"] == []


def test_one_id_in_two_namespaces_is_explained(host: None) -> None:
    task = lab(4, local=None, remote=None, link_netns=None)
    rule = (
        "id: 42: interface vx0 in namespace a is the vxlan with this id already, and the packets "
        "of both travel on the host; set link_netns: b if they are to travel there"
    )
    for check in (True, False):
        with pytest.raises(Refused, match=rule):
            run("topology", check, **task)
    run_as_predicted("topology", **lab(4, local=None, remote=None))


def test_an_address_that_comes_later_is_no_mistake(host: None) -> None:
    assert run("netns", name="a")["changed"]
    task: Raw = {"name": "vx0", "netns": "a", "type": "vxlan", "id": 42, "local": "192.0.2.1"}
    run_as_predicted("netns_link", **task)
