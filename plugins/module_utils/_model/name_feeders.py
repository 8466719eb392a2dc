# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS servers that fill the sets of policies, and how dnsmasq is told to do it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .digests import sha256
from .name_servers import START, DnsOptions, NameFeeder, list_forwarding
from .policy_names import (
    MAX_TTL,
    TABLE,
    TABLE_FAMILY,
    covers,
    domain_of,
    is_pattern,
    is_within,
    name_answers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FEEDER_PORT = 53053
EXACT, PATTERNS = "feed:names", "feed:patterns"
"""The names of the processes, which no process of a user can have."""
_STANDARD = "#"
"""The servers for all names that no option names."""


def list_feeders(lab: str, names: Iterable[str]) -> tuple[NameFeeder, ...]:
    """The servers that these names and patterns need."""
    names = sorted(set(names))
    exact = tuple(name for name in names if not is_pattern(name))
    patterns = tuple(name for name in names if is_pattern(name))
    return tuple(
        NameFeeder(process, each, _choose_address(lab, process))
        for process, each in ((EXACT, exact), (PATTERNS, patterns))
        if each
    )


def _choose_address(lab: str, process: str) -> str:
    """An address of the loopback interface for one server of one topology."""
    octets = sha256(f"{lab} {process}".encode()).digest()
    return f"127.{128 + octets[0] % 120}.{octets[1]}.{1 + octets[2] % 254}"


def compose_feeder_command(
    feeder: NameFeeder, every: Sequence[NameFeeder], options: DnsOptions, lab: str
) -> tuple[str, ...]:
    """The command that runs it. It keeps no answers: those that it had kept would add nothing."""
    return (
        *START,
        f"--listen-address={feeder.address}",
        f"--port={FEEDER_PORT}",
        "--bind-interfaces",
        "--cache-size=0",
        *list_forwarding(options),
        *_list_sets(feeder, every, lab),
    )


def _list_sets(feeder: NameFeeder, every: Sequence[NameFeeder], lab: str) -> Iterator[str]:
    """The sets of each domain: dnsmasq only uses those of the longest one that a name ends with."""
    others = [name for each in every for name in each.names if is_pattern(name)]
    for name in feeder.names:
        domain = domain_of(name)
        found = [name, *(other for other in others if other != name and covers(other, name))]
        sets = [
            f"{family}#{TABLE_FAMILY}#{TABLE}#{name_answers(lab, each, family)}"
            for each in found
            for family in (4, 6)
        ]
        yield f"--nftset=/{domain}/{','.join(sets)}"


def list_forwarding_to_feeders(feeders: Sequence[NameFeeder], options: DnsOptions) -> Iterator[str]:
    """By which a server of a bridge asks them, and nothing else of them. It keeps no answers."""
    yield "--cache-size=0"
    yield f"--max-ttl={MAX_TTL}"
    names = [(name, each) for each in feeders for name in each.names]
    patterns = {domain_of(name): each for name, each in names if is_pattern(name)}
    for name, feeder in names:
        yield f"--server=/{name}/{feeder.address}#{FEEDER_PORT}"
        if is_pattern(name) or name in patterns:
            continue  # A pattern has its own line.
        covering = [domain for domain in patterns if is_within(name, domain)]
        if covering:
            of_pattern = patterns[max(covering, key=len)]
            yield f"--server=/*.{name}/{of_pattern.address}#{FEEDER_PORT}"
        else:
            yield from (f"--server=/*.{name}/{each}" for each in _find_servers(name, options))


def _find_servers(name: str, options: DnsOptions) -> tuple[str, ...]:
    """The servers that are asked for what is below a name."""
    found = [
        (len(domain), servers) for domain, servers in options.domains if is_within(name, domain)
    ]
    return max(found)[1] if found else (_STANDARD,)
