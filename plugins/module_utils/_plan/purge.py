# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orphans of a topology: what belongs to it and is not wanted any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.resources import describe_resource
from .._model.host_access import HostAccess
from .._model.links import Link, LinkRef, Veth
from .._model.nat import Isolation, SpoofCheck
from .._model.network_policies import POLICY_GUARDS
from .._model.ovs import NO_OVS, OVS_KIND, OvsBridge, OvsPort
from .._model.routes import Route, route_protocol
from .notices import LeftAlone
from .unproven import find_unproven

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.netns import Netns, NetnsFile
    from .._model.processes import LabProcess
    from .._model.resources import Resource

_Keys = set[tuple[Any, ...]]


def wanted_keys(present: tuple[Resource, ...]) -> _Keys:
    """The keys of wanted resources; of a veth pair those of its ends."""
    keys: _Keys = set()
    for resource in present:
        if isinstance(resource, Veth):
            keys |= {resource.end.key, resource.peer.key}
        else:
            keys.add(resource.key)
    return keys


def find_orphans(desired: DesiredState, current: CurrentState) -> list[Resource]:
    """The resources of the topology that are not wanted.

    A veth pair is listed by one end. What goes with an unwanted namespace is not listed. Policies
    of the module netns_policy are none, until the whole topology goes.
    """
    wanted = wanted_keys(desired.present)
    namespaces: list[Netns] = [
        netns
        for netns in current.namespaces.values()
        if netns.is_of(desired.lab) and netns.key not in wanted
    ]
    names = {netns.name for netns in namespaces}
    removed = {netns.name for netns in namespaces if netns.attached is None}
    orphans: list[Resource] = [*namespaces, *_orphan_links(desired, current, wanted, removed)]
    orphans += _orphan_switches(desired, current, wanted)
    processes = [
        process
        for process in current.lab_processes.values()
        if process.owner == desired.lab and process.key not in wanted
    ]
    orphans += processes
    orphans += [
        file
        for file in _files_of(processes, current)
        if file.owner == desired.lab and file.key not in wanted and file.netns not in names
    ]
    orphans += [
        attachment
        for attachment in current.attachments.values()
        if attachment.owner == desired.lab and attachment.key not in wanted
    ]
    orphans += [
        route
        for route in routes_of_lab(desired.lab or "", current)[0]
        if route.netns not in removed and route.key not in wanted
    ]
    return [*orphans, *_orphan_rules(desired, current, wanted, removed)]


def _files_of(processes: Sequence[LabProcess], current: CurrentState) -> list[NetnsFile]:
    """The files of namespaces that go with a topology and its processes."""
    files: list[NetnsFile] = [*current.hosts_files.values()]
    if processes:
        from .name_servers import find_resolvers_of

        files += find_resolvers_of(processes, current)
    return files


def _orphan_rules(
    desired: DesiredState, current: CurrentState, wanted: _Keys, removed: set[str]
) -> Iterator[Resource]:
    """The rules that are not wanted, outside of removed namespaces."""
    for netns, ruleset in current.rulesets.items():
        if netns not in removed:
            yield from (
                rule
                for rule in ruleset.resources
                if getattr(rule, "owner", None) == desired.lab
                and rule.key not in wanted
                and not (getattr(rule, "single", False) and desired.present)
            )


def _orphan_switches(
    desired: DesiredState, current: CurrentState, wanted: _Keys
) -> Iterator[OvsBridge | OvsPort]:
    """The bridges of Open vSwitch that are not wanted, and the ports, which come first."""
    ovs = current.ovs or NO_OVS
    switches: list[OvsBridge | OvsPort] = [*ovs.ports.values(), *ovs.bridges.values()]
    for each in switches:
        if each.owner == desired.lab and each.key not in wanted:
            yield each


def _orphan_links(
    desired: DesiredState, current: CurrentState, wanted: _Keys, removed: set[str]
) -> Iterator[Link]:
    """The links that are not wanted, outside of removed namespaces."""
    seen: set[LinkRef] = set()
    for link in current.links.values():
        if link.owner != desired.lab or link.name == "lo" or link.kind == OVS_KIND:
            continue
        if link.key in wanted or link.netns in removed or link.ref in seen:
            continue
        if link.peer is not None:
            if ("link", *link.peer) in wanted or link.peer[0] in removed:
                continue
            seen.add(link.peer)
        seen.add(link.ref)
        yield link


def routes_of_lab(lab: str, current: CurrentState) -> tuple[list[Route], list[Route]]:
    """The routes with the protocol number of a topology, by whether they are its own.

    Another topology on this host may have the same number. Then a route is its own if it is in a
    namespace or through a link of the topology.

    :returns: its own routes, and those that may be of either topology.
    """
    others = current.labs_with_same_route_protocol(lab)
    number = route_protocol(lab)
    own: list[Route] = []
    unclear: list[Route] = []
    for routes in current.routes.values():
        for route in routes:
            if route.protocol != number:
                continue
            if not others or current.holds_route_of(lab, route):
                own.append(route)
            elif not any(current.holds_route_of(other, route) for other in others):
                unclear.append(route)
    return own, unclear


def find_left_alone(
    desired: DesiredState, current: CurrentState, orphans: Sequence[Resource]
) -> Iterator[LeftAlone]:
    """The resources of the topology that are not wanted and stay."""
    if desired.lab is None:
        return
    yield from find_unproven(desired.lab, current, orphans if desired.purge else ())
    if not desired.purge:
        for text in describe_purged(orphans):
            yield LeftAlone(text, "not listed any more; set purge: true to remove it")
        return
    wanted = wanted_keys(desired.present)
    others = sorted(current.labs_with_same_route_protocol(desired.lab))
    for route in routes_of_lab(desired.lab, current)[1]:
        if route.key not in wanted:
            yield LeftAlone(
                describe_resource(route),
                f"may belong to topology {others[0]}, whose routes have the same protocol number; "
                "a netns_route task can remove it",
            )


def describe_purged(orphans: Sequence[Resource]) -> tuple[str, ...]:
    """Orphans in words, without isolation, spoof checks and host access: rules of an interface."""
    return tuple(
        describe_resource(resource)
        for resource in orphans
        if not isinstance(resource, (SpoofCheck, Isolation, HostAccess, *POLICY_GUARDS))
        and not (isinstance(resource, OvsPort) and not resource.type)
    )
