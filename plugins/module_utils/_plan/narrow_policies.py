# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a single policy can be planned although only the members that it names were observed.

A plan with all members would compute the guards anew. It makes the same ones, unless something
differs that the host itself shows: each port has its guard, with the address of its bridge, and no
two members have the same address. Whatever else it is, all members are observed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .._model.network_policies import (
    DIRECTIONS,
    LAB,
    MAX_COMPARISONS,
    NetworkPolicy,
    PortGuard,
    SourceCheck,
    is_damaged,
)
from .._model.resources import PolicyPart
from .policy_paths import PolicyPaths
from .projection import Projection
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import Link
    from .._model.network_policies import SinglePart


def is_enough(desired: DesiredState, members: Collection[str], current: CurrentState) -> bool:
    """Whether the plan of a task would be the same if all members had been observed.

    Some of them may have changed in a way that makes policies of others about them impossible. The
    next task finds that which observes them.

    :param members: those that the task names.
    """
    ruleset = current.rulesets.get(None)
    if ruleset is None or ruleset.damaged or current.attachments:
        return False
    parts = [
        rule
        for rule in ruleset.resources
        if isinstance(rule, PolicyPart) and rule.owner == desired.lab
    ]
    if any(map(is_damaged, parts)):
        return False
    guards = [part for part in parts if isinstance(part, (PortGuard, SourceCheck))]
    proved = tuple(guards)
    if proved == current.proved_guards:
        return True  # Only rules were observed since.
    is_proved = (
        _has_no_matrix(desired, parts, guards)
        and _are_as_made(desired.lab, guards, current)
        and _are_as_known(desired, members, guards, current)
    )
    current.proved_guards = proved if is_proved else None
    return is_proved


def _has_no_matrix(
    desired: DesiredState, parts: Iterable[PolicyPart], guards: Iterable[PolicyPart]
) -> bool:
    """Whether the policies of others alone have too many rules for a matrix of all members.

    Neither may one of them name a topology, whose networks may have changed.
    """
    keys = {resource.key for resource in (*desired.present, *desired.absent)}
    entries = [
        entry
        for part in parts
        if isinstance(part, NetworkPolicy) and part.key not in keys
        for direction in DIRECTIONS
        for entry in part.entries(direction) or ()
    ]
    if LAB in {kind for entry in entries for kind, _value in entry.peers}:
        return False
    addresses = {address for guard in guards for address in guard.addresses}
    return len(entries) * len(addresses) > MAX_COMPARISONS


def _are_as_made(
    lab: str | None, guards: Iterable[PortGuard | SourceCheck], current: CurrentState
) -> bool:
    """Whether each interface of the host to a member has its guard, and no other guard is left."""
    ports = {guard.interface: guard for guard in guards if isinstance(guard, PortGuard)}
    checks = {check.interface: check for check in guards if isinstance(check, SourceCheck)}
    if any(guard.netns is not None for guard in guards):
        return False
    used: Counter[str] = Counter()
    senders: dict[str, list[str]] = defaultdict(list)
    for link in [link for ref, link in current.links.items() if ref[0] is None]:
        bridge = current.links.get((None, link.bridge)) if link.bridge else None
        is_own = link.kind == "veth" and link.owner == lab
        guard = ports.pop(link.name, None)
        if bridge is not None and bridge.owner == lab:
            is_closed = is_own and link.isolated
            if guard is None or not (is_closed and guard.mac and guard.router == bridge.mac):
                return False
            senders[bridge.name] += guard.addresses
            used.update(guard.addresses)
        elif guard is not None:
            return False
        elif is_own or link.name in checks:
            check = checks.get(link.name)
            if check is None or not _is_made_for(check, link, lab):
                return False
            if not check.shared:
                senders[link.name] += check.addresses
                used.update(check.addresses)
    is_unique = all(count == 1 for count in used.values())
    found = {name: tuple(sorted(addresses)) for name, addresses in senders.items()}
    return is_unique and not ports and found == {n: check.addresses for n, check in checks.items()}


def _is_made_for(check: SourceCheck, link: Link, lab: str | None) -> bool:
    return link.owner == lab and link.kind == ("bridge" if check.shared else "veth")


def _are_as_known(
    desired: DesiredState,
    members: Collection[str],
    guards: Iterable[PortGuard | SourceCheck],
    current: CurrentState,
) -> bool:
    """Whether the members that the task names have the guards that a plan would make for them."""
    projection = Projection(Request(desired), current)
    paths = PolicyPaths(projection)
    if not paths.addresses.keys() >= {*members} or paths.faults:
        return False
    known = {guard.key: guard for guard in guards}
    return all(_holds(known.get(guard.key), guard) for guard in paths.guards())


def _holds(known: PortGuard | SourceCheck | None, guard: PortGuard | SourceCheck) -> bool:
    """Whether a guard is known. What enters by a bridge is also that of members not observed."""
    if not (isinstance(known, SourceCheck) and isinstance(guard, SourceCheck) and guard.shared):
        return known == guard
    return known.shared and {*known.addresses} >= {*guard.addresses}


def list_guards(projection: Projection, paths: PolicyPaths) -> Sequence[SourceCheck | PortGuard]:
    """The guards of the topology; they stay as they are if not all members were observed."""
    if not projection.current.is_narrow:
        return [*paths.guards()]
    ruleset = projection.current.rulesets.get(None)
    return [
        rule
        for rule in (ruleset.resources if ruleset else ())
        if isinstance(rule, (PortGuard, SourceCheck)) and rule.owner == projection.request.lab
    ]


def select_planned(
    projection: Projection, wanted: Iterable[SinglePart], rules: Sequence[PolicyPart]
) -> Sequence[PolicyPart]:
    """The rules that have to be planned: of a narrow task those that it wants.

    All others are as they were. If the task wants none, they all are looked at.
    """
    keys = {part.key for part in wanted}
    if not (projection.current.is_narrow and keys):
        return rules
    return [rule for rule in rules if rule.key in keys]
