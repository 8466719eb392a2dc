# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A namespace with an address of the LAN, for which the host answers by proxy ARP and proxy NDP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.netns import write_sysctl
from support.pings import reaches
from support.shell import ip, output
from support.tasks import run

_OWN = ["192.0.2.50/32", "fd00:2::50/128"]
_HOST_END = ["192.0.2.2/32", "fd00:2::2/128"]
_LAB: dict[str, Any] = {
    "name": "lab",
    "isolate": False,
    "netns": [{"name": "vm"}],
    "veth": [
        {
            "name": "eth0",
            "netns": "vm",
            "addresses": _OWN,
            "peer": {"name": "vm0", "addresses": _HOST_END, "allow_overlap": True},
            "allow_overlap": True,
        }
    ],
    "netns_route": [
        *(
            {
                "netns": "vm",
                "destination": "default",
                "gateway": gateway.partition("/")[0],
                "device": "eth0",
                "onlink": True,
            }
            for gateway in _HOST_END
        ),
        *({"destination": address, "device": "vm0"} for address in _OWN),
    ],
}
_LAN = ["192.0.2.99", "fd00:2::99"]
_VM = ["192.0.2.50", "fd00:2::50"]
_SWITCHES = (
    *("ipv4/ip_forward", "ipv6/conf/all/forwarding"),
    *("ipv4/conf/eth0/proxy_arp", "ipv6/conf/eth0/proxy_ndp"),
)


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_host_that_forwarded_before_answers_for_the_namespace(lan: None, backend: str) -> None:
    for key in _SWITCHES:
        write_sysctl(f"net/{key}", 1)
    for family in ("ipv4", "ipv6"):
        write_sysctl(f"net/{family}/neigh/eth0/proxy_delay", 0)
    ip("neigh add proxy fd00:2::50 dev eth0")
    run("topology", backend=backend, **_LAB)
    assert not run("topology", backend=backend, **_LAB)["changed"]
    assert [address for address in _LAN if not reaches("vm", address)] == []
    assert [address for address in _VM if not reaches("lan", address)] == []


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_the_lab_opens_what_its_own_routes_lead_to(lan: None, backend: str) -> None:
    """The host's end has no network: its only address is the host's own."""
    [link] = json.loads(output("ip", "-j", "link", "show", "eth0"))
    for address in _VM:
        ip(f"neigh replace {address} lladdr {link['address']} dev eth0", "-n", "lan")
    run("topology", backend=backend, **_LAB)
    assert [address for address in _LAN if not reaches("vm", address)] == []
    run("topology", name="lab", state="absent")
