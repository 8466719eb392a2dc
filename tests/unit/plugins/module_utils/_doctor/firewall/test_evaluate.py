# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that drop traffic of a lab, found by evaluating chains."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.firewall.evaluate import (
    find_drops,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.firewall.matching import (
    Endpoint,
    Flow,
    narrow,
    relate,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.firewall.read_iptables import (
    read_chains,
    select_verdicts,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.firewall.rules import (
    UNKNOWN,
    Hook,
    Match,
)

NETWORKS = (ipaddress.ip_network("192.168.15.0/24"),)
LAB = Endpoint("br0", frozenset(["br0"]), NETWORKS)
BEYOND = Endpoint("br0", frozenset(["eth0"]), NETWORKS, known=False)
NEW, ANSWERS = frozenset(["new"]), frozenset(["established"])
OUT = Flow("filter_drop", "what is forwarded", 4, NEW, LAB, BEYOND, "error")
BACK = OUT._replace(states=ANSWERS, source=BEYOND, destination=LAB)


def walk(*rules: str, policy: str = "ACCEPT", flow: Flow = OUT) -> list[tuple[str, str]]:
    """Return (rule, severity) of the rules that drop it."""
    chains = {word for rule in rules for word in rule.split()[:1]} | {"FORWARD"}
    text = "".join(f":{chain} - [0:0]\n" for chain in sorted(chains)) + "".join(
        f"-A {rule}\n" for rule in rules
    )
    hook = Hook(
        "iptables",
        "filter",
        "FORWARD",
        "forward",
        (4,),
        policy == "DROP",
        select_verdicts(read_chains(text)),
    )
    return [(hit.rule.replace("-A ", "", 1), hit.severity) for hit in find_drops(hook, flow)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), [("", "error")]),
        (("FORWARD -j ACCEPT",), []),
        (("FORWARD -i br0 -j ACCEPT",), []),
        (("FORWARD -i br+ -o eth+ -j ACCEPT",), []),
        (("FORWARD -i br0 -o eth9 -j ACCEPT",), [("", "info")]),
        (("FORWARD -o eth9 -j ACCEPT",), [("", "error")]),
        (("FORWARD -s 192.168.0.0/16 ! -d 192.168.15.0/24 -j ACCEPT",), []),
        (("FORWARD -s 192.168.15.0/25 -j ACCEPT",), [("", "info")]),
        (
            ("FORWARD -d 10.0.0.0/8 -j ACCEPT", "FORWARD -d 192.168.15.0/24 -j ACCEPT"),
            [("", "error")],
        ),
        (("FORWARD ! -i docker0 -j ACCEPT",), []),
        (("FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",), [("", "error")]),
        (("FORWARD -m conntrack ! --ctstate INVALID -j ACCEPT",), []),
        (("FORWARD -p tcp -m tcp --dport 443 -j ACCEPT",), [("", "info")]),
        (("FORWARD -p icmp -j ACCEPT",), [("", "error")]),
        (("FORWARD -i br0 -p icmp -j ACCEPT",), [("", "info")]),
        (("FORWARD -j NFQUEUE --queue-num 0",), []),
        (
            (
                'FORWARD -m comment --comment "a -j DROP" -j LOG --log-prefix "[it is] "',
                "FORWARD -j RETURN",
                "FORWARD -j ACCEPT",
            ),
            [("", "error")],
        ),
        (("FORWARD -j x", "x -i br0 -j ACCEPT"), []),
        (("FORWARD -s 192.168.15.1 -j x", "x -j ACCEPT"), [("", "info")]),
        (("FORWARD -g x", "FORWARD -j ACCEPT", "x -j LOG"), [("", "error")]),
        (("FORWARD -j x", "x -s 192.168.15.1 -j RETURN", "x -j ACCEPT"), [("", "info")]),
    ],
)
def test_rules_before_a_policy_of_drop(
    rules: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert walk(*rules, policy="DROP") == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("FORWARD -j x", "x -i br0 -j RETURN", "x -j DROP"), []),
        (("FORWARD -j x", "x -s 192.168.15.1 -j RETURN", "x -j DROP"), [("x -j DROP", "info")]),
        (
            (
                "FORWARD -j x",
                "FORWARD -s 192.168.15.1 -j DROP",
                "x -s 192.168.15.1 -j RETURN",
                "x -j ACCEPT",
            ),
            [("FORWARD -s 192.168.15.1 -j DROP", "info")],
        ),
        (("FORWARD -i br0 -g x", "FORWARD -j DROP", "x -j RETURN"), []),
        (("FORWARD -p tcp -j x", "x -p tcp -j ACCEPT", "x -j DROP"), []),
        (
            ("FORWARD -s 192.168.15.2 -j ACCEPT", "FORWARD -s 192.168.15.1 -j DROP"),
            [("FORWARD -s 192.168.15.1 -j DROP", "error")],
        ),
        (("FORWARD -s 192.168.15.2 -j ACCEPT", "FORWARD -s 192.168.15.2 -j DROP"), []),
        (("FORWARD -i br0 -j DROP", "FORWARD -j REJECT"), [("FORWARD -i br0 -j DROP", "error")]),
        (("FORWARD -i br0 -o eth9 -j DROP",), [("FORWARD -i br0 -o eth9 -j DROP", "warning")]),
        (
            (
                "FORWARD -i br0 -o br0 -j DROP",
                "FORWARD -i eth9 -j DROP",
                "FORWARD -o eth9 -j DROP",
                "FORWARD -m state --state INVALID -j DROP",
            ),
            [],
        ),
        (("FORWARD -o eth0 -j DROP",), [("FORWARD -o eth0 -j DROP", "error")]),
        (
            ("FORWARD -m set --match-set x src -j DROP",),
            [("FORWARD -m set --match-set x src -j DROP", "info")],
        ),
        (
            ("FORWARD -i br0 -m rpfilter -j DROP",),
            [("FORWARD -i br0 -m rpfilter -j DROP", "warning")],
        ),
        (("REDBLUE-X -j DROP", "FORWARD -j REDBLUE-X"), []),
        (
            ("FORWARD -j nowhere", 'FORWARD -m comment --comment "unfinished -j DROP'),
            [('FORWARD -m comment --comment "unfinished -j DROP', "error")],
        ),
    ],
)
def test_rules_that_drop(rules: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert walk(*rules) == expected


def test_replies_are_evaluated() -> None:
    assert walk("FORWARD -i br0 -j ACCEPT", policy="DROP", flow=BACK) == [("", "error")]
    assert (
        walk(
            "FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", policy="DROP", flow=BACK
        )
        == []
    )
    assert walk("FORWARD ! -i br0 -o br0 -j DROP", flow=BACK) == [
        ("FORWARD ! -i br0 -o br0 -j DROP", "error")
    ]


def test_many_paths_through_chains_take_linear_time() -> None:
    rules = [
        f"c{level} -s 10.0.0.{host} -j c{level + 1}" for level in range(15) for host in range(3)
    ]
    assert (
        walk(
            "FORWARD -d 10.0.0.0/8 -j c0",
            *(rule.replace("-s", "-d") for rule in rules),
            "c15 -j DROP",
        )
        == []
    )


def test_matches_narrow_the_flow() -> None:
    assert relate([Match("source", ("192.168.15.7-192.168.15.9",))], OUT) == (
        False,
        True,
        True,
        False,
        False,
    )
    assert relate([Match("source", ("a.name",)), UNKNOWN], OUT) == (
        True,
        False,
        False,
        False,
        False,
    )
    assert relate([Match("source", ())], OUT) is None
    assert relate([Match("family", ("ip6",))], OUT) is None
    assert narrow(
        OUT, [Match("source", ("192.168.15.1",)), Match("destination", ("10.0.0.1",))]
    ).source.networks == (ipaddress.ip_network("192.168.15.1"),)
