# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.network_policies import ANY, DIRECTIONS, HOST, INGRESS, Entry, NetworkPolicy, Peer
from .._model.ranges import format_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def name_policies(names: Sequence[str]) -> str:
    """One or several policies, as in ``policies db, web``."""
    return f"{'policy' if len(names) == 1 else 'policies'} {', '.join(names)}"


def describe_entries(policy: NetworkPolicy) -> Iterator[str]:
    """The rules of a policy, each as a sentence without a full stop."""
    for direction in DIRECTIONS:
        entries = policy.entries(direction)
        if entries is None:
            continue
        for entry in entries:
            yield f"{direction}: {describe_entry(direction, entry)}"
        rest = "log everything else, and refuse nothing" if policy.audit else ""
        yield f"{direction}: {rest or f'{policy.refuse} everything else'}"


def describe_entry(direction: str, entry: Entry) -> str:
    """A rule, as in ``allow tcp 80, 443 from web``."""
    words = [entry.action]
    words += ["everything"] if entry.protocol == ANY else [entry.protocol]
    if entry.ports:
        words.append(", ".join(format_range(*ports) for ports in entry.ports))
    words.append("from" if direction == INGRESS else "to")
    words.append(", ".join(map(_describe_peer, entry.peers)) or "any address")
    words += [f"(at most {entry.limit.rate}/{entry.limit.unit})"] if entry.limit else []
    if entry.connections is not None:
        noun = "connection" if entry.connections == 1 else "connections"
        words.append(f"(at most {entry.connections} {noun} of each sender)")
    return " ".join((*words, "(logged)") if entry.log else words)


def _describe_peer(peer: Peer) -> str:
    if peer.kind == HOST:
        return "the host"
    nouns = {
        "netns": "",
        "network": "",
        "lab": "topology ",
        "address_set": "address set ",
        "dns": "dns:",
    }
    return f"{nouns[peer.kind]}{peer.value}"
