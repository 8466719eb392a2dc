# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What port forwards have counted: NAT sees the first packet of each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.programs import find, run
from .._model.forward_counters import ForwardCounter
from .._model.lazy_pattern import compile_lazily
from .._model.nat import Dnat
from .counted import Counted
from .nftables.backend import PROGRAM, TABLE
from .resources import of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.nat import Ruleset

_PROGRAMS = {4: "iptables-save", 6: "ip6tables-save"}
_COUNTED = compile_lazily(
    r"\[(?P<packets>\d+):(?P<octets>\d+)\] -A REDBLUE-\S* .*-p (?P<protocol>\S+) .*"
    r"--dport (?P<port>\d+).* --comment \"?redblue\.netns(?::(?P<lab>[^\" ]+))?[\" ].*"
    r"-j DNAT --to-destination \[?(?P<address>[0-9a-f.:]+?)\]?(?::[\d/-]+)?$"
)
"""A rule of a port forward, with its counters."""


def read_forward_counters(ruleset: Ruleset) -> list[ForwardCounter]:
    """Read the counters of a rule set, in the namespace of the calling thread."""
    forwards = of_type(ruleset.resources, Dnat)
    if not forwards:
        return []
    if ruleset.backend == "nftables":
        return count_forwards(forwards, _list_nftables())
    families = {forward.family for forward in forwards}
    counted = [each for family in families for each in _list_iptables(_PROGRAMS[family])]
    return count_forwards(forwards, counted)


def _list_nftables() -> Iterator[Counted]:
    from .nftables.counters import list_counted

    if find(PROGRAM) is not None:
        answer = run(PROGRAM, ["-j", "--numeric-protocol", "list", "table", *TABLE])
        if not answer.code:
            yield from list_counted(answer.output)


def _list_iptables(program: str) -> Iterator[Counted]:
    if find(program) is not None:
        yield from read_saved(run(program, ["-c", "-t", "nat"]).output.splitlines())


def read_saved(lines: Iterable[str]) -> Iterator[Counted]:
    """What rules have counted that ``iptables-save -c`` lists."""
    for rule in filter(None, map(_COUNTED.match, lines)):
        yield Counted(
            rule["lab"] or "",
            rule["protocol"],
            int(rule["port"]),
            rule["address"],
            int(rule["packets"]),
            int(rule["octets"]),
        )


def count_forwards(forwards: Sequence[Dnat], counted: Iterable[Counted]) -> list[ForwardCounter]:
    """Add up the counters of each port forward; those that nothing counts are left out.

    Forwards with the same ports and target that differ in their sources are counted as one.
    """
    by_port: dict[tuple[str, str, int], list[int]] = {}
    for index, forward in enumerate(forwards):
        for port in range(forward.ports[0], forward.ports[1] + 1):
            by_port.setdefault((forward.protocol, forward.to_address, port), []).append(index)
    sums: dict[int, tuple[int, int]] = {}
    for each in counted:
        for index in by_port.get((each.protocol, each.address, each.port), ()):
            if each.owner in (None, forwards[index].owner or ""):
                packets, octets = sums.get(index, (0, 0))
                sums[index] = (packets + each.packets, octets + each.octets)
                break
    return [ForwardCounter(forwards[index], *sums[index]) for index in sorted(sums)]
