# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the port forwardings of our nftables table have counted. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..comments import read_dnat_note
from ..counted import Counted
from .builder import TARGET_MAPS
from .parse import read_forward_rule
from .read_table import read_element, read_empty_set, read_nft_rule
from .table import PROTOCOL_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROTOCOLS = {number: name for name, number in PROTOCOL_NUMBERS.items()}


def list_counted(text: str) -> Iterator[Counted]:
    """What the rules and map elements of port forwardings have counted.

    :param text: what ``nft -j list table`` lists.
    """
    for item in json.loads(text)["nftables"]:
        if "map" in item and item["map"]["name"].startswith(TARGET_MAPS):
            yield from _list_elements(item["map"])
        elif "rule" in item:
            yield from _list_rule(item["rule"])


def _list_elements(value: dict[str, Any]) -> Iterator[Counted]:
    nft_map = read_empty_set(value)
    for item in value.get("elem", ()):
        counter = item[0].get("elem", {}).get("counter")
        if counter is None:
            continue
        key, (data, comment) = read_element(nft_map, item, [])
        note = read_dnat_note(comment)
        yield Counted(
            note.owner if note else None,
            _PROTOCOLS.get(key[-2], key[-2]),
            int(key[-1]),
            data[0],
            counter["packets"],
            counter["bytes"],
        )


def _list_rule(value: dict[str, Any]) -> Iterator[Counted]:
    counters = [each["counter"] for each in value["expr"] if "counter" in each]
    fragment = read_forward_rule(read_nft_rule(value)) if counters else None
    if fragment is not None:
        yield Counted(
            fragment.note.owner,
            fragment.protocol,
            fragment.first_port,
            fragment.to_address,
            counters[0]["packets"],
            counters[0]["bytes"],
        )
