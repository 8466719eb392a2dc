# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where IPv6 is disabled the kernel takes no IPv6 address: that is known beforehand."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple

from .._describe.places import say_where
from .._model.errors import Refused
from .._model.links import Place
from .._model.netns import INET6_OF_NEW, Sysctl
from .projection import Draft

_Switches = Dict[Tuple[Optional[str], str], str]
"""What the task sets: (netns, interface, all or default) and the value."""


def check_inet6(draft: Draft, wanted: Sequence[Sysctl]) -> None:
    """Of the addresses that are added."""
    added = [(place, address) for place, address in draft.added if ":" in address]
    if not added:
        return
    paths = [(one, one.key_path.split("/")) for one in wanted]
    told: _Switches = {
        (one.netns, path[3]): one.value
        for one, path in paths
        if path[:3] == ["net", "ipv6", "conf"]
        and path[-1] == "disable_ipv6"
        and one.value is not None
    }
    for place, address in added:
        switch = _find_switch(draft, told, place)
        if switch is not None:
            rule = f"{place[1]} {say_where(place[0])} has no IPv6 (net.ipv6.conf.{switch}.disable_ipv6 is not 0)"
            raise Refused("addresses", address, rule)


def _find_switch(draft: Draft, told: _Switches, place: Place) -> Optional[str]:
    """What disables IPv6 on a link when it gets its addresses."""
    netns, name = place
    if place in told:
        return name if told[place] != "0" else None
    if place in draft.there.links:
        if _is_changed(draft, told, netns, "all"):
            return "all" if told[netns, "all"] != "0" else None
        return name if place in draft.there.deaf else None
    general = (
        "all"
        if (netns, "default") not in told and _is_changed(draft, told, netns, "all")
        else "default"
    )
    value = told.get((netns, general), draft.there.sysctls.get((netns, INET6_OF_NEW)))
    return general if value not in (None, "0") else None


def _is_changed(draft: Draft, told: _Switches, netns: Optional[str], name: str) -> bool:
    """Whether the task writes it. Written for all, it is set on each link, and for those to come."""
    return (netns, name) in told and told[netns, name] != draft.there.sysctls.get(
        (netns, f"net/ipv6/conf/{name}/disable_ipv6")
    )
