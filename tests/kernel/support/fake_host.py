# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host in memory. It is believed because it passes the same contract as the kernel does (test_contract.py)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    Address,
    network_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.bridge_vlans import PortVlans
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import (
    Change,
    is_nat_resource,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.impairments import Impairment
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import BridgeOptions
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, LinkRef, Veth
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import NatBackend, Ruleset
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import (
    Netns,
    Resolver,
    StaleName,
    Sysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import (
    Probe,
    ProbeReply,
    ProbeResult,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import alter_ruleset
from ansible_collections.redblue.netns.plugins.module_utils._observe.scope import Scope
from ansible_collections.redblue.netns.plugins.module_utils._probe.targets import choose_address

_NEW = Link(
    None,
    "",
    kind="",
    up=False,
    mtu=1500,
    txqueuelen=1000,
    arp=True,
    promisc=False,
    bridge="",
    accept_ra=True,
    accept_dad=True,
    link_local=True,
    addresses=(),
)
_NEW_BRIDGE = BridgeOptions(False, 32768, 15, 2, 20, 300, True, False, 1)


def overlay(over: Any, under: Any) -> Any:
    """The first, and where it says nothing the second."""
    return replace(
        under,
        **{
            f.name: getattr(over, f.name) for f in fields(over) if getattr(over, f.name) is not None
        },
    )


class FakeHost:
    """Links, routes and rules that obey the kernel's own laws: no name twice, ends die together and with what they sit on, routes with their device."""

    def __init__(self) -> None:
        self.current = CurrentState(machine_id="fake")
        self.current.links[(None, "lo")] = replace(_NEW, name="lo", up=True)
        self.current.routes[None] = ()

    def add_veth(self, name: str, peer: str) -> None:
        """A cable that somebody else has on the host."""
        for one, other, mac in (
            (name, peer, "02:00:00:00:00:51"),
            (peer, name, "02:00:00:00:00:52"),
        ):
            self.current.links[None, one] = replace(
                _NEW, name=one, kind="veth", peer=(None, other), mac=mac, queues=1, up=True
            )

    @contextmanager
    def lock(self, create: bool) -> Iterator[None]:
        yield

    def observe(self, scope: Scope) -> CurrentState:
        seen = (
            {None, *self.current.namespaces}
            if scope.all_namespaces
            else {
                name for name in scope.namespaces if name is None or name in self.current.namespaces
            }
        )
        current = CurrentState(machine_id="fake")
        current.namespaces = {
            name: netns for name, netns in self.current.namespaces.items() if name in seen
        }
        links = {place: link for place, link in self.current.links.items() if place[0] in seen}
        current.links = {
            place: link if link.peer in links else replace(link, peer=None)
            for place, link in links.items()
        }
        current.routes = {
            name: self._routes(name)
            for name in seen
            if scope.all_namespaces or name in scope.routes
        }
        current.impairments = {
            place: one for place, one in self.current.impairments.items() if place[0] in seen
        }
        current.vlans = {
            place: one for place, one in self.current.vlans.items() if place[0] in seen
        }
        current.resolvers = dict(self.current.resolvers)
        current.rulesets = {
            name: rules for name, rules in self.current.rulesets.items() if name in seen
        }
        current.backends = (
            dict.fromkeys(scope.nat & seen, "nftables") if scope.backend is not None else {}
        )
        current.sysctls = {
            key: self.current.sysctls.get(key, "0") for key in scope.sysctls if key[0] in seen
        }
        for name in seen:
            for family, interface in [
                (4, "all"),
                (4, "default"),
                (6, "all"),
                *((4, place[1]) for place in current.links if place[0] == name),
            ]:
                key = (name, f"net/ipv{family}/conf/{interface}/forwarding")
                current.sysctls[key] = self.current.sysctls.get(key, "0")
        for name in scope.nat6 & seen:
            for link in [link for link in current.links.values() if link.netns == name]:
                for setting, value in (
                    ("forwarding", "0"),
                    ("accept_ra", str(int(bool(link.accept_ra)))),
                ):
                    key = (name, f"net/ipv6/conf/{link.name}/{setting}")
                    current.sysctls[key] = self.current.sysctls.get(key, value)
        return current

    def _routes(self, name: str | None) -> tuple[Route, ...]:
        """With each address comes a route to its network."""
        connected = [
            Route(
                name,
                str(network_of(text)),
                metric=256 if ":" in text else 0,
                type="unicast",
                device=link.name,
                scope="link",
                onlink=False,
                protocol=2,
            )
            for link in self.current.links.values()
            if link.netns == name and link.up
            for text in link.addresses or ()
        ]
        return (*self.current.routes.get(name, ()), *connected)

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        for change in changes:
            if not change.implied:
                self._do(change)
            journal.append(change)

    def await_carrier(self) -> None:
        """They carry at once."""

    def probe(self, probes: Sequence[Probe]) -> list[ProbeResult]:
        """Echoes alone: who has a way there and a way back is answered."""
        return [self._probe(probe) for probe in probes]

    def _probe(self, probe: Probe) -> ProbeResult:
        theirs = [
            link
            for link in self.current.links.values()
            if probe.address is None and link.netns == probe.to_netns
        ]
        ours = [link for link in self.current.links.values() if link.netns == probe.netns]
        address = probe.address or choose_address(ours, theirs, probe.family)
        if address is None:
            return ProbeResult(probe, (ProbeReply("no_address"),))
        reply = self._send(probe.netns, address)
        return ProbeResult(probe, (reply,) * probe.count, address)

    def _send(self, netns: str | None, address: str) -> ProbeReply:
        hop = self._hop(netns, address)
        if hop is None:
            return ProbeReply("no_route")
        neighbour, device = hop
        holder = next(
            (
                link
                for link in self.current.links.values()
                for text in link.addresses or ()
                if text.split("/")[0] == neighbour
                and link.up
                and link.ref in self._segment((netns, device))
            ),
            None,
        )
        if holder is None:
            return ProbeReply("no_neighbour")
        if neighbour != address:
            return self._send(holder.netns, address)
        own = self.current.links[(netns, device)].addresses or ()
        back = [
            self._hop(holder.netns, text.split("/")[0])
            for text in own
            if (":" in text) == (":" in address)
        ]
        return (
            ProbeReply("ok", latency=0.0)
            if any(back) or holder.netns == netns
            else ProbeReply("timed_out")
        )

    def _hop(self, netns: str | None, address: str) -> tuple[str, str] | None:
        """(next hop, device), by the longest prefix."""
        ip = ipaddress.ip_address(address)
        ways = [
            route
            for route in self._routes(netns)
            if route.type == "unicast" and ip in ipaddress.ip_network(route.destination)
        ]
        best = max(
            ways,
            key=lambda route: (
                ipaddress.ip_network(route.destination).prefixlen,
                -(route.metric or 0),
            ),
            default=None,
        )
        return (
            None if best is None or best.device is None else (best.gateway or address, best.device)
        )

    def _segment(self, place: LinkRef) -> set[LinkRef]:
        """All links that hear what one sends: over its cable, and over the bridges on the way."""
        heard, news = {place}, [place]
        while news:
            link = self.current.links[news.pop()]
            near = [link.peer] if link.peer else []
            near += [(link.netns, link.bridge)] if link.bridge else []
            near += [
                port.ref
                for port in self.current.links.values()
                if link.kind == "bridge" and port.netns == link.netns and port.bridge == link.name
            ]
            for one in near:
                if one not in heard and self.current.links[one].up:
                    heard.add(one)
                    news.append(one)
        return heard

    def _do(self, change: Change) -> None:
        before, after, current = change.before, change.after, self.current
        if is_nat_resource(change.resource):
            self._do_rule(change)
        elif isinstance(change.resource, (Netns, StaleName)):
            self._do_netns(before, after)
        elif isinstance(change.resource, Sysctl):
            current.sysctls[(change.resource.netns, change.resource.key_path)] = (
                change.resource.value
            )
        elif isinstance(change.resource, Resolver):
            current.resolvers.pop(change.resource.netns, None)
            if isinstance(after, Resolver):
                current.resolvers[after.netns] = after
        elif isinstance(change.resource, (Impairment, PortVlans)):
            self._do_end(change)
        elif isinstance(change.resource, Address):
            self._do_address(change.resource, after is not None)
        elif isinstance(change.resource, Route):
            self._do_route(before, after)
        else:
            self._do_link(before, after)

    def _do_rule(self, change: Change) -> None:
        netns = change.resource.netns  # type: ignore[union-attr]
        rules = alter_ruleset(self.current.rulesets.get(netns), [change], "nftables")
        if isinstance(change.resource, NatBackend):
            return
        self.current.rulesets.pop(netns, None)
        if rules is not None:
            self.current.rulesets[netns] = Ruleset("nftables", rules.resources)

    def _do_netns(self, before: object, after: object) -> None:
        if isinstance(before, Netns):
            for place in [place for place in self.current.links if place[0] == before.name]:
                self._delete(place)
            del self.current.namespaces[before.name]
            self.current.routes.pop(before.name, None)
            self.current.rulesets.pop(before.name, None)
        if isinstance(after, Netns):
            if after.name in self.current.namespaces:
                raise Failed("File exists")
            self.current.namespaces[after.name] = after
            self.current.links[(after.name, "lo")] = replace(
                _NEW, netns=after.name, name="lo", owner=after.owner
            )
            self.current.routes[after.name] = ()

    def _do_address(self, address: Address, add: bool) -> None:
        link = self.current.links[(address.netns, address.link)]
        has = link.addresses or ()
        if add == (address.address in has):
            raise Failed("File exists" if add else "Cannot assign requested address")
        now = (
            (*has, address.address) if add else tuple(one for one in has if one != address.address)
        )
        self.current.links[link.ref] = replace(link, addresses=now)

    def _do_end(self, change: Change) -> None:
        resource: Any = change.resource
        place = (resource.netns, resource.link)
        if place not in self.current.links:
            raise Failed("No such device")
        kept: dict[Any, Any] = (
            self.current.vlans if isinstance(resource, PortVlans) else self.current.impairments
        )
        kept.pop(place, None)
        if change.after is not None:
            kept[place] = change.after

    def _do_route(self, before: object, after: object) -> None:
        if isinstance(before, Route):
            routes = self.current.routes[before.netns]
            self.current.routes[before.netns] = tuple(
                route for route in routes if route.key != before.key
            )
        if isinstance(after, Route):
            routes = self.current.routes[after.netns]
            if any(route.key == after.key for route in routes):
                raise Failed("File exists")
            scope = after.scope or (
                "link"
                if after.gateway is None and after.type == "unicast" and not after.nexthops
                else "global"
            )
            device = after.device or next(
                (
                    link.name
                    for link in self.current.links.values()
                    if link.netns == after.netns
                    for text in link.addresses or ()
                    if after.gateway and (":" in text) == (":" in after.gateway)
                ),
                None,
            )
            self.current.routes[after.netns] = (
                *routes,
                replace(after, scope=scope, device=device, onlink=bool(after.onlink)),
            )

    def _do_link(self, before: object, after: object) -> None:
        if before is None:
            for link in (after.end, after.peer) if isinstance(after, Veth) else (after,):
                if not isinstance(link, Link) or link.ref in self.current.links:
                    raise Failed("File exists")
                options = (
                    overlay(link.options or BridgeOptions(), _NEW_BRIDGE)
                    if link.kind == "bridge"
                    else link.options
                )
                parent = self.current.links[link.parent] if link.parent and link.parent[1] else _NEW
                self.current.links[link.ref] = replace(
                    overlay(link, replace(_NEW, mtu=parent.mtu)),
                    options=options,
                    isolated=None,
                    hairpin=None,
                    learning=None,
                )
        elif after is None:
            self._delete(before.end.ref if isinstance(before, Veth) else before.ref)  # type: ignore[attr-defined]
        else:
            self._alter(before, after)

    def _alter(self, before: Any, after: Any) -> None:
        link = self.current.links.pop(before.ref)
        if after.ref in self.current.links:
            raise Failed("File exists")
        if before.netns != after.netns:
            self._forget(before.ref)
        if after.bridge not in (None, link.bridge):
            self.current.vlans.pop(before.ref, None)
            bridge = self.current.links.get((after.netns, after.bridge or ""))
            if bridge is not None and bridge.options is not None:
                self.current.vlans[after.ref] = PortVlans(
                    after.netns, after.name, bridge.options.vlan_default_pvid, frozenset()
                )
        addresses = link.addresses or ()
        if before.netns != after.netns:
            addresses = ()
        if link.up and after.up is False:
            addresses = tuple(one for one in addresses if ":" not in one)
        altered = replace(overlay(replace(after, addresses=None), link), netns=after.netns)
        flags: dict[str, bool | None] = {
            "isolated": bool(after.isolated),
            "hairpin": bool(after.hairpin),
            "learning": after.learning is not False,
        }
        if not altered.bridge:
            flags = dict.fromkeys(flags, None)
        alias = {"owner": after.owner, "saved": after.saved, "alias": after.alias}
        self.current.links[altered.ref] = replace(altered, addresses=addresses, **flags, **alias)
        if link.peer in self.current.links:
            self.current.links[link.peer] = replace(self.current.links[link.peer], peer=altered.ref)
        for other in [one for one in self.current.links.values() if one.parent == before.ref]:
            self.current.links[other.ref] = replace(other, parent=altered.ref)

    def _forget(self, place: LinkRef) -> None:
        """What is the kernel's own of a link in a namespace."""
        self.current.impairments.pop(place, None)
        self.current.vlans.pop(place, None)
        for netns, path in [
            key
            for key in self.current.sysctls
            if key[0] == place[0] and key[1].split("/")[3:4] == [place[1]]
        ]:
            del self.current.sysctls[netns, path]

    def _delete(self, place: Any) -> None:
        link = self.current.links.pop(place, None)
        if link is None:
            return
        self._forget(place)
        for other in [
            one.ref
            for one in self.current.links.values()
            if one.parent == place or one.ref == link.peer
        ]:
            self._delete(other)
        self.current.routes[place[0]] = tuple(
            route for route in self.current.routes.get(place[0], ()) if route.device != place[1]
        )
        for other in [
            one
            for one in self.current.links.values()
            if one.netns == place[0] and one.bridge == place[1]
        ]:
            self.current.links[other.ref] = replace(other, bridge="")
            self.current.vlans.pop(other.ref, None)
