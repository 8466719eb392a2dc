# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What port forwards have counted. The rules of iptables count; the maps of nftables do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .._host.programs import find, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.nat import Dnat

_PROGRAMS = {4: "iptables-save", 6: "ip6tables-save"}
_COUNTED = re.compile(
    r"\[(?P<packets>\d+):(?P<octets>\d+)\] -A REDBLUE-\S* .*-p (?P<protocol>\S+) .*"
    r"--dport (?P<port>\d+).* --comment \"?redblue\.netns:(?P<lab>[^\" ]+).*"
    r"-j DNAT --to-destination \[?(?P<address>[0-9a-f.:]+?)\]?(?::[\d/-]+)?$"
)
"""A rule of a port forward, with its counters."""
_Key = tuple[str, int, str]
"""Protocol, first port and target."""


class ForwardCounter(NamedTuple):
    """The packets that the rules of a port forward have taken."""

    forward: Dnat
    packets: int
    octets: int


def read_forward_counters(lab: str, forwards: Sequence[Dnat]) -> list[ForwardCounter]:
    """Read the counters of a topology's port forwards that are rules of iptables on the host."""
    counters: list[ForwardCounter] = []
    for family, program in _PROGRAMS.items():
        wanted = [item for item in forwards if item.family == family and item.netns is None]
        if wanted and find(program):
            answer = run(program, ["-c", "-t", "nat"])
            counters += count_forwards(lab, wanted, answer.output.splitlines())
    return counters


def count_forwards(
    lab: str, forwards: Iterable[Dnat], lines: Iterable[str]
) -> list[ForwardCounter]:
    """Add up the counters of each port forward; those without a rule are left out.

    :param lines: what ``iptables-save -c`` lists.
    """
    counted: dict[_Key, tuple[int, int]] = {}
    for line in lines:
        rule = _COUNTED.match(line)
        if rule is not None and rule["lab"] == lab:
            key = (rule["protocol"], int(rule["port"]), rule["address"])
            packets, octets = counted.get(key, (0, 0))
            counted[key] = (packets + int(rule["packets"]), octets + int(rule["octets"]))
    found: dict[_Key, ForwardCounter] = {}
    for forward in forwards:
        key = (forward.protocol, forward.ports[0], forward.to_address)
        if key in counted:
            # Rules with the same port and target that differ in their sources are counted as one.
            found.setdefault(key, ForwardCounter(forward, *counted[key]))
    return list(found.values())
