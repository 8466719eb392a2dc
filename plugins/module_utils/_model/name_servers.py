# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS and DHCP server of a bridge, which is dnsmasq, and how it is told what to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass
from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .dhcp import DhcpOptions
    from .processes import LabProcess

PROGRAM = "dnsmasq"
START = (
    PROGRAM,
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--pid-file=",
    "--log-facility=-",
    "--no-hosts",
)
"""How each server is started, see dnsmasq(8): it reads and writes no file."""
HOST_RESOLVER = "host"
"""The word that stands for the servers of /etc/resolv.conf."""
PORT = 53
QUERIED = "queried"
"""Beside the options that a process serves, the addresses at which its server is asked."""
_SERVICES = {"dns": ("53/udp", "53/tcp"), "dhcp": ("67/udp", "547/udp")}
"""What may be reached of it, whatever else may be reached of the host, by the option it serves."""

Named = tuple[tuple[str, tuple[str, ...]], ...]
"""Names, each with its addresses."""


class DnsOptions(NamedTuple):
    """The option ``dns`` of a topology."""

    upstream: tuple[str, ...] = ()
    """The servers that are asked for all other names."""
    domain: str | None = None
    """The domain of the members."""
    domains: Named = ()
    """Domains, each with the servers that are asked for its names."""
    records: Named = ()
    """Other names that the server knows."""

    def as_dict(self) -> dict[str, Any]:
        """The option as it is written."""
        options: dict[str, Any] = {
            "upstream": list(self.upstream),
            "domain": self.domain,
            "domains": {name: list(servers) for name, servers in self.domains},
            "records": {name: list(addresses) for name, addresses in self.records},
        }
        return {name: value for name, value in options.items() if value}


class ServerOptions(NamedTuple):
    """The options of a topology that the servers of its bridges carry out."""

    dns: DnsOptions | None = None
    dhcp: DhcpOptions | None = None
    ra: bool = False
    """Whether they advertise themselves as IPv6 routers."""

    def as_dict(self) -> dict[str, Any]:
        """Those that are given, as they are written."""
        options: dict[str, Any] = {"ra": True} if self.ra else {}
        if self.dns is not None:
            options["dns"] = self.dns.as_dict() or True
        if self.dhcp is not None:
            options["dhcp"] = self.dhcp.as_dict() or True
        return options


class NameFeeder(NamedTuple):
    """A server that adds what it answers to the sets of policies.

    dnsmasq does so for a name and all below it. So the servers of the bridges ask one for exact
    names, which is asked nothing else, and another one for patterns.
    """

    name: str
    names: tuple[str, ...]
    address: str
    """On the loopback interface of the host, which no member reaches."""


@dataclass(frozen=True)
class NameServer:
    """The server of a bridge."""

    netns: str | None
    interface: str
    """The interface with the addresses that the members of the bridge ask."""
    addresses: tuple[str, ...]
    members: Named
    dns: DnsOptions | None
    leases: tuple[str, ...] = ()
    """The arguments by which it gives addresses."""
    feeders: tuple[NameFeeder, ...] = ()


def name_process(server: NameServer) -> str:
    """The name of its process, which no process of a user can have."""
    place = server.interface if server.netns is None else f"{server.netns}:{server.interface}"
    return f"{'dhcp' if server.dns is None else 'dns'}:{place}"


def list_queried(process: LabProcess) -> list[str]:
    """The addresses at which the server of a process is asked."""
    return [] if process.serves is None else list(process.serves.get(QUERIED, ()))


def list_services(process: LabProcess) -> tuple[str, ...]:
    """The ports of the host that may be reached for what a process serves, as PORT/PROTOCOL."""
    served = process.serves or {}
    return tuple(word for option, words in _SERVICES.items() if option in served for word in words)


def interface_of(process: LabProcess) -> str:
    """The interface by which the server of a process is asked."""
    return process.name.rpartition(":")[2]


def compose_command(server: NameServer) -> tuple[str, ...]:
    """The command that runs it, but for ``HOST_RESOLVER`` it reads no file.

    With ``--bind-dynamic`` it answers only what arrives by its interface.
    """
    return (
        *START,
        f"--interface={server.interface}",
        "--except-interface=lo",
        "--bind-dynamic",
        *_list_answers(server),
        *server.leases,
    )


def _list_answers(server: NameServer) -> Iterator[str]:
    if server.dns is None:
        yield "--port=0"
        return
    yield from list_forwarding(server.dns)
    yield from _list_names(server.members, server.dns)
    if server.feeders:
        from .name_feeders import list_forwarding_to_feeders

        yield from list_forwarding_to_feeders(server.feeders, server.dns)


def list_forwarding(options: DnsOptions) -> Iterator[str]:
    """The servers that are asked for other names. Names without a dot are never asked for."""
    yield "--domain-needed"
    if HOST_RESOLVER not in options.upstream:
        yield "--no-resolv"
    for address in options.upstream:
        if address != HOST_RESOLVER:
            yield f"--server={address}"
    for domain, servers in options.domains:
        for address in servers:
            yield f"--server=/{domain}/{address}"


def _list_names(members: Named, options: DnsOptions) -> Iterator[str]:
    """What it answers by itself: also that a name has no address of the other family."""
    domain = options.domain
    if domain is not None:
        yield f"--domain={domain}"
        yield f"--local=/{domain}/"
    for name, addresses in members:
        full = name if domain is None else f"{name}.{domain},{name}"
        yield from (f"--host-record={full},{address}" for address in addresses)
    for name, addresses in options.records:
        yield from (f"--host-record={name},{address}" for address in addresses)
    for name, _addresses in (*members, *options.records):
        if "." in name and not (domain is not None and name.endswith(f".{domain}")):
            yield f"--local=/{name}/"
