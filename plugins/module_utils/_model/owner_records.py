# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of what this collection made on a host: the proof of who owns a resource.

Only root of the host can write it. A mark in the kernel is no proof, because root in a namespace
can change the aliases of the links there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .fast_dataclass import dataclass, field
from .fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .links import SavedSettings
    from .netns import Attachment

NetnsEvidence = tuple[int, int, int]
"""Device and inode of a namespace, and a number that no later namespace has."""

Anchor = tuple[Optional[str], int]
"""The namespace (None: the host) and index of a link's peer, or of the link on which it sits."""

Underlay = tuple[Optional[str], Optional[NetnsEvidence]]
"""The namespace in which a link was created (None: the host), and what identifies it. The latter is
None as long as it is only expected."""


class NetnsRecord(NamedTuple):
    """A namespace in which this collection has something.

    ``owner`` is None if this collection did not make it. ``expected``: a run was about to create
    it, perhaps in the place of the one that ``evidence`` identifies. ``users``: the topologies
    with routes or rules in it that do not own it. ``attached``: if it only gave it the name. Such a
    record outlives the name, so that a container which has ended is known when it runs again.
    """

    owner: str | None = None
    evidence: NetnsEvidence | None = None
    expected: bool = False
    users: frozenset[str] = frozenset()
    attached: Attachment | None = None

    def is_name_of(self, lab: str) -> bool:
        """Whether a topology gave a namespace that is not its own a name."""
        return self.attached is not None and self.attached.owner == lab


class LinkRecord(NamedTuple):
    """A link of this collection, or one that it took from the host.

    ``ifindex`` is 0 if a run was about to bring the link to this place. Of a link from the host
    ``saved`` are its settings there, and the rest shows that a link is that link: the bus address
    and permanent MAC address of hardware, the anchor of others. ``contents`` is what others had on
    it on the host, as ``LinkContents`` writes it. ``underlay`` is where the encrypted packets of a
    WireGuard link travel, which the kernel does not tell; None if that is not known.
    """

    owner: str
    name: str
    kind: str
    ifindex: int = 0
    saved: SavedSettings | None = None
    hardware: str = ""
    anchor: Anchor | None = None
    contents: str = ""
    underlay: Underlay | None = None


@dataclass
class OwnerRecords:
    """The record of a host. Links are listed by their namespace, None for the host."""

    namespaces: dict[str, NetnsRecord] = field(default_factory=dict)
    links: dict[str | None, tuple[LinkRecord, ...]] = field(default_factory=dict)
    is_complete: bool = False
    """Whether a run has searched all namespaces for what earlier releases left there."""
    machine: str = field(default="", compare=False)
    """What the MAC addresses of these links were derived from, as it is in the file."""

    @property
    def owners(self) -> set[str]:
        """The topologies in the record."""
        found = {record.owner for _netns, record in self.all_links()}
        for netns in self.namespaces.values():
            found |= {netns.owner or "", *netns.users}
            found |= set() if netns.attached is None else {netns.attached.owner or ""}
        return found - {""}

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected: the last run did not end before it had recorded all."""
        return not any(netns.expected for netns in self.namespaces.values()) and all(
            record.ifindex for _netns, record in self.all_links()
        )

    def all_links(self) -> Iterator[tuple[str | None, LinkRecord]]:
        """Every link, with its namespace."""
        for netns, records in self.links.items():
            for record in records:
                yield netns, record

    def taken_links(self) -> list[tuple[str | None, LinkRecord]]:
        """The links that came from the host, each with the namespace to which it was moved."""
        return [(netns, link) for netns, link in self.all_links() if link.saved is not None]

    def namespaces_of(self, lab: str) -> set[str]:
        """The namespaces of a topology, and others in which it has something."""
        found = {
            name
            for name, record in self.namespaces.items()
            if record.owner == lab or lab in record.users or record.is_name_of(lab)
        }
        return found | {netns for netns, link in self.all_links() if netns and link.owner == lab}
