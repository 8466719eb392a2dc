# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells observed namespaces and links their owners, as the record of owners proves them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._host.netns_names import find_own_names
from .._model.fast_replace import replace
from .._model.link_alias import compose_mark, read_alias_owner
from .._model.netns import Netns
from .._model.owner_records import Anchor, LinkRecord, NetnsRecord, OwnerRecords

if TYPE_CHECKING:
    from .._host.netns_handles import Handles, NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.links import Link, LinkRef
    from .._model.owner_records import NetnsEvidence

Owned = dict["LinkRef", LinkRecord]


def assign_owners(records: OwnerRecords, handles: Handles, current: CurrentState) -> None:
    """Set the owners of namespaces and links, and note the marks that nothing proves.

    :param current: has the links as the kernel describes them, without owners.
    """
    assignment = _Assignment(records, handles, current.links)
    for name, handle in handles.items():
        evidence = handle.evidence if handle.has_name else handle.former
        if name is not None and evidence is not None:
            netns = assignment.find_record(name, evidence) or NetnsRecord()
            current.namespaces[name] = Netns(name, netns.owner, netns.attached)
    assignment.assign_taken()
    for handle in handles.values():
        assignment.assign_made(handle)
    assignment.assign_peers()
    for ref, record in assignment.owned.items():
        current.links[ref] = _with_owner(current.links[ref], record)
        if record.underlay is not None:
            _assign_underlay(ref, assignment.find_netns(*record.underlay), current)
    _assign_unfinished(assignment.owned, handles, current)
    _assign_loopbacks(current)
    _note_unproven(current)
    current.lost_links = tuple(assignment.lost)
    current.owners_on_record = frozenset(records.owners)
    current.host_owners = _list_host_owners(records, current)


def _list_host_owners(records: OwnerRecords, current: CurrentState) -> dict[str, str]:
    """The owners of links of the host by name, without names that links of others have now."""
    owners: dict[str, str] = {}
    for record in records.links.get(None, ()):
        link = current.links.get((None, record.name))
        if record.saved is None and (link is None or link.owner is not None):
            owners[record.name] = record.owner
    return owners


