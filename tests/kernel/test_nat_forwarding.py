# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarding that NAT enables: for the lab only, and not for other networks of the host."""

from __future__ import annotations

import pytest

from support import nat_lab
from support.nat_lab import (
    BLUE4,
    BLUE6,
    FAR4,
    FAR6,
    HAS_BRIDGE_FILTER,
    HOST4,
    HOST6,
    LAB4,
    LAB6,
    LAN4,
    LAN6,
    RED4,
    RED6,
    apply_rules,
    bridge_filters,
    dnat,
    enable_forwarding,
    families,
    masquerade,
)
from support.netns import add_namespace, write_sysctl
from support.services import Listeners
from support.shell import ip


@bridge_filters
@families
def test_forwarding_is_allowed_only_for_the_lab(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    red, blue, lan, far, host = (
        (RED4, BLUE4, LAN4, FAR4, HOST4) if family == 4 else (RED6, BLUE6, LAN6, FAR6, HOST6)
    )
    for label, name, address in (("far", "far", far), ("blue", "blue", blue), ("lan", "lan", lan)):
        services.listen(label, name, address, 80)
    assert services.is_unreachable("lan", far, 80)
    forwarding = enable_forwarding("lab0", "eth0", "eth1")
    assert services.connect("lan", far, 80) == ("far", lan), "without a guard it would be a router"
    apply_rules(
        backend, masquerade(LAB4 if family == 4 else LAB6), dnat(8080, blue, 80), *forwarding
    )
    assert services.is_unreachable("lan", far, 80)
    assert services.is_unreachable("far", lan, 80)
    assert services.is_unreachable("lan", blue, 80), "nor into the lab past what is published"
    assert services.connect("lan", host, 8080) == ("blue", lan)
    assert services.connect("red", far, 80) == (
        "far",
        "198.51.100.2" if family == 4 else "fd00:51::2",
    )
    assert services.connect("red", blue, 80) == ("blue", red)
    apply_rules(backend, masquerade(LAB4 if family == 4 else LAB6))
    assert services.connect("lan", far, 80) == ("far", lan), "what was a router before us stays one"


@bridge_filters
@pytest.mark.parametrize(
    "setup",
    [
        "addr add fd00:77::9/64 dev virbr0 nodad",
        "",
        "link set virbr0 addrgenmode none",
        "disable_ipv6",
    ],
)
def test_the_ipv6_forwarding_rules_do_not_affect_other_bridges(
    backend: str, services: Listeners, filtered: int, setup: str
) -> None:
    if HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    ip(f"link add virbr0 type bridge\n{setup if 'addrgenmode' in setup else ''}")
    write_sysctl("net/ipv6/conf/virbr0/disable_ipv6", int(setup == "disable_ipv6"))
    ip(f"link set virbr0 up\n{setup if 'addr ' in setup else ''}")
    for number, name in ((1, "vm1"), (2, "vm2")):
        add_namespace(name)
        ip(
            f"link add {name} type veth peer name eth0 netns {name}\n"
            f"link set {name} up master virbr0"
        )
        ip(
            (
                f"link set eth0 up\naddr add fd00:77::{number}/64 dev eth0 nodad\n"
                f"route add default via fd00:77::9"
            ),
            "-n",
            name,
        )
    apply_rules(backend, masquerade(LAB6), *enable_forwarding("lab0"))
    services.listen("vm2", "vm2", "fd00:77::2", 80)
    services.listen("lan", "lan", LAN6, 80)
    assert services.connect("vm1", "fd00:77::2", 80) == ("vm2", "fd00:77::1")
    assert services.is_unreachable("vm1", LAN6, 80)
    assert services.is_unreachable("lan", "fd00:77::2", 80)
