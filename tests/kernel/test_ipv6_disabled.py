# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 addresses on links where IPv6 is disabled are refused, unless the task enables it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.netns import in_netns, write_sysctl
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

OFF = "net/ipv6/conf/{}/disable_ipv6"
BRIDGE: dict[str, Any] = {
    "name": "lab",
    "linux_bridge": [{"name": "br0", "addresses": ["fd00::1/64"]}],
}


def topology_with_veth(*addresses: str, **sysctls: Any) -> dict[str, Any]:
    netns = {
        "name": "red",
        "sysctls": {f"net.ipv6.conf.{name}.disable_ipv6": value for name, value in sysctls.items()},
    }
    return {
        "name": "lab",
        "netns": [netns],
        "veth": [
            {"name": "eth0", "netns": "red", "addresses": list(addresses), "peer": {"name": "far"}}
        ],
    }


def assert_refused(raw: dict[str, Any], message: str) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=message):
            run("topology", check=check, **raw)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("name", ["default", "all"])
def test_an_ipv6_address_of_a_new_link_is_refused(host: None, name: str) -> None:
    write_sysctl(OFF.format(name), 1)
    assert_refused(
        BRIDGE,
        (
            r"^addresses: 'fd00::1/64': br0 on the host has no IPv6 "
            r"\(net\.ipv6\.conf\.default\.disable_ipv6 is not 0\)$"
        ),
    )
    run_as_predicted(
        "topology", **{**BRIDGE, "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.1/24"]}]}
    )


def test_an_ipv6_address_of_an_existing_link_is_refused(host: None) -> None:
    run_as_predicted("topology", **BRIDGE)
    write_sysctl(OFF.format("br0"), 1)
    assert_refused(BRIDGE, r"net\.ipv6\.conf\.br0\.disable_ipv6")
    write_sysctl(OFF.format("br0"), 0)
    run_as_predicted("topology", **BRIDGE)


def test_the_sysctls_of_the_task_count(host: None) -> None:
    for name in ("default", "all", "eth0"):
        assert_refused(
            topology_with_veth("fd00::2/64", **{name: 1}),
            rf"net\.ipv6\.conf\.{name}\.disable_ipv6 is not 0",
        )
    run_as_predicted("topology", **topology_with_veth("10.0.0.1/24", all=1))
    with in_netns("red"):
        write_sysctl(OFF.format("default"), 1)
    assert_refused(topology_with_veth("fd00::2/64"), r"net\.ipv6\.conf\.eth0\.disable_ipv6")
    run_as_predicted("topology", **topology_with_veth("fd00::2/64", eth0=0))


@pytest.mark.parametrize("name", ["default", "all", "eth0"])
def test_a_sysctl_of_the_namespace_enables_ipv6_of_a_new_link(host: None, name: str) -> None:
    run("netns", name="red")
    with in_netns("red"):
        write_sysctl(OFF.format("default"), 1)
        if name == "all":
            write_sysctl(OFF.format("all"), 1)
    assert_refused(topology_with_veth("fd00::2/64"), r"net\.ipv6\.conf\.default\.disable_ipv6")
    run_as_predicted("topology", **topology_with_veth("fd00::2/64", **{name: 0}))
