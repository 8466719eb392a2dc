# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The effect of the rules on packets, with every backend."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall

from support import nat_lab
from support.services import Listeners
from support.shell import ip


@nat_lab.bridge_filters
@nat_lab.families
def test_a_lab_is_masqueraded_by_the_host(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if nat_lab.HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    source, red, blue, lan, host = (
        (nat_lab.LAB4, nat_lab.RED4, nat_lab.BLUE4, nat_lab.LAN4, nat_lab.HOST4)
        if family == 4
        else (nat_lab.LAB6, nat_lab.RED6, nat_lab.BLUE6, nat_lab.LAN6, nat_lab.HOST6)
    )
    services.listen("lan", "lan", lan, 80)
    services.listen("lan udp", "lan", lan, 53, "udp")
    services.listen("blue", "blue", blue, 80)
    nat_lab.apply_rules(
        backend, nat_lab.masquerade(source), *nat_lab.enable_forwarding("lab0", "eth0")
    )
    assert services.connect("red", lan, 80) == ("lan", host)
    assert services.connect("red", lan, 53, "udp") == ("lan udp", host)
    assert services.connect("red", blue, 80) == ("blue", red), (
        "within the lab no connection is masqueraded, and the guard ignores it"
    )


def test_masquerade_options_limit_it(backend: str, services: Listeners) -> None:
    services.listen("lan", "lan", nat_lab.LAN4, 80)
    services.listen("far", "far", nat_lab.FAR4, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0", "eth1")
    nat_lab.apply_rules(
        backend, nat_lab.masquerade(nat_lab.LAB4, out_interface="eth1"), *forwarding
    )
    assert services.connect("red", nat_lab.FAR4, 80) == ("far", "198.51.100.2")
    assert services.is_unreachable("red", nat_lab.LAN4, 80)
    nat_lab.apply_rules(
        backend, nat_lab.masquerade(nat_lab.LAB4, destination_except=("192.0.2.0/24",)), *forwarding
    )
    assert services.connect("red", nat_lab.FAR4, 80) == ("far", "198.51.100.2")
    assert services.connect("red", nat_lab.LAN4, 80) == ("lan", nat_lab.RED4)
    ip("addr add 192.0.2.7/24 dev eth0")
    nat_lab.apply_rules(
        backend, nat_lab.masquerade(nat_lab.LAB4, to_source="192.0.2.7"), *forwarding
    )
    assert services.connect("red", nat_lab.LAN4, 80) == ("lan", "192.0.2.7")


@nat_lab.families
def test_a_network_leaves_with_the_addresses_of_a_pool(
    backend: str, services: Listeners, family: int
) -> None:
    lan, lab, pool = (
        (nat_lab.LAN4, nat_lab.LAB4, ("192.0.2.16", "192.0.2.17"))
        if family == 4
        else (nat_lab.LAN6, nat_lab.LAB6, ("fd00:2::16", "fd00:2::17"))
    )
    for address in pool:
        ip(f"addr add {address}/{24 if family == 4 else 64} dev eth0 nodad")
    services.listen("lan", "lan", lan, 80)
    nat_lab.apply_rules(
        backend,
        nat_lab.masquerade(lab, to_source="-".join(pool)),
        *nat_lab.enable_forwarding("lab0", "eth0"),
    )
    for name in ("red", "blue"):
        assert services.connect(name, lan, 80) in [("lan", address) for address in pool]


@nat_lab.families
def test_a_forward_reaches_its_target(backend: str, services: Listeners, family: int) -> None:
    blue, lan, host = (
        (nat_lab.BLUE4, nat_lab.LAN4, nat_lab.HOST4)
        if family == 4
        else (nat_lab.BLUE6, nat_lab.LAN6, nat_lab.HOST6)
    )
    for port, protocol in ((80, "tcp"), (53, "udp"), (9001, "tcp"), (9002, "udp"), (7001, "tcp")):
        services.listen(f"{protocol} {port}", "blue", blue, port, protocol)
    nat_lab.apply_rules(
        backend,
        nat_lab.dnat(80, blue),
        nat_lab.dnat(5353, blue, 53, "udp"),
        nat_lab.dnat((8000, 8010), blue, (9000, 9010)),
        nat_lab.dnat((8000, 8010), blue, (9000, 9010), "udp"),
        nat_lab.dnat((7000, 7002), blue),
        *nat_lab.enable_forwarding("lab0", "eth0"),
    )
    assert services.connect("lan", host, 80) == ("tcp 80", lan)
    assert services.connect("lan", host, 5353, "udp") == ("udp 53", lan)
    assert services.connect("lan", host, 8001) == ("tcp 9001", lan)
    assert services.connect("lan", host, 8002, "udp") == ("udp 9002", lan)
    assert services.connect("lan", host, 7001) == ("tcp 7001", lan)
    assert services.is_unreachable("lan", host, 81)
    assert services.is_unreachable("lan", host, 8003)


@nat_lab.families
def test_dnat_options_limit_it(backend: str, services: Listeners, family: int) -> None:
    red, blue, lan, far, host, other = (
        (nat_lab.RED4, nat_lab.BLUE4, nat_lab.LAN4, nat_lab.FAR4, nat_lab.HOST4, "198.51.100.2")
        if family == 4
        else (nat_lab.RED6, nat_lab.BLUE6, nat_lab.LAN6, nat_lab.FAR6, nat_lab.HOST6, "fd00:51::2")
    )
    services.listen("blue", "blue", blue, 80)
    services.listen("red", "red", red, 80)
    services.listen("lan", "lan", lan, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0", "eth1")
    lab = nat_lab.masquerade(nat_lab.LAB4 if family == 4 else nat_lab.LAB6)
    nat_lab.apply_rules(backend, lab, nat_lab.dnat(80, blue, in_interface="eth0"), *forwarding)
    assert services.connect("lan", host, 80) == ("blue", lan)
    assert services.is_unreachable("far", other, 80)
    assert services.connect("red", lan, 80) == ("lan", host), (
        "what only passes by is not caught (S03)"
    )
    nat_lab.apply_rules(backend, lab, nat_lab.dnat(80, blue, destination=host), *forwarding)
    assert services.connect("lan", host, 80) == ("blue", lan)
    assert services.is_unreachable("far", other, 80)
    everybody = "0.0.0.0/0" if family == 4 else "::/0"
    nat_lab.apply_rules(
        backend,
        lab,
        nat_lab.dnat(80, blue, source=(f"{lan}/{32 if family == 4 else 128}",)),
        nat_lab.dnat(80, red, source=(everybody,)),
        *forwarding,
    )
    assert services.connect("lan", host, 80) == ("blue", lan), "the more specific first"
    assert services.connect("far", other, 80) == ("red", far)
    nat_lab.apply_rules(backend, lab, nat_lab.dnat(80, blue), *forwarding)
    assert services.connect("far", other, 80) == ("blue", far)
    assert services.connect("red", lan, 80) == ("lan", host)


@nat_lab.families
def test_connections_of_the_host_itself_are_forwarded_unless_disabled(
    backend: str, services: Listeners, family: int
) -> None:
    blue, host, lan, local = (
        (nat_lab.BLUE4, nat_lab.HOST4, nat_lab.LAN4, "127.0.0.1")
        if family == 4
        else (nat_lab.BLUE6, nat_lab.HOST6, nat_lab.LAN6, "::1")
    )
    services.listen("blue", "blue", blue, 80)
    services.listen("blue udp", "blue", blue, 53, "udp")
    services.listen("lan", "lan", lan, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0")
    nat_lab.apply_rules(
        backend,
        nat_lab.dnat(80, blue, in_interface="eth0"),
        nat_lab.dnat(53, blue, protocol="udp"),
        *forwarding,
    )
    assert services.connect(None, host, 80) == ("blue", host)
    assert services.connect(None, host, 53, "udp") == ("blue udp", host)
    assert services.is_unreachable(None, local, 80)
    assert services.connect(None, lan, 80) == ("lan", host)
    nat_lab.apply_rules(backend, nat_lab.dnat(80, blue, from_host=False), *forwarding)
    assert services.is_unreachable(None, host, 80)


@nat_lab.bridge_filters
@nat_lab.families
def test_a_hairpin_forward_serves_the_network_of_its_target(
    backend: str, services: Listeners, family: int, filtered: int
) -> None:
    if nat_lab.HAS_BRIDGE_FILTER:
        nat_lab.set_bridge_filtering(filtered)
    blue, host, lan, gate = (
        (nat_lab.BLUE4, nat_lab.HOST4, nat_lab.LAN4, nat_lab.GATE4)
        if family == 4
        else (nat_lab.BLUE6, nat_lab.HOST6, nat_lab.LAN6, nat_lab.GATE6)
    )
    red = nat_lab.RED4 if family == 4 else nat_lab.RED6
    services.listen("blue", "blue", blue, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0")
    for limits in (
        {},
        {"in_interface": "eth0"},
        {"destination": host},
        {"source": (f"{lan}/{32 if family == 4 else 128}",)},
    ):
        nat_lab.apply_rules(backend, nat_lab.dnat(80, blue, **limits), *forwarding)
        assert services.is_unreachable("red", host, 80), limits
        nat_lab.apply_rules(backend, nat_lab.dnat(80, blue, hairpin=True, **limits), *forwarding)
        assert services.connect("red", host, 80) in [("blue", gate), ("blue", red)], limits
        assert services.connect("lan", host, 80) == ("blue", lan), limits
    if filtered:
        subprocess.run(["bridge", "link", "set", "dev", "blue0", "hairpin", "on"], check=True)
    assert services.connect("blue", host, 80) == ("blue", gate), "back to the one that asks"


@nat_lab.families
def test_a_forward_into_the_clients_own_network_needs_hairpin(
    backend: str, services: Listeners, family: int
) -> None:
    """With most forwards into one network or into many: nftables has different rules for these."""
    blue, far, host = (
        (nat_lab.BLUE4, nat_lab.FAR4, nat_lab.HOST4)
        if family == 4
        else (nat_lab.BLUE6, nat_lab.FAR6, nat_lab.HOST6)
    )
    services.listen("blue", "blue", blue, 80)
    services.listen("far", "far", far, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0", "eth1")
    for blues in ((8000, 8001, 8002), (8000,)):
        nat_lab.apply_rules(
            backend,
            *(nat_lab.dnat(port, blue, 80) for port in blues),
            nat_lab.dnat(9000, far, 80),
            nat_lab.dnat(9001, blue, 80, hairpin=True),
            *forwarding,
        )
        assert services.is_unreachable("red", host, 8000)
        assert services.connect("red", host, 9000) == (
            "far",
            nat_lab.RED4 if family == 4 else nat_lab.RED6,
        )
        answer = services.connect("red", host, 9001)
        assert answer is not None and answer[0] == "blue"
        assert services.connect("far", host, 8000) == (
            "blue",
            nat_lab.FAR4 if family == 4 else nat_lab.FAR6,
        )
        assert services.is_unreachable("far", host, 9000)
        for port, label in ((8000, "blue"), (9000, "far"), (9001, "blue")):
            answer = services.connect("lan", host, port)
            assert answer is not None and answer[0] == label
            own = services.connect(None, host, port)
            assert own is not None and own[0] == label


def test_from_host_false_excludes_connections_of_the_host(
    backend: str, services: Listeners
) -> None:
    services.listen("blue", "blue", nat_lab.BLUE4, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0")
    for others in ((), (8001, 8002)):
        nat_lab.apply_rules(
            backend,
            nat_lab.dnat(8000, nat_lab.BLUE4, 80, from_host=False),
            *(nat_lab.dnat(port, nat_lab.BLUE4, 80) for port in others),
            *forwarding,
        )
        assert services.connect("lan", nat_lab.HOST4, 8000) == ("blue", nat_lab.LAN4)
        assert services.is_unreachable(None, nat_lab.HOST4, 8000)
        assert not others or services.connect(None, nat_lab.HOST4, 8001) is not None


def test_no_connection_fails_while_the_rules_are_replaced(
    backend: str, services: Listeners
) -> None:
    services.listen("blue", "blue", nat_lab.BLUE4, 80)
    forwarding = nat_lab.enable_forwarding("lab0", "eth0")
    small = nat_lab.apply_rules(backend, nat_lab.dnat(80, nat_lab.BLUE4), *forwarding)
    large = nat_lab.ruleset(
        backend,
        [
            nat_lab.dnat(80, nat_lab.BLUE4),
            *(nat_lab.dnat(port, nat_lab.BLUE4) for port in range(1000, 1050)),
            *forwarding,
        ],
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
            results.append(services.connect("lan", nat_lab.HOST4, 80))
    exchanged.result()
    assert results and set(results) == {("blue", nat_lab.LAN4)}
