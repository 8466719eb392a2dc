# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CNI plugin ipvlan, through netns_cni: the cases of its own tests that a caller can see."""

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
    """A host with the namespace blue, and lan behind its uplink."""
    need_type("ipvlan")
    add_uplink()
    sh("ip -n lan addr add 10.22.0.1/24 dev switch")


def above(**options: object) -> Raw:
    plugin = {"type": "ipvlan", "master": "uplink", "ipam": IPAM, **options}
    return {"netns": "blue", "network": network(plugin)}


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, ("ipvlan", "mode l2", "mtu 1400")),
        ({"mode": "l3", "mtu": 1300}, ("mode l3", "mtu 1300")),
        ({"mode": "l3s"}, ("mode l3s",)),
    ],
)
def test_a_namespace_shares_the_uplink(blue: None, options: Raw, shown: tuple[str, ...]) -> None:
    before = take_snapshot()
    run_as_predicted("netns_cni", **above(**options))
    said = output("ip", "-n", "blue", "-d", "link", "show", "eth0")
    assert [each for each in shown if each not in said] == [] and len(reserved_addresses()) == 2
    assert options or reaches("blue", "10.22.0.1")
    sh("ip -n blue link del eth0")
    run_as_predicted("netns_cni", **above(**options))
    run_as_predicted("netns_cni", **ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}
    assert not run("netns_cni", **ABSENT)["changed"]


@pytest.mark.parametrize(
    "change",
    [
        "ip link set uplink mtu 1300",
        "ip link set uplink down; ip link set uplink name other up",
        "ip link del uplink",
        "ip netns del blue",
    ],
)
def test_it_is_detached_whatever_became_of_the_uplink(blue: None, change: str) -> None:
    run("netns_cni", **above(mtu=1400))
    sh(change)
    run_as_predicted("netns_cni", **ABSENT)
    assert list_files() == {} and not run("netns_cni", **ABSENT)["changed"]
    assert "netns" in change or "eth0" not in output("ip", "-n", "blue", "link")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "l9"}, "unknown ipvlan mode"),
        ({"master": "none"}, "failed to lookup master|not found"),
    ],
)
def test_what_the_plugin_refuses_leaves_nothing(blue: None, options: Raw, message: str) -> None:
    before = take_snapshot()
    with pytest.raises(Failed, match=message):
        run("netns_cni", **above(**options))
    assert differences(before, take_snapshot()) == {} and list_files() == {}
