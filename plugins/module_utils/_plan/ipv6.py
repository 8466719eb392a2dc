# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where IPv6 is disabled the kernel takes no IPv6 address: that is known beforehand."""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple

from .._describe.places import describe_location
from .._model.errors import Refused
from .._model.links import LinkRef
from .._model.netns import DEFAULT_DISABLE_IPV6, Sysctl
from .projection import Projection

_DisableIpv6 = Dict[Tuple[Optional[str], str], str]
"""What the task sets: (netns, interface, all or default) and the value."""


def check_ipv6_enabled(projection: Projection, wanted: Sequence[Sysctl]) -> None:
    """Of the addresses that are added."""
    added = [(place, address) for place, address in projection.added if ":" in address]
    if not added:
        return
    paths = [(one, one.key_path.split("/")) for one in wanted]
    told: _DisableIpv6 = {
        (one.netns, path[3]): one.value
        for one, path in paths
        if path[:3] == ["net", "ipv6", "conf"]
        and path[-1] == "disable_ipv6"
        and one.value is not None
    }
    for place, address in added:
        switch = _find_switch(projection, told, place)
        if switch is not None:
            rule = f"{place[1]} {describe_location(place[0])} has no IPv6 (net.ipv6.conf.{switch}.disable_ipv6 is not 0)"
            raise Refused("addresses", address, rule)


def _find_switch(projection: Projection, told: _DisableIpv6, place: LinkRef) -> Optional[str]:
    """What disables IPv6 on a link when it gets its addresses."""
    netns, name = place
    if place in told:
        return name if told[place] != "0" else None
    if place in projection.current.links:
        if _is_changed(projection, told, netns, "all"):
            return "all" if told[netns, "all"] != "0" else None
        return name if place in projection.current.ipv6_disabled else None
    general = (
        "all"
        if (netns, "default") not in told and _is_changed(projection, told, netns, "all")
        else "default"
    )
    value = told.get(
        (netns, general), projection.current.sysctls.get((netns, DEFAULT_DISABLE_IPV6))
    )
    return general if value not in (None, "0") else None


def _is_changed(
    projection: Projection, told: _DisableIpv6, netns: Optional[str], name: str
) -> bool:
    """Whether the task writes it. Written for all, it is set on each link, and for those to come."""
    return (netns, name) in told and told[netns, name] != projection.current.sysctls.get(
        (netns, f"net/ipv6/conf/{name}/disable_ipv6")
    )
