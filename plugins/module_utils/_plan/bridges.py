# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges and their ports, and for veth pairs."""

from __future__ import annotations

from collections import Counter
from typing import Dict, List, Optional, Tuple

from . import _errors, _kinds, _model
from ._draft import Draft, Phase, say_netns, say_where
from ._newborn import newborn, with_defaults
from ._plan_alter import alter_link
from ._plan_physical import check_spared, find_stranded, give_back
from ._say_links import say_kind, say_type

_MTU = 1500
"""What the kernel gives to an Ethernet link."""


def plan_bridge(draft: Draft, wanted: _model.Link) -> None:
    """A bridge itself; its ports come when all links are there."""
    draft.need_netns(wanted.netns, f"bridge {wanted.name}")
    there = draft.links.get(wanted.place)
    wanted = with_defaults(draft, wanted, there)
    if there is None:
        there = newborn(draft, wanted)
        draft.step(Phase.LINK, None, there)
    elif there.kind != "bridge":
        raise _errors.Conflict("name", wanted.name, f"{say_netns(wanted.netns)} has {say_kind(there)} of this name, not a bridge{draft.say_purge(there)}")
    alter_link(draft, _model.replace(wanted, ports=None), there)


def plan_bridge_mtu(draft: Draft, wanted: _model.Link) -> None:
    """A bridge takes the least MTU of its ports as they come, until it is told one after them."""
    there = draft.links[wanted.place]
    gained = [
        change.after for _phase, change in draft.steps
        if isinstance(change.before, _model.Link) and isinstance(change.after, _model.Link) and change.after.bridge == wanted.name != change.before.bridge
    ]
    if wanted.mtu is not None and any(port.netns == wanted.netns and (port.mtu or _MTU) < wanted.mtu for port in gained):
        draft.step(Phase.MTU, _model.replace(there, mtu=None, addresses=None), _model.replace(there, mtu=wanted.mtu, addresses=None))


def check_room(draft: Draft) -> None:
    """Whether the bridges take all ports that they will have, others' among them."""
    if not draft.steps:
        return
    counts = Counter((link.netns, link.bridge) for link in draft.links.values() if link.bridge)
    for (netns, bridge), count in counts.items():
        if count > _kinds.BRIDGE_PORTS:
            raise _errors.Refused("bridge", bridge, f"would have {count} ports {say_where(netns)}; {_kinds.TOO_MANY_PORTS}")


def plan_ports(draft: Draft, wanted: _model.Link, claimed: Dict[str, str]) -> None:
    """Exactly these ports; those that a veth of the same wish puts into the bridge count as named."""
    steal = draft.permits("steal", wanted)
    for name in wanted.ports or ():
        if name == "lo":
            raise _errors.Refused("ports", name, "lo cannot be a port of a bridge")
        port = draft.need_link("ports", wanted.netns, name, f"bridge {wanted.name}")
        if port.bridge and port.bridge != wanted.name and not steal:
            raise _errors.Conflict("ports", name, f"is a port of bridge {port.bridge} already; steal would take it away from there")
        alter_link(draft, _model.Link(wanted.netns, name, bridge=wanted.name), port, steal)
    for port in draft.links_in(wanted.netns):
        if port.bridge == wanted.name and port.name not in (wanted.ports or ()) and claimed.get(port.name) != wanted.name:
            alter_link(draft, _model.Link(wanted.netns, port.name, bridge=""), port)


def _find_strays(draft: Draft, wanted: _model.Veth) -> Optional[Tuple[_model.Link, _model.Link]]:
    """The two ends of this very pair, by both names: one where it is wanted and the other anywhere, or both on the host."""
    own = (wanted.end.place, wanted.peer.place)
    for link, other in ((wanted.end, wanted.peer), (wanted.peer, wanted.end), (_model.Link(None, wanted.end.name), wanted.peer)):
        here = draft.links.get(link.place)
        if here is None or here.kind != "veth" or here.peer is None or here.peer[1] != other.name or (link.place not in own and here.peer[0] is not None):
            continue
        there = draft.links.get(here.peer)
        # What stands where something else is wanted may be that.
        if there is not None and all(place in own or place not in draft.wanted for place in (here.place, there.place)):
            return (there, here) if link is wanted.peer else (here, there)
    return None