class _Assignment:
    """Which observed links are those of the record."""

    def __init__(self, records: OwnerRecords, handles: Handles, links: dict[LinkRef, Link]) -> None:
        self._records = records
        self._handles = handles
        self._links = links
        self.owned: Owned = {}
        self.lost: list[tuple[str | None, LinkRecord]] = []

    @cached_property
    def _own_names(self) -> frozenset[str]:
        return find_own_names()

    def is_same_netns(self, handle: NetnsHandle) -> bool:
        """Whether a namespace is the one that the record means by its name."""
        if handle.netns is None:
            return True
        if not handle.has_name:
            record = self._records.namespaces.get(handle.netns)
            return record is not None and record.evidence == handle.evidence
        return self.find_record(handle.netns, handle.evidence) is not None

    def find_record(self, name: str, evidence: NetnsEvidence) -> NetnsRecord | None:
        """The record of the namespace to which a name leads."""
        record = self._records.namespaces.get(name)
        if record is None:
            return None
        is_same = record.evidence == evidence or (record.expected and name in self._own_names)
        return record if is_same else None

    def find_netns(self, name: str | None, evidence: NetnsEvidence | None) -> LinkRef | None:
        """A recorded namespace, as a parent without a name; None if it is not in sight."""
        if name is None:
            return (None, "")
        for handle in self._handles.values():
            if handle.has_name and handle.evidence == evidence:
                return (handle.netns, "")
        named = self._handles.get(name)
        is_expected = evidence is None and named is not None and self.is_same_netns(named)
        return (name, "") if is_expected else None

    def assign_made(self, handle: NetnsHandle) -> None:
        """Find the links that were made in a namespace."""
        records = self._records.links.get(handle.netns)
        if not records or not self.is_same_netns(handle):
            return
        made = [record for record in records if record.saved is None]
        known = {record.ifindex: record for record in made if record.ifindex}
        expected = {(record.name, record.kind): record for record in made if not record.ifindex}
        for name, ifindex in handle.indexes.items():
            ref = (handle.netns, name)
            if ref in self.owned:
                continue
            link = self._links[ref]
            record = known.get(ifindex)
            if record is None or record.kind != link.kind:
                record = expected.get((name, link.kind or ""))
                if record is None or not self._is_as_expected(link, record):
                    continue
            self.owned[ref] = record

    def _is_as_expected(self, link: Link, record: LinkRecord) -> bool:
        return link.name in self._handles[link.netns].unfinished or _is_marked(link, record)

    def assign_taken(self) -> None:
        """Find the links that were taken from the host, wherever they are now."""
        found = set()
        missing = []
        for netns, record in sorted(self._records.taken_links(), key=lambda item: -item[1].ifindex):
            ref = None if record.saved in found else self._find_taken(netns, record)
            if ref is not None:
                self.owned[ref] = record
                found.add(record.saved)
            elif record.ifindex:
                missing.append((netns, record))
        self.lost = [item for item in missing if item[1].saved not in found]

    def _find_taken(self, netns: str | None, record: LinkRecord) -> LinkRef | None:
        is_identified = bool(record.hardware) or record.anchor is not None
        for ref, link in self._links.items():
            if ref in self.owned or link.kind != record.kind:
                continue
            if is_identified:
                is_same = self._has_origin(ref, record)
            else:
                is_same = self._is_in_place(ref, netns, record)
            if is_same and (record.ifindex or ref[0] is not None or _is_marked(link, record)):
                return ref
        return None

    def _has_origin(self, ref: LinkRef, record: LinkRecord) -> bool:
        """Whether a link is the same hardware, or leads to the same link, as the recorded one."""
        if record.hardware:
            return self._handles[ref[0]].hardware.get(ref[1]) == record.hardware
        if record.anchor is None or find_anchor(self._links[ref], self._handles) != record.anchor:
            return False
        return self.is_same_netns(self._handles[record.anchor[0]])

    def _is_in_place(self, ref: LinkRef, netns: str | None, record: LinkRecord) -> bool:
        """Whether a link is where the recorded one was moved, if nothing else identifies that."""
        handle = self._handles[ref[0]]
        if ref[0] != netns or not self.is_same_netns(handle):
            return False
        if record.ifindex:
            return handle.indexes[ref[1]] == record.ifindex
        return ref[1] == record.name and _is_marked(self._links[ref], record)

    def assign_peers(self) -> None:
        """The other end of a veth pair of ours is ours, if it is in a namespace.

        On the host it has a record of its own. What is in a namespace proves nothing there.
        """
        for ref, record in list(self.owned.items()):
            peer = self._links[ref].peer
            if record.saved is None and peer is not None and peer[0] is not None:
                self.owned.setdefault(peer, record)


def find_anchor(link: Link, handles: Handles) -> Anchor | None:
    """What a link cannot be separated from: its peer, or the link on which it sits."""
    ref = link.peer or link.parent
    if ref is None or ref[0] not in handles:
        return None
    return ref[0], handles[ref[0]].indexes[ref[1]] if ref[1] else 0


def _assign_underlay(ref: LinkRef, parent: LinkRef | None, current: CurrentState) -> None:
    if parent is None:
        current.lost_underlays.add(ref)
    current.links[ref] = replace(current.links[ref], parent=parent)


def _assign_unfinished(owned: Owned, handles: Handles, current: CurrentState) -> None:
    """Note the links of ours that are not marked yet: they have no alias.

    Root of a namespace can put a link into the group of unfinished ones, too.
    """
    for handle in handles.values():
        for name in handle.unfinished:
            ref = (handle.netns, name)
            record = owned.get(ref)
            if record is not None and not record.ifindex and record.saved is None:
                current.unfinished.add(ref)
                current.links[ref] = replace(current.links[ref], alias=None)


def _is_marked(link: Link, record: LinkRecord) -> bool:
    return link.alias == compose_mark(record.owner, record.saved)


def _with_owner(link: Link, record: LinkRecord) -> Link:
    """A link of ours. Its alias is only told if it is not the mark."""
    alias = None if _is_marked(link, record) else link.alias or ""
    return replace(link, owner=record.owner, saved=record.saved, alias=alias)


def _assign_loopbacks(current: CurrentState) -> None:
    """A loopback belongs to the owner of its namespace."""
    for name, netns in current.namespaces.items():
        loopback = current.links.get((name, "lo"))
        if netns.owner is not None and loopback is not None:
            record = LinkRecord(netns.owner, "lo", "", 1)
            current.links[loopback.ref] = _with_owner(loopback, record)


def _note_unproven(current: CurrentState) -> None:
    for ref, link in current.links.items():
        if link.owner is not None:
            continue
        owner = read_alias_owner(link.alias)
        if owner is not None:
            current.unproven_marks[ref] = owner
