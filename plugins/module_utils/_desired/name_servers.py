# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of a topology for names and addresses: one for each bridge, at its gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.dhcp import (
    SLAAC_LENGTH,
    AddressRange,
    compose_leases,
    is_in_range,
    is_range_in,
    list_reserved,
)
from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.fast_typing import NamedTuple
from .._model.links import Link, LinkRef, Veth
from .._model.name_servers import (
    PORT,
    QUERIED,
    DnsOptions,
    NameServer,
    ServerOptions,
    compose_command,
    list_services,
    name_process,
)
from .._model.netns import Resolver
from .._model.processes import ALWAYS, LabProcess, Ready
from .hosts import Members, check_host_names, list_members
from .policy_names import NamesByPath, add_feeders, add_resolvers, check_served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._model.resources import Resource

_PATIENCE = 30
"""Seconds in which a server begins to answer."""


class _Segment(NamedTuple):
    """A bridge with the interface that its members ask, and these."""

    router: Link
    members: dict[str, set[int]]
    """The namespaces with a cable to the bridge, each with the families of its addresses there."""


class NameServers(NamedTuple):
    """What the option ``dns`` adds to a topology."""

    processes: tuple[LabProcess, ...] = ()
    resolvers: Mapping[str, Resolver] = {}
    """By namespace. Each takes the place of one that names no servers."""
    on_host: Mapping[str, Sequence[str]] = {}
    """The services by which interfaces of the host are asked."""
    queried: tuple[str, ...] = ()
    """The addresses at which servers on the host are asked for names."""

    def add_to(self, resources: Sequence[Resource]) -> tuple[Resource, ...]:
        """The resources of the topology with those of the servers."""
        others = [
            each
            for each in resources
            if not (isinstance(each, Resolver) and each.netns in self.resolvers)
        ]
        others = [*add_resolvers(others, self.queried)]
        return (*others, *self.resolvers.values(), *self.processes)


def list_name_servers(
    resources: Sequence[Resource], options: ServerOptions, lab: str, names: NamesByPath
) -> NameServers:
    """The servers of a topology, and what its members ask.

    :param names: the DNS names in rules of its policies.
    :raises Refused: no bridge has an address for a server, a member cannot have its name, or a
        network has not the addresses to give.
    """
    first = next(iter(options.as_dict()), None)
    if first is None:
        return NameServers()
    members = list_members(resources)
    if options.dns is not None:
        check_host_names("dns", members)
    segments = _find_segments(resources, members)
    if not segments:
        rule = "needs a bridge with addresses, or one to which the host has a veth pair with some"
        raise Refused(first, True, rule)
    _check_records(members, options.dns)
    _check_networks(segments, members, options)
    servers = [_compose_server(segment, members, options) for segment in segments]
    check_served(names, options.dns, servers)
    servers, feeders = add_feeders(servers, lab, names.values())
    processes = tuple(_compose_process(server, options, lab) for server in servers)
    resolvers = () if options.dns is None else _point_members(resources, segments, options.dns)
    return NameServers(
        (*feeders, *processes),
        {each.netns: each for each in resolvers},
        {
            server.interface: list_services(process)
            for server, process in zip(servers, processes)
            if server.netns is None
        },
        () if options.dns is None else _list_queried(servers),
    )


def _list_queried(servers: Sequence[NameServer]) -> tuple[str, ...]:
    """The addresses of the servers on the host."""
    return tuple(
        address for server in servers if server.netns is None for address in server.addresses
    )


def _check_records(members: Members, options: DnsOptions | None) -> None:
    """Check that no other name is that of a member, which would have the addresses of both.

    :raises Refused: one is.
    """
    if options is None:
        return
    names = {name.lower(): name for name in members}
    suffix = "" if options.domain is None else f".{options.domain.lower()}"
    names.update({f"{name.lower()}{suffix}": name for name in members})
    for name, addresses in options.records:
        if name in names:
            rule = (
                f"is the name of namespace {names[name]}, which has its own addresses; leave it out"
            )
            raise Refused(f"dns.records.{name}", list(addresses), rule)


