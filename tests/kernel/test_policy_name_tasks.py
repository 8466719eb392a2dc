# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies by DNS name: what tasks say of them, refuse, take back and return."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.doctor import diagnose_host
from support.failing_host import fail_at_change
from support.info import gather_info
from support.lab_processes import wait_until
from support.name_servers import NEEDS_DNSMASQ, list_servers
from support.policy_names import (
    BY_NAME,
    LET_THROUGH,
    NAMES,
    list_learned,
    list_reached,
    look_up_all,
    policy_lab,
)
from support.services import Listeners
from support.shell import replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, predicted_part, run, run_as_predicted

pytestmark = NEEDS_DNSMASQ


def to(name: str) -> Raw:
    return {**BY_NAME, "egress": [{"to": [{"dns": name}]}]}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("www.*.example.org", "write *.example.net"),
        ("*", "write *.example.net"),
        ("w*.example.org", "write *.example.net"),
        ("-www.example.org", "RFC 1123"),
        ("www..example.org", "RFC 1123"),
        ("a_b.example.org", "RFC 1123"),
        (f"{'a' * 64}.example.org", "RFC 1123"),
        ("www.example.org/1", "RFC 1123"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("192.0.2.1", "write {network: ADDRESS}"),
        ("*.org", "has one label"),
        ("printer.lab.example.com", "answers itself"),
        ("*.lab.example.com", "answers itself"),
    ],
)
def test_a_name_that_cannot_be_is_refused(host: None, name: str, words: str) -> None:
    dns = {"upstream": ["host"], "domain": "lab.example.com"}
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused) as refusal:
            run("topology", check=check, **policy_lab(to(name), dns=dns))
        assert refusal.value.parameter == "policy[0].egress[0].to[0].dns"
        assert words in str(refusal.value)
    assert differences(before, take_snapshot()) == {}


def test_names_are_written_as_dns_compares_them(host: None) -> None:
    run("topology", **policy_lab(to("WWW.Example.ORG.")))
    assert not run("topology", **policy_lab(to("www.example.org")))["changed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dns": False}, "set the option dns"),
        ({"dns": True}, "write upstream"),
        ({"policy": [{"name": "in", "ingress": [{"from": [{"dns": "a.b"}]}]}]}, "only for egress"),
        (
            {
                "policy": [
                    {"name": "out", "egress": [{"to": [{"dns": "a.b"}], "action": "drop"}]},
                ]
            },
            "not for rules that drop",
        ),
    ],
)
def test_what_no_server_could_do_is_refused(host: None, change: Raw, words: str) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused) as refusal:
            run("topology", check=check, **{**policy_lab(BY_NAME), **change})
        assert words in str(refusal.value)
    assert differences(before, take_snapshot()) == {}


def test_a_server_in_a_namespace_cannot_fill_sets_of_the_host(host: None) -> None:
    lab = policy_lab(BY_NAME)
    names = [*lab["netns"], {"name": "switch"}]
    bridge = [{**lab["linux_bridge"][0], "netns": "switch"}]
    pairs = [{**each, "peer": {**each["peer"], "netns": "switch"}} for each in lab["veth"]]
    with pytest.raises(Refused, match="the end of a veth pair on the host"):
        run("topology", **{**lab, "netns": names, "linux_bridge": bridge, "veth": pairs})


def test_a_dnsmasq_that_cannot_fill_sets_is_refused(host: None) -> None:
    old = Path("/run/old-dnsmasq")
    words = "Dnsmasq version 2.86  Copyright\nCompile time options: IPv6 no-nftset auth"
    old.write_text(f"#!/bin/sh\necho '{words}'\n", encoding="ascii")
    old.chmod(0o755)
    before = take_snapshot()
    sh(f"mount --bind {old} $(realpath $(command -v dnsmasq))")
    try:
        for check in (True, False):
            with pytest.raises(Refused, match="2.87 or later.*Dnsmasq version 2.86 does not"):
                run("topology", check=check, **policy_lab(BY_NAME))
    finally:
        sh("umount $(realpath $(command -v dnsmasq))")
    assert differences(before, take_snapshot()) == {}


