# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the sysctls by which the interface of an isolated lab takes part in the guard.

With rp_filter, the kernel looks up the way back to the sender of each packet that it forwards. With
src_valid_mark, it does so with the packet's mark. Without a mark this look-up meets the policy
routing rule that guards the networks of the lab (``_firewall/guard``), and the packet is dropped.
So a lab whose packet filter rules are gone sends nothing to other networks. IPv6 has no such
look-up, and its policy routing rules suffice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.forwarding import MARK_VALID_BY_US, REVERSE_PATH, VALID_MARK, reverse_path_key
from .._model.nat import Dnat, ForwardingEnabled, Isolation, Masquerade
from .._model.netns import Sysctl
from .phases import Phase
from .sysctl_effects import check_not_contradicted, find_opening_phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._model.resources import NatResource
    from .projection import Projection

_OFF = "0"


def plan_reverse_path(
    projection: Projection, before: Iterable[NatResource], rules: Iterable[NatResource]
) -> None:
    """Plan these sysctls for the interfaces that ``rules`` isolate, and no longer for others.

    An interface that does not exist yet will have the values of ``default``.
    """
    isolated = {ref for ref in _isolated_links(rules) if ref in projection.links}
    for netns, name in sorted(isolated, key=str):
        for setting, value in REVERSE_PATH.items():
            current = _value(projection, netns, name, setting)
            # The lab may have been open until now: then the mark is valid for another reason.
            if current in (_OFF, None) or (setting == VALID_MARK and current == MARK_VALID_BY_US):
                _set(projection, netns, name, setting, value, Phase.OPEN_FORWARDING)
    for netns, name in sorted(_isolated_links(before) - isolated, key=str):
        if (netns, name) in projection.links:
            for setting, value in REVERSE_PATH.items():
                default = _value(projection, netns, "default", setting) or _OFF
                if _value(projection, netns, name, setting) == value != default:
                    _set(projection, netns, name, setting, default, Phase.CLOSE_FORWARDING)


def plan_marked_reverse_path(
    projection: Projection, before: Iterable[NatResource], after: Iterable[NatResource]
) -> None:
    """Plan that packets which enter by interfaces that we opened are looked up with their mark.

    The guard drops what enters by an opened interface without a mark, and the look-up of the way
    back is one for the interface by which a packet leaves. It matters where traffic leaves by an
    opened interface that belongs to no isolated lab.
    """
    after = list(after)
    isolated = {(rule.netns, rule.interface) for rule in after if isinstance(rule, Isolation)}
    wanted = set(_forwarding_links(after)) if _leaves_elsewhere(after, isolated) else set()
    for netns, name in sorted(wanted - isolated, key=str):
        key = reverse_path_key(name, VALID_MARK)
        is_unknown = (netns, key) not in projection.sysctls
        if is_unknown and (netns, name) in projection.current.links:
            continue
        if _value(projection, netns, name, VALID_MARK) in (_OFF, None):
            phase = find_opening_phase(projection, (netns, name))
            _set(projection, netns, name, VALID_MARK, MARK_VALID_BY_US, phase)
    for netns, name in sorted(set(_forwarding_links(before)) - wanted, key=str):
        is_ours = _value(projection, netns, name, VALID_MARK) == MARK_VALID_BY_US
        if is_ours and (netns, name) in projection.links:
            _set(projection, netns, name, VALID_MARK, _OFF, Phase.CLOSE_FORWARDING)


def _forwarding_links(rules: Iterable[NatResource]) -> Iterator[tuple[str | None, str]]:
    for rule in rules:
        if isinstance(rule, ForwardingEnabled) and rule.family == 4:
            yield rule.netns, rule.interface


def _leaves_elsewhere(rules: Iterable[NatResource], isolated: set[tuple[str | None, str]]) -> bool:
    """Whether rules of IPv4 serve a network whose interface is not isolated."""
    return any(
        isinstance(rule, (Masquerade, Dnat))
        and rule.family == 4
        and (rule.netns, rule.device or "") not in isolated
        for rule in rules
    )


def _isolated_links(rules: Iterable[NatResource]) -> set[tuple[str | None, str]]:
    return {
        (rule.netns, rule.interface)
        for rule in rules
        if isinstance(rule, Isolation) and any(family_of(text) == 4 for text in rule.networks)
    }


def _value(projection: Projection, netns: str | None, name: str, setting: str) -> str | None:
    inherited = projection.sysctls.get((netns, reverse_path_key("default", setting)))
    return projection.sysctls.get((netns, reverse_path_key(name, setting)), inherited)


def _set(
    projection: Projection, netns: str | None, name: str, setting: str, value: str, phase: Phase
) -> None:
    key = reverse_path_key(name, setting)
    if value != _OFF and projection.request.sysctls.get((netns, key)) == _OFF:
        reason = "the masquerading and port forwarding of this task need it"
        check_not_contradicted(projection, Sysctl(netns, key, value), reason)
    before = _value(projection, netns, name, setting)
    projection.replace(Sysctl(netns, key, before), Sysctl(netns, key, value), phase)
