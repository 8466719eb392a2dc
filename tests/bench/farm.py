# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The farm of scale.py as a topology: lists of items, a range, and playbooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from rivals import write_address


def write_range(count: int) -> dict[str, Any]:
    """The topology in a few words."""
    item = {
        "count": count,
        "netns": [{"name": "n{n}"}],
        "veth": [
            {
                "name": "eth0",
                "netns": "n{n}",
                "addresses": ["{10.244.1.0+n}/16"],
                "peer": {"name": "farm{n}", "bridge": "farm0"},
            }
        ],
        "netns_route": [{"netns": "n{n}", "destination": "default", "gateway": "10.244.0.1"}],
        "dnat": [{"destination_port": "{9000+n}", "to_destination": "{10.244.1.0+n}:80"}],
    }
    bridge = {"name": "farm0", "addresses": ["10.244.0.1/16"]}
    return {
        "name": "farm",
        "linux_bridge": [bridge],
        "range": [item],
        "masquerade": [{"source": "10.244.0.0/16"}],
    }


def write_lists(count: int) -> dict[str, Any]:
    """The same topology with every item written out."""
    topology = write_range(count)
    del topology["range"]
    numbers = range(1, count + 1)
    ends = [
        {
            "name": "eth0",
            "netns": f"n{number}",
            "addresses": [f"{write_address(number)}/16"],
            "peer": {"name": f"farm{number}", "bridge": "farm0"},
        }
        for number in numbers
    ]
    return {
        **topology,
        "netns": [{"name": f"n{number}"} for number in numbers],
        "veth": ends,
        "netns_route": [
            {"netns": f"n{number}", "destination": "default", "gateway": "10.244.0.1"}
            for number in numbers
        ],
        "dnat": [
            {"destination_port": 9000 + number, "to_destination": f"{write_address(number)}:80"}
            for number in numbers
        ],
    }


def write_play(count: int, directory: Path) -> dict[str, Path]:
    """Playbooks of one task: all items in the task, in a file, and as a range."""
    file = directory / "farm.json"
    file.write_text(json.dumps(write_lists(count)), encoding="utf-8")
    books = {}
    for title, options in (
        ("lists", write_lists(count)),
        ("a file", {"src": str(file)}),
        ("a range", write_range(count)),
    ):
        play = {
            "name": "Build",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"name": "Build", "redblue.netns.topology": options}],
        }
        books[title] = directory / f"{title.replace(' ', '_')}.yml"
        books[title].write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    return books


def switch_in_namespace(topology: dict[str, Any]) -> dict[str, Any]:
    """The same with bridge and ports in a namespace, and one veth pair from it to the host."""
    gate = {
        "name": "farm0",
        "addresses": ["10.244.0.1/16"],
        "peer": {"name": "uplink", "netns": "switch", "bridge": "farm0"},
    }
    (item,) = topology["range"]
    (leg,) = item["veth"]
    moved = {**leg, "peer": {**leg["peer"], "netns": "switch"}}
    return {
        **topology,
        "netns": [{"name": "switch"}],
        "linux_bridge": [{"name": "farm0", "netns": "switch"}],
        "veth": [gate],
        "range": [{**item, "veth": [moved]}],
    }
