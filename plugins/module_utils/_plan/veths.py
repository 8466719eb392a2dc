# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans veth pairs."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .._describe.links import describe_kind
from .._describe.places import describe_netns
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.links import PORT_FLAGS, Link, Veth
from .link_changes import alter_link
from .link_defaults import link_as_created, with_defaults
from .phases import Phase
from .projection import Projection


def _find_strays(projection: Projection, wanted: Veth) -> Optional[Tuple[Link, Link]]:
    """The two ends of this very pair, by both names: one where it is wanted and the other anywhere, or both on the host."""
    own = (wanted.end.ref, wanted.peer.ref)
    for link, other in (
        (wanted.end, wanted.peer),
        (wanted.peer, wanted.end),
        (Link(None, wanted.end.name), wanted.peer),
    ):
        here = projection.links.get(link.ref)
        if (
            here is None
            or here.kind != "veth"
            or here.peer is None
            or here.peer[1] != other.name
            or (link.ref not in own and here.peer[0] is not None)
        ):
            continue
        current = projection.links.get(here.peer)
        # What stands where something else is wanted may be that.
        if current is not None and all(
            place in own or place not in projection.wanted for place in (here.ref, current.ref)
        ):
            return (current, here) if link is wanted.peer else (here, current)
    return None


def _check_vacant(projection: Projection, wanted: Link) -> None:
    occupant = projection.links.get(wanted.ref)
    if occupant is None:
        return
    what = describe_kind(occupant)
    if occupant.kind == "veth":
        what = f"an end of another veth pair (its peer: {occupant.peer[1] if occupant.peer else 'out of sight'})"
    raise Conflict(
        "name",
        wanted.name,
        f"{describe_netns(wanted.netns)} has {what} of this name{projection.describe_purge_hint(occupant)}",
    )


def plan_veth(projection: Projection, wanted: Veth) -> None:
    """A pair: made whole, found, or an end of it moved to where it is wanted."""
    for link in (wanted.end, wanted.peer):
        projection.need_netns(link.netns, f"veth {wanted.end.name}")
    end, peer = projection.links.get(wanted.end.ref), projection.links.get(wanted.peer.ref)
    if end is not None and peer is not None and end.kind == "veth" and end.peer == peer.ref:
        pairs = [(wanted.end, end), (wanted.peer, peer)]
    else:
        strays = _find_strays(projection, wanted)
        if not strays:
            for whole, made in _make_pair(projection, wanted):
                alter_link(projection, whole, made)
            return
        pairs = _move_ends(projection, wanted, strays)
    for link, current in pairs:
        alter_link(projection, with_defaults(projection, link, current), current)


def _make_pair(projection: Projection, wanted: Veth) -> List[Tuple[Link, Link]]:
    for link in (wanted.end, wanted.peer):
        _check_vacant(projection, link)
    pairs = []
    for link in (wanted.end, wanted.peer):
        whole = with_defaults(projection, link, None)
        pairs.append((whole, link_as_created(projection, whole)))
    projection.step(Phase.LINK, None, Veth(pairs[0][1], pairs[1][1]))
    return pairs


def _move_ends(
    projection: Projection, wanted: Veth, strays: Tuple[Link, Link]
) -> List[Tuple[Link, Link]]:
    pairs = []
    for link, current in zip((wanted.end, wanted.peer), strays):
        moved = current
        if current.ref != link.ref:
            _check_vacant(projection, link)
            projection.reparent_children(current, link.ref, Phase.MOVE)
            projection.drop_routes_and_addresses(current, Phase.MOVE)
            del projection.links[current.ref]
            bare = replace(current, addresses=None)
            # Its kernel parameters are those of the namespace it comes to.
            moved = replace(
                bare,
                netns=link.netns,
                up=False,
                bridge="",
                peer=link.peer,
                accept_ra=None,
                accept_dad=None,
                link_local=True,
                **PORT_FLAGS,
            )
            projection.step(Phase.MOVE, bare, moved)
            moved = replace(moved, addresses=())
        pairs.append((link, moved))
    return pairs
