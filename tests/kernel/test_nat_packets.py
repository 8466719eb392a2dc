# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The effect of the rules on packets, with every backend."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall

from support import nat_lab
from support.nat_lab import (
    BLUE4,
    BLUE6,
    FAR4,
    FAR6,
    GATE4,
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
from support.services import Listeners
from support.shell import ip


@bridge_filters
@families
def test_a_lab_is_masqueraded_by_the_host(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    source, red, blue, lan, host = (
        (LAB4, RED4, BLUE4, LAN4, HOST4) if family == 4 else (LAB6, RED6, BLUE6, LAN6, HOST6)
    )
    services.listen("lan", "lan", lan, 80)
    services.listen("lan udp", "lan", lan, 53, "udp")
    services.listen("blue", "blue", blue, 80)
    apply_rules(backend, masquerade(source), *enable_forwarding("lab0", "eth0"))
    assert services.connect("red", lan, 80) == ("lan", host)
    assert services.connect("red", lan, 53, "udp") == ("lan udp", host)
    assert services.connect("red", blue, 80) == ("blue", red), (
        "within the lab no connection is masqueraded, and the guard ignores it"
    )


def test_masquerade_options_limit_it(backend: str, services: Listeners) -> None:
    services.listen("lan", "lan", LAN4, 80)
    services.listen("far", "far", FAR4, 80)
    forwarding = enable_forwarding("lab0", "eth0", "eth1")
    apply_rules(backend, masquerade(LAB4, out_interface="eth1"), *forwarding)
    assert services.connect("red", FAR4, 80) == ("far", "198.51.100.2")
    assert services.is_unreachable("red", LAN4, 80)
    apply_rules(backend, masquerade(LAB4, destination_except=("192.0.2.0/24",)), *forwarding)
    assert services.connect("red", FAR4, 80) == ("far", "198.51.100.2")
    assert services.connect("red", LAN4, 80) == ("lan", RED4)
    ip("addr add 192.0.2.7/24 dev eth0")
    apply_rules(backend, masquerade(LAB4, to_source="192.0.2.7"), *forwarding)
    assert services.connect("red", LAN4, 80) == ("lan", "192.0.2.7")


@families
def test_a_forward_reaches_its_target(backend: str, services: Listeners, family: int) -> None:
    blue, lan, host = (BLUE4, LAN4, HOST4) if family == 4 else (BLUE6, LAN6, HOST6)
    for port, protocol in ((80, "tcp"), (53, "udp"), (9001, "tcp"), (9002, "udp"), (7001, "tcp")):
        services.listen(f"{protocol} {port}", "blue", blue, port, protocol)
    apply_rules(
        backend,
        dnat(80, blue),
        dnat(5353, blue, 53, "udp"),
        dnat((8000, 8010), blue, (9000, 9010)),
        dnat((8000, 8010), blue, (9000, 9010), "udp"),
        dnat((7000, 7002), blue),
        *enable_forwarding("lab0", "eth0"),
    )
    assert services.connect("lan", host, 80) == ("tcp 80", lan)
    assert services.connect("lan", host, 5353, "udp") == ("udp 53", lan)
    assert services.connect("lan", host, 8001) == ("tcp 9001", lan)
    assert services.connect("lan", host, 8002, "udp") == ("udp 9002", lan)
    assert services.connect("lan", host, 7001) == ("tcp 7001", lan)
    assert services.is_unreachable("lan", host, 81)
    assert services.is_unreachable("lan", host, 8003)


@families
def test_dnat_options_limit_it(backend: str, services: Listeners, family: int) -> None:
    red, blue, lan, far, host, other = (
        (RED4, BLUE4, LAN4, FAR4, HOST4, "198.51.100.2")
        if family == 4
        else (RED6, BLUE6, LAN6, FAR6, HOST6, "fd00:51::2")
    )
    services.listen("blue", "blue", blue, 80)
    services.listen("red", "red", red, 80)
    services.listen("lan", "lan", lan, 80)
    forwarding = enable_forwarding("lab0", "eth0", "eth1")
    lab = masquerade(LAB4 if family == 4 else LAB6)
    apply_rules(backend, lab, dnat(80, blue, in_interface="eth0"), *forwarding)
    assert services.connect("lan", host, 80) == ("blue", lan)
    assert services.is_unreachable("far", other, 80)
    assert services.connect("red", lan, 80) == ("lan", host), (
        "what only passes by is not caught (S03)"
    )
    apply_rules(backend, lab, dnat(80, blue, destination=host), *forwarding)
    assert services.connect("lan", host, 80) == ("blue", lan)
    assert services.is_unreachable("far", other, 80)
    everybody = "0.0.0.0/0" if family == 4 else "::/0"
    apply_rules(
        backend,
        lab,
        dnat(80, blue, source=(f"{lan}/{32 if family == 4 else 128}",)),
        dnat(80, red, source=(everybody,)),
        *forwarding,
    )
    assert services.connect("lan", host, 80) == ("blue", lan), "the more specific first"
    assert services.connect("far", other, 80) == ("red", far)
    apply_rules(backend, lab, dnat(80, blue), *forwarding)
    assert services.connect("far", other, 80) == ("blue", far)
    assert services.connect("red", lan, 80) == ("lan", host)


@families
def test_connections_of_the_host_itself_are_forwarded_unless_disabled(
    backend: str, services: Listeners, family: int
) -> None:
    blue, host, lan, local = (
        (BLUE4, HOST4, LAN4, "127.0.0.1") if family == 4 else (BLUE6, HOST6, LAN6, "::1")
    )
    services.listen("blue", "blue", blue, 80)
    services.listen("blue udp", "blue", blue, 53, "udp")
    services.listen("lan", "lan", lan, 80)
    forwarding = enable_forwarding("lab0", "eth0")
    apply_rules(
        backend, dnat(80, blue, in_interface="eth0"), dnat(53, blue, protocol="udp"), *forwarding
    )
    assert services.connect(None, host, 80) == ("blue", host)
    assert services.connect(None, host, 53, "udp") == ("blue udp", host)
    assert services.is_unreachable(None, local, 80)
    assert services.connect(None, lan, 80) == ("lan", host)
    apply_rules(backend, dnat(80, blue, from_host=False), *forwarding)
    assert services.is_unreachable(None, host, 80)


@bridge_filters
@families
def test_a_hairpin_forward_serves_the_network_of_its_target(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    blue, host, lan, gate = (
        (BLUE4, HOST4, LAN4, GATE4) if family == 4 else (BLUE6, HOST6, LAN6, nat_lab.GATE6)
    )
    red = RED4 if family == 4 else RED6
    services.listen("blue", "blue", blue, 80)
    forwarding = enable_forwarding("lab0", "eth0")
    for limits in (
        {},
        {"in_interface": "eth0"},
        {"destination": host},
        {"source": (f"{lan}/{32 if family == 4 else 128}",)},
    ):
        apply_rules(backend, dnat(80, blue, **limits), *forwarding)
        assert services.is_unreachable("red", host, 80), limits
        apply_rules(backend, dnat(80, blue, hairpin=True, **limits), *forwarding)
        assert services.connect("red", host, 80) in [("blue", gate), ("blue", red)], limits
        assert services.connect("lan", host, 80) == ("blue", lan), limits
    if filtered:
        subprocess.run(["bridge", "link", "set", "dev", "blue0", "hairpin", "on"], check=True)
    assert services.connect("blue", host, 80) == ("blue", gate), "back to the one that asks"


@families
def test_a_forward_into_the_clients_own_network_needs_hairpin(
    backend: str, services: Listeners, family: int
) -> None:
    """With most forwards into one network or into many: nftables has different rules for these."""
    blue, far, host = (BLUE4, FAR4, HOST4) if family == 4 else (BLUE6, FAR6, HOST6)
    services.listen("blue", "blue", blue, 80)
    services.listen("far", "far", far, 80)
    forwarding = enable_forwarding("lab0", "eth0", "eth1")
    for blues in ((8000, 8001, 8002), (8000,)):
        apply_rules(
            backend,
            *(dnat(port, blue, 80) for port in blues),
            dnat(9000, far, 80),
            dnat(9001, blue, 80, hairpin=True),
            *forwarding,
        )
        assert services.is_unreachable("red", host, 8000)
        assert services.connect("red", host, 9000) == ("far", RED4 if family == 4 else RED6)
        answer = services.connect("red", host, 9001)
        assert answer is not None and answer[0] == "blue"
        assert services.connect("far", host, 8000) == ("blue", FAR4 if family == 4 else FAR6)
        assert services.is_unreachable("far", host, 9000)
        for port, label in ((8000, "blue"), (9000, "far"), (9001, "blue")):
            answer = services.connect("lan", host, port)
            assert answer is not None and answer[0] == label
            own = services.connect(None, host, port)
            assert own is not None and own[0] == label


def test_from_host_false_excludes_connections_of_the_host(
    backend: str, services: Listeners
) -> None:
    services.listen("blue", "blue", BLUE4, 80)
    forwarding = enable_forwarding("lab0", "eth0")
    for others in ((), (8001, 8002)):
        apply_rules(
            backend,
            dnat(8000, BLUE4, 80, from_host=False),
            *(dnat(port, BLUE4, 80) for port in others),
            *forwarding,
        )
        assert services.connect("lan", HOST4, 8000) == ("blue", LAN4)
        assert services.is_unreachable(None, HOST4, 8000)
        assert not others or services.connect(None, HOST4, 8001) is not None


def test_no_connection_fails_while_the_rules_are_replaced(
    backend: str, services: Listeners
) -> None:
    services.listen("blue", "blue", BLUE4, 80)
    forwarding = enable_forwarding("lab0", "eth0")
    small = apply_rules(backend, dnat(80, BLUE4), *forwarding)
    large = nat_lab.ruleset(
        backend, [dnat(80, BLUE4), *(dnat(port, BLUE4) for port in range(1000, 1050)), *forwarding]
    )

    def exchange() -> None:
        for _attempt in range(30):
            Firewall().replace_ruleset(small, large)
            Firewall().replace_ruleset(large, small)

    results = []
    with (
        ThreadPoolExecutor() as pool
    ):  # A thread starts in the namespace of the thread that starts it.
        exchanged = pool.submit(exchange)
        while not exchanged.done():
            results.append(services.connect("lan", HOST4, 80))
    exchanged.result()
    assert results and set(results) == {("blue", LAN4)}