def _check_vacant(draft: Draft, wanted: _model.Link) -> None:
    occupant = draft.links.get(wanted.place)
    if occupant is None:
        return
    what = say_kind(occupant)
    if occupant.kind == "veth":
        what = f"an end of another veth pair (its peer: {occupant.peer[1] if occupant.peer else 'out of sight'})"
    raise _errors.Conflict("name", wanted.name, f"{say_netns(wanted.netns)} has {what} of this name{draft.say_purge(occupant)}")


def plan_veth(draft: Draft, wanted: _model.Veth) -> None:
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


def _make_pair(draft: Draft, wanted: _model.Veth) -> List[Tuple[_model.Link, _model.Link]]:
    for link in (wanted.end, wanted.peer):
        _check_vacant(draft, link)
    pairs = []
    for link in (wanted.end, wanted.peer):
        whole = with_defaults(draft, link, None)
        pairs.append((whole, newborn(draft, whole)))
    draft.step(Phase.LINK, None, _model.Veth(pairs[0][1], pairs[1][1]))
    return pairs


def _move_ends(draft: Draft, wanted: _model.Veth, strays: Tuple[_model.Link, _model.Link]) -> List[Tuple[_model.Link, _model.Link]]:
    pairs = []
    for link, there in zip((wanted.end, wanted.peer), strays):
        moved = there
        if there.place != link.place:
            _check_vacant(draft, link)
            draft.carry(there, link.place, Phase.MOVE)
            draft.shed(there, Phase.MOVE)
            del draft.links[there.place]
            bare = _model.replace(there, addresses=None)
            # Its kernel parameters are those of the namespace it comes to.
            moved = _model.replace(
                bare, netns=link.netns, up=False, bridge="", peer=link.peer, accept_ra=None, accept_dad=None, link_local=True, **_model.PORT_FLAGS
            )
            draft.step(Phase.MOVE, bare, moved)
            moved = _model.replace(moved, addresses=())
        pairs.append((link, moved))
    return pairs


def plan_no_link(draft: Draft, unwanted: _model.Link, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A link that shall not be there: deleted, or given back if it came from the host."""
    there = draft.links.get(unwanted.place)
    if there is None and unwanted.home is not None:
        there = find_stranded(draft, unwanted)
    if there is None:
        return
    if unwanted.kind is not None and there.kind != unwanted.kind or (unwanted.options and say_type(unwanted) != say_type(there)):
        raise _errors.Conflict("name", unwanted.name, f"{say_netns(unwanted.netns)} has {say_kind(there)} of this name, which is not what shall go")
    if there.home is not None or unwanted.home is not None or there.kind == "":
        give_back(draft, there, phase)
        return
    if unwanted.kind is None and there.kind not in _kinds.NATURES:
        module = {"bridge": "linux_bridge", "veth": "veth"}.get(there.kind or "")
        rule = f"; module {module} removes it" if module else ", which this module does not remove"
        raise _errors.Conflict("name", unwanted.name, f"is {say_kind(there)}{rule}")
    if draft.lab is None and there.kind in _kinds.NATURES:
        check_spared(draft, there, unwanted)
    draft.remove_link(there, phase)


def plan_no_veth(draft: Draft, unwanted: _model.Veth, phase: Phase = Phase.REMOVE_LINK) -> None:
    """A pair that shall not be there: gone as soon as either end is."""
    for link, other in ((unwanted.end, unwanted.peer), (unwanted.peer, unwanted.end)):
        there = draft.links.get(link.place)
        if there is not None and (link is unwanted.end or (there.peer and there.peer[1] == other.name)):
            plan_no_link(draft, link, phase)
            return
