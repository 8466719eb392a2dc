# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for what is removed, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .._model.cni import CniAttachment
from .._model.errors import Conflict, SeveralRefused
from .._model.links import Link, Veth
from .._model.netns import HostsFile, Netns, Resolver, Sysctl
from .._model.ovs import OVS_KIND, OvsBridge, OvsPort
from .._model.processes import LabProcess
from .._model.routes import Route
from .._model.services import Service
from .kinds import find_removal_planner, plan_all_removals, require_step, steps
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.resources import Resource
    from .projection import Projection

_Kind = TypeVar("_Kind")
_ByKind = dict[type, list[Any]]
"""Resources by their kind, in the order in which they are listed."""


def plan_removals(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan to remove resources, and what killed runs left behind.

    :raises Refused: if one must not be removed.
    """
    # Leftovers go first: they have no owner whose rules apply, and occupy names.
    _remove_leftovers(projection)
    _plan_unwanted(projection, unwanted)
    # It is known now which links and namespaces are created anew, without the sysctls of those they
    # replace.
    _drop_sysctls(projection)


def _remove_leftovers(projection: Projection) -> None:
    """Plan to remove what killed runs left behind, if this process carries kinds of it.

    If not, it stays for a run that does.
    """
    if projection.current.own_stale_names and steps.remove_stale_names is not None:
        steps.remove_stale_names(projection)
    if projection.current.unfinished and steps.remove_unfinished is not None:
        steps.remove_unfinished(projection)


def _plan_unwanted(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan to remove resources, those first that depend on others.

    Settings of links, sysctls and resolver configurations go with their link or namespace. The
    rules of a namespace are planned with the wanted ones.
    """
    if not unwanted:
        return
    by_kind: _ByKind = {}
    for resource in unwanted:
        by_kind.setdefault(type(resource), []).append(resource)
    # A service leaves a namespace before that is removed.
    plan_all_removals(projection, _of_kind(by_kind, Service))
    # A process that is ended holds no namespace.
    plan_all_removals(projection, _of_kind(by_kind, LabProcess))
    # What plugins of CNI made in a namespace or on a bridge goes before these.
    plan_all_removals(projection, _of_kind(by_kind, CniAttachment))
    if steps.detach_replaced is not None:
        steps.detach_replaced(projection)
    # Routes go before the links that would take them along.
    plan_all_removals(projection, _of_kind(by_kind, Route))
    # A bridge takes its ports along.
    plan_all_removals(projection, _of_kind(by_kind, OvsBridge))
    plan_all_removals(projection, _of_kind(by_kind, OvsPort))
    if steps.clear_ids is not None:
        steps.clear_ids(projection, unwanted)
    _remove_links(projection, by_kind)
    # Namespaces come last: whatever is left in them is removed with them, or given back to the
    # host.
    _remove_namespaces(projection, _of_kind(by_kind, Netns))
    plan_all_removals(projection, _of_kind(by_kind, HostsFile))
    plan_all_removals(projection, _of_kind(by_kind, Resolver))


def _remove_namespaces(projection: Projection, namespaces: Sequence[Netns]) -> None:
    """Plan to remove namespaces.

    :raises NetnsError: with the reasons of all that must not be removed.
    """
    if not namespaces:
        return
    planner = find_removal_planner(namespaces[0])
    conflicts: list[Conflict] = []
    for netns in namespaces:
        try:
            planner(projection, netns)
        except Conflict as error:
            conflicts.append(error)
    if len(conflicts) > 1:
        raise SeveralRefused(conflicts)
    if conflicts:
        raise conflicts[0]


def _of_kind(by_kind: _ByKind, kind: type[_Kind]) -> list[_Kind]:
    return by_kind.get(kind, [])


def _remove_links(projection: Projection, by_kind: _ByKind) -> None:
    # The interface of a bridge of Open vSwitch goes with that.
    links = [link for link in _of_kind(by_kind, Link) if link.kind != OVS_KIND]
    veths = _of_kind(by_kind, Veth)
    if not links and not veths:
        return
    removed_namespaces = {netns.name for netns in _of_kind(by_kind, Netns)}
    remove_links = require_step(steps.remove_links, Link)
    remove_links(projection, links, veths, removed_namespaces)


def _drop_sysctls(projection: Projection) -> None:
    """Plan that a link or namespace does not have the kernel parameters of the one it replaces.

    A rollback sets them again.
    """
    replaced = projection.cleared & projection.request.link_refs
    removed = projection.current.namespaces.keys() - projection.namespaces.keys()
    removed -= projection.namespaces_of_others
    if not replaced and not removed:
        return
    for (netns, path), value in projection.current.sysctls.items():
        parts = path.split("/")
        of_link = len(parts) > 4 and parts[2] in ("conf", "neigh")
        if netns not in removed and not (of_link and (netns, parts[3]) in replaced):
            continue
        default = "/".join((*parts[:3], "default", *parts[4:]))
        if value in (None, projection.current.sysctls.get((netns, default))):
            # The replacement has the default value by itself.
            del projection.sysctls[netns, path]
        else:
            projection.remove(Sysctl(netns, path, value), Phase.LEAVE, implied=True)
