# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: the changes that lead from the current state of a host to the desired state.

It is computed without side effects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_dataclass import dataclass
from .._model.links import Link, LinkRef, Veth
from .._model.occurrence import occurs
from .._model.resources import NatRule
from .._model.routes import Route
from .kinds import steps
from .namespaces import check_host_names
from .present import plan_wanted
from .projection import Projection
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .host_state import HostState
    from .kinds import Unwanted
    from .notices import LeftAlone


@dataclass(frozen=True)
class Plan:
    """The changes in order, and what is to be reported with them."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    """What check mode assumes."""
    purged: tuple[str, ...] = ()
    """The orphans of the topology that are removed."""
    left_alone: tuple[LeftAlone, ...] = ()
    """The orphans of the topology that stay."""
    warnings: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    """What is probed when the changes have been applied, as actions."""
    awaits_attached: bool = False
    """Whether more changes are due when plugins of CNI have attached what the plan says."""


def plan(desired: DesiredState, current: CurrentState, assume: bool = False) -> Plan:
    """The changes from the current to the desired state; none when the host is as desired.

    :param assume: assume missing namespaces and links, with a note: an earlier task would have
        created them.
    :raises Refused: if the desired state breaks a rule on this host. Nothing has been touched then.
    """
    planned, _after = project(desired, current, assume)
    return planned


def project(
    desired: DesiredState, current: CurrentState, assume: bool = False
) -> tuple[Plan, HostState]:
    """What ``plan`` returns, and the host as it will be after the plan."""
    if steps.with_ovs_ports is not None:
        desired = steps.with_ovs_ports(desired, current)
    check_host_names(desired, current)
    unwanted, purged, left_alone = _list_unwanted(desired, current)
    warnings: list[str] = []
    if current.attach_targets and steps.leave_out_ended is not None:
        desired, ended, warnings = steps.leave_out_ended(desired, current)
        unwanted += ended
    projection = Projection(Request(desired, assume), current)
    projection.builder.warnings += warnings
    # Removals are planned first, so that the places which they free are free for what is wanted.
    # The phases of their steps put them into the order in which they are applied.
    if unwanted or has_leftovers(current):
        from .absent import plan_removals

        plan_removals(projection, unwanted)
    plan_wanted(projection)
    _keep_bridge_macs(projection)
    # Probes need all namespaces.
    probes = steps.plan_probes(projection) if desired.probes and steps.plan_probes else ()
    # Rules need all links, addresses and routes.
    _plan_rulesets(projection, unwanted)
    if desired.persistence is not None and steps.plan_persistence is not None:
        steps.plan_persistence(projection)
    changes = _order_changes(projection.builder.changes())
    warnings = [*projection.builder.warnings, *_compose_warnings(desired, current, changes)]
    planned = Plan(
        changes=changes,
        notes=tuple(projection.builder.notes),
        purged=purged,
        left_alone=left_alone,
        warnings=tuple(warnings),
        probes=probes,
        awaits_attached=projection.awaits_attached,
    )
    return planned, projection


def _keep_bridge_macs(projection: Projection) -> None:
    if projection.builder.steps and steps.keep_bridge_macs is not None:
        steps.keep_bridge_macs(projection)


def _list_unwanted(desired: DesiredState, current: CurrentState) -> Unwanted:
    is_of_lab = desired.lab is not None and not desired.single
    if is_of_lab and steps.list_unwanted is not None:
        return steps.list_unwanted(desired, current)
    return list(desired.absent), (), ()


def has_leftovers(current: CurrentState) -> bool:
    """Whether killed runs left names or links behind."""
    return bool(current.own_stale_names) or bool(current.unfinished)


def _compose_warnings(
    desired: DesiredState, current: CurrentState, changes: Sequence[Change]
) -> Iterable[str]:
    if not (changes or desired.lab or current.blocking_chains or current.netns_dir_unsafe):
        return ()
    from .notices import compose_warnings

    return compose_warnings(desired, current, changes)


def _plan_rulesets(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan the rules of all namespaces, if there are rules or will be."""
    desired = projection.request.desired
    if (
        desired.lab is None
        and not projection.current.rulesets
        and not occurs(NatRule, (*desired.present, *unwanted))
    ):
        return
    if steps.plan_rulesets is not None:
        steps.plan_rulesets(projection, unwanted)


def _order_changes(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Put the removal of a route first if its link is moved, removed or set down before it.

    The kernel drops the route with that. A rollback then restores a route after its link.
    """
    left: set[LinkRef] = set()
    dropped: list[Change] = []
    others: list[Change] = []
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, (Link, Veth)):
            left.update(_left_places(before, after))
        route = before if after is None else None
        if isinstance(route, Route) and (route.netns, route.device or "") in left:
            dropped.append(change._replace(implied=True))
        else:
            others.append(change)
    return (*dropped, *others)


def _left_places(before: Link | Veth, after: Resource | None) -> list[LinkRef]:
    """Where a link is not any more after a change, or has no routes any more."""
    if isinstance(before, Veth):
        return [before.end.ref, before.peer.ref]
    if not isinstance(after, Link) or after.ref != before.ref:
        return [before.ref]
    return [before.ref] if before.up and after.up is False else []
