# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that sit on other links: their order, and checks against their parent and siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_location, describe_owner
from .._model.errors import Conflict, Refused
from .._model.link_types import EXCLUSIVE_TYPES
from .._model.links import Link, LinkRef, type_of
from .assumptions import may_be_added

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .projection import Projection


def in_order(links: list[Link]) -> list[Link]:
    """Links in the order in which they can be created: parents before children.

    :raises Refused: if links sit on each other in a circle.
    """
    by_ref = {link.ref: link for link in links}
    ordered: list[Link] = []
    done: set[LinkRef] = set()

    def add(link: Link, above: list[LinkRef]) -> None:
        if link.ref in above:
            raise Refused("link", link.name, f"{describe_link(link)} would be its own parent")
        parent = by_ref.get(link.parent) if link.parent else None
        if parent is not None and parent.ref not in done:
            add(parent, [*above, link.ref])
        if link.ref not in done:
            done.add(link.ref)
            ordered.append(link)

    for link in links:
        add(link, [])
    return ordered


def siblings(projection: Projection, link: Link) -> Iterator[Link]:
    """The other links on the parent of a link."""
    if link.parent and link.parent[1]:
        for child in projection.links.children(link.parent):
            if child.ref != link.ref:
                yield child


def check_parent(projection: Projection, wanted: Link, ref: LinkRef) -> None:
    """Check that a link can be created on its parent.

    :param ref: the parent.
    :raises Refused: if it cannot.
    """
    projection.check_no_altname("link", ref)
    _check_parent_exists(projection, wanted, ref)
    parent = projection.need_link("link", ref[0], ref[1], describe_link(wanted))
    if wanted.kind not in EXCLUSIVE_TYPES:
        return
    if parent.kind == wanted.kind:
        raise Refused(
            "link",
            parent.name,
            f"is {describe_kind(parent)} itself, and the kernel does not allow one on another; "
            "name its parent",
        )
    if parent.bridge:
        raise Refused(
            "link",
            parent.name,
            f"is a port of bridge {parent.bridge}, which receives all of its packets; name the "
            "bridge",
        )
    for sibling in siblings(projection, wanted):
        if sibling.kind in EXCLUSIVE_TYPES:
            _check_exclusive_sibling(wanted, sibling, parent)
            # The first one suffices: all are of one kind, and one with mode passthru is alone.
            return


def _check_parent_exists(projection: Projection, wanted: Link, ref: LinkRef) -> None:
    netns, name = ref
    # A parent beside the link was probably meant, and no task before this one will change that.
    is_assumed = may_be_added(projection, netns) and (wanted.netns, name) not in projection.links
    if ref in projection.links or is_assumed:
        return
    elsewhere = next((netns for netns, other in projection.links if other == name), None)
    hint = f"; namespace {elsewhere} has one: set link_netns: {elsewhere}" if elsewhere else ""
    raise Refused(
        "link",
        name,
        f"there is no such interface {describe_location(netns)}, and {wanted.name} needs it as "
        f"its parent{hint}",
    )


def _check_exclusive_sibling(wanted: Link, sibling: Link, parent: Link) -> None:
    if sibling.kind != wanted.kind:
        raise Conflict(
            "link",
            parent.name,
            f"is the parent of {describe_kind(sibling)}, {describe_link(sibling)}, and a link can "
            "be the parent of one of the two kinds only",
        )
    mode = getattr(wanted.options, "mode", None)
    sibling_mode = getattr(sibling.options, "mode", None)
    if "passthru" in (mode, sibling_mode):
        rule = (
            f"{describe_link(sibling)} is on the same parent with mode {sibling_mode}, and mode "
            "passthru allows only one link on a parent"
        )
        raise Conflict("mode", mode, rule)


def check_mtu(projection: Projection, wanted: Link, current: Link) -> None:
    """Check that the MTU of a link is not larger than that of its parent.

    :raises Refused: if it is.
    """
    current_type = type_of(current)
    parent: Link | None = None
    if current.parent and current_type is not None and current_type.parent:
        parent = projection.links.get(current.parent)
    if parent is not None and parent.mtu and (wanted.mtu or 0) > parent.mtu:
        raise Refused(
            "mtu",
            wanted.mtu,
            f"is larger than that of {describe_link(parent)}, the parent of {wanted.name} "
            f"({parent.mtu})",
        )


def change_siblings(projection: Projection, link: Link) -> None:
    """Plan that the siblings of a link get its options, which the kernel keeps on the parent.

    :raises Conflict: if a sibling belongs to someone else.
    """
    for sibling in siblings(projection, link):
        if sibling.options == link.options:
            return  # All others have the same.
        if sibling.owner != projection.request.owner:
            along = (
                f"{describe_link(sibling)}, which is {describe_owner(sibling)}, is on the same "
                "parent and would change with it"
            )
            raise Conflict("mode", getattr(link.options, "mode", None), along)
        projection.update_implicitly(sibling, options=link.options)
