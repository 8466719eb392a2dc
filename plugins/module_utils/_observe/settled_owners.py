# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of owners after a run: what stands now, by the numbers that the kernel gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns import list_netns_names
from .._model.owner_records import LinkRecord, NetnsRecord, OwnerRecords
from .._model.routes import route_protocol
from .owner_assignment import find_anchor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .._host.netns_handles import Handles, NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.links import Link
    from .._model.owner_records import NetnsEvidence, Underlay


class Settlement:
    """The record of what was observed. What was not observed stays on record while it exists."""

    def __init__(
        self,
        records: OwnerRecords,
        handles: Handles,
        current: CurrentState,
        named: Collection[str | None] = (),
    ) -> None:
        """``handles`` are those of the observed namespaces, ``records`` the record until now.

        :param named: the names that were to be observed, whether they exist or not.
        """
        self._old = records
        self._handles = {name: handle for name, handle in handles.items() if handle.has_name}
        self._named = named
        self._current = current
        self._new = OwnerRecords(is_complete=records.is_complete)

    def settle(self, was_everywhere: bool) -> OwnerRecords:
        """The new record.

        :param was_everywhere: whether all namespaces were observed, with their routes and rules.
            If that was never done before, these are recorded as their marks say.
        """
        searches = was_everywhere and not self._old.is_complete
        self._new.is_complete = was_everywhere or self._old.is_complete
        self._keep_unobserved()
        for handle in self._handles.values():
            links = tuple(self._list_links(handle))
            if links:
                self._new.links[handle.netns] = links
            if handle.netns is not None:
                self._settle_netns(handle.netns, handle.evidence, bool(links), searches)
        self._keep_missing()
        self._keep_anchors()
        return self._new

    def _keep_unobserved(self) -> None:
        names = set(list_netns_names()) - self._handles.keys()
        for name, record in self._old.namespaces.items():
            if name in names:
                self._new.namespaces[name] = record
            elif record.attached is not None and self._may_be_attached_again(name):
                self._new.namespaces[name] = NetnsRecord(attached=record.attached)
        for netns, links in self._old.links.items():
            if netns in names or (netns is None and None not in self._handles):
                self._new.links[netns] = links

    def _may_be_attached_again(self, name: str) -> bool:
        """Whether a name that does not exist is wanted still, as far as is known."""
        if name in self._handles:
            return False
        target = self._current.attach_targets.get(name)
        return name not in self._named if target is None else target.has_ended

    def _list_links(self, handle: NetnsHandle) -> Iterator[LinkRecord]:
        for name, ifindex in handle.indexes.items():
            link = self._current.links.get((handle.netns, name))
            if link is None or link.owner is None or name == "lo":
                continue
            underlay = self._find_underlay(link, ifindex) if link.kind == "wireguard" else None
            record = LinkRecord(link.owner, name, link.kind or "", ifindex, underlay=underlay)
            yield record if link.saved is None else self._with_origin(record, link, handle)

    def _find_underlay(self, link: Link, ifindex: int) -> Underlay | None:
        """Where a link was created, by what is known of the namespace that it has on record."""
        if link.parent is not None:
            handle = self._handles.get(link.parent[0])
            if handle is not None:
                return (handle.netns, None if handle.netns is None else handle.evidence)
        for known in self._old.links.get(link.netns, ()):
            if known.ifindex == ifindex and known.kind == link.kind:
                return known.underlay
        return None

    def _with_origin(self, record: LinkRecord, link: Link, handle: NetnsHandle) -> LinkRecord:
        hardware, anchor = handle.hardware.get(link.name, ""), find_anchor(link, self._handles)
        contents = ""
        for _netns, known in self._old.taken_links():
            if known.saved == link.saved:
                hardware, anchor = hardware or known.hardware, anchor or known.anchor
                contents = contents or known.contents
        return record._replace(
            saved=link.saved, hardware=hardware, anchor=anchor, contents=contents
        )

    def _settle_netns(
        self, name: str, evidence: NetnsEvidence, has_links: bool, searches: bool
    ) -> None:
        netns = self._current.namespaces[name]
        owner = netns.owner
        old = self._old.namespaces.get(name)
        users = old.users if old is not None and old.evidence == evidence else frozenset()
        if searches:
            users |= self._infer_users(name, owner)
        if owner is not None or netns.attached is not None or has_links or users:
            self._new.namespaces[name] = NetnsRecord(
                owner, evidence, users=users, attached=netns.attached
            )

    def _infer_users(self, name: str, owner: str | None) -> frozenset[str]:
        ruleset = self._current.rulesets.get(name)
        rules = ruleset.resources if ruleset is not None else ()
        protocols = {route.protocol for route in self._current.routes.get(name, ())}
        if owner:
            protocols.discard(route_protocol(owner))  # Another topology may have the same number.
        labs = {getattr(rule, "owner", None) or "" for rule in rules}
        labs |= {lab for lab in self._current.owners() if route_protocol(lab) in protocols}
        return frozenset(labs - {"", owner})

    def _keep_missing(self) -> None:
        """Keep the settings of links from the host that are missing: they may come back."""
        found = {link.saved for _netns, link in self._new.taken_links()}
        for netns, record in self._old.taken_links():
            if record.saved not in found and (record.ifindex or netns not in self._handles):
                self._new.links[netns] = (*self._new.links.get(netns, ()), record)
                found.add(record.saved)

    def _keep_anchors(self) -> None:
        """Keep what identifies the namespaces to which the links from the host lead."""
        for _netns, record in self._new.taken_links():
            name = record.anchor[0] if record.anchor is not None else None
            if name is None or name in self._new.namespaces:
                continue
            if name in self._handles:
                self._new.namespaces[name] = NetnsRecord(evidence=self._handles[name].evidence)
            elif name in self._old.namespaces:
                self._new.namespaces[name] = self._old.namespaces[name]
