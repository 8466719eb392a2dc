# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the forwarding sysctls that the NAT rules of a namespace need."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, Optional, Set, Tuple, Union

from .._model.forwarding import FORWARDING_OFF, FORWARDING_ON, FORWARDING_ON_BY_US, forwarding_key
from .._model.nat import Dnat, ForwardingEnabled, Masquerade, NatResource, SavedSysctl
from .._model.netns import Sysctl
from .phases import Phase
from .projection import Projection

_ACCEPT_RA, _ACCEPT_RA_FORWARDING = "1", "2"
"""Values of accept_ra: from router advertisements an interface takes its default route, unless it forwards; even then."""


def _addressed(projection: Projection, netns: Optional[str]) -> FrozenSet[str]:
    """Interfaces with an IPv4 address: by these answers can come back when no way out is named."""
    return frozenset(
        link.name
        for link in projection.links_in(netns)
        if link.name != "lo" and any(":" not in text for text in link.addresses or ())
    )


def _forwarding_interfaces(
    resource: NatResource, addressed: FrozenSet[str]
) -> FrozenSet[Tuple[int, str]]:
    """(family, interface) by which the traffic of one thing comes in, both ways."""
    if not isinstance(resource, (Masquerade, Dnat)):
        return frozenset()
    if resource.family == 6:
        return frozenset({(6, "all")})
    named = resource.out_interface if isinstance(resource, Masquerade) else resource.in_interface
    names = addressed if named is None else {named}
    return frozenset(
        (4, name) for name in (*names, *([resource.device] if resource.device else ()))
    )


def _ipv6_key(interface: str, setting: str) -> str:
    return f"net/ipv6/conf/{interface}/{setting}"


def _save_sysctls(projection: Projection, netns: Optional[str]) -> List[SavedSysctl]:
    """Before IPv6 forwarding is opened: what it would take along, recorded; and an uplink goes on to learn its default route.

    Whenever one interface begins to forward, the kernel drops the default routes that were learned by those of which accept_ra
    is not 2. So that is the first to be set, and the last to be set back.
    """
    kept = []
    names = sorted(link.name for link in projection.links_in(netns))
    forwarding = {
        name: projection.current.sysctls.get((netns, _ipv6_key(name, "forwarding")))
        == FORWARDING_ON
        for name in (*names, "default")
    }
    for name in names:
        link, key = projection.links[netns, name], _ipv6_key(name, "accept_ra")
        learns = link.accept_ra and projection.current.sysctls.get((netns, key)) == _ACCEPT_RA
        if learns and not forwarding[name] and not link.bridge and name != "lo":
            kept.append(SavedSysctl(netns, name, "accept_ra"))
            projection.step(
                Phase.OPEN_FORWARDING,
                Sysctl(netns, key, _ACCEPT_RA),
                Sysctl(netns, key, _ACCEPT_RA_FORWARDING),
            )
    for name in [name for name, forwards in forwarding.items() if forwards]:
        kept.append(SavedSysctl(netns, name, "forwarding"))
        # The one switch for all takes it along when it is turned back: here, or when this is undone.
        own = Sysctl(netns, _ipv6_key(name, "forwarding"), FORWARDING_ON)
        projection.step(Phase.OPEN_FORWARDING, own, own, implied=True)
    return kept


def _restore_sysctls(
    projection: Projection, netns: Optional[str], kept: Iterable[SavedSysctl], closing: bool
) -> None:
    """When IPv6 forwarding is not ours to hold open any more: what was recorded is set back. ``closing``: it is closed with that."""
    for resource in sorted(kept, key=lambda resource: resource.setting, reverse=True):
        key = _ipv6_key(resource.interface, resource.setting)
        value = projection.current.sysctls.get((netns, key))
        if resource.setting == "accept_ra" and value == _ACCEPT_RA_FORWARDING:
            projection.step(
                Phase.CLOSE_FORWARDING, Sysctl(netns, key, value), Sysctl(netns, key, _ACCEPT_RA)
            )
        elif resource.setting == "forwarding" and value is not None and closing:
            projection.step(
                Phase.CLOSE_FORWARDING, Sysctl(netns, key, value), Sysctl(netns, key, FORWARDING_ON)
            )


def _enabled_by_us(projection: Projection, netns: Optional[str]) -> Set[Tuple[int, str]]:
    """What bears our value: (family, interface)."""
    found = {
        (4, link.name)
        for link in projection.links_in(netns)
        if projection.current.sysctls.get((netns, forwarding_key(4, link.name)))
        == FORWARDING_ON_BY_US
    }
    return found | (
        {(6, "all")}
        if projection.current.sysctls.get((netns, forwarding_key(6, "all"))) == FORWARDING_ON_BY_US
        else set()
    )


def plan_forwarding(
    projection: Projection,
    netns: Optional[str],
    before: Dict[Tuple[object, ...], NatResource],
    rules: Iterable[NatResource],
) -> List[Union[ForwardingEnabled, SavedSysctl]]:
    """What must be recorded as opened by us, and as it was before; steps for the switches themselves."""
    needed: Set[Tuple[int, str]] = set()
    addressed = _addressed(projection, netns)
    for rule in rules:
        needed |= _forwarding_interfaces(rule, addressed)
    recorded = {
        (resource.family, resource.interface)
        for resource in before.values()
        if isinstance(resource, ForwardingEnabled)
    }
    # Of what is not noted any more, as much as this is about: all of it when nothing of ours is left.
    noted = {
        (family, interface)
        for family, interface in _enabled_by_us(projection, netns)
        if (family, interface) in needed or not needed
    }
    recorded |= noted
    kept = {
        resource.key: resource for resource in before.values() if isinstance(resource, SavedSysctl)
    }
    opened: List[Union[ForwardingEnabled, SavedSysctl]] = []
    for family, interface in sorted(needed):
        key = forwarding_key(family, interface)
        inherited = forwarding_key(family, "default")
        value = projection.current.sysctls.get(
            (netns, key), projection.current.sysctls.get((netns, inherited), FORWARDING_OFF)
        )
        closed = value in (FORWARDING_OFF, None)
        if closed:
            if family == 6:
                kept.update(
                    (resource.key, resource) for resource in _save_sysctls(projection, netns)
                )
            projection.step(
                Phase.OPEN_FORWARDING,
                Sysctl(netns, key, value),
                Sysctl(netns, key, FORWARDING_ON_BY_US),
            )
        if closed or (family, interface) in recorded:
            opened.append(ForwardingEnabled(netns, family, interface))
    everybody = projection.current.sysctls.get((netns, forwarding_key(4, "all"))) == FORWARDING_ON
    for family, interface in sorted(recorded - needed):
        key = forwarding_key(family, interface)
        gone = family == 4 and (netns, interface) not in projection.links
        value = projection.current.sysctls.get((netns, key))
        is_open = value in (FORWARDING_ON, FORWARDING_ON_BY_US)
        if (gone or not (family == 4 and everybody)) and is_open:
            # The switch of a link that leaves goes with it, and comes back after it when this is undone.
            projection.step(
                Phase.LEAVE if gone else Phase.CLOSE_FORWARDING,
                Sysctl(netns, key, value),
                Sysctl(netns, key, FORWARDING_OFF),
                implied=gone,
            )
        if family == 6:
            _restore_sysctls(projection, netns, kept.values(), closing=is_open)
            kept.clear()
    return [*opened, *kept.values()]
