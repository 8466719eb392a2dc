# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The functions that plan wanted and unwanted resources, by kind.

The kinds that a module carries (``_kinds``) register them. The file of a function is imported when
a resource of its kind occurs: compiling all files takes much longer than planning one resource.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._model.fast_dataclass import dataclass
from .._model.fast_typing import NamedTuple
from .projection import Projection

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import Link, Veth
    from .._model.netns import Sysctl
    from .._model.resources import Resource
    from .notices import LeftAlone

    Unwanted = tuple[list[Resource], tuple[str, ...], tuple[LeftAlone, ...]]
    """The resources to remove, the removed orphans in words, and the orphans that stay."""

Planner = Callable[[Projection, Any], None]
_Step = TypeVar("_Step")


class LinkPlanner(NamedTuple):
    """What plans links other than bridges and veth pairs."""

    in_order: Callable[[list[Link]], list[Link]]
    plan: Planner
    check: Callable[[Projection, list[Link]], None]


@dataclass
class Steps:
    """The steps of the planner that some modules do not carry. Kinds set them."""

    remove_stale_names: Callable[[Projection], None] | None = None
    """Plans to remove names of namespaces that killed runs left behind."""
    remove_unfinished: Callable[[Projection], None] | None = None
    """Plans to remove links that killed runs left behind, which have no mark yet."""
    plan_loopbacks: Callable[[Projection, Sequence[Link]], None] | None = None
    """Plans wanted loopbacks."""
    plan_links: Callable[[Projection], None] | None = None
    """Plans wanted links other than loopbacks."""
    load_link_planner: Callable[[], LinkPlanner] | None = None
    """Loads what plans links other than bridges and veth pairs."""
    load_ovs_link_planner: Callable[[], Planner] | None = None
    """Loads what plans the interface of a bridge of Open vSwitch."""
    default_to_tunnel_mtu: Callable[[Projection, Link], int | None] | None = None
    """The MTU of a new link beside tunnels; see ``default_to_tunnel_mtu``."""
    yield_to_sysctls: Callable[[Projection, Link, dict[str, Any]], None] | None = None
    """Takes out the defaults that sysctls of the task set; see ``yield_to_sysctls``."""
    plan_link_settings: Callable[[Projection], None] | None = None
    """Plans VLANs and impairments, once it is known which links and ports stay where they are."""
    change_link: Callable[[Projection, Link, Link], None] | None = None
    """Plans the settings of a link, from the wanted and the current one; see ``change_link``."""
    check_overlaps: Callable[[Projection], None] | None = None
    """Checks addresses that are added; see ``check_overlaps``."""
    check_ipv6: Callable[[Projection, Sequence[Sysctl]], None] | None = None
    """Checks that IPv6 is enabled where it is needed; see ``check_ipv6_enabled``."""
    keep_bridge_macs: Callable[[Projection], None] | None = None
    """Plans that bridges of others keep their MAC addresses; see ``keep_bridge_macs``."""
    clear_ids: Callable[[Projection, Sequence[Resource]], None] | None = None
    """Plans to remove early what has the id that a wanted link needs; see ``clear_ids``."""
    remove_links: (
        Callable[[Projection, Sequence[Link], Sequence[Veth], Container[str | None]], None] | None
    ) = None
    """Plans the removal of links; see ``remove_links``."""
    plan_probes: Callable[[Projection], tuple[str, ...]] | None = None
    """Checks the probes of a topology, once all else but rules is planned; see ``plan_probes``."""
    plan_rulesets: Callable[[Projection, Sequence[Resource]], None] | None = None
    """Plans the rules of all namespaces, once all else is planned."""
    is_narrow_enough: Callable[[DesiredState, Collection[str], CurrentState], bool] | None = None
    """Whether the members that a policy names are all that matters; see ``is_enough``."""
    plan_persistence: Callable[[Projection], None] | None = None
    """Plans the files of a persistent topology, once all else is planned."""
    detach_replaced: Callable[[Projection], None] | None = None
    """Plans to detach early what is attached otherwise; see ``detach_replaced``."""
    with_ovs_ports: Callable[[DesiredState, CurrentState], DesiredState] | None = None
    """Makes ports of links whose bridge is one of Open vSwitch."""
    release_ovs_ports: Callable[[Projection], None] | None = None
    """Plans that links leave Open vSwitch that get another bridge."""
    plan_ovs: Callable[[Projection], None] | None = None
    """Plans ports of Open vSwitch and what depends on them, once all links are planned."""
    leave_out_ended: (
        Callable[[DesiredState, CurrentState], tuple[DesiredState, list[Resource], list[str]]]
        | None
    ) = None
    """Leaves out what depends on containers that have ended."""
    list_unwanted: Callable[[DesiredState, CurrentState], Unwanted] | None = None
    """Lists what a topology removes."""
    list_moved_guards: Callable[[CurrentState, CurrentState], Iterable[Change]] | None = None
    """Lists what a rollback needs that attached members again; see ``list_moved_guards``."""


steps = Steps()


@singledispatch
def find_planner(wanted: Resource) -> Planner:
    """The function that plans wanted resources of this kind; links are of a kind by their type.

    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(wanted).__name__}: no task asks for a resource of this kind")


@singledispatch
def find_removal_planner(unwanted: Resource) -> Planner:
    """The function that plans the removal of resources of this kind.

    :raises TypeError: if a task cannot ask for resources of this kind.
    """
    raise TypeError(f"{type(unwanted).__name__}: no task removes a resource of this kind")


def require_step(step: _Step | None, kind: type) -> _Step:
    """A step that plans resources of a kind.

    :raises TypeError: if this process does not carry it, so that no task of it can ask for these.
    """
    if step is None:
        raise TypeError(f"{kind.__name__}: no task asks for a resource of this kind")
    return step


def plan_all(projection: Projection, wanted: Sequence[Resource]) -> None:
    """Plan wanted resources of one kind.

    :raises Refused: if one breaks a rule on this host.
    """
    if wanted:
        planner = find_planner(wanted[0])
        for resource in wanted:
            planner(projection, resource)


def plan_all_removals(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan the removal of resources of one kind.

    :raises Refused: if one must not be removed.
    """
    if unwanted:
        planner = find_removal_planner(unwanted[0])
        for resource in unwanted:
            planner(projection, resource)


def plan_nothing(_projection: Projection, _resource: Resource) -> None:
    """The planner of resources that are planned with others."""
