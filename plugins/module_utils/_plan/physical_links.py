# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a link that is there: into a namespace, and back to the host as it was there."""

from __future__ import annotations

from typing import Dict, List, Optional

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_netns, describe_owner
from .._describe.routes import describe_route
from .._model.addresses import Address
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_alias import MAX_ALIAS_BYTES, save_settings, write_alias
from .._model.links import PORT_FLAGS, Link, LinkRef, SavedSettings
from .._model.routes import KERNEL_ROUTE
from .link_changes import describe_uses
from .phases import Phase
from .projection import Projection

_STAYS = ("bridge", "vrf")
"""Kinds that are bound to the namespace in which they were made."""


def plan_move_from_host(projection: Projection, wanted: Link, current: Optional[Link]) -> Link:
    """The link in the namespace where it is wanted; brought there if it is not."""
    device = (wanted.saved.name if wanted.saved else "") or wanted.name
    option = "device" if wanted.saved and wanted.saved.name else "name"
    if current is not None:
        _check_arrived(projection, current, device, option)
        return current
    found = _find(projection, device)
    if found is None:
        found = projection.need_link(option, None, device, describe_link(wanted))
    if found.owner is not None and found.saved is None and not projection.assume:
        raise Conflict(
            option,
            device,
            f"{describe_link(found)} is {describe_kind(found)} that this collection made; the options of that say where it is",
        )
    if found.saved is not None and found.netns is not None and found.owner != projection.owner:
        rule = f"is {describe_link(found)} now, {describe_owner(found)}; give that back first"
        raise Conflict(option, device, rule)
    why = (
        "is bound to its namespace"
        if found.kind in _STAYS
        else projection.current.netns_local.get(device)
    )
    if why is not None:
        raise Refused(
            option, device, f"{describe_kind(found)}, which {why}" if found.kind in _STAYS else why
        )
    check_spared(projection, found, wanted)
    if found.netns != wanted.netns:
        _check_free(projection, found, wanted)
    return _move(
        projection, found if found.saved else _save_settings(projection, found, option), wanted.ref
    )


def find_stranded(projection: Projection, unwanted: Link) -> Optional[Link]:
    """What the kernel put back on the host, bare and under its last name, when the namespace was deleted under it."""
    device = (unwanted.saved.name if unwanted.saved else "") or unwanted.name
    current = projection.links.get((None, unwanted.name)) or projection.links.get((None, device))
    return (
        current
        if current is not None and current.saved is not None and current.saved.name == device
        else None
    )


def _check_arrived(projection: Projection, current: Link, device: str, option: str) -> None:
    if current.saved is not None:
        if option == "device" and current.saved.name != device:
            raise Conflict(
                "device",
                device,
                f"{describe_link(current)} was {current.saved.name} on the host; give that back first",
            )
    elif (None, device) in projection.links or current.owner is not None:
        rule = f"{describe_netns(current.netns)} has {describe_kind(current)} of this name, which did not come from the host{projection.describe_purge_hint(current)}"
        raise Conflict("name", current.name, rule)


def _find(projection: Projection, device: str) -> Optional[Link]:
    """What was that link of the host, wherever it has come to; else what is."""
    taken = (
        link
        for link in projection.links.values()
        if link.saved is not None and link.saved.name == device
    )
    return next(taken, None) or projection.links.get((None, device))


def _save_settings(projection: Projection, found: Link, option: str) -> Link:
    """Write beside the link what it is on the host, so that nobody has to remember it."""
    noted = replace(found, owner=projection.owner, saved=save_settings(found), alias=None)
    size = len(write_alias(noted).encode())
    if size > MAX_ALIAS_BYTES:
        what = f"its {len(found.addresses or ())} addresses" + (
            " and its alias" if found.alias else ""
        )
        rule = f"what it is on the host, with {what}, takes {size} bytes to note beside it, where the kernel keeps {MAX_ALIAS_BYTES}"
        raise Refused(option, found.name, rule)
    projection.step(Phase.MOVE, replace(found, addresses=None), replace(noted, addresses=None))
    return noted


def _move(projection: Projection, link: Link, place: LinkRef) -> Link:
    """From where it is to where it shall be. On the way the kernel sets it down and drops its addresses, its routes and its master."""
    if link.netns == place[0]:
        return _rename(projection, link, place, Phase.MOVE)
    routes = [
        describe_route(one)
        for one in projection.routes.get(link.netns, ())
        if one.device == link.name and one.protocol != KERNEL_ROUTE
    ]
    if routes and link.netns is None:
        projection.warnings.append(
            f"routes through {link.name} go with it and are not given back: {'; '.join(routes)}"
        )
    moved = _move_to_netns(projection, link, place, Phase.MOVE)
    projection.links[place] = replace(moved, addresses=())
    return projection.links[place]


def _move_to_netns(projection: Projection, link: Link, place: LinkRef, phase: Phase) -> Link:
    projection.reparent_children(link, place, phase)
    projection.drop_routes_and_addresses(link, phase)
    del projection.links[link.ref]
    _update_peer(projection, link, place)
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
    projection.step(phase, bare, moved)
    return moved


