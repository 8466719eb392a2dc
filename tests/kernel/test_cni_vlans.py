# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CNI plugin vlan, through netns_cni: the cases of its own tests that a caller can see."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.cni import (
    ABSENT,
    IPAM,
    add_uplink,
    list_files,
    needs_plugins,
    network,
    reserved_addresses,
)
from support.kernel_link_types import need_type
from support.pings import reaches
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted

pytestmark = needs_plugins


@pytest.fixture
def blue(host: None) -> None:
    """A host with the namespace blue, and VLAN 33 behind its uplink."""
    need_type("vlan")
    add_uplink()
    sh("""ip -n lan link add inside link switch up type vlan id 33
        ip -n lan addr add 10.22.0.1/24 dev inside""")


def in_vlan(**options: object) -> Raw:
    plugin = {"type": "vlan", "master": "uplink", "vlanId": 33, "ipam": IPAM, **options}
    return {"netns": "blue", "network": network(plugin)}


@pytest.mark.parametrize(("mtu", "got"), [({}, 1400), ({"mtu": 1300}, 1300)])
def test_a_namespace_is_attached_to_a_vlan(blue: None, mtu: Raw, got: int) -> None:
    before = take_snapshot()
    run_as_predicted("netns_cni", **in_vlan(**mtu))
    said = output("ip", "-n", "blue", "-d", "link", "show", "eth0")
    assert "vlan protocol 802.1Q id 33" in said and f"mtu {got} " in said
    assert reaches("blue", "10.22.0.1") and len(reserved_addresses()) == 2
    assert not run("netns_cni", **in_vlan(**mtu))["changed"]
    sh("ip -n blue link del eth0")
    run_as_predicted("netns_cni", **in_vlan(**mtu))
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    assert not run("netns_cni", **ABSENT)["changed"]


def test_what_the_plugin_refuses_leaves_nothing(blue: None) -> None:
    before = take_snapshot()
    refused: list[tuple[Raw, str]] = [
        ({"mtu": 1600}, r"invalid MTU 1600, must be \[0, master MTU\(1400\)\]"),
        ({"vlanId": 4096}, "invalid VLAN ID 4096"),
    ]
    for options, message in refused:
        with pytest.raises(Failed, match=message):
            run("netns_cni", **in_vlan(**options))
        assert differences(before, take_snapshot()) == {} and list_files() == {}
