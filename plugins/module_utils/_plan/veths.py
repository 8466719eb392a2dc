# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans veth pairs."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .._describe.links import say_kind
from .._describe.places import say_netns
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.links import PORT_FLAGS, Link, Veth
from .link_changes import alter_link
from .link_defaults import newborn, with_defaults
from .phases import Phase
from .projection import Draft


def _find_strays(draft: Draft, wanted: Veth) -> Optional[Tuple[Link, Link]]:
    """The two ends of this very pair, by both names: one where it is wanted and the other anywhere, or both on the host."""
    own = (wanted.end.place, wanted.peer.place)
    for link, other in (
        (wanted.end, wanted.peer),
        (wanted.peer, wanted.end),
        (Link(None, wanted.end.name), wanted.peer),
    ):
        here = draft.links.get(link.place)
        if (
            here is None
            or here.kind != "veth"
            or here.peer is None
            or here.peer[1] != other.name
            or (link.place not in own and here.peer[0] is not None)
        ):
            continue
        there = draft.links.get(here.peer)
        # What stands where something else is wanted may be that.
        if there is not None and all(
            place in own or place not in draft.wanted for place in (here.place, there.place)
        ):
            return (there, here) if link is wanted.peer else (here, there)
    return None


def _check_vacant(draft: Draft, wanted: Link) -> None:
    occupant = draft.links.get(wanted.place)
    if occupant is None:
        return
    what = say_kind(occupant)
    if occupant.kind == "veth":
        what = f"an end of another veth pair (its peer: {occupant.peer[1] if occupant.peer else 'out of sight'})"
    raise Conflict(
        "name",
        wanted.name,
        f"{say_netns(wanted.netns)} has {what} of this name{draft.say_purge(occupant)}",
    )


def plan_veth(draft: Draft, wanted: Veth) -> None:
    """A pair: made whole, found, or an end of it moved to where it is wanted."""
    for link in (wanted.end, wanted.peer):
        draft.need_netns(link.netns, f"veth {wanted.end.name}")
    end, peer = draft.links.get(wanted.end.place), draft.links.get(wanted.peer.place)
    if end is not None and peer is not None and end.kind == "veth" and end.peer == peer.place:
        pairs = [(wanted.end, end), (wanted.peer, peer)]
    else:
        strays = _find_strays(draft, wanted)
        if not strays:
            for whole, made in _make_pair(draft, wanted):
                alter_link(draft, whole, made)
            return
        pairs = _move_ends(draft, wanted, strays)
    for link, there in pairs:
        alter_link(draft, with_defaults(draft, link, there), there)


def _make_pair(draft: Draft, wanted: Veth) -> List[Tuple[Link, Link]]:
    for link in (wanted.end, wanted.peer):
        _check_vacant(draft, link)
    pairs = []
    for link in (wanted.end, wanted.peer):
        whole = with_defaults(draft, link, None)
        pairs.append((whole, newborn(draft, whole)))
    draft.step(Phase.LINK, None, Veth(pairs[0][1], pairs[1][1]))
    return pairs


def _move_ends(draft: Draft, wanted: Veth, strays: Tuple[Link, Link]) -> List[Tuple[Link, Link]]:
    pairs = []
    for link, there in zip((wanted.end, wanted.peer), strays):
        moved = there
        if there.place != link.place:
            _check_vacant(draft, link)
            draft.carry(there, link.place, Phase.MOVE)
            draft.shed(there, Phase.MOVE)
            del draft.links[there.place]
            bare = replace(there, addresses=None)
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
            draft.step(Phase.MOVE, bare, moved)
            moved = replace(moved, addresses=())
        pairs.append((link, moved))
    return pairs
