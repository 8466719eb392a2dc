# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Colours of an SVG: faults are red, and there is a dark mode."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ansible_collections.redblue.netns.plugins.filter.picture import picture
from ansible_collections.redblue.netns.tests.unit.support.drawings import (
    CASES,
)
from ansible_collections.redblue.netns.tests.unit.support.svg_document import SVG, Drawing


def test_links_that_are_down_are_red_and_labelled() -> None:
    drawing = Drawing(picture(CASES["direct"], format="svg"))
    assert [style for _points, style, _tip in drawing.lines] == ["line veth down"]
    assert 'class="netns faulty"' in drawing.text
    assert [
        element.text
        for element in drawing.root.iter(f"{SVG}text")
        if "down" in element.get("class", "").split()
    ] == [
        "veth-blue 192.168.15.2/24 (down)",
        "veth-blue",
    ]
    assert "down" not in picture(CASES["two"], format="svg").partition("</style>")[2]


WITH_PROBLEMS: dict[str, Any] = {
    "topology": {
        "netns": [{"name": "red"}],
        "veth": [{"name": "veth-red", "netns": "red", "peer": {"name": "to-red"}}],
    },
    "links": {
        "host": [
            {"name": "lo", "up": True, "addresses": []},
            {"name": "eth0", "up": False, "addresses": ["192.0.2.2/24"], "kind": ""},
        ],
        "red": [{"name": "lo", "up": False, "addresses": []}],
    },
    "neighbours": {
        "red": [
            {
                "address": "192.168.15.9",
                "device": "veth-red",
                "state": "failed",
                "router": False,
            },
            {
                "address": "192.168.15.5",
                "device": "veth-red",
                "mac": "02:00:00:00:00:01",
                "state": "reachable",
                "router": False,
            },
            {
                "address": "ff02::1",
                "device": "veth-red",
                "state": "noarp",
                "router": False,
            },
        ]
    },
    "nat": {"host": {"backend": "nftables", "damaged": True}},
    "stale": ["ghost"],
}
"""A result of netns_info with links that are down, a silent neighbour and damaged rules."""


def test_observed_problems_are_red() -> None:
    down = Drawing(picture(WITH_PROBLEMS, format="svg"))
    texts = [
        element.text
        for element in down.root.iter(f"{SVG}text")
        if "down" in element.get("class", "").split()
    ]
    assert texts == [
        "eth0 192.0.2.2/24 (down)",
        "NAT rules changed by another program",
        "lo (down)",
        "no answer from 192.168.15.9 on veth-red",
        "stale name: not a namespace",
    ]


def test_the_document_is_accessible_and_has_a_dark_mode() -> None:
    text = picture(CASES["two"], format="svg", name="web1")
    root = ElementTree.fromstring(text)
    assert (
        root.get("role") == "img"
        and root[0].tag == f"{SVG}title"
        and root[0].get("id") == root.get("aria-labelledby")
    )
    assert root[0].text == "Network namespaces of web1"
    assert "@media (prefers-color-scheme: dark)" in text
