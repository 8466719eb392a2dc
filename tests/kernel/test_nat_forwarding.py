# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarding that NAT enables: for the lab only, and not for other networks of the host."""

from __future__ import annotations

import pytest

from support import nat_lab
from support.netns import add_namespace, write_sysctl
from support.services import Listeners
from support.shell import ip


@nat_lab.bridge_filters
@nat_lab.families
def test_forwarding_is_allowed_only_for_the_lab(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if nat_lab.HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    red, blue, lan, far, host = (
        (nat_lab.RED4, nat_lab.BLUE4, nat_lab.LAN4, nat_lab.FAR4, nat_lab.HOST4)
        if family == 4
        else (nat_lab.RED6, nat_lab.BLUE6, nat_lab.LAN6, nat_lab.FAR6, nat_lab.HOST6)
    )
    for label, name, address in (("far", "far", far), ("blue", "blue", blue), ("lan", "lan", lan)):
        services.listen(label, name, address, 80)
    assert services.is_unreachable("lan", far, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0", "eth1")
    assert services.connect("lan", far, 80) == ("far", lan), "without a guard it would be a router"
    nat_lab.apply_rules(
        backend,
        nat_lab.masquerade(nat_lab.LAB4 if family == 4 else nat_lab.LAB6),
        nat_lab.dnat(8080, blue, 80),
        *forwarding,
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
    nat_lab.apply_rules(backend, nat_lab.masquerade(nat_lab.LAB4 if family == 4 else nat_lab.LAB6))
    assert services.connect("lan", far, 80) == ("far", lan), "what was a router before us stays one"


@nat_lab.bridge_filters
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
    if nat_lab.HAS_BRIDGE_FILTER:
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
    nat_lab.apply_rules(
        backend, nat_lab.masquerade(nat_lab.LAB6), *nat_lab.enable_forwarding("lab0")
    )
    services.listen("vm2", "vm2", "fd00:77::2", 80)
    services.listen("lan", "lan", nat_lab.LAN6, 80)
    assert services.connect("vm1", "fd00:77::2", 80) == ("vm2", "fd00:77::1")
    assert services.is_unreachable("vm1", nat_lab.LAN6, 80)
    assert services.is_unreachable("lan", "fd00:77::2", 80)
