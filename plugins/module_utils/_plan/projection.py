# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host as it will be: what was observed, altered step by step while a plan is drawn up."""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

from . import _errors, _kinds, _model
from ._changes import Change, Thing, links_among
from ._places import Links
from ._there import There
from ._vlans import PortVlans
from ._wish import Allowance, Wish


class Phase(IntEnum):
    """When a step is done. Making goes from the outside in, removing backwards; new things come before old ones go.

    A child is a link that sits on another, which may be one that has to be moved first.
    """

    LEAVE = 0
    CLEAR = 1
    NETNS = 2
    SYSCTL = 3
    RESOLVER = 4
    LINK = 5
    MOVE = 6
    CHILD = 7
    ALTER = 8
    VLAN = 9
    MTU = 10
    LINK_SYSCTL = 11
    ADDRESS = 12
    UP = 13
    IMPAIR = 14
    ROUTE = 15
    CLOSE_FORWARDING = 16
    NAT = 17
    OPEN_FORWARDING = 18
    REMOVE_ROUTE = 19
    REMOVE_ADDRESS = 20
    REMOVE_LINK = 21
    REMOVE_RESOLVER = 22
    REMOVE_NETNS = 23


def say_netns(netns: Optional[str]) -> str:
    """Where, in words."""
    return "the host" if netns is None else f"namespace {netns}"


def say_where(netns: Optional[str]) -> str:
    """Where something is, in words."""
    return "on the host" if netns is None else f"in namespace {netns}"


def say_owner(link: _model.Link) -> str:
    """Whose a link is, in words."""
    return "not ours" if link.owner is None else f"of topology {link.owner}" if link.owner else "of no topology"


def _counts(route: _model.Route) -> bool:
    """Whether a plan has to know of a route. What the kernel gives to each link by itself comes and goes with it."""
    return route.protocol != _model.KERNEL_ROUTE or (route.table != _model.LOCAL_TABLE and route.destination not in _model.OF_EACH_LINK)


