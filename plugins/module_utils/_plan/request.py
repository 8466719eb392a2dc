# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request: what a task asks for and what it permits. Planning only reads it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from .._model.bridge_vlans import PortVlans
from .._model.changes import links_in
from .._model.fast_dataclass import dataclass
from .._model.links import Link, LinkRef, Veth
from .._model.netns import Sysctl
from .._model.routes import Route

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource

_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Request:
    """The desired state, and what follows from it alone.

    ``assume``: namespaces and links that are missing are assumed to exist, with a note. Check mode
    assumes what an earlier task would have created.
    """

    desired: DesiredState
    assume: bool = False

    @property
    def lab(self) -> str | None:
        """The topology that is planned; None for the task of a single module."""
        return self.desired.lab

    @property
    def owner(self) -> str:
        """The owner of what the plan creates."""
        return self.desired.lab or ""

    def permits(self, option: str, resource: Resource) -> bool:
        """Whether an option (force, steal, metric) is set for a resource."""
        if option == "force" and self.desired.force:
            return True
        return (option, resource.key) in self.desired.allowed

    @cached_property
    def _by_kind(self) -> dict[type, list[Any]]:
        resources: dict[type, list[Any]] = {}
        for resource in self.desired.present:
            resources.setdefault(type(resource), []).append(resource)
        return resources

    def wanted(self, kind: type[_Kind]) -> list[_Kind]:
        """The wanted resources of one kind, in the order of the task."""
        return self._by_kind.get(kind, [])

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The wanted links, the ends of veth pairs among them."""
        return tuple(links_in(self.desired.present))

    @cached_property
    def has_tunnels(self) -> bool:
        """Whether the task has VXLAN links."""
        return any(link.kind == "vxlan" for link in self.wanted(Link))

    @cached_property
    def link_refs(self) -> frozenset[LinkRef]:
        """The places of the wanted links, as (netns, name)."""
        return frozenset(link.ref for link in self.links)

    @cached_property
    def route_keys(self) -> frozenset[tuple[Any, ...]]:
        """The keys of the wanted routes."""
        return frozenset(route.key for route in self.wanted(Route))

    @cached_property
    def ports_with_vlans(self) -> frozenset[LinkRef]:
        """The ports whose VLANs the task sets, as (netns, name)."""
        return frozenset((vlans.netns, vlans.link) for vlans in self.wanted(PortVlans))

    @cached_property
    def sysctls(self) -> dict[tuple[str | None, str], str]:
        """The values of the wanted kernel parameters, by (netns, path below /proc/sys)."""
        return {
            (sysctl.netns, sysctl.key_path): sysctl.value
            for sysctl in self.wanted(Sysctl)
            if sysctl.value is not None
        }

    @cached_property
    def host_devices(self) -> frozenset[str]:
        """The names on the host of the links that are wanted in namespaces, and may be there."""
        taken = [link for link in self.wanted(Link) if link.saved is not None]
        ends = links_in(self.wanted(Veth))
        return frozenset(
            (link.saved and link.saved.name) or link.name
            for link in (*taken, *ends)
            if link.netns is not None
        )
