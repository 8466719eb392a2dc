# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns the parameters of a link into what is wanted on it, besides what it is itself."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Optional, Sequence

from .._model.bridge_vlans import MAX_VLAN, PortVlans
from .._model.changes import Resource
from .._model.errors import Refused
from .._model.impairments import DEFAULT_LIMIT, PARSERS, Impairment, is_unimpaired
from .._model.links import Link

_LIST = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def settings_resources(link: Link, params: Dict[str, Any], prefix: str) -> List[Resource]:
    """The VLANs of a port, and an impairment."""
    resources: List[Resource] = []
    for option in ("vlan", "vlans"):
        if params[option] is not None and not link.bridge:
            raise Refused(
                f"{prefix}{option}", params[option], "is a bridge port's; it needs bridge"
            )
    if params["vlan"] is not None or params["vlans"] is not None:
        resources.append(read_vlans(link.netns, link.name, params["vlan"], params["vlans"], prefix))
    if params["impairment"] is not None:
        impairment = read_impairment(
            link.netns, link.name, params["impairment"], f"{prefix}impairment"
        )
        if link.txqueuelen == 0 and not is_unimpaired(impairment):
            raise Refused(
                f"{prefix}txqueuelen",
                0,
                "excludes impairment, with which the kernel gives a link a queue of 1000",
            )
        resources.append(impairment)
    return resources


def read_impairment(
    netns: Optional[str], link: str, given: Dict[str, Any], parameter: str
) -> Impairment:
    """What a task asks for.

    :raises Refused: for words that are none of tc's, and what netem cannot do.
    """
    values: Dict[str, Any] = {
        name: read(f"{parameter}.{name}", given[name])
        for name, read in PARSERS.items()
        if given[name] is not None
    }
    for option in ("jitter", "reorder"):
        if values.get(option) and not values.get("delay"):
            raise Refused(
                f"{parameter}.{option}",
                given[option],
                "needs delay: only what is held back for a while can change its place",
            )
    limit = given["limit"]
    if limit is not None and not 1 <= limit < 2**32:
        raise Refused(f"{parameter}.limit", limit, "is a number of packets from 1 to 4294967295")
    wanted = Impairment(netns, link, **values, limit=limit)
    if is_unimpaired(wanted) or set(values) == {"rate"} and limit is None:
        return wanted
    return Impairment(netns, link, **values, limit=DEFAULT_LIMIT if limit is None else limit)


def read_vlans(
    netns: Optional[str],
    link: str,
    vlan: Optional[int],
    vlans: Optional[Sequence[str]],
    prefix: str,
) -> PortVlans:
    """What a task asks for.

    :raises Refused: for numbers that no VLAN has (1 to 4094), or that are named twice.
    """
    if vlan is not None and not 0 <= vlan <= MAX_VLAN:
        raise Refused(f"{prefix}vlan", vlan, f"is a VLAN from 1 to {MAX_VLAN}, or 0 for none")
    if vlans is None:
        return PortVlans(netns, link, vlan)
    seen: Dict[int, str] = {}
    for index, text in enumerate(vlans):
        path = f"{prefix}vlans[{index}]"
        for number in _read_range(path, text):
            if number == vlan:
                raise Refused(
                    path, text, f"has VLAN {vlan}, which is vlan: its frames have no tag here"
                )
            if number in seen:
                raise Refused(path, text, f"VLAN {number} stands at {seen[number]} already")
            seen[number] = path
    return PortVlans(netns, link, vlan, frozenset(seen))


def _read_range(path: str, text: str) -> Iterable[int]:
    found = _LIST.fullmatch(text)
    first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (0, 0)
    if not 1 <= first <= last <= MAX_VLAN:
        raise Refused(path, text, f"is a VLAN from 1 to {MAX_VLAN}, or a range of them, as 10-19")
    return range(first, last + 1)
