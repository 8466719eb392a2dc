# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS names in rules of policies: what the DNS servers of the topology have to do for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.fast_replace import replace
from .._model.name_feeders import FEEDER_PORT, compose_feeder_command, list_feeders
from .._model.network_policies import NetworkPolicy, list_dns_names
from .._model.policy_names import domain_of, is_within
from .._model.processes import ALWAYS, FEEDS, LabProcess, Ready
from .._params.dns_names import check_dns_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.name_servers import DnsOptions, NameServer
    from .._model.resources import Resource
    from .._params.specs.topology import ItemLists

_PATIENCE = 30
"""Seconds in which a server begins to answer."""

NamesByPath = dict[str, str]
"""DNS names by the path of the option that has it."""


def list_policy_names(sources: Iterable[tuple[str, ItemLists]]) -> NamesByPath:
    """The DNS names in rules of a topology.

    :raises Refused: one of them is not valid.
    """
    found: NamesByPath = {}
    for prefix, source in sources:
        for number, policy in enumerate(source["policy"] or ()):
            for index, entry in enumerate(policy["egress"] or ()):
                for place, peer in enumerate(entry["to"] or ()):
                    path = f"{prefix}policy[{number}].egress[{index}].to[{place}].dns"
                    if (name := peer["dns"]) is not None:
                        found[path] = check_dns_name(path, name)
    return found


def check_served(
    names: NamesByPath, options: DnsOptions | None, servers: Sequence[NameServer] = ()
) -> None:
    """Check that the servers of the topology can tell the addresses of these names.

    :raises Refused: there are none, or they ask nobody, or they run where the sets are not.
    """
    for path, name in names.items():
        if options is None:
            rule = "needs the DNS server of the topology, which tells the addresses of a name; set "
            raise Refused(path, name, f"{rule}the option dns: {{upstream: [host]}}")
        domain = domain_of(name)
        for local in _list_local(options, servers):
            if is_within(domain, local):
                rule = f"is a name that the DNS server of the topology answers itself ({local}); "
                raise Refused(path, name, f"{rule}write netns or network")
        if not options.upstream and not any(
            is_within(domain, other) for other, _servers in options.domains
        ):
            rule = "is never asked for, as the option dns names no server for it; write upstream: "
            raise Refused(path, name, f"{rule}[host], or the addresses of servers")
        for server in servers:
            if server.netns is not None:
                rule = (
                    f"needs DNS servers on the host, and that of {server.interface} runs in "
                    f"namespace {server.netns}; give its addresses to the end of a veth pair on "
                    "the host that leads to the bridge"
                )
                raise Refused(path, name, rule)


def _list_local(options: DnsOptions, servers: Sequence[NameServer]) -> Iterator[str]:
    if options.domain is not None:
        yield options.domain
    served = [pair for server in servers[:1] for pair in server.members]
    yield from (name for name, _addresses in (*served, *options.records) if "." in name)


def add_feeders(
    servers: Sequence[NameServer], lab: str, names: Iterable[str]
) -> tuple[list[NameServer], list[LabProcess]]:
    """The servers, which ask those that fill the sets of these names; and these, as processes."""
    feeders = list_feeders(lab, names)
    processes = [
        LabProcess(
            lab,
            feeder.name,
            None,
            compose_feeder_command(feeder, feeders, options, lab),
            restart=ALWAYS,
            ready=Ready("udp", FEEDER_PORT, None, _PATIENCE, feeder.address),
            serves={FEEDS: list(feeder.names)},
        )
        for feeder in feeders
        for options in [servers[0].dns]
        if options is not None
    ]
    return [replace(server, feeders=feeders) for server in servers], processes


def add_resolvers(resources: Iterable[Resource], servers: Sequence[str]) -> tuple[Resource, ...]:
    """The resources, with the addresses of the DNS servers in policies that name DNS names."""
    return tuple(
        replace(each, resolvers=tuple(servers))
        if isinstance(each, NetworkPolicy) and any(list_dns_names([each]))
        else each
        for each in resources
    )
