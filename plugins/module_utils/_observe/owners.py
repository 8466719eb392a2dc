# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns what on a host: by its record of owners or, where it has none, by marks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._host.machine import read_machine_id
from .._host.netns import leads_to, list_netns_names
from .._host.netns_names import find_own_names
from .._host.owner_file import read_records
from .._model.current_state import CurrentState
from .._model.link_alias import read_alias_owner
from .._model.ovs import OVS_KIND
from .._model.owner_records import OwnerRecords
from .links import read_links
from .owner_assignment import assign_owners, find_anchor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.expected_owners import Origin
    from .._model.links import Link, LinkRef
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope


_SWITCHES = ("bridge", OVS_KIND)
FEW_MEMBERS = 30
"""So many members are observed in less time than it takes to decide whether that is needed."""


class Owners:
    """The record of owners of a host, and what was observed with it."""

    def __init__(self, host: NetnsEvidence) -> None:
        """``host`` is the evidence of the host's own network namespace."""
        self.host = host
        self.recorded = read_records(host)
        """What is in the file; None if the host has no record."""
        self.records = self.recorded or OwnerRecords()
        self._was_everywhere = False
        self._named: frozenset[str | None] = frozenset()
        self._handles: Handles = {}
        self._current: CurrentState | None = None

    @property
    def is_inferred(self) -> bool:
        """Whether the host has no record, so that owners follow from marks."""
        return self.recorded is None

    @cached_property
    def machine(self) -> str:
        """What MAC addresses are derived from.

        As long as this collection has links on a host, these keep their addresses, also if
        NetworkManager or a DHCP client gives the host another name.
        """
        recorded = self.recorded
        if recorded is not None and recorded.machine and any(recorded.links.values()):
            return recorded.machine
        return read_machine_id()

    @property
    def is_settled(self) -> bool:
        """Whether the file says all that is known."""
        return self.records == self.recorded and self.records.is_settled

    def list_names(self, scope: Scope, is_narrow: bool = False) -> set[str | None]:
        """The namespaces to observe besides those that the scope names.

        :param is_narrow: only those of the topology that a policy names.
        """
        is_complete = self.records.is_complete or is_narrow
        of_lab = scope.all_namespaces or scope.of_lab
        of_this_lab = self.records.namespaces_of(scope.lab or "") if of_lab else set()
        if is_narrow:
            of_this_lab = {*scope.members}
        self._named = scope.namespaces | of_this_lab
        if scope.everywhere or (of_lab and not is_complete):
            self._was_everywhere = scope.all_namespaces
            return {None, *list_netns_names()}
        names: set[str | None] = set()
        if self.is_inferred:
            names |= {None, *find_own_names()}
        if of_lab:
            names |= {None, *of_this_lab}
        for netns, link in self.records.taken_links():
            # Where it was moved, and what shows that it is still the same link.
            names |= {netns, link.anchor[0] if link.anchor is not None else None}
        for netns in scope.namespaces | names:
            links = self.records.links.get(netns, ())
            names |= {link.underlay[0] for link in links if link.underlay is not None}
        return names

    def has_many_members(self, scope: Scope) -> bool:
        """Whether a topology has many members, and the record proves all of them.

        A switch in a namespace cannot be seen from the host, so it counts as unproved.
        """
        records = self.records
        if self.is_inferred or not records.is_settled:
            return False
        members = {
            name: record
            for name, record in records.namespaces.items()
            if record.owner == scope.lab or record.is_name_of(scope.lab or "")
        }
        if len(members) <= FEW_MEMBERS or any(
            netns is not None and link.kind in _SWITCHES for netns, link in records.all_links()
        ):
            return False
        return all(
            record.evidence is not None and leads_to(name, record.evidence[:2])
            for name, record in members.items()
        )

    def find_probable_owner(self, link: Link) -> str | None:
        """The owner of a link that is not completely read yet, by its name."""
        if self.is_inferred:
            return read_alias_owner(link.alias)
        return self._owners_by_name.get(link.ref)

    @cached_property
    def _owners_by_name(self) -> dict[LinkRef, str]:
        return {(netns, link.name): link.owner for netns, link in self.records.all_links()}

    def assign(self, handles: Handles, current: CurrentState) -> None:
        """Set the owners in a state that has none yet."""
        if self.is_inferred:
            from .inferred_owners import infer_records

            self.records = infer_records(handles, current.links)
        assign_owners(self.records, handles, current)
        self._handles, self._current = handles, current

    def settle(self) -> None:
        """Take what was observed last for the record."""
        if self._current is None:
            return
        from .settled_owners import Settlement

        settlement = Settlement(self.records, self._handles, self._current, self._named)
        self.records = settlement.settle(self._was_everywhere)

    def origins_of(self, links: Iterable[Link]) -> dict[LinkRef, Origin]:
        """What shows of observed links that they are these, after they were moved."""
        origins: dict[LinkRef, Origin] = {}
        for link in links:
            current = self._current.links.get(link.ref) if self._current is not None else None
            if current is not None:
                hardware = self._handles[link.netns].hardware.get(link.name, "")
                origins[link.ref] = (hardware, find_anchor(current, self._handles))
        return origins

    def list_evidence(self) -> dict[str, NetnsEvidence]:
        """What identifies each observed namespace."""
        return {name: handle.evidence for name, handle in self._handles.items() if name is not None}


def find_namespace_owners(handles: NetnsHandles) -> dict[str, str | None]:
    """The owner of each named namespace; None if this collection did not make it."""
    names = (None, *list_netns_names())
    observed = {name: handle for name, handle in zip(names, map(handles.open, names)) if handle}
    current = CurrentState(links=read_links(observed.values()))
    Owners(handles.get(None).evidence).assign(observed, current)
    return {name: netns.owner for name, netns in current.namespaces.items()}
