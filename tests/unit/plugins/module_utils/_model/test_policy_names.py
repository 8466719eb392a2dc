# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names in policies: which servers are told of which, and what they mean for flows."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.name_feeders import (
    compose_feeder_command,
    list_feeders,
    list_forwarding_to_feeders,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.name_servers import DnsOptions
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    Entry,
    NetworkPolicy,
    Peer,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_names import (
    covers,
    name_answers,
    stand_in,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_verdicts import (
    PolicyVerdicts,
    Traffic,
)

RED, HOST, FAR = "10.0.0.1", "10.0.0.254", "192.0.2.9"
WWW, BELOW = "www.example.org", "*.example.org"
DNS = DnsOptions(("192.0.2.53",), domains=(("corp.example.com", ("192.0.2.54", "192.0.2.55")),))


@pytest.mark.parametrize(
    ("name", "other", "is_covered"),
    [
        (WWW, WWW, True),
        (WWW, f"x.{WWW}", False),
        (BELOW, WWW, True),
        (BELOW, "example.org", False),
        (BELOW, "notexample.org", False),
        (BELOW, "*.www.example.org", True),
        ("*.www.example.org", BELOW, False),
    ],
)
def test_a_pattern_covers_what_is_below_it(name: str, other: str, is_covered: bool) -> None:
    assert covers(name, other) is is_covered


def forwarding(*names: str) -> list[str]:
    feeders = list_feeders("lab", names)
    words = {f"{each.address}#53053": each.name for each in feeders}
    found = []
    for option in list_forwarding_to_feeders(feeders, DNS):
        domain, _slash, server = option.partition("=/")[2].rpartition("/")
        if domain:
            found.append(f"{domain} {words.get(server, server)}")
    return found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([WWW], [f"{WWW} feed:names", f"*.{WWW} #"]),
        ([BELOW], [f"{BELOW} feed:patterns"]),
        ([WWW, BELOW], [f"{WWW} feed:names", f"*.{WWW} feed:patterns", f"{BELOW} feed:patterns"]),
        (["example.org", BELOW], ["example.org feed:names", f"{BELOW} feed:patterns"]),
        (
            ["a.corp.example.com"],
            [
                "a.corp.example.com feed:names",
                "*.a.corp.example.com 192.0.2.54",
                "*.a.corp.example.com 192.0.2.55",
            ],
        ),
    ],
)
def test_servers_of_bridges_forward_each_name_to_one_server(
    names: list[str], expected: list[str]
) -> None:
    assert forwarding(*names) == expected


def test_a_name_fills_its_own_set_and_those_of_patterns_that_cover_it() -> None:
    feeders = list_feeders("lab", [WWW, BELOW, "*.www.example.org", "example.org"])
    filled = {}
    for feeder in feeders:
        for word in compose_feeder_command(feeder, feeders, DNS, "lab"):
            if word.startswith("--nftset="):
                domain, _slash, sets = word.partition("=/")[2].partition("/")
                filled[feeder.name, domain] = [text.split("#")[-1] for text in sets.split(",")]
    expected = {
        ("feed:names", "example.org"): ["example.org"],
        ("feed:names", WWW): [WWW, BELOW],
        ("feed:patterns", "example.org"): [BELOW],
        ("feed:patterns", WWW): ["*.www.example.org", BELOW],
    }
    assert filled == {
        key: [name_answers("lab", name, family) for name in names for family in (4, 6)]
        for key, names in expected.items()
    }


@pytest.mark.parametrize(
    ("entries", "traffic", "is_refused"),
    [
        ([WWW], Traffic(RED, stand_in(WWW, 4), "tcp", 443), False),
        ([WWW], Traffic(RED, FAR, "tcp", 443), True),
        ([WWW], Traffic(RED, HOST, "udp", 53), False),
        ([WWW], Traffic(RED, HOST, "udp", 853), True),
        ([WWW], Traffic(RED, FAR, "udp", 53), True),
        ([WWW, None], Traffic(RED, FAR, "udp", 53), True),
        ([WWW, None], Traffic(RED, FAR, "tcp", 853), True),
        ([WWW, None], Traffic(RED, FAR, "tcp", 80), False),
        ([None], Traffic(RED, FAR, "udp", 53), False),
        ([WWW, FAR], Traffic(RED, FAR, "udp", 53), False),
        ([WWW, "0.0.0.0/0"], Traffic(RED, FAR, "udp", 53), True),
    ],
)
def test_members_with_names_may_query_their_own_server_only(
    entries: list[str | None], traffic: Traffic, is_refused: bool
) -> None:
    rules = [
        Entry() if text is None else Entry((Peer("dns" if text == WWW else "network", text),))
        for text in entries
    ]
    resolvers = (HOST,) if WWW in entries else ()
    policy = NetworkPolicy(
        None, "out", egress=tuple(rules), addresses=(RED,), resolvers=resolvers, owner="lab"
    )
    found = PolicyVerdicts([policy], {HOST}).find_refusal(traffic)
    assert (found is not None) is is_refused


def test_a_pattern_counts_for_the_names_below_it() -> None:
    made = NetworkPolicy(None, "out", addresses=(RED,), egress=(Entry((Peer("dns", BELOW),)),))
    other = NetworkPolicy(None, "two", addresses=(FAR,), egress=(Entry((Peer("dns", WWW),)),))
    verdicts = PolicyVerdicts([made, other], {HOST})
    assert verdicts.find_refusal(Traffic(RED, stand_in(WWW, 6), "tcp", 443)) is None
    assert verdicts.find_refusal(Traffic(FAR, stand_in(BELOW, 6), "tcp", 443)) is not None
