# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the forwarding sysctls that the NAT rules of a namespace need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from .._describe.places import describe_netns
from .._model.addresses import family_of
from .._model.forwarding import FORWARDING_OFF, FORWARDING_ON, FORWARDING_ON_BY_US, forwarding_key
from .._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade, SavedSysctl
from .._model.netns import Sysctl
from .._model.network_policies import forwarding_between_members
from .forwarding_effects import restore_sysctls, save_sysctls
from .nat_networks import links_with_ipv4, own_addresses
from .phases import Phase
from .sysctl_effects import (
    change_sysctl,
    check_not_contradicted,
    find_opening_phase,
    restore_wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.resources import NatResource
    from .projection import Projection

_Interface = tuple[int, str]
"""An interface that forwards: (family, name); ``all`` for IPv6."""
_FOR_ALL = (6, "all")
_Resource = Union[ForwardingEnabled, SavedSysctl]


def plan_forwarding(
    projection: Projection,
    netns: str | None,
    before: dict[tuple[object, ...], NatResource],
    rules: Iterable[NatResource],
) -> list[_Resource]:
    """Plan that forwarding is enabled where rules need it, and disabled where none does any more.

    :param before: the rules that the namespace has, by key.
    :param rules: the rules that it will have.
    :returns: what is recorded among the rules, so that it can be set back: where forwarding was
        enabled by us, and what other parameters were before.
    """
    needed = _needed_interfaces(projection, netns, rules)
    recorded = _recorded_interfaces(projection, netns, before, needed)
    saved = {
        resource.key: resource for resource in before.values() if isinstance(resource, SavedSysctl)
    }
    enabled: list[_Resource] = []
    for interface in sorted(needed):
        is_off = _is_forwarding_off(projection, netns, interface)
        if is_off:
            if interface[0] == 6:
                for resource in save_sysctls(projection, netns):
                    saved[resource.key] = resource
            _enable(projection, netns, interface)
        if is_off or interface in recorded:
            enabled.append(ForwardingEnabled(netns, *interface))
    disabled = [it for it in sorted(recorded - needed) if _disable(projection, netns, it)]
    if _FOR_ALL not in needed:
        # Where another program enabled forwarding, what it needs stays as well.
        if _FOR_ALL in recorded or _is_forwarding_off(projection, netns, _FOR_ALL):
            is_off = _FOR_ALL in disabled
            restore_sysctls(projection, netns, saved.values(), with_forwarding=is_off)
        saved.clear()
    return [*enabled, *saved.values()]


def _needed_interfaces(
    projection: Projection, netns: str | None, rules: Iterable[NatResource]
) -> set[_Interface]:
    needed: set[_Interface] = set()
    rules = list(rules)
    with_ipv4 = links_with_ipv4(projection, netns)
    own = own_addresses(projection, netns)
    needed |= _interfaces_within_labs(rules) | forwarding_between_members(rules)
    for rule in rules:
        # What leads to an address of the host itself is not forwarded.
        if isinstance(rule, Dnat) and rule.to_address in own:
            continue
        needed |= _forwarding_interfaces(rule, with_ipv4)
    # A rule that is kept may name an interface that is gone: that has no settings.
    return {it for it in needed if it == _FOR_ALL or (netns, it[1]) in projection.links}


def _recorded_interfaces(
    projection: Projection,
    netns: str | None,
    before: dict[tuple[object, ...], NatResource],
    needed: set[_Interface],
) -> set[_Interface]:
    """The interfaces whose forwarding this collection enabled.

    Where rules were flushed, the value shows it. It counts for the interfaces in question: the
    needed ones, or all when no rule is left. An interface on which somebody enabled forwarding
    since then forwards for others as well, as if it had before.
    """
    recorded = set()
    for resource in before.values():
        if isinstance(resource, ForwardingEnabled):
            if _is_enabled_by_others(projection, resource):
                key = forwarding_key(resource.family, resource.interface).replace("/", ".")
                projection.builder.warnings.append(
                    f"{_describe_forwarding(resource)} is no longer limited to the lab's traffic: "
                    f"another program enabled it ({key} = {FORWARDING_ON})"
                )
            else:
                recorded.add((resource.family, resource.interface))
    by_value = _enabled_by_us(projection, netns)
    return recorded | (by_value & needed if needed else by_value)


def _describe_forwarding(enabled: ForwardingEnabled) -> str:
    place = describe_netns(enabled.netns)
    if enabled.family == 6:
        return f"IPv6 forwarding of {place}"
    return f"IPv4 forwarding from {enabled.interface} of {place}"


def _is_enabled_by_others(projection: Projection, enabled: ForwardingEnabled) -> bool:
    key = forwarding_key(enabled.family, enabled.interface)
    return projection.sysctls.get((enabled.netns, key)) == FORWARDING_ON


def _forwarding_interfaces(rule: NatResource, with_ipv4: frozenset[str]) -> frozenset[_Interface]:
    """The interfaces by which the traffic of a rule comes in, in both directions."""
    if not isinstance(rule, (Masquerade, Dnat)):
        return frozenset()
    if rule.family == 6:
        return frozenset({_FOR_ALL})
    named = rule.out_interface if isinstance(rule, Masquerade) else rule.in_interface
    names = set(with_ipv4) if named is None else {named}
    if rule.device:
        names.add(rule.device)
    return frozenset((4, name) for name in names)


def _interfaces_within_labs(rules: Iterable[NatResource]) -> set[_Interface]:
    """The interfaces of isolated topologies with several networks, between which the host routes.

    The rules of the isolation forward what enters and leaves by interfaces of one topology.
    """
    by_lab: dict[tuple[str | None, int], set[str]] = {}
    for rule in rules:
        if isinstance(rule, Isolation):
            for network in rule.networks:
                by_lab.setdefault((rule.owner, family_of(network)), set()).add(rule.interface)
    return {
        (family, name if family == 4 else "all")
        for (_owner, family), names in by_lab.items()
        if len(names) > 1
        for name in names
    }


def _enabled_by_us(projection: Projection, netns: str | None) -> set[_Interface]:
    """The interfaces whose forwarding has the value that only this collection writes."""
    candidates = [(4, link.name) for link in projection.links.in_netns(netns)]
    candidates.append(_FOR_ALL)
    return {
        (family, name)
        for family, name in candidates
        if projection.sysctls.get((netns, forwarding_key(family, name))) == FORWARDING_ON_BY_US
    }


def _forwarding_value(
    projection: Projection, netns: str | None, interface: _Interface
) -> str | None:
    """The value of forwarding on an interface; a new one inherits that of ``default``."""
    family, name = interface
    inherited = projection.sysctls.get((netns, forwarding_key(family, "default")), FORWARDING_OFF)
    return projection.sysctls.get((netns, forwarding_key(family, name)), inherited)


def _is_forwarding_off(projection: Projection, netns: str | None, interface: _Interface) -> bool:
    return _forwarding_value(projection, netns, interface) in (FORWARDING_OFF, None)


def _enable(projection: Projection, netns: str | None, interface: _Interface) -> None:
    key = forwarding_key(*interface)
    value = _forwarding_value(projection, netns, interface)
    if projection.request.sysctls.get((netns, key)) == FORWARDING_OFF:
        reason = "the masquerading and port forwarding of this task need it"
        check_not_contradicted(projection, Sysctl(netns, key, FORWARDING_ON_BY_US), reason)
    phase = find_opening_phase(projection, (netns, interface[1]))
    change_sysctl(
        projection, Sysctl(netns, key, value), Sysctl(netns, key, FORWARDING_ON_BY_US), phase
    )
    restore_wanted(projection, netns, phase)


def _disable(projection: Projection, netns: str | None, interface: _Interface) -> bool:
    """Plan to disable forwarding on an interface.

    :returns: whether it is enabled now.
    """
    family, name = interface
    key = forwarding_key(family, name)
    value = projection.sysctls.get((netns, key))
    is_wanted = (netns, key) in projection.request.sysctls
    if is_wanted or value not in (FORWARDING_ON, FORWARDING_ON_BY_US):
        return False
    is_removed = family == 4 and (netns, name) not in projection.links
    for_all = projection.sysctls.get((netns, forwarding_key(4, "all"))) == FORWARDING_ON
    if is_removed or not (family == 4 and for_all):
        # The value of a link that is removed goes with the link. On rollback it is set after the
        # link is back.
        before, after = Sysctl(netns, key, value), Sysctl(netns, key, FORWARDING_OFF)
        if is_removed:
            projection.replace(before, after, Phase.LEAVE, implied=True)
        else:
            change_sysctl(projection, before, after, Phase.CLOSE_FORWARDING)
            restore_wanted(projection, netns, Phase.CLOSE_FORWARDING)
    return True
