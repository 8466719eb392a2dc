# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes mean for the record of owners, before and after they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .links import Link, LinkRef, Veth
from .netns import Netns
from .ovs import OvsBridge
from .owner_records import Anchor, LinkRecord, NetnsEvidence, NetnsRecord, OwnerRecords

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .changes import Change
    from .resources import Resource

Origin = tuple[str, Optional[Anchor]]
"""Hardware and anchor of a link, as in ``LinkRecord``."""


class Expectation:
    """The record with all that changes make, or would make again if they were undone.

    It is written before the first change. So what a killed run made is known as ours.
    """

    def __init__(
        self,
        records: OwnerRecords,
        lab: str,
        origins: Mapping[LinkRef, Origin],
        evidence: Mapping[str, NetnsEvidence],
        contents: Mapping[str, str],
    ) -> None:
        """``origins`` are those of links that may be taken; ``lab`` is "" for a single module.

        ``contents`` are those of the links that are taken now, by their names on the host.
        """
        self._namespaces = dict(records.namespaces)
        self._links: dict[str | None, Collection[LinkRecord]] = dict(records.links)
        """Of namespaces in which links are added, dictionaries."""
        self._is_complete = records.is_complete
        self._used: set[str] = set()
        self._lab = lab
        self._origins = dict(origins)
        self._evidence = evidence
        self._contents = contents

    @property
    def records(self) -> OwnerRecords:
        """The record, with what was added."""
        namespaces = dict(self._namespaces)
        for name in self._used:
            known = namespaces.get(name, NetnsRecord(evidence=self._evidence.get(name)))
            if known.owner != self._lab:
                namespaces[name] = known._replace(users=known.users | {self._lab})
        links = {netns: tuple(links) for netns, links in self._links.items()}
        return OwnerRecords(namespaces, links, self._is_complete)

    def add(self, change: Change) -> None:
        """Add what a change makes, and what it removes."""
        before, after = change.before, change.after
        if isinstance(before, Link) and isinstance(after, Link):
            is_in_place = before.name == after.name and before.netns == after.netns
            if is_in_place and before.owner == after.owner and before.saved == after.saved:
                return
            if before.ref in self._origins:
                self._origins[after.ref] = self._origins[before.ref]
        for resource in (before, after):
            if resource is not None:
                self._add_resource(resource)

    def _add_resource(self, resource: Resource) -> None:
        if isinstance(resource, Netns):
            self._add_netns(resource)
        elif isinstance(resource, Link):
            self._add_link(resource)
        elif isinstance(resource, OvsBridge):
            self._add_link(resource.link)
        elif isinstance(resource, Veth):
            self._add_link(resource.end)
            self._add_link(resource.peer)
        elif self._lab:
            netns = getattr(resource, "netns", None)
            if netns is not None:
                self._used.add(netns)

    def _add_netns(self, netns: Netns) -> None:
        known = self._namespaces.get(netns.name, NetnsRecord())
        if netns.attached is not None:
            evidence = self._evidence.get(netns.name)
            if known.evidence != evidence:
                # Links of others may have the indexes that ours had where the name led before.
                self._links.pop(netns.name, None)
            self._namespaces[netns.name] = known._replace(
                owner=None, evidence=evidence, expected=True, attached=netns.attached
            )
        elif netns.owner is not None:
            self._namespaces[netns.name] = known._replace(
                owner=netns.owner, expected=True, attached=None
            )

    def _add_link(self, link: Link) -> None:
        if link.owner is None or link.name == "lo":
            return
        hardware, anchor, contents = "", None, ""
        if link.saved is not None:
            hardware, anchor = self._origins.get(link.ref, ("", None))
            contents = self._contents.get(link.saved.name, "")
        record = LinkRecord(
            link.owner, link.name, link.kind or "", 0, link.saved, hardware, anchor, contents
        )
        if link.kind == "wireguard" and link.parent is not None:
            record = record._replace(underlay=(link.parent[0], None))
        links = self._links.get(link.netns, ())
        if not isinstance(links, dict):
            links = self._links[link.netns] = dict.fromkeys(links)
        links[record] = None
        underlay = record.underlay
        for netns in (link.netns, anchor and anchor[0], underlay and underlay[0]):
            if netns is not None and netns in self._evidence:
                self._namespaces.setdefault(netns, NetnsRecord(evidence=self._evidence[netns]))


def forget_released(records: OwnerRecords, changes: Iterable[Change]) -> OwnerRecords:
    """The record without the links that these changes gave back to the host."""
    released = set()
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, Link) and isinstance(after, Link) and before.saved != after.saved:
            # The same link may be taken again, with the same settings.
            released.add((before.owner, before.saved))
            released.discard((after.owner, after.saved))
    if not released:
        return records
    links = {
        netns: tuple(link for link in known if (link.owner, link.saved) not in released)
        for netns, known in records.links.items()
    }
    return OwnerRecords(records.namespaces, links, records.is_complete)
