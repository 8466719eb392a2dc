# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel dropped of others during a run, although nobody asked for it.

To rename a link, older kernels need it down for a moment. The kernel sets a link down when it comes
into a VRF, forgets neighbours with a new MAC address, and next hops with the carrier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.addresses import Address
from .._model.changes import links_in
from .._model.fast_replace import replace
from .._model.links import IPV6_MIN_MTU, Link, LinkRef, Veth
from .._model.routes import Route, is_foreign_route
from .._netlink.addresses import is_automatic_address, read_address
from .._netlink.raw_objects import is_ipv6
from .._netlink.routes import read_route
from .._observe.raw_selection import add_users, select_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.raw_state import RawObject, RawState
    from .._model.resources import Resource

_OTHERS = ("nexthop", "neighbour", "proxy")


def select_to_give_back(state: RawState, changes: Sequence[Change]) -> RawState:
    """What a namespace must still have after the changes, by the names that its links have then."""
    planned = _Planned(changes)
    # What does not stay anyhow is sorted out first: a bridge of 1,000 ports has 10,000 objects.
    objects = tuple(raw for raw in state.objects if _may_be_given_back(state, raw, planned))
    after = replace(state, links=_follow_renamed(state, changes), objects=objects)
    impossible = set(_select_impossible(after, planned))
    return replace(after, objects=tuple(raw for raw in objects if raw not in impossible))


def _may_be_given_back(state: RawState, raw: RawObject, planned: _Planned) -> bool:
    return (
        raw.kind in _OTHERS
        or (raw.kind == "route" and _is_to_stay(state, raw, planned))
        or (
            raw.kind == "address"
            and bool(planned.restarted)
            and _is_on_restarted_link(state, raw, planned)
        )
    )


def _follow_renamed(state: RawState, changes: Sequence[Change]) -> dict[int, str]:
    names = dict(state.links)
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, Link) and isinstance(after, Link) and before.ref != after.ref:
            for index, name in names.items():
                if before.ref == (state.netns, name) and after.netns == state.netns:
                    names[index] = after.name
                    break
    return names


def _select_impossible(state: RawState, planned: _Planned) -> list[RawObject]:
    """What the links of a namespace cannot have any more."""
    without_ipv6 = {name for netns, name in planned.without_ipv6 if netns == state.netns}
    left = {name for netns, name in planned.left if netns == state.netns}
    lost = [raw for raw in select_on(state, without_ipv6) if is_ipv6(raw.message)]
    return add_users(state, [*lost, *select_on(state, left)])


class _Planned:
    """What a plan removes, and the links that it restarts."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.keys: set[tuple[Any, ...]] = set()
        self.restarted: dict[LinkRef, Link] = {}
        """The links that were up before the plan, and are up after it."""
        self.without_ipv6: set[LinkRef] = set()
        """The links whose new MTU is too small for IPv6."""
        self.left: set[LinkRef] = set()
        """The links that are deleted, or leave their namespace, and that no other replaces."""
        self._up: dict[LinkRef, bool | None] = {}
        """Whether each link was up before the plan, by where it is."""
        for change in changes:
            before, after = change.before, change.after
            if isinstance(before, (Route, Address)):
                if not change.implied:
                    self.keys.add(before.key)
            elif isinstance(before, Link) and isinstance(after, Link):
                self._note_altered(before, after)
            elif isinstance(before, (Link, Veth)) or isinstance(after, (Link, Veth)):
                self._note_replaced(before, after)

    def _note_altered(self, before: Link, after: Link) -> None:
        self._note_mtu(before, after)
        if before.netns != after.netns:
            self.left.add(before.ref)
        else:
            was_up = self._up.pop(before.ref, before.up)
            self._up[after.ref] = was_up
            self.restarted.pop(before.ref, None)
            if was_up and after.up:
                self.restarted[after.ref] = after
        self.left.discard(after.ref)

    def _note_replaced(self, before: Resource | None, after: Resource | None) -> None:
        for resource in (before, after):
            for link in links_in([resource] if resource is not None else []):
                ref = link.ref
                self._up[ref] = False
                self.restarted.pop(ref, None)
                if resource is before:
                    self.left.add(ref)
                else:
                    self.left.discard(ref)

    def _note_mtu(self, before: Link, after: Link) -> None:
        self.without_ipv6.discard(before.ref)
        if after.mtu is not None and after.mtu < IPV6_MIN_MTU:
            self.without_ipv6.add(after.ref)


def _is_to_stay(state: RawState, raw: RawObject, planned: _Planned) -> bool:
    route = read_route(state.netns, state.links, raw.message)
    return route is not None and is_foreign_route(route) and route.key not in planned.keys


def _is_on_restarted_link(state: RawState, raw: RawObject, planned: _Planned) -> bool:
    reply = read_address(raw.message)
    ref = (state.netns, state.links.get(reply.ifindex, ""))
    link = planned.restarted.get(ref)
    return (
        link is not None
        and Address(*ref, reply.address).key not in planned.keys
        and not is_automatic_address(raw.message, link.mac)
    )
