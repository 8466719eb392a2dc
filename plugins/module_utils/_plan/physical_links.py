# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a link that is there: into a namespace, and back to the host as it was there."""

from __future__ import annotations

from typing import Dict, List, Optional

from .._describe.links import say_kind, say_link
from .._describe.places import say_netns, say_owner
from .._describe.routes import say_route
from .._model.addresses import Address
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_alias import MOST_BYTES, leave_home, write_alias
from .._model.links import PORT_FLAGS, Home, Link, Place
from .._model.routes import KERNEL_ROUTE
from .link_changes import say_burdens
from .phases import Phase
from .projection import Draft

_STAYS = ("bridge", "vrf")
"""Kinds that are bound to the namespace in which they were made."""


def take(draft: Draft, wanted: Link, there: Optional[Link]) -> Link:
    """The link in the namespace where it is wanted; brought there if it is not."""
    device = (wanted.home.name if wanted.home else "") or wanted.name
    option = "device" if wanted.home and wanted.home.name else "name"
    if there is not None:
        _check_arrived(draft, there, device, option)
        return there
    found = _find(draft, device)
    if found is None:
        found = draft.need_link(option, None, device, say_link(wanted))
    if found.owner is not None and found.home is None and not draft.assume:
        raise Conflict(
            option,
            device,
            f"{say_link(found)} is {say_kind(found)} that this collection made; the options of that say where it is",
        )
    if found.home is not None and found.netns is not None and found.owner != draft.owner:
        rule = f"is {say_link(found)} now, {say_owner(found)}; give that back first"
        raise Conflict(option, device, rule)
    why = "is bound to its namespace" if found.kind in _STAYS else draft.there.immovable.get(device)
    if why is not None:
        raise Refused(
            option, device, f"{say_kind(found)}, which {why}" if found.kind in _STAYS else why
        )
    check_spared(draft, found, wanted)
    if found.netns != wanted.netns:
        _check_free(draft, found, wanted)
    return _move(draft, found if found.home else _note(draft, found, option), wanted.place)


def find_stranded(draft: Draft, unwanted: Link) -> Optional[Link]:
    """What the kernel put back on the host, bare and under its last name, when the namespace was deleted under it."""
    device = (unwanted.home.name if unwanted.home else "") or unwanted.name
    there = draft.links.get((None, unwanted.name)) or draft.links.get((None, device))
    return (
        there
        if there is not None and there.home is not None and there.home.name == device
        else None
    )


def _check_arrived(draft: Draft, there: Link, device: str, option: str) -> None:
    if there.home is not None:
        if option == "device" and there.home.name != device:
            raise Conflict(
                "device",
                device,
                f"{say_link(there)} was {there.home.name} on the host; give that back first",
            )
    elif (None, device) in draft.links or there.owner is not None:
        rule = f"{say_netns(there.netns)} has {say_kind(there)} of this name, which did not come from the host{draft.say_purge(there)}"
        raise Conflict("name", there.name, rule)


def _find(draft: Draft, device: str) -> Optional[Link]:
    """What was that link of the host, wherever it has come to; else what is."""
    taken = (
        link for link in draft.links.values() if link.home is not None and link.home.name == device
    )
    return next(taken, None) or draft.links.get((None, device))


def _note(draft: Draft, found: Link, option: str) -> Link:
    """Write beside the link what it is on the host, so that nobody has to remember it."""
    noted = replace(found, owner=draft.owner, home=leave_home(found), alias=None)
    size = len(write_alias(noted).encode())
    if size > MOST_BYTES:
        what = f"its {len(found.addresses or ())} addresses" + (
            " and its alias" if found.alias else ""
        )
        rule = f"what it is on the host, with {what}, takes {size} bytes to note beside it, where the kernel keeps {MOST_BYTES}"
        raise Refused(option, found.name, rule)
    draft.step(Phase.MOVE, replace(found, addresses=None), replace(noted, addresses=None))
    return noted


def _move(draft: Draft, link: Link, place: Place) -> Link:
    """From where it is to where it shall be. On the way the kernel sets it down and drops its addresses, its routes and its master."""
    if link.netns == place[0]:
        return _rename(draft, link, place, Phase.MOVE)
    routes = [
        say_route(one)
        for one in draft.routes.get(link.netns, ())
        if one.device == link.name and one.protocol != KERNEL_ROUTE
    ]
    if routes and link.netns is None:
        draft.warnings.append(
            f"routes through {link.name} go with it and are not given back: {'; '.join(routes)}"
        )
    moved = _bring(draft, link, place, Phase.MOVE)
    draft.links[place] = replace(moved, addresses=())
    return draft.links[place]


def _bring(draft: Draft, link: Link, place: Place, phase: Phase) -> Link:
    draft.carry(link, place, phase)
    draft.shed(link, phase)
    del draft.links[link.place]
    _tell_peer(draft, link, place)
    bare = replace(link, addresses=None)
    # Its kernel parameters are those of the namespace it comes to.
    forgotten = {
        "up": False,
        "bridge": "",
        "vrf": None,
        "accept_ra": None,
        "accept_dad": None,
        "link_local": True,
        **PORT_FLAGS,
    }
    moved = replace(bare, netns=place[0], name=place[1], **forgotten)
    draft.step(phase, bare, moved)
    return moved


