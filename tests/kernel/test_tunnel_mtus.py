# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a lab have the MTU of its tunnel, so that no packet is lost on the way into it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import lacks_type

from support.info import gather_info
from support.shell import output, sh
from support.tasks import run, run_as_predicted

pytestmark = pytest.mark.skipif(lacks_type("vxlan"), reason="no VXLAN in this kernel")

UNDERLAY = (
    "ip link add under type veth peer name far; ip link set under mtu {mtu} up;"
    "ip link set far mtu {mtu} up; ip addr add 192.0.2.1/24 dev under;"
    "ip addr add 2001:db8::1/64 dev under nodad"
)


def lab(remote: str = "192.0.2.2", **ends: Any) -> dict[str, Any]:
    """Two namespaces on a bridge of the host, from which a tunnel leads to another host."""
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.254/24"]}],
        "veth": [
            {
                "name": "eth0",
                "netns": name,
                "addresses": [f"10.0.0.{number}/24"],
                "peer": {"name": f"p-{name}", "bridge": "br0"},
                **ends,
            }
            for number, name in enumerate(("red", "blue"), 1)
        ],
        "netns_link": [
            {
                "name": "vx0",
                "type": "vxlan",
                "id": 5,
                "remote": remote,
                "link": "under",
                "dstport": 4789,
                "bridge": "br0",
            }
        ],
    }


def mtus() -> dict[str, int]:
    """The MTU of each link of the lab."""
    found = {}
    for options in ([], ["-n", "red"], ["-n", "blue"]):
        for link in json.loads(output("ip", "-j", *options, "link")):
            if link["ifname"] not in ("lo", "under", "far"):
                found["/".join([*options[1:], link["ifname"]])] = link["mtu"]
    return found


@pytest.mark.parametrize(
    ("remote", "mtu", "expected"),
    [("192.0.2.2", 1500, 1450), ("2001:db8::2", 1500, 1430), ("192.0.2.2", 1400, 1350)],
)
def test_all_links_of_the_segment_have_its_mtu(
    host: None, remote: str, mtu: int, expected: int
) -> None:
    sh(UNDERLAY.format(mtu=mtu))
    done = run_as_predicted("topology", **lab(remote))
    assert set(mtus().values()) == {expected} and not done["warnings"]
    size = expected - 28
    sh(f"ip netns exec red ping -c1 -w30 -M do -s {size} 10.0.0.2")
    assert not run("topology", **gather_info()["topology"])["changed"]


def test_a_tunnel_that_comes_later_lowers_them(host: None) -> None:
    sh(UNDERLAY.format(mtu=1500))
    task = lab()
    run("topology", **{**task, "netns_link": []})
    assert set(mtus().values()) == {1500}
    run_as_predicted("topology", **task)
    assert set(mtus().values()) == {1450}


def test_links_elsewhere_keep_theirs(host: None) -> None:
    sh(UNDERLAY.format(mtu=1500))
    task = lab()
    task["veth"].append({"name": "other", "netns": "red", "peer": {"name": "else"}})
    run_as_predicted("topology", **task)
    found = mtus()
    assert (found["red/other"], found["else"], found["red/eth0"]) == (1500, 1500, 1450)


def test_a_larger_mtu_that_is_given_is_told(host: None) -> None:
    sh(UNDERLAY.format(mtu=1500))
    done = run("topology", **lab(mtu=1500))
    assert mtus()["red/eth0"] == 1500
    assert any(
        "eth0 in namespace red has MTU 1500, and" in text and "vx0 on the host" in text
        for text in done["warnings"]
    )


def test_a_tunnel_over_jumbo_frames_changes_nothing(host: None) -> None:
    sh(UNDERLAY.format(mtu=9000))
    run_as_predicted("topology", **lab())
    assert mtus()["red/eth0"] == 1500
