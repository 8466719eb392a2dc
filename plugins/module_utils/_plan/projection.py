# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The projection: the host as it will be, altered step by step while a plan is drawn up."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._describe.places import describe_location
from .._model.addresses import Address, network_of
from .._model.changes import links_in
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import MAX_BRIDGE_PORTS
from .._model.links import Link, LinkRef, Veth
from .._model.netns import Netns, Sysctl
from .._model.occurrence import occurs
from .._model.resources import PolicyPart
from .assumptions import may_be_added
from .host_state import HostState, discard, store
from .plan_builder import PlanBuilder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .._model.current_state import CurrentState
    from .._model.resources import Resource
    from .phases import Phase
    from .request import Request

Computed = TypeVar("Computed")


class Projection(HostState):
    """The host as it will be when the steps planned so far have been applied.

    ``add``, ``remove``, ``replace``, ``change`` and ``move`` record a step and alter the projection
    in one act, so that plan and projection cannot differ. ``update_implicitly`` alters the
    projection alone.
    """

    def __init__(self, request: Request, current: CurrentState) -> None:
        super().__init__(current)
        self.request = request
        self.current = current
        self.builder = PlanBuilder()
        self.cleared: set[LinkRef] = set()
        """Where links are removed before others are created."""
        self.departing: list[Link] = []
        """Links that leave their place, and links with the addresses that they lose late."""
        self.returned: set[LinkRef] = set()
        """Links that come back to the host, after all rules are planned to be in place."""
        self.inherited_sysctls: dict[tuple[str | None, str], Sysctl] = {}
        """The parameters of wanted links that the task sets for links in general."""
        self.added_addresses: list[tuple[LinkRef, str]] = []
        """The wanted addresses that the plan adds."""
        self._bare_links: dict[LinkRef, tuple[Link, Link]] = {}
        """Links without addresses, each with the link of which it was made."""
        self._computed: dict[Callable[[Projection], Any], Any] = {}

    @cached_property
    def has_policies(self) -> bool:
        """Whether the task or the host has policies. Without any, no file about them is loaded."""
        rulesets = self.current.rulesets.values()
        rules = chain(self.request.desired.present, *(each.resources for each in rulesets))
        return occurs(PolicyPart, rules)

    def add(self, resource: Resource, phase: Phase) -> None:
        """Plan to create a resource."""
        if self.current.altnames:
            for link in links_in([resource]):
                self.check_no_altname("name", link.ref)
        self.builder.record(phase, None, self._without_addresses(resource))
        store(resource, self)

    def remove(self, resource: Resource, phase: Phase, implied: bool = False) -> None:
        """Plan to remove a resource."""
        self.builder.record(phase, self._without_addresses(resource), None, implied)
        discard(resource, self)

    def replace(
        self,
        before: Resource | None,
        after: Resource,
        phase: Phase,
        implied: bool = False,
    ) -> None:
        """Plan to put a resource into the place of another; of a link use ``change``."""
        self.builder.record(phase, before, after, implied)
        if before is not None:
            discard(before, self)
        store(after, self)

    def add_addresses(self, link: Link, addresses: Sequence[str], phase: Phase) -> None:
        """Plan to add addresses to a link, as ``add`` does for each, but faster."""
        ref = link.ref
        current = self.links[ref]
        for text in addresses:
            self.builder.record(phase, None, Address(*ref, text))
        altered = replace(current, addresses=(*(current.addresses or ()), *addresses))
        self._bare_links[ref] = (altered, self._bare(current))
        self.links[ref] = altered

    def remove_addresses(
        self,
        link: Link,
        addresses: Sequence[str],
        phase: Phase,
        implied: bool = False,
        promoting: Collection[str] = (),
    ) -> None:
        """Plan to remove addresses from a link, as ``remove`` does for each.

        :param promoting: those with which others would be removed; these stay.
        """
        ref = link.ref
        current = self.links[ref]
        for text in addresses:
            address = Address(*ref, text, promotes=text in promoting)
            self.builder.record(phase, address, None, implied)
        remaining = tuple(text for text in current.addresses or () if text not in addresses)
        self.links[ref] = replace(current, addresses=remaining)

    def change(self, link: Link, phase: Phase, implied: bool = False, **attributes: Any) -> Link:
        """Plan to change attributes of a link; its addresses are resources of their own.

        :returns: the link as it will be.
        """
        ref = link.ref
        before = self.links[ref]
        changed = self.links[ref] = replace(before, **attributes)
        self.builder.record(phase, self._bare(before), self._bare(changed), implied)
        return changed

    def move(self, link: Link, ref: LinkRef, phase: Phase, **attributes: Any) -> Link:
        """Plan to move a link to another namespace or name, where it has these attributes.

        :returns: the link as it will be.
        """
        self.check_no_altname("name", ref)
        before = self.links[link.ref]
        moved = replace(before, netns=ref[0], name=ref[1], **attributes)
        self.builder.record(phase, self._bare(before), self._bare(moved))
        del self.links[before.ref]
        self.links[ref] = moved
        peer = self.links.get(before.peer) if before.peer else None
        if peer is not None:
            self.update_implicitly(peer, peer=ref)
        return moved

    def _without_addresses(self, resource: Resource) -> Resource:
        """A resource as a step records it: the addresses of a link have steps of their own."""
        if isinstance(resource, Link):
            return self._bare(resource)
        if isinstance(resource, Veth):
            return Veth(self._bare(resource.end), self._bare(resource.peer))
        return resource

    def _bare(self, link: Link) -> Link:
        """A link without addresses. It is as it was after the step before."""
        if link.addresses is None and link.link_locals is None:
            return link
        ref = link.ref
        known = self._bare_links.get(ref)
        if known is None or known[0] is not link:
            known = link, replace(link, addresses=None, link_locals=None)
            self._bare_links[ref] = known
        return known[1]

    def update_implicitly(self, link: Link, **attributes: Any) -> Link:
        """Alter a link without a step: the kernel does that as part of a step that is recorded.

        :returns: the link as it will be.
        """
        updated = replace(self.links[link.ref], **attributes)
        self.links[link.ref] = updated
        return updated

    def need_netns(self, name: str | None, wanted_by: str, parameter: str = "netns") -> None:
        """Make sure that a namespace exists; check mode assumes it and adds a note.

        :param wanted_by: what needs it, for the message.
        :raises Refused: if it does not exist.
        """
        if name is None or name in self.namespaces:
            return
        unusable = self.current.unusable_names.get(name, "stale")
        if unusable != "stale":
            rule = f"there is no such namespace: /run/netns/{name} is {unusable}"
            raise Refused(parameter, name, f"{rule}; {wanted_by} needs one")
        if not self.request.assume:
            raise Refused(parameter, name, f"there is no such namespace, and {wanted_by} needs it")
        self.namespaces[name] = Netns(name, "")
        self.unobserved_namespaces.add(name)
        self.builder.notes.append(
            f"assume namespace {name}, which does not exist yet, for {wanted_by}"
        )

    def need_link(
        self,
        parameter: str,
        netns: str | None,
        name: str,
        wanted_by: str,
        kind: str = "veth",
    ) -> Link:
        """The link of that name; check mode assumes a missing one and adds a note.

        :param kind: the kind of link to assume.
        :raises Refused: if it does not exist.
        """
        link = self.links.get((netns, name))
        if link is not None:
            return link
        self.check_no_altname(parameter, (netns, name))
        where = describe_location(netns)
        if not may_be_added(self, netns):
            raise Refused(
                parameter, name, f"there is no such interface {where}, and {wanted_by} needs it"
            )
        link = Link(
            netns,
            name,
            kind=kind,
            up=True,
            bridge="",
            addresses=(),
            accept_ra=False,
            accept_dad=False,
            link_local=True,
            owner="",
        )
        self.links[link.ref] = link
        self.builder.notes.append(
            f"assume interface {name} {where}, which does not exist yet, for {wanted_by}"
        )
        return link

    def check_no_altname(self, parameter: str, ref: LinkRef) -> None:
        """Check that a name is not the alternative name of a link, which the kernel does not reuse.

        :raises Conflict: if it is.
        """
        name = self.current.altnames.get(ref)
        if name is not None and (ref[0], name) in self.links:
            where = f"interface {name} {describe_location(ref[0])}"
            raise Conflict(parameter, ref[1], f"is an alternative name of {where}; use that name")

    def is_foreign(self, link: Link) -> bool:
        """Whether a link must not be removed with another unless the task permits it.

        For a single module that is a link without a mark, for a topology a link without its own
        mark.
        """
        lab = self.request.lab
        return link.owner is None if lab is None else link.owner != lab

    def purge_hint(self, link: Link) -> str:
        """The end of a message about an unexpected link: whether ``purge`` would replace it."""
        lab = self.request.lab
        if lab is None or self.request.desired.purge:
            return ""
        peer = self.links.get(link.peer, link) if link.peer else link
        return "; set purge: true to replace it" if link.owner == peer.owner == lab else ""

    @cached_property
    def added_networks(self) -> dict[tuple[str | None, str], tuple[LinkRef, str]]:
        """The link and the added address by (netns, network); to be read when all are planned."""
        return {(ref[0], str(network_of(text))): (ref, text) for ref, text in self.added_addresses}

    def once(self, compute: Callable[[Projection], Computed]) -> Computed:
        """What a function computes of the projection, when it is first asked for."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        computed: Computed = self._computed[compute]
        return computed

    @cached_property
    def full_bridges(self) -> set[tuple[str | None, str | None]]:
        """The bridges that cannot take all new ports until others are removed, as (netns, name)."""
        current = self.current.links
        counts: dict[tuple[str | None, str | None], int] = {}
        for link in current.values():
            bridge = (link.netns, link.bridge)
            counts[bridge] = counts.get(bridge, 0) + 1
        for link in self.request.links:
            bridge = (link.netns, link.bridge)
            if link.bridge and (link.ref not in current or current[link.ref].bridge != link.bridge):
                counts[bridge] = counts.get(bridge, 0) + 1
        return {
            bridge for bridge, count in counts.items() if bridge[1] and count > MAX_BRIDGE_PORTS
        }
