# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns of option range, which stand for many items."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import expand
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Specification,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

ANY = Specification(dict[str, Any], {"x": {"type": "dict"}})
"""A dictionary whose values may be anything."""


def desired(**raw: Any) -> DesiredState:
    return parse_topology(validate({"name": "lab", **raw}, TOPOLOGY_SPEC))


@pytest.mark.parametrize(
    ("pattern", "filled"),
    [
        ("n{n}", "n7"),
        ("n{n:03}", "n007"),
        ("{n:3}", "007"),
        ("{8000+n}", "8007"),
        ("{8000+n:06}", "008007"),
        ("{10.0.0.250+n}/16", "10.0.1.1/16"),
        ("{fd00::fffe+n}/64", "fd00::1:5/64"),
        ("{10.0.0.0+n}:{80+n}", "10.0.0.7:87"),
        ("plain", "plain"),
        (7, 7),
        (None, None),
        ({"a": ["{n}", True]}, {"a": ["7", True]}),
    ],
)
def test_a_pattern_is_expanded(pattern: Any, filled: Any) -> None:
    assert list(expand("range[0]", {"x": {"y": pattern}}, 7, 1, ANY)) == [
        ("range[0]{n=7}.", {"x": {"y": filled}})
    ]


@pytest.mark.parametrize(
    ("template", "first", "count", "message"),
    [
        ({"y": ["{m}"]}, 1, 1, r"range\[0\]\.x\.y\[0\]: '\{m\}': is not a pattern; write"),
        ({"y": "{n"}, 1, 1, r"range\[0\]\.x\.y: '\{n': is not a pattern; write"),
        ({"y": "{red+n}"}, 1, 1, r"red is neither a number nor an IP address"),
        (
            {"y": "{255.255.255.0+n}"},
            1,
            300,
            r"range\[0\]\.count: 300: counts beyond the last address",
        ),
        ({}, 1, 0, r"range\[0\]\.count: 0: is not between 1 and 100000"),
        ({}, 1, 100001, r"range\[0\]\.count: 100001: is not between 1 and 100000"),
        ({}, -1, 1, r"range\[0\]\.first: -1: is not between 0"),
    ],
)
def test_an_invalid_pattern_is_refused(template: Any, first: int, count: int, message: str) -> None:
    with pytest.raises(Refused, match=message):
        list(expand("range[0]", {"x": template}, first, count, ANY))


def test_a_range_equals_its_items() -> None:
    pattern = {
        "netns": [{"name": "n{n}"}],
        "dnat": [{"destination_port": "{8000+n}", "to_destination": "{10.0.0.0+n}:80"}],
        "veth": [
            {
                "name": "eth0",
                "netns": "n{n}",
                "addresses": ["{10.0.0.0+n}/24"],
                "peer": {"name": "p{n}", "mtu": "{1400+n}"},
            }
        ],
    }
    items: dict[str, Any] = {
        "netns": [{"name": "n0"}, *({"name": f"n{number}"} for number in (1, 2))],
        "dnat": [
            {"destination_port": 8000 + number, "to_destination": f"10.0.0.{number}:80"}
            for number in (1, 2)
        ],
        "veth": [
            {
                "name": "eth0",
                "netns": f"n{number}",
                "addresses": [f"10.0.0.{number}/24"],
                "peer": {"name": f"p{number}", "mtu": 1400 + number},
            }
            for number in (1, 2)
        ],
    }
    assert desired(netns=[{"name": "n0"}], range=[{"count": 2, **pattern}]) == desired(**items)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"count": 2, "netns": [{"name": "red"}]},
            (
                r"range\[0\]\{n=2\}\.netns\[0\]: 'red': "
                r"the same resource is already declared at range\[0\]\{n=1\}\.netns\[0\]"
            ),
        ),
        (
            {"count": 2, "netns": [{"nam": "n{n}"}]},
            r"unsupported option 'range\[0\]\{n=1\}\.netns\[0\]\.nam'; did you mean 'name'",
        ),
        (
            {"count": 1, "first": 9, "netns": [{"name": "a/{n}"}]},
            r"range\[0\]\{n=9\}\.netns\[0\]\.name: 'a/9'",
        ),
        (
            {"count": 1, "masquerade": [{"source": "10.0.0.0/24", "backend": "iptables"}]},
            r"\{n=1\}\.masquerade\[0\]\.backend: 'iptables': backend is",
        ),
    ],
)
def test_an_error_names_the_entry_and_the_number(entry: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        desired(backend="nftables", range=[entry])