class Draft:
    """State of the planning of one wish."""

    def __init__(self, wish: Wish, there: There, assume: bool) -> None:
        self.there = there
        self.lab = wish.lab
        self.integrate = wish.integrate
        self.with_vlans: Set[_model.Place] = {(thing.netns, thing.link) for thing in wish.present if isinstance(thing, PortVlans)}
        self.allowed: FrozenSet[Allowance] = wish.allowed
        self.assume = assume
        self.namespaces: Dict[str, _model.Netns] = dict(there.namespaces)
        self.links = Links(there.links)
        self.routes: Dict[Optional[str], List[_model.Route]] = {netns: [*filter(_counts, routes)] for netns, routes in there.routes.items()}
        self.own_rules = {rule.key for known in there.nat.values() for rule in known.things if getattr(rule, "owner", None) == wish.lab}
        self.fresh: Set[str] = set()
        self.taken = {thing.home.name or thing.name for thing in wish.present if isinstance(thing, _model.Link) and thing.home is not None}
        self._present = links_among(wish.present)
        self.wanted: Set[_model.Place] = {link.place for link in self._present}
        self.cleared: Set[_model.Place] = set()
        self.sweeps = wish.sweep
        self.numbers: Optional[Dict[Tuple[Any, ...], _model.Link]] = None
        self.leaving: List[_model.Link] = []
        self.added: List[Tuple[_model.Place, str]] = []
        self.steps: List[Tuple[Phase, Change]] = []
        self.dropped: Dict[Tuple[Any, ...], Tuple[Phase, Change]] = {}
        self.notes: List[str] = []
        self.warnings: List[str] = []

    @property
    def owner(self) -> str:
        """Who will own what is made."""
        return self.lab or ""

    def step(self, phase: Phase, before: Optional[Thing], after: Optional[Thing], implied: bool = False) -> None:
        self.steps.append((phase, Change(before, after, implied)))

    def say_purge(self, link: _model.Link) -> str:
        """What would help where a link of this very lab is not the one that is wanted."""
        far = self.links.get(link.peer, link) if link.peer else link
        return "; purge: true would replace it" if self.lab is not None and link.owner == far.owner == self.lab and not self.sweeps else ""

    def permits(self, option: str, thing: Thing) -> bool:
        return (option, thing.key) in self.allowed

    def need_netns(self, name: Optional[str], wanted_by: str, parameter: str = "netns") -> None:
        """Make sure that a namespace is there; check mode takes it for granted and says so."""
        if name is None or name in self.namespaces:
            return
        if not self.assume:
            raise _errors.Refused(parameter, name, f"there is no such namespace, and {wanted_by} needs it")
        self.namespaces[name] = _model.Netns(name, "")
        self.fresh.add(name)
        self.notes.append(f"assume namespace {name}, which is not there yet, for {wanted_by}")

    def need_link(self, parameter: str, netns: Optional[str], name: str, wanted_by: str, kind: Optional[str] = None) -> _model.Link:
        """The link of that name; check mode takes a missing one for granted and says so."""
        link = self.links.get((netns, name))
        if link is None:
            if not self.assume:
                raise _errors.Refused(parameter, name, f"there is no such interface {say_where(netns)}, and {wanted_by} needs it")
            link = _model.Link(netns, name, kind=kind or "veth", up=True, bridge="", addresses=(), accept_ra=False, accept_dad=False, link_local=True, owner="")
            self.links[link.place] = link
            self.notes.append(f"assume interface {name} {say_where(netns)}, which is not there yet, for {wanted_by}")
        return link

    def links_in(self, netns: Optional[str]) -> List[_model.Link]:
        return self.links.inside(netns)

    def shed(self, link: _model.Link, phase: Phase, family: Optional[int] = None) -> None:
        """What the kernel drops by itself when a link goes, moves or (IPv6 only) is set down."""
        # Undone, it comes back in the reverse order: the first address of a network first, and routes last.
        self.drop_routes(link, phase)
        for address in reversed(link.addresses or ()):
            if family is None or (":" in address) == (family == 6):
                self.step(phase, _model.Address(link.netns, link.name, address), None, implied=True)
        if family is None:
            self.leaving.append(link)

    def carry(self, link: _model.Link, place: _model.Place, phase: Phase) -> None:
        """What sits on a link that comes to that place stays where it is, and goes on sitting on it; but a vxlan the kernel deletes if that is elsewhere."""
        for child in self.links.on(link.place):
            if child.kind == "vxlan" and place[0] != link.netns:
                self.remove_link(child, phase, implied=True)
            else:
                self.links[child.place] = _model.replace(child, parent=place)
        for index, (later, change) in enumerate(self.steps):
            gone = change.before
            if later > phase and change.after is None and isinstance(gone, _model.Link) and gone.parent == link.place:
                # What goes is planned first. Undone, it is made on the link where that is by then.
                self.steps[index] = (later, Change(_model.replace(gone, parent=place), None, change.implied))

    def lower(self, link: _model.Link, phase: Phase) -> _model.Link:
        """What the kernel drops when a link is set down, itself and the VLANs on it; the link without that."""
        self.shed(link, phase, family=6)
        for child in self.links.on(link.place):
            if child.kind == "vlan" and child.up:
                lowered = self.lower(child, phase)
                self.links[child.place] = _model.replace(lowered, up=False)
                self.step(phase, _model.replace(child, addresses=None), _model.replace(child, up=False, addresses=None), implied=True)
        return _model.replace(link, addresses=tuple(one for one in link.addresses or () if ":" not in one))

    def drop_routes(self, link: _model.Link, phase: Phase, family: Optional[int] = None) -> List[_model.Route]:
        """The routes through a link that the kernel drops with it, or with its last IPv4 address."""
        routes = self.routes.get(link.netns, [])
        through = [route for route in routes if link.name in (route.device, *(hop.device for hop in route.nexthops or ()))]
        dropped = [route for route in through if family is None or (":" in route.destination) == (family == 6)]
        for route in dropped:
            routes.remove(route)
        # What the kernel made (RTPROT_KERNEL) comes back by itself with its address.
        dropped = [route for route in dropped if route.protocol != _model.KERNEL_ROUTE]
        # Those by a gateway need the others, so they are the last to come back when this is undone.
        for route in sorted(dropped, key=lambda route: route.gateway is None and route.nexthops is None):
            self.step(phase, route, None, implied=True)
            self.dropped[route.key] = self.steps[-1]
        return dropped

    def restore_route(self, route: _model.Route) -> None:
        """Bring back a dropped route, whoever made it: it is not meant to go."""
        del self.dropped[route.key]
        self.routes[route.netns].append(route)
        self.step(Phase.ROUTE, None, route)

    def reclaim_route(self, wanted: _model.Route) -> Optional[_model.Route]:
        """A route that would go with its link, but only after this one is to come in its place."""
        step = self.dropped.get(wanted.key)
        if step is None or step[0] < Phase.ROUTE:
            return None
        self.steps.remove(step)
        del self.dropped[wanted.key]
        route = step[1].before
        return route if isinstance(route, _model.Route) else None

    def is_in_the_way(self, link: _model.Link) -> bool:
        """Whether a link that goes, or its other end, has the place of something that is wanted: that is made long before others go."""
        ends = (link, self.links.get(link.peer, link) if link.peer else link)
        return link.place in self.wanted or link.peer in self.wanted or any((end.netns, end.bridge) in self.crowded for end in ends)

    @cached_property
    def crowded(self) -> Set[Tuple[Optional[str], Optional[str]]]:
        """The bridges that cannot take all of their new ports before others have gone: (netns, name)."""
        there = self.there.links
        ports: Dict[Tuple[Optional[str], Optional[str]], int] = Counter((link.netns, link.bridge) for link in there.values())
        coming = [link for link in self._present if link.bridge and (link.place not in there or there[link.place].bridge != link.bridge)]
        for link in coming:
            ports[link.netns, link.bridge] += 1
        return {place for place, count in ports.items() if place[1] and count > _kinds.BRIDGE_PORTS}

    def remove_link(self, link: _model.Link, phase: Phase = Phase.REMOVE_LINK, implied: bool = False) -> None:
        """Delete a link, its peer with it, and what sits on either; ``implied`` if its namespace goes and takes it along."""
        if phase == Phase.REMOVE_LINK and self.is_in_the_way(link):
            phase, implied = Phase.CLEAR, False
        peer = self.links.get(link.peer) if link.peer else None
        for end in (link, peer) if peer else (link,):
            for child in self.links.on(end.place):
                self._check_along(child, end)
                self.remove_link(child, phase, implied=True)
            self.shed(end, phase)
            del self.links[end.place]
            if phase == Phase.CLEAR:
                self.cleared.add(end.place)
            self._free(end)
        bare = _model.replace(link, addresses=None)
        self.step(phase, _model.Veth(bare, _model.replace(peer, addresses=None)) if peer else bare, None, implied)

    def is_strange(self, link: _model.Link) -> bool:
        """Whether a link must not be taken along unasked: what bears no mark, and where a topology is at work, what bears not its own."""
        return link.owner is None if self.lab is None else link.owner != self.lab

    def forget_settings(self) -> None:
        """What comes where another has gone does not have the kernel parameters of that one, which has them again when this is undone."""
        anew, ending = self.cleared & self.wanted, self.there.namespaces.keys() - self.namespaces.keys()
        if not anew and not ending:
            return
        known: Dict[Tuple[Optional[str], str], Optional[str]] = {}
        for (netns, path), value in self.there.sysctls.items():
            parts = path.split("/")
            of_link = len(parts) > 4 and parts[2] in ("conf", "neigh")
            if netns not in ending and not (of_link and (netns, parts[3]) in anew):
                known[netns, path] = value
            elif value not in (None, self.there.sysctls.get((netns, "/".join((*parts[:3], "default", *parts[4:]))))):
                self.step(Phase.LEAVE, _model.Sysctl(netns, path, value), None, implied=True)
        self.there = _model.replace(self.there, sysctls=known)

    def _check_along(self, child: _model.Link, parent: _model.Link) -> None:
        """What goes along must be ours as well."""
        if self.is_strange(child) and not child.unfinished and not self.permits("force", parent):
            where = f"{child.name} {say_where(child.netns)}"
            raise _errors.Conflict("name", parent.name, f"interface {where} sits on it, would go along, and is {say_owner(child)}; remove that first")

    def _free(self, master: _model.Link) -> None:
        """The ports of a bridge, and what is in a vrf, stay when that goes."""
        if master.kind not in ("bridge", "vrf"):
            return
        for port in [one for one in self.links_in(master.netns) if master.name in (one.bridge, one.vrf)]:
            freed = _model.replace(port, bridge="", **_model.PORT_FLAGS)
            if master.kind == "vrf":
                # The kernel sets it down for a moment, to find its routes anew.
                port = self.lower(port, Phase.LEAVE) if port.up else port
                freed = _model.replace(port, vrf="")
            self.links[port.place] = freed
            # Until it goes the port may have moved or found another; when that is undone, it comes back to this one.
            self.step(Phase.LEAVE, _model.replace(port, addresses=None), _model.replace(freed, addresses=None), implied=True)