def _check_networks(segments: Sequence[_Segment], members: Members, options: ServerOptions) -> None:
    """Check that the servers have networks whose addresses they may give.

    :raises Refused: they have not.
    """
    interfaces = [text for segment in segments for text in segment.router.addresses or ()]
    for index, each in enumerate(() if options.dhcp is None else options.dhcp.ranges):
        if not any(is_range_in(each, text) for text in interfaces):
            listed = ", ".join(interfaces)
            rule = f"is not within a network of the addresses of a gateway ({listed})"
            raise Refused(f"dhcp.range[{index}]", str(each), rule)
        _check_range(f"dhcp.range[{index}]", each, interfaces, members)
    lengths = [int(text.partition("/")[2]) for text in interfaces if family_of(text) == 6]
    if options.ra and (not lengths or {*lengths} != {SLAAC_LENGTH}):
        rule = "needs IPv6 networks of the length 64, of which hosts make addresses themselves"
        raise Refused("ra", True, rule)


def _check_range(
    path: str, addresses: AddressRange, interfaces: Sequence[str], members: Members
) -> None:
    """Check that all addresses of a range may be given: somebody else has none of them.

    :raises Refused: one may not.
    """
    taken = [
        (text, f"the address of namespace {name}")
        for name, texts in members.items()
        for text in texts
    ]
    for interface in interfaces:
        taken += list_reserved(interface)
    for text, whose in taken:
        if is_in_range(text, addresses):
            rule = f"has {text}, {whose}; write ranges without it"
            raise Refused(path, str(addresses), rule)


def _find_segments(resources: Sequence[Resource], members: Members) -> list[_Segment]:
    links = [link for link in resources if isinstance(link, Link)]
    bridges: dict[LinkRef, Link] = {link.ref: link for link in links if link.kind == "bridge"}
    ends: dict[LinkRef, list[Link]] = {ref: [] for ref in bridges}
    for pair in resources:
        if isinstance(pair, Veth):
            for port, other in ((pair.end, pair.peer), (pair.peer, pair.end)):
                ref = (port.netns, port.bridge or "")
                if ref in ends and not other.bridge:
                    ends[ref].append(other)
    segments = []
    for ref, bridge in bridges.items():
        routers = [bridge, *(link for link in ends[ref] if link.netns is None)]
        router = next((link for link in routers if link.addresses), None)
        if router is not None:
            found = [link for link in ends[ref] if link.netns in members]
            segments.append(_Segment(router, _list_families(found)))
    return segments


def _list_families(links: Sequence[Link]) -> dict[str, set[int]]:
    families: dict[str, set[int]] = {}
    for link in links:
        found = families.setdefault(link.netns or "", set())
        found.update(map(family_of, link.addresses or ()))
    return families


def _list_addresses(router: Link) -> tuple[str, ...]:
    return tuple(text.partition("/")[0] for text in router.addresses or ())


def _compose_server(segment: _Segment, members: Members, options: ServerOptions) -> NameServer:
    router = segment.router
    named = tuple((name, tuple(addresses)) for name, addresses in members.items())
    used = [address for _name, addresses in named for address in addresses]
    leases = compose_leases(options.dhcp, options.ra, router.addresses or (), used)
    return NameServer(
        router.netns, router.name, _list_addresses(router), named, options.dns, leases
    )


def _compose_process(server: NameServer, options: ServerOptions, lab: str) -> LabProcess:
    has_names = options.dns is not None
    return LabProcess(
        lab,
        name_process(server),
        server.netns,
        compose_command(server),
        restart=ALWAYS,
        ready=Ready("udp", PORT, None, _PATIENCE, server.addresses[0]) if has_names else None,
        serves={**options.as_dict(), **({QUERIED: list(server.addresses)} if has_names else {})},
    )


def _point_members(
    resources: Sequence[Resource], segments: Sequence[_Segment], options: DnsOptions
) -> Iterator[Resolver]:
    """The resolver configurations of members that name no servers themselves."""
    given = {each.netns: each for each in resources if isinstance(each, Resolver)}
    queried: dict[str, list[str]] = {}
    for segment in segments:
        for netns, families in segment.members.items():
            queried.setdefault(netns, []).extend(
                address
                for address in _list_addresses(segment.router)
                if family_of(address) in families
            )
    search = () if options.domain is None else (options.domain,)
    for netns, servers in queried.items():
        resolver = given.get(netns, Resolver(netns))
        if servers and not resolver.nameservers:
            addresses = tuple(dict.fromkeys(servers))
            yield replace(resolver, nameservers=addresses, search=resolver.search or search)