def _rename(draft: Draft, link: Link, place: Place, phase: Phase) -> Link:
    """Within its namespace. It keeps what it has, but for what goes when it is set down, as older kernels demand."""
    if link.up:
        lowered = replace(draft.lower(link, phase), up=False)
        draft.step(phase, replace(link, addresses=None), replace(lowered, addresses=None))
        link = lowered
    draft.carry(link, place, phase)
    renamed = replace(link, name=place[1])
    draft.step(phase, replace(link, addresses=None), replace(renamed, addresses=None))
    del draft.links[link.place]
    draft.links[place] = renamed
    _tell_peer(draft, link, place)
    return renamed


def _tell_peer(draft: Draft, link: Link, place: Place) -> None:
    """A cable's other end has to know where this one is now."""
    peer = draft.links.get(link.peer) if link.peer else None
    if peer is not None:
        draft.links[peer.place] = replace(peer, peer=place)


def give_back(draft: Draft, link: Link, phase: Phase = Phase.REMOVE_LINK) -> None:
    """To the host, and there as it was. Of a link that came otherwise all that is known is its name."""
    if link.home is None and link.netns is None:
        raise Refused(
            "name",
            link.name,
            f"is {say_kind(link)} of the host, which nobody can remove; what lies in a namespace is given back",
        )
    home = link.home or Home(link.name)
    if home.name in draft.taken:
        phase = Phase.CLEAR  # it is wanted elsewhere
    place: Place = (None, home.name)
    occupant = draft.links.get(place)
    if occupant is not None and link.place != place:
        raise Conflict(
            "name",
            link.name,
            f"it was {home.name} on the host, which has {say_kind(occupant)} of this name now; rename that first",
        )
    if link.netns is None:
        link = link if link.place == place else _rename(draft, link, place, phase)
        now = replace(link, addresses=None)
    else:
        now = _bring(draft, link, place, phase)
        link = replace(link, addresses=())
    draft.links[place] = (
        _restore(draft, now, link, home, phase) if link.home else replace(now, addresses=())
    )


def _restore(draft: Draft, now: Link, link: Link, home: Home, phase: Phase) -> Link:
    known = {
        name: getattr(home, name)
        for name in ("mtu", "mac", "txqueuelen", "arp", "promisc")
        if getattr(home, name) is not None
    }
    for values in (known, {"up": home.up}):
        if any(getattr(now, name) != value for name, value in values.items()):
            draft.step(phase, now, replace(now, **values))
            now = replace(now, **values)
    for address in home.addresses:
        if address not in (link.addresses or ()):
            draft.step(phase, None, Address(None, now.name, address))
    free = replace(now, owner=None, home=None, alias=home.alias)
    draft.step(phase, now, free)
    return replace(free, addresses=home.addresses)


def check_spared(draft: Draft, link: Link, wanted: Link) -> None:
    """Refuse to take away what the host, or this very task, hangs on."""
    _refuse(
        draft,
        link,
        wanted,
        [f"carries {burden}" for burden in _carried(draft).get(link.place, ())]
        if link.netns is None
        else [],
    )


def check_connection(draft: Draft, link: Link, wanted: Link) -> None:
    """Refuse to take away the address by which this very task came."""
    address = draft.there.ssh_server[0] if draft.there.ssh_server else None
    has, stays = (
        [text.split("/")[0] for text in addresses or ()]
        for addresses in (link.addresses, wanted.addresses)
    )
    if (
        wanted.addresses is not None
        and link.netns is None
        and address in has
        and address not in stays
    ):
        _refuse(
            draft,
            link,
            wanted,
            [f"has {address}, by which the SSH connection of this very task came"],
        )


def _check_free(draft: Draft, link: Link, wanted: Link) -> None:
    """Refuse to take from others what they have built on."""
    reasons = [f"is a port of {link.bridge}"] if link.bridge else []
    reasons += [f"carries {say_link(child)}" for child in draft.links.on(link.place)]
    _refuse(draft, link, wanted, reasons)


def _refuse(draft: Draft, link: Link, wanted: Link, reasons: List[str]) -> None:
    if reasons and not draft.permits("force", wanted):
        raise Refused("name", link.name, f"{'; '.join(reasons)}; force would do it all the same")


def _carried(draft: Draft) -> Dict[Place, List[str]]:
    """By link of the host: what would be cut off without it. It may be the port of a bridge, or lie below a VLAN, over which that goes."""
    found: Dict[Place, List[str]] = {}
    for link in draft.links_in(None):
        burdens = say_burdens(draft, link)
        waiting, seen = ([link.place] if burdens else []), set()
        while waiting:
            place = waiting.pop()
            below = draft.links.get(place)
            if below is None or place in seen:
                continue
            seen.add(place)
            found.setdefault(place, []).extend(
                one for one in burdens if one not in found.get(place, ())
            )
            waiting += [one for one in (below.parent, below.peer) if one and one[1]]
            waiting += [(None, below.bridge)] if below.bridge and place != link.place else []
            waiting += [
                port.place
                for port in draft.links_in(below.netns)
                if below.name in (port.bridge, port.vrf)
            ]
    return found