def test_netns_info_returns_names_and_not_their_addresses(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    look_up_all("red")
    info = gather_info()
    (policy,) = info["topology"]["policy"]
    assert policy["egress"] == BY_NAME["egress"] and "203.0.113" not in str(policy)
    assert info["topology"]["processes"] == []
    own = {
        kind: [each for each in info["topology"][kind] if "outside" not in str(each)]
        for kind in ("netns", "veth")
    }
    again = run("topology", **{**info["topology"], **own, "purge": True})
    assert not again["changed"], again["actions"]
    (shown,) = info["policies"]
    assert not shown["damaged"] and shown["options"]["egress"] == BY_NAME["egress"]
    assert list_reached(web, "red") == LET_THROUGH


def test_matrix_and_ways_out_have_the_names(host: None) -> None:
    rule = {**BY_NAME["egress"][0], "protocol": "tcp", "ports": ["443"]}
    lab = policy_lab({**BY_NAME, "egress": [rule]})
    foreseen = run("topology", check=True, **lab)
    done = run("topology", **lab)
    for name in ("reaches", "policy_matrix"):
        assert foreseen[name] == done[name]
    (way,) = [each for each in done["reaches"] if "red" in each["netns"]]
    assert way["destination"] == ["dns:www.example.org", "dns:*.example.net"]
    assert (way["protocol"], way["ports"], way["policies"]) == ("tcp", ["443"], ["out"])
    rows = [each for each in done["policy_matrix"] if each["from"] == ["red"]]
    (named,) = [
        each for each in rows if "dns:www.example.org" in each["to"] and each["family"] == 4
    ]
    assert named["allowed"] == [{"protocol": "tcp", "ports": ["443"], "policies": ["out"]}]
    (host_row,) = [each for each in rows if each["to"] == ["host"] and each["family"] == 6]
    assert [(each["protocol"], each["ports"]) for each in host_row["allowed"]] == [
        ("tcp", ["53"]),
        ("udp", ["53"]),
    ]


def test_a_failed_run_takes_everything_back(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    look_up_all("red")
    before, learned = take_snapshot(), list_learned()
    bridges = [*LAB["linux_bridge"], {"name": "br9"}]
    others = policy_lab(to("other.example.org"), linux_bridge=bridges)
    fail_at_change(0, "ip link add br9 type bridge", **others)
    sh("ip link delete br9")
    assert differences(before, take_snapshot()) == {}
    assert list_learned() == learned and list_reached(web, "red") == LET_THROUGH


def test_a_run_that_fails_late_has_the_names_learned_again(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    other = to("other.example.org")
    failing = {"name": "late", "command": ["false"], "ready": {"port": 9, "timeout": 1}}
    with pytest.raises(Failed):
        run("topology", **policy_lab(other, processes=[failing]))
    assert not run("topology", **policy_lab(BY_NAME))["changed"]
    look_up_all("red")
    assert list_reached(web, "red") == LET_THROUGH


def test_the_commands_build_the_same(web: Listeners) -> None:
    outside = list_servers()
    replay(run("topology", check=True, **policy_lab(BY_NAME))["commands"])
    look_up_all("red")
    assert list_reached(web, "red") == LET_THROUGH
    sh(f"kill {' '.join(str(pid) for pid in list_servers() if pid not in outside)}")
    wait_until(lambda: list_servers() == outside)


def test_a_single_policy_uses_the_names_of_its_topology(web: Listeners) -> None:
    served = {"name": "two", "netns": ["blue"], "egress": to("www.example.org")["egress"]}
    run("topology", **policy_lab(served))
    single: Raw = {"topology": "lab", **to("www.example.org")}
    run_as_predicted("netns_policy", **single)
    look_up_all("red")
    assert list_reached(web, "red") == {"www.example.org"}
    assert not run("topology", **policy_lab(served))["changed"]
    for check in (True, False):
        with pytest.raises(Refused, match="list a policy with it in the topology"):
            run("netns_policy", check=check, **{**single, **to("other.example.org"), "name": "new"})
    warned = run("topology", **policy_lab())
    assert "no policy of topology lab lists any more" in " ".join(warned["warnings"])
    assert list_reached(web, "blue") == {*NAMES}


def test_audit_refuses_nothing_and_counts_names(web: Listeners) -> None:
    run_as_predicted("topology", **policy_lab({**BY_NAME, "audit": True}))
    look_up_all("red")
    assert list_reached(web, "red") == {*NAMES}
    (shown,) = gather_info()["policies"]
    # Two names of both families, each by the first packet of its connection.
    assert [each["packets"] for each in shown["rules"]] == [4]


def test_the_doctor_names_what_nobody_has_looked_up(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))

    def find() -> dict[str, str]:
        found = [each for each in diagnose_host() if each.check == "name_unanswered"]
        return {each.subject: each.severity for each in found}

    assert find() == {"www.example.org": "info", "*.example.net": "info"}
    look_up_all("red")
    assert find() == {}


def test_check_mode_of_a_changed_name_is_silent(web: Listeners) -> None:
    run("topology", **policy_lab(BY_NAME))
    before, servers = take_snapshot(), list_servers()
    foreseen = run("topology", check=True, **policy_lab(to("other.example.org")))
    assert differences(before, take_snapshot()) == {} and list_servers() == servers
    assert predicted_part(foreseen) == predicted_part(
        run("topology", **policy_lab(to("other.example.org")))
    )
    assert "dns:other.example.org" in str(foreseen["diff"])
