# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies by DNS name: what the lab's DNS server answered is let through, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy import (
    host_table,
    names,
    policy_table,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.differences import (
    recent_differences,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.tables import (
    recent_scripts,
)

from support.lab_processes import wait_until
from support.name_servers import NEEDS_DNSMASQ, list_servers, look_up
from support.netns import in_netns
from support.policy_names import (
    BY_NAME,
    DNS,
    FAMILIES,
    INSIDE,
    LET_THROUGH,
    NAMES,
    OTHER_DNS,
    PORT,
    list_learned,
    list_reached,
    look_up_all,
    policy_lab,
    wait_for_answer,
)
from support.services import Listeners
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_ABSENT, Raw, run, run_as_predicted

pytestmark = NEEDS_DNSMASQ


def in_switch() -> Raw:
    """The same lab with its bridge in a namespace."""
    lab = policy_lab(BY_NAME)
    pairs = [{**each, "peer": {**each["peer"], "netns": "switch"}} for each in lab["veth"]]
    for pair in pairs:
        pair["peer"]["bridge"] = "br0"
    peer = {"name": "uplink", "netns": "switch", "bridge": "br0"}
    addresses = lab["linux_bridge"][0]["addresses"]
    router = {"name": "v-net-0", "addresses": addresses, "peer": peer}
    return {
        **lab,
        "netns": [*lab["netns"], {"name": "switch"}],
        "linux_bridge": [{"name": "br0", "netns": "switch"}],
        "veth": [*pairs, router],
    }


@pytest.mark.parametrize("switch", [False, True])
def test_only_what_was_answered_for_a_name_is_let_through(web: Listeners, switch: bool) -> None:
    lab = in_switch() if switch else policy_lab(BY_NAME)
    before = take_snapshot()
    run_as_predicted("topology", **lab)
    assert list_reached(web, "red") == set()
    assert list_reached(web, "blue") == {*NAMES}
    # The addresses of all names were just told to the member, and by the same server.
    look_up_all("red")
    assert list_reached(web, "red") == LET_THROUGH
    assert not run("topology", **lab)["changed"]
    assert list_reached(web, "red") == LET_THROUGH
    run_as_predicted("topology", **{**lab, "policy": []})
    assert list_reached(web, "red") == {*NAMES}
    run("topology", **LAB_ABSENT)
    left = differences(before, take_snapshot())
    assert left == {} and len(list_servers()) == 4, left


def test_what_another_member_looks_up_is_let_through_for_its_own_policies_only(
    web: Listeners,
) -> None:
    other = {"name": "two", "netns": ["blue"], "egress": [{"to": [{"dns": "other.example.org"}]}]}
    run_as_predicted("topology", **policy_lab(BY_NAME, other))
    look_up_all("blue")
    assert list_reached(web, "blue") == {"other.example.org"}
    assert list_reached(web, "red") == LET_THROUGH


def test_an_exact_name_below_a_pattern_is_for_its_own_policy(web: Listeners) -> None:
    """dnsmasq treats a name like all below it, so two servers tell names from patterns."""
    apex = {"name": "two", "netns": ["blue"], "egress": [{"to": [{"dns": "example.net"}]}]}
    both = [{"dns": "*.example.org"}, {"dns": "*.example.net"}]
    pattern = {"name": "out", "netns": ["red"], "egress": [{"to": both}]}
    run_as_predicted("topology", **policy_lab(pattern, apex))
    look_up_all("red")
    assert list_reached(web, "blue") == {"example.net"}
    assert list_reached(web, "red") == {*NAMES} - {"example.net"}


def test_ports_and_protocols_of_a_rule_hold_for_its_names(web: Listeners) -> None:
    for address in (text.format("80") for text in FAMILIES.values()):
        web.listen(f"{address} 81", "outside", address, 81)
        web.listen(f"{address} udp", "outside", address, PORT, "udp")
    rule = {**BY_NAME["egress"][0], "protocol": "tcp", "ports": ["80"]}
    run_as_predicted("topology", **policy_lab({**BY_NAME, "egress": [rule]}))
    look_up_all("red")
    assert list_reached(web, "red") == LET_THROUGH
    for address in (text.format("80") for text in FAMILIES.values()):
        assert web.is_unreachable("red", address, 81)
        assert web.connect("red", address, PORT, "udp", patience=1) is None
        assert web.connect("blue", address, PORT, "udp")


@pytest.mark.parametrize("more", [[], [{}], [{"protocol": "udp"}, {"protocol": "tcp"}]])
def test_other_dns_servers_are_refused(web: Listeners, more: list[Raw]) -> None:
    """Also beside a rule that lets through to any address: they would tell what fills no set."""
    for text in FAMILIES.values():
        web.listen(f"{text} 853", "outside", text.format(OTHER_DNS), 853)
    lab = policy_lab({**BY_NAME, "egress": [*BY_NAME["egress"], *more]})
    run_as_predicted("topology", **lab)
    for text in FAMILIES.values():
        for number in (DNS, OTHER_DNS):
            for options in ("", "-T"):
                found = look_up("red", "www.example.org.", "A", text.format(number), options)
                assert "203.0.113.80" not in found
                found = look_up("blue", "www.example.org.", "A", text.format(number), options)
                assert "203.0.113.80" in found
        assert web.is_unreachable("red", text.format(OTHER_DNS), 853)
    for server in ("192.168.15.5", "fd00:15::5"):
        for options in ("", "-T"):
            assert "203.0.113.80" in look_up("red", "www.example.org.", "A", server, options)


def test_a_dns_server_that_a_rule_names_by_address_may_be_queried(web: Listeners) -> None:
    servers = [{"network": text.format(OTHER_DNS)} for text in FAMILIES.values()]
    rules = [*BY_NAME["egress"], {"to": servers}]
    run_as_predicted("topology", **policy_lab({**BY_NAME, "egress": rules}))
    for text in FAMILIES.values():
        found = look_up("red", "www.example.org.", "A", text.format(OTHER_DNS))
        assert "203.0.113.80" in found
    assert list_reached(web, "red") == set()


def test_an_answer_never_leads_into_the_lab(web: Listeners) -> None:
    """Who owns a name may answer with any address."""
    run_as_predicted("topology", **policy_lab(BY_NAME))
    for name, addresses in INSIDE.items():
        for address in addresses:
            place = "blue" if name.startswith("blue") else None
            web.listen(f"{name} {address}", place, address, PORT)
            kind = "AAAA" if ":" in address else "A"
            wait_for_answer("red", name, kind, address)
            assert address in list_learned()
            assert web.is_unreachable("red", address, PORT)
            assert web.connect(None if place else "blue", address, PORT)


@pytest.fixture
def short_lifetime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Addresses expire after two seconds."""
    caches = (host_table._render_chain, policy_table.render_table)
    with monkeypatch.context() as patch:
        patch.setattr(names, "LIFETIME", 2)
        for cache in caches:
            cache.cache_clear()
        recent_differences.forget()
        recent_scripts.forget()
        yield
    for cache in caches:
        cache.cache_clear()
    recent_differences.forget()
    recent_scripts.forget()


@pytest.mark.usefixtures("short_lifetime")
def test_addresses_expire_and_connections_in_use_go_on(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    look_up("red", "www.example.org.")
    assert web.connect("red", "203.0.113.80", PORT)
    with in_netns("outside"):
        server = socket.create_server(("203.0.113.80", 8080))
    with in_netns("red"):
        client = socket.create_connection(("203.0.113.80", 8080), 30)
    accepted, _address = server.accept()
    with server, client, accepted:
        accepted.settimeout(30)

        def goes_on() -> bool:
            client.send(b"x")
            assert accepted.recv(1) == b"x"
            return "203.0.113.80" not in list_learned()

        wait_until(goes_on)
        client.send(b"last")
        assert accepted.recv(4) == b"last"
        assert list_learned("used") == {"192.168.15.1 203.0.113.80"}
    wait_until(lambda: not list_learned("used"))
    assert web.connect("red", "203.0.113.80", PORT) is None
    look_up("red", "www.example.org.")
    assert web.connect("red", "203.0.113.80", PORT)


def test_what_was_learned_stays_when_other_policies_change(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    look_up_all("red")
    learned = list_learned()
    assert len(learned) == 4
    other = {"name": "in", "netns": ["blue"], "ingress": []}
    run_as_predicted("topology", **policy_lab(BY_NAME, other))
    assert list_learned() == learned
    assert list_reached(web, "red") == LET_THROUGH