def _rename(projection: Projection, link: Link, place: LinkRef, phase: Phase) -> Link:
    """Within its namespace. It keeps what it has, but for what goes when it is set down, as older kernels demand."""
    if link.up:
        lowered = replace(projection.set_down(link, phase), up=False)
        projection.step(phase, replace(link, addresses=None), replace(lowered, addresses=None))
        link = lowered
    projection.reparent_children(link, place, phase)
    renamed = replace(link, name=place[1])
    projection.step(phase, replace(link, addresses=None), replace(renamed, addresses=None))
    del projection.links[link.ref]
    projection.links[place] = renamed
    _update_peer(projection, link, place)
    return renamed


def _update_peer(projection: Projection, link: Link, place: LinkRef) -> None:
    """A cable's other end has to know where this one is now."""
    peer = projection.links.get(link.peer) if link.peer else None
    if peer is not None:
        projection.links[peer.ref] = replace(peer, peer=place)


def plan_return_to_host(
    projection: Projection, link: Link, phase: Phase = Phase.REMOVE_LINK
) -> None:
    """To the host, and there as it was. Of a link that came otherwise all that is known is its name."""
    if link.saved is None and link.netns is None:
        raise Refused(
            "name",
            link.name,
            f"is {describe_kind(link)} of the host, which nobody can remove; what lies in a namespace is given back",
        )
    home = link.saved or SavedSettings(link.name)
    if home.name in projection.taken:
        phase = Phase.CLEAR  # it is wanted elsewhere
    place: LinkRef = (None, home.name)
    occupant = projection.links.get(place)
    if occupant is not None and link.ref != place:
        raise Conflict(
            "name",
            link.name,
            f"it was {home.name} on the host, which has {describe_kind(occupant)} of this name now; rename that first",
        )
    if link.netns is None:
        link = link if link.ref == place else _rename(projection, link, place, phase)
        now = replace(link, addresses=None)
    else:
        now = _move_to_netns(projection, link, place, phase)
        link = replace(link, addresses=())
    projection.links[place] = (
        _restore(projection, now, link, home, phase) if link.saved else replace(now, addresses=())
    )


def _restore(
    projection: Projection, now: Link, link: Link, home: SavedSettings, phase: Phase
) -> Link:
    known = {
        name: getattr(home, name)
        for name in ("mtu", "mac", "txqueuelen", "arp", "promisc")
        if getattr(home, name) is not None
    }
    for values in (known, {"up": home.up}):
        if any(getattr(now, name) != value for name, value in values.items()):
            projection.step(phase, now, replace(now, **values))
            now = replace(now, **values)
    for address in home.addresses:
        if address not in (link.addresses or ()):
            projection.step(phase, None, Address(None, now.name, address))
    free = replace(now, owner=None, saved=None, alias=home.alias)
    projection.step(phase, now, free)
    return replace(free, addresses=home.addresses)


def check_spared(projection: Projection, link: Link, wanted: Link) -> None:
    """Refuse to take away what the host, or this very task, hangs on."""
    _refuse(
        projection,
        link,
        wanted,
        [f"carries {burden}" for burden in _carried(projection).get(link.ref, ())]
        if link.netns is None
        else [],
    )


def check_connection(projection: Projection, link: Link, wanted: Link) -> None:
    """Refuse to take away the address by which this very task came."""
    address = projection.current.ssh_server[0] if projection.current.ssh_server else None
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
            projection,
            link,
            wanted,
            [f"has {address}, by which the SSH connection of this very task came"],
        )


def _check_free(projection: Projection, link: Link, wanted: Link) -> None:
    """Refuse to take from others what they have built on."""
    reasons = [f"is a port of {link.bridge}"] if link.bridge else []
    reasons += [f"carries {describe_link(child)}" for child in projection.links.on(link.ref)]
    _refuse(projection, link, wanted, reasons)


def _refuse(projection: Projection, link: Link, wanted: Link, reasons: List[str]) -> None:
    if reasons and not projection.permits("force", wanted):
        raise Refused("name", link.name, f"{'; '.join(reasons)}; force would do it all the same")


def _carried(projection: Projection) -> Dict[LinkRef, List[str]]:
    """By link of the host: what would be cut off without it. It may be the port of a bridge, or lie below a VLAN, over which that goes."""
    found: Dict[LinkRef, List[str]] = {}
    for link in projection.links_in(None):
        burdens = describe_uses(projection, link)
        waiting, seen = ([link.ref] if burdens else []), set()
        while waiting:
            place = waiting.pop()
            below = projection.links.get(place)
            if below is None or place in seen:
                continue
            seen.add(place)
            found.setdefault(place, []).extend(
                one for one in burdens if one not in found.get(place, ())
            )
            waiting += [one for one in (below.parent, below.peer) if one and one[1]]
            waiting += [(None, below.bridge)] if below.bridge and place != link.ref else []
            waiting += [
                port.ref
                for port in projection.links_in(below.netns)
                if below.name in (port.bridge, port.vrf)
            ]
    return found
