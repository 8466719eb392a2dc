# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for veth pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind
from .._describe.places import describe_netns
from .._model.errors import Conflict
from .._model.links import Link, Veth
from .link_changes import change_link
from .link_defaults import link_as_created, with_defaults
from .link_effects import move_to_netns
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection

_Ends = tuple[Link, Link]


def plan_veth(projection: Projection, wanted: Veth) -> None:
    """Plan a veth pair: it is created, changed, or an end of it moves to where it is wanted.

    :raises Conflict: if another link has the name of an end.
    """
    for link in (wanted.end, wanted.peer):
        projection.need_netns(link.netns, f"veth {wanted.end.name}")
    ends = _find_pair(projection, wanted)
    if ends is None:
        ends = _find_misplaced_pair(projection, wanted)
        if ends is None:
            _create_pair(projection, wanted)
            return
        ends = _move_ends(projection, wanted, ends)
    elif any(end.owner is None for end in ends):
        from .adoption import adopt_in_place

        adopt_in_place(projection, wanted)
        ends = (projection.links[wanted.end.ref], projection.links[wanted.peer.ref])
    for link, current in zip((wanted.end, wanted.peer), ends):
        change_link(projection, with_defaults(projection, link, current), current)


def _find_pair(projection: Projection, wanted: Veth) -> _Ends | None:
    """The ends of the pair, if both are where they are wanted."""
    end = projection.links.get(wanted.end.ref)
    peer = projection.links.get(wanted.peer.ref)
    if end is None or peer is None or end.kind != "veth" or end.peer != peer.ref:
        return None
    return end, peer


def _find_misplaced_pair(projection: Projection, wanted: Veth) -> _Ends | None:
    """The ends of the pair, by both names.

    One is where it is wanted and the other anywhere, or both are on the host.
    """
    refs = (wanted.end.ref, wanted.peer.ref)
    for link, link_peer in (
        (wanted.end, wanted.peer),
        (wanted.peer, wanted.end),
        (Link(None, wanted.end.name), wanted.peer),
    ):
        end = projection.links.get(link.ref)
        if end is None or end.kind != "veth" or end.peer is None or end.peer[1] != link_peer.name:
            continue
        if link.ref not in refs and end.peer[0] is not None:
            continue
        peer = projection.links.get(end.peer)
        # A link that is where another one is wanted may be that one.
        if peer is not None and all(
            ref in refs or ref not in projection.request.link_refs for ref in (end.ref, peer.ref)
        ):
            return (peer, end) if link is wanted.peer else (end, peer)
    return None


def _check_name_is_free(projection: Projection, wanted: Link) -> None:
    occupant = projection.links.get(wanted.ref)
    if occupant is None:
        return
    what = describe_kind(occupant)
    if occupant.kind == "veth":
        what = (
            "an end of another veth pair (its peer: "
            f"{occupant.peer[1] if occupant.peer else 'not visible from here'})"
        )
    raise Conflict(
        "name",
        wanted.name,
        f"{describe_netns(wanted.netns)} has {what} of this name{projection.purge_hint(occupant)}",
    )


def _create_pair(projection: Projection, wanted: Veth) -> None:
    for link in (wanted.end, wanted.peer):
        _check_name_is_free(projection, link)
    end = with_defaults(projection, wanted.end, None)
    peer = with_defaults(projection, wanted.peer, None)
    projection.add(
        Veth(link_as_created(projection, end), link_as_created(projection, peer)), Phase.LINK
    )
    for link in (end, peer):
        change_link(projection, link, projection.links[link.ref])


def _belongs_to_others(projection: Projection, link: Link) -> bool:
    """Whether a link was created by others, or by another topology than the planned one."""
    lab = projection.request.lab
    return link.owner is None or (lab is not None and link.owner != lab)


def _move_ends(projection: Projection, wanted: Veth, ends: _Ends) -> _Ends:
    """Plan to move the ends that are not where they are wanted.

    :returns: the ends as they will be.
    """
    for link, current in zip((wanted.end, wanted.peer), ends):
        if current.ref != link.ref:
            _check_name_is_free(projection, link)
            if _belongs_to_others(projection, current):
                from .adoption import adopt_link

                current = adopt_link(projection, wanted, current, link.netns)
            move_to_netns(projection, current, link.ref, Phase.MOVE, peer=link.peer)
    return projection.links[wanted.end.ref], projection.links[wanted.peer.ref]
