# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies in messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.network_policies import ANY, HOST, INGRESS, Entry, NetworkPolicy, Peer

if TYPE_CHECKING:
    from collections.abc import Iterator


def format_range(first: int, last: int) -> str:
    """A port, or a range as in ``8000-8009``."""
    return str(first) if first == last else f"{first}-{last}"


def describe_entries(policy: NetworkPolicy) -> Iterator[str]:
    """The rules of a policy, each as a sentence without a full stop."""
    for direction in ("ingress", "egress"):
        entries = policy.entries(direction)
        if entries is None:
            continue
        for entry in entries:
            yield f"{direction}: {describe_entry(direction, entry)}"
        yield f"{direction}: {policy.refuse} everything else"


def describe_entry(direction: str, entry: Entry) -> str:
    """A rule, as in ``allow tcp 80, 443 from web``."""
    words = [entry.action]
    words += ["everything"] if entry.protocol == ANY else [entry.protocol]
    if entry.ports:
        words.append(", ".join(format_range(*ports) for ports in entry.ports))
    words.append("from" if direction == INGRESS else "to")
    words.append(", ".join(map(_describe_peer, entry.peers)) or "any address")
    return " ".join((*words, "(logged)") if entry.log else words)


def _describe_peer(peer: Peer) -> str:
    if peer.kind == HOST:
        return "the host"
    nouns = {"netns": "", "network": "", "lab": "topology ", "address_set": "address set "}
    return f"{nouns[peer.kind]}{peer.value}"
