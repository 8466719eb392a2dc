# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter bridge_lab_probes: what a lab promises."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.bridge_lab_probes import bridge_lab_probes


def said(probes: list) -> set:
    return {(probe["netns"], probe["to"], probe.get("port"), probe["reached"]) for probe in probes}


def test_what_the_lab_of_red_and_blue_promises():
    lab = bridge_lab(["red", "blue"], forwards=[{"destination_port": 8080, "namespace": "blue", "to_port": 80}])
    probes = bridge_lab_probes(lab)
    assert said(probes) == {
        ("red", "192.168.15.2", None, True),
        ("blue", "192.168.15.1", None, True),
        ("red", "192.168.15.5", None, True),
        ("blue", "192.168.15.5", None, True),
        (None, "192.168.15.1", None, True),
        (None, "192.168.15.2", None, True),
        ("red", "192.168.15.254", None, False),
        ("red", "127.0.0.1", 0, False),
        (None, "127.0.0.1", 0, False),
        (None, "192.168.15.5", 8080, True),
        (None, "192.168.15.5", 0, False),
    }
    assert [probe["listen"] for probe in probes if probe.get("port")] == [{"netns": "blue", "to": "192.168.15.2", "port": 80}]


def test_two_families():
    lab = bridge_lab(
        ["red", "blue"], network=["192.168.15.0/24", "fd00::/64"], gateway=["192.168.15.5", "fd00::5"],
        forwards=[{"destination_port": 80, "namespace": "red"}],
    )
    assert {
        ("red", "fd00::2", None, True),
        (None, "fd00::1", None, True),
        ("red", "fd00::ffff:ffff:ffff:ffff", None, False),
        (None, "fd00::5", 80, True),
    } <= said(bridge_lab_probes(lab))


def test_isolated_ports_do_not_reach_each_other():
    probes = bridge_lab_probes(bridge_lab([{"name": "red", "isolated": True}, {"name": "blue", "isolated": True}, "green"]))
    among = {(probe["netns"], probe["to"]): probe["reached"] for probe in probes if probe["netns"] and "port" not in probe}
    assert among["red", "192.168.15.2"] is False
    assert among["red", "192.168.15.3"] is True


def test_among_many_each_asks_for_the_next():
    probes = bridge_lab_probes(bridge_lab([f"ns{number}" for number in range(100)]))
    assert len(probes) == 100 + 2 * 100 + 3


@pytest.mark.parametrize("keywords", [{"switch_netns": "switch"}, {"gateway": [], "routes": [], "masquerade": False}])
def test_wherever_the_bridge_is(keywords):
    probes = said(bridge_lab_probes(bridge_lab(["red", "blue"], **keywords)))
    assert ("red", "192.168.15.2", None, True) in probes
    assert ((None, "192.168.15.1", None, True) in probes) == ("switch_netns" in keywords)


@pytest.mark.parametrize("forward", [
    {"in_interface": "eth0"}, {"source": ["192.0.2.0/24"]}, {"from_host": False}, {"protocol": "udp"},
])
def test_a_forward_that_the_host_cannot_ask_for(forward):
    lab = bridge_lab(["red"], forwards=[{"destination_port": 80, "namespace": "red", **forward}])
    assert not [probe for probe in bridge_lab_probes(lab) if probe.get("port")]


@pytest.mark.parametrize("target, port, listen", [
    ("192.168.15.1", "80", 80), ("192.168.15.1:81", 80, 81), ("192.168.15.1:90-91", "80:81", 90), ("192.168.15.1", "80-81", 80),
])
def test_where_a_forward_leads(target, port, listen):
    probes = bridge_lab_probes(bridge_lab(["red"], forwards=[{"destination_port": port, "to_destination": target}]))
    assert [(probe["port"], probe["listen"]["port"]) for probe in probes if probe.get("port")] == [(80, listen)]


def test_the_users_own():
    probes = bridge_lab_probes(bridge_lab(["red"]), [{"netns": "red", "to": "192.0.2.1"}], [{"to": "192.0.2.2", "port": 80}])
    assert probes[-2:] == [{"netns": "red", "to": "192.0.2.1", "reached": True}, {"netns": None, "to": "192.0.2.2", "port": 80, "reached": False}]


@pytest.mark.parametrize("lab, keywords, words", [
    (None, {}, "bridge_lab"),
    ({}, {"reach": "192.0.2.1"}, "reach"),
    ({}, {"reach": [{"netns": "red"}]}, "reach[0]"),
    ({}, {"no_reach": [{"to": "192.0.2.1", "prot": 80}]}, "no_reach[0].prot"),
])
def test_what_is_refused(lab, keywords, words):
    with pytest.raises(AnsibleFilterError) as caught:
        bridge_lab_probes({**bridge_lab(["red"]), **lab} if lab is not None else None, **keywords)
    assert words in str(caught.value)
