# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host as it will be: what was observed, altered step by step while a plan is drawn up."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

from .._describe.places import describe_location, describe_owner
from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import Change, Resource, links_in
from .._model.current_state import CurrentState
from .._model.desired_state import Allowance, DesiredState
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import MAX_BRIDGE_PORTS
from .._model.links import PORT_FLAGS, Link, LinkRef, Veth
from .._model.netns import Netns, Sysctl
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, OF_EACH_LINK, Route
from .link_index import Links
from .phases import Phase


def _counts(route: Route) -> bool:
    """Whether a plan has to know of a route. What the kernel gives to each link by itself comes and goes with it."""
    return route.protocol != KERNEL_ROUTE or (
        route.table != LOCAL_TABLE and route.destination not in OF_EACH_LINK
    )


class Projection:
    """State of the planning of one wish."""

    def __init__(self, desired: DesiredState, current: CurrentState, assume: bool) -> None:
        self.current = current
        self.lab = desired.lab
        self.integrate = desired.integrate
        self.with_vlans: Set[LinkRef] = {
            (resource.netns, resource.link)
            for resource in desired.present
            if isinstance(resource, PortVlans)
        }
        self.allowed: FrozenSet[Allowance] = desired.allowed
        self.assume = assume
        self.namespaces: Dict[str, Netns] = dict(current.namespaces)
        self.links = Links(current.links)
        self.routes: Dict[Optional[str], List[Route]] = {
            netns: [*filter(_counts, routes)] for netns, routes in current.routes.items()
        }
        self.own_rules = {
            rule.key
            for known in current.rulesets.values()
            for rule in known.resources
            if getattr(rule, "owner", None) == desired.lab
        }
        self.assumed: Set[str] = set()
        self.taken = {
            resource.saved.name or resource.name
            for resource in desired.present
            if isinstance(resource, Link) and resource.saved is not None
        }
        self._present = links_in(desired.present)
        self.wanted: Set[LinkRef] = {link.ref for link in self._present}
        self.cleared: Set[LinkRef] = set()
        self.purges = desired.purge
        self.link_ids: Optional[Dict[Tuple[Any, ...], Link]] = None
        self.leaving: List[Link] = []
        self.added: List[Tuple[LinkRef, str]] = []
        self.steps: List[Tuple[Phase, Change]] = []
        self.dropped: Dict[Tuple[Any, ...], Tuple[Phase, Change]] = {}
        self.notes: List[str] = []
        self.warnings: List[str] = []

    @property
    def owner(self) -> str:
        """Who will own what is made."""
        return self.lab or ""

    def step(
        self,
        phase: Phase,
        before: Optional[Resource],
        after: Optional[Resource],
        implied: bool = False,
    ) -> None:
        self.steps.append((phase, Change(before, after, implied)))

    def describe_purge_hint(self, link: Link) -> str:
        """What would help where a link of this very lab is not the one that is wanted."""
        far = self.links.get(link.peer, link) if link.peer else link
        return (
            "; purge: true would replace it"
            if self.lab is not None and link.owner == far.owner == self.lab and not self.purges
            else ""
        )

    def permits(self, option: str, resource: Resource) -> bool:
        return (option, resource.key) in self.allowed

    def need_netns(self, name: Optional[str], wanted_by: str, parameter: str = "netns") -> None:
        """Make sure that a namespace is there; check mode takes it for granted and says so."""
        if name is None or name in self.namespaces:
            return
        if not self.assume:
            raise Refused(parameter, name, f"there is no such namespace, and {wanted_by} needs it")
        self.namespaces[name] = Netns(name, "")
        self.assumed.add(name)
        self.notes.append(f"assume namespace {name}, which is not there yet, for {wanted_by}")

    def need_link(
        self,
        parameter: str,
        netns: Optional[str],
        name: str,
        wanted_by: str,
        kind: Optional[str] = None,
    ) -> Link:
        """The link of that name; check mode takes a missing one for granted and says so."""
        link = self.links.get((netns, name))
        if link is None:
            if not self.assume:
                raise Refused(
                    parameter,
                    name,
                    f"there is no such interface {describe_location(netns)}, and {wanted_by} needs it",
                )
            link = Link(
                netns,
                name,
                kind=kind or "veth",
                up=True,
                bridge="",
                addresses=(),
                accept_ra=False,
                accept_dad=False,
                link_local=True,
                owner="",
            )
            self.links[link.ref] = link
            self.notes.append(
                f"assume interface {name} {describe_location(netns)}, which is not there yet, for {wanted_by}"
            )
        return link

    def links_in(self, netns: Optional[str]) -> List[Link]:
        return self.links.inside(netns)

    def drop_routes_and_addresses(
        self, link: Link, phase: Phase, family: Optional[int] = None
    ) -> None:
        """What the kernel drops by itself when a link goes, moves or (IPv6 only) is set down."""
        # Undone, it comes back in the reverse order: the first address of a network first, and routes last.
        self.drop_routes(link, phase)
        for address in reversed(link.addresses or ()):
            if family is None or (":" in address) == (family == 6):
                self.step(phase, Address(link.netns, link.name, address), None, implied=True)
        if family is None:
            self.leaving.append(link)

    def reparent_children(self, link: Link, place: LinkRef, phase: Phase) -> None:
        """What sits on a link that comes to that place stays where it is, and goes on sitting on it; but a vxlan the kernel deletes if that is elsewhere."""
        for child in self.links.on(link.ref):
            if child.kind == "vxlan" and place[0] != link.netns:
                self.remove_link(child, phase, implied=True)
            else:
                self.links[child.ref] = replace(child, parent=place)
        for index, (later, change) in enumerate(self.steps):
            gone = change.before
            if (
                later > phase
                and change.after is None
                and isinstance(gone, Link)
                and gone.parent == link.ref
            ):
                # What goes is planned first. Undone, it is made on the link where that is by then.
                self.steps[index] = (
                    later,
                    Change(replace(gone, parent=place), None, change.implied),
                )

    def set_down(self, link: Link, phase: Phase) -> Link:
        """What the kernel drops when a link is set down, itself and the VLANs on it; the link without that."""
        self.drop_routes_and_addresses(link, phase, family=6)
        for child in self.links.on(link.ref):
            if child.kind == "vlan" and child.up:
                lowered = self.set_down(child, phase)
                self.links[child.ref] = replace(lowered, up=False)
                self.step(
                    phase,
                    replace(child, addresses=None),
                    replace(child, up=False, addresses=None),
                    implied=True,
                )
        return replace(link, addresses=tuple(one for one in link.addresses or () if ":" not in one))

    def drop_routes(self, link: Link, phase: Phase, family: Optional[int] = None) -> List[Route]:
        """The routes through a link that the kernel drops with it, or with its last IPv4 address."""
        routes = self.routes.get(link.netns, [])
        through = [
            route
            for route in routes
            if link.name in (route.device, *(hop.device for hop in route.nexthops or ()))
        ]
        dropped = [
            route
            for route in through
            if family is None or (":" in route.destination) == (family == 6)
        ]
        for route in dropped:
            routes.remove(route)
        # What the kernel made (RTPROT_KERNEL) comes back by itself with its address.
        dropped = [route for route in dropped if route.protocol != KERNEL_ROUTE]
        # Those by a gateway need the others, so they are the last to come back when this is undone.
        for route in sorted(
            dropped, key=lambda route: route.gateway is None and route.nexthops is None
        ):
            self.step(phase, route, None, implied=True)
            self.dropped[route.key] = self.steps[-1]
        return dropped

    def restore_route(self, route: Route) -> None:
        """Bring back a dropped route, whoever made it: it is not meant to go."""
        del self.dropped[route.key]
        self.routes[route.netns].append(route)
        self.step(Phase.ROUTE, None, route)

    def reclaim_route(self, wanted: Route) -> Optional[Route]:
        """A route that would go with its link, but only after this one is to come in its place."""
        step = self.dropped.get(wanted.key)
        if step is None or step[0] < Phase.ROUTE:
            return None
        self.steps.remove(step)
        del self.dropped[wanted.key]
        route = step[1].before
        return route if isinstance(route, Route) else None

    def is_in_the_way(self, link: Link) -> bool:
        """Whether a link that goes, or its other end, has the place of something that is wanted: that is made long before others go."""
        ends = (link, self.links.get(link.peer, link) if link.peer else link)
        return (
            link.ref in self.wanted
            or link.peer in self.wanted
            or any((end.netns, end.bridge) in self.crowded for end in ends)
        )

    @cached_property
    def crowded(self) -> Set[Tuple[Optional[str], Optional[str]]]:
        """The bridges that cannot take all of their new ports before others have gone: (netns, name)."""
        current = self.current.links
        ports: Dict[Tuple[Optional[str], Optional[str]], int] = Counter(
            (link.netns, link.bridge) for link in current.values()
        )
        coming = [
            link
            for link in self._present
            if link.bridge and (link.ref not in current or current[link.ref].bridge != link.bridge)
        ]
        for link in coming:
            ports[link.netns, link.bridge] += 1
        return {place for place, count in ports.items() if place[1] and count > MAX_BRIDGE_PORTS}

    def remove_link(
        self, link: Link, phase: Phase = Phase.REMOVE_LINK, implied: bool = False
    ) -> None:
        """Delete a link, its peer with it, and what sits on either; ``implied`` if its namespace goes and takes it along."""
        if phase == Phase.REMOVE_LINK and self.is_in_the_way(link):
            phase, implied = Phase.CLEAR, False
        peer = self.links.get(link.peer) if link.peer else None
        for end in (link, peer) if peer else (link,):
            for child in self.links.on(end.ref):
                self._check_along(child, end)
                self.remove_link(child, phase, implied=True)
            self.drop_routes_and_addresses(end, phase)
            del self.links[end.ref]
            if phase == Phase.CLEAR:
                self.cleared.add(end.ref)
            self._release_ports(end)
        bare = replace(link, addresses=None)
        self.step(phase, Veth(bare, replace(peer, addresses=None)) if peer else bare, None, implied)

    def is_foreign(self, link: Link) -> bool:
        """Whether a link must not be taken along unasked: what bears no mark, and where a topology is at work, what bears not its own."""
        return link.owner is None if self.lab is None else link.owner != self.lab

    def drop_sysctls(self) -> None:
        """What comes where another has gone does not have the kernel parameters of that one, which has them again when this is undone."""
        anew, ending = (
            self.cleared & self.wanted,
            self.current.namespaces.keys() - self.namespaces.keys(),
        )
        if not anew and not ending:
            return
        known: Dict[Tuple[Optional[str], str], Optional[str]] = {}
        for (netns, path), value in self.current.sysctls.items():
            parts = path.split("/")
            of_link = len(parts) > 4 and parts[2] in ("conf", "neigh")
            if netns not in ending and not (of_link and (netns, parts[3]) in anew):
                known[netns, path] = value
            elif value not in (
                None,
                self.current.sysctls.get((netns, "/".join((*parts[:3], "default", *parts[4:])))),
            ):
                self.step(Phase.LEAVE, Sysctl(netns, path, value), None, implied=True)
        self.current = replace(self.current, sysctls=known)

    def _check_along(self, child: Link, parent: Link) -> None:
        """What goes along must be ours as well."""
        if self.is_foreign(child) and not child.half_made and not self.permits("force", parent):
            where = f"{child.name} {describe_location(child.netns)}"
            raise Conflict(
                "name",
                parent.name,
                f"interface {where} sits on it, would go along, and is {describe_owner(child)}; remove that first",
            )

    def _release_ports(self, master: Link) -> None:
        """The ports of a bridge, and what is in a vrf, stay when that goes."""
        if master.kind not in ("bridge", "vrf"):
            return
        for port in [
            one for one in self.links_in(master.netns) if master.name in (one.bridge, one.vrf)
        ]:
            freed = replace(port, bridge="", **PORT_FLAGS)
            if master.kind == "vrf":
                # The kernel sets it down for a moment, to find its routes anew.
                port = self.set_down(port, Phase.LEAVE) if port.up else port
                freed = replace(port, vrf="")
            self.links[port.ref] = freed
            # Until it goes the port may have moved or found another; when that is undone, it comes back to this one.
            self.step(
                Phase.LEAVE,
                replace(port, addresses=None),
                replace(freed, addresses=None),
                implied=True,
            )
