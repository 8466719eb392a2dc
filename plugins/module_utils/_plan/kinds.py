# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions that plan wanted and unwanted resources, by kind.

The file of a kind is imported when a resource of that kind occurs: to compile all files takes much
longer than to plan a single resource.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, Callable, Union

from .._model.bridge_vlans import PortVlans
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.nat import NAT_RULES, NatRule
from .._model.netns import Netns, Resolver, Sysctl
from .._model.routes import Route
from .projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Resource

DesiredResource = Union[Netns, Link, Veth, PortVlans, Impairment, Sysctl, Resolver, Route, NatRule]
"""The kinds that a task can ask for. The others are only parts of changes and observations."""


Planner = Callable[[Projection, Any], None]


@singledispatch
def find_planner(wanted: DesiredResource) -> Planner:
    """The function that plans wanted resources of this kind; links are of a kind by their type.

    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(wanted).__name__}: no task asks for a resource of this kind")


@singledispatch
def find_removal_planner(unwanted: DesiredResource) -> Planner:
    """The function that plans the removal of resources of this kind.

    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(unwanted).__name__}: no task removes a resource of this kind")


def plan_all(projection: Projection, wanted: Sequence[DesiredResource]) -> None:
    """Plan wanted resources of one kind.

    :raises Refused: if one breaks a rule on this host.
    """
    if wanted:
        planner = find_planner(wanted[0])
        for resource in wanted:
            planner(projection, resource)


def plan_all_removals(projection: Projection, unwanted: Sequence[DesiredResource]) -> None:
    """Plan the removal of resources of one kind.

    :raises Refused: if one must not be removed.
    """
    if unwanted:
        planner = find_removal_planner(unwanted[0])
        for resource in unwanted:
            planner(projection, resource)


@find_planner.register(Netns)
def _plan_netns(_wanted: Netns) -> Planner:
    from .namespaces import plan_netns

    return plan_netns


@find_removal_planner.register(Netns)
def _plan_no_netns(_unwanted: Netns) -> Planner:
    from .namespace_removal import plan_no_netns

    return plan_no_netns


@find_planner.register(Link)
def _plan_link(wanted: Link) -> Planner:
    if wanted.name == "lo":
        from .loopbacks import plan_loopback

        return plan_loopback
    if wanted.kind == "bridge":
        from .bridges import plan_bridge

        return plan_bridge
    from .links import plan_link

    return plan_link


@find_removal_planner.register(Link)
def _plan_no_link(unwanted: Link) -> Planner:
    if unwanted.name == "lo":
        from .loopbacks import plan_no_addresses

        return plan_no_addresses
    from .link_removal import plan_no_link

    return plan_no_link


@find_planner.register(Veth)
def _plan_veth(_wanted: Veth) -> Planner:
    from .veths import plan_veth

    return plan_veth


@find_removal_planner.register(Veth)
def _plan_no_veth(_unwanted: Veth) -> Planner:
    from .link_removal import plan_no_veth

    return plan_no_veth


@find_planner.register(Route)
def _plan_route(_wanted: Route) -> Planner:
    from .routes import plan_route

    return plan_route


@find_removal_planner.register(Route)
def _plan_no_route(_unwanted: Route) -> Planner:
    from .routes import plan_no_route

    return plan_no_route


@find_planner.register(Sysctl)
def _plan_sysctl(_wanted: Sysctl) -> Planner:
    from .sysctls import plan_sysctl

    return plan_sysctl


@find_planner.register(Resolver)
def _plan_resolver(_wanted: Resolver) -> Planner:
    from .resolvers import plan_resolver

    return plan_resolver


@find_planner.register(PortVlans)
def _plan_port_vlans(_wanted: PortVlans) -> Planner:
    from .bridge_vlans import plan_port_vlans

    return plan_port_vlans


@find_planner.register(Impairment)
def _plan_impairment(_wanted: Impairment) -> Planner:
    from .impairments import plan_impairment

    return plan_impairment


def _plan_nothing(_projection: Projection, _resource: Resource) -> None:
    pass


def _goes_with_owner(_unwanted: Resource) -> Planner:
    """It is removed with its link or its namespace, and not by itself."""
    return _plan_nothing


for _kind in (Sysctl, Resolver, PortVlans, Impairment):
    find_removal_planner.register(_kind, _goes_with_owner)


def _is_planned_with_others(_rule: NatRule) -> Planner:
    """``plan_rulesets`` plans the rules of a namespace: they are replaced in one transaction."""
    return _plan_nothing


for _rule in NAT_RULES:
    find_planner.register(_rule, _is_planned_with_others)
    find_removal_planner.register(_rule, _is_planned_with_others)
