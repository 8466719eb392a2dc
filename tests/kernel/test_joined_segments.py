# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labs whose address is not on the bridge itself, with br_netfilter: their packets pass, and those
with forged sources do not.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.doctor import diagnose_host
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.pings import reaches
from support.shell import ip, output
from support.tasks import run

pytestmark = pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="this kernel has no br_netfilter")

GATES = ["10.15.0.5/24", "fd15::5/64"]


def _member(name: str, number: int, bridge: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "eth0",
        "netns": name,
        "addresses": [f"10.15.0.{number}/24", f"fd15::{number}/64"],
        "peer": {"name": f"p-{name}", "bridge": bridge, **more},
    }


def _lab(**more: Any) -> dict[str, Any]:
    return {"name": "lab", "netns": [{"name": "red"}, {"name": "blue"}], **more}


LABS = {
    "a cable of the host": _lab(
        linux_bridge=[{"name": "br0"}],
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br0"),
            {"name": "host0", "addresses": GATES, "peer": {"name": "h", "bridge": "br0"}},
        ],
    ),
    "two bridges": _lab(
        linux_bridge=[{"name": "br0"}, {"name": "br1", "addresses": GATES}],
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br1"),
            {"name": "j0", "bridge": "br0", "peer": {"name": "j1", "bridge": "br1"}},
        ],
    ),
    "a switch in a namespace": {
        **_lab(
            linux_bridge=[{"name": "br0", "netns": "switch"}],
            veth=[
                {**_member("red", 1, "br0", netns="switch")},
                {**_member("blue", 2, "br0", netns="switch")},
                {
                    "name": "host0",
                    "addresses": GATES,
                    "peer": {"name": "up", "netns": "switch", "bridge": "br0"},
                },
            ],
        ),
        "netns": [{"name": "red"}, {"name": "blue"}, {"name": "switch"}],
    },
}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("topology", LABS.values(), ids=LABS)
def test_a_lab_reaches_itself_and_the_host(
    lan: None, topology: dict[str, Any], backend: str
) -> None:
    set_bridge_filtering(1)
    run("topology", backend=backend, **topology)
    assert not run("topology", backend=backend, **topology)["changed"]
    for address in ("10.15.0.2", "10.15.0.5", "fd15::2", "fd15::5"):
        assert reaches("red", address), address
    for address in ("10.15.0.1", "fd15::2"):
        assert reaches(None, address), address
    assert {finding.check for finding in diagnose_host()} <= {"forwarding_off", "segment_unclear"}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_user_bridge_that_a_cable_joins(lan: None, backend: str) -> None:
    """The bridge is not the lab's own, and answers for the host's address, too."""
    ip("link add br0 type bridge\nlink set br0 up")
    set_bridge_filtering(1)
    topology = _lab(
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br0"),
            {"name": "host0", "addresses": GATES, "peer": {"name": "h", "bridge": "br0"}},
        ]
    )
    run("topology", backend=backend, **topology)
    assert not run("topology", backend=backend, **topology)["changed"]
    for address in ("10.15.0.2", "10.15.0.5", "fd15::2", "fd15::5"):
        assert reaches("red", address), address


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_host_of_the_lan_cannot_pretend_to_be_in_the_lab(lan: None, backend: str) -> None:
    """It is on another segment, also where its own link is a port of a bridge of the host."""
    ip("link add br-lan type bridge\nlink set eth0 master br-lan\nlink set br-lan up")
    ip("addr flush dev eth0\naddr add 192.0.2.2/24 dev br-lan")
    set_bridge_filtering(1)
    run("topology", backend=backend, **LABS["a cable of the host"])
    assert reaches("lan", "192.0.2.2")
    ip("addr add 10.15.0.9/32 dev lo", "-n", "lan")
    sent = ["ip", "netns", "exec", "lan", "ping", "-c2", "-W1", "-I", "10.15.0.9", "192.0.2.2"]
    counter = "nft add table inet seen; nft add chain inet seen input "
    counter += "'{ type filter hook input priority 10; }'; "
    counter += "nft add rule inet seen input ip saddr 10.15.0.9 counter"
    output("bash", "-ec", f"{counter}; {' '.join(sent)} || true")
    assert "packets 0 " in output("nft", "list", "table", "inet", "seen")
