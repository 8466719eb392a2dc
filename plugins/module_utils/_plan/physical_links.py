# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a physical link: into a namespace, and back to the host as it was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_netns, describe_owner
from .._describe.routes import describe_route
from .._model.errors import Conflict, Refused
from .._model.link_alias import save_settings
from .._model.links import Link, LinkRef, SavedSettings
from .link_effects import move_to_netns, rename_link
from .link_uses import (
    list_addresses_and_routes,
    list_dependents,
    list_traffic_control,
    routes_of_others,
    warn_of_lost_traffic_control,
)
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .projection import Projection

_NOT_MOVABLE = ("bridge", "vrf")
"""Kinds of links that stay in the namespace in which they were created."""


def _host_name(link: Link) -> str:
    """The name on the host of a link that is wanted, or unwanted, in a namespace."""
    return (link.saved.name if link.saved else "") or link.name


def plan_move_from_host(projection: Projection, wanted: Link, current: Link | None) -> Link:
    """Plan to bring a link of the host to the namespace where it is wanted.

    :param current: the link that has the wanted name in that namespace.
    :returns: the link as it will be in the namespace.
    :raises Refused: if it cannot be moved, or must not be.
    """
    device = _host_name(wanted)
    option = "device" if wanted.saved and wanted.saved.name else "name"
    if current is not None:
        _check_came_from_host(projection, current, device, option)
        return current
    found = _find_device(projection, device)
    if found is None:
        found = projection.need_link(option, None, device, describe_link(wanted))
    _check_movable(projection, found, device, option)
    if found.netns != wanted.netns:
        _check_altnames(projection, found, wanted.netns, option, found.altnames or ())
        _check_unused(projection, found, wanted)
    if found.saved is None:
        found = save_settings_on_host(projection, found)
    return _move(projection, found, wanted.ref)


def find_returned_by_kernel(projection: Projection, unwanted: Link) -> Link | None:
    """The link that the kernel moved to the host, as it was, when its namespace was deleted."""
    device = _host_name(unwanted)
    # It keeps the name that it had in the namespace unless the host has a link of that name.
    current = projection.links.get((None, unwanted.name)) or projection.links.get((None, device))
    if current is None or current.saved is None or current.saved.name != device:
        return None
    return current


def _check_came_from_host(projection: Projection, current: Link, device: str, option: str) -> None:
    if current.saved is not None:
        if option == "device" and current.saved.name != device:
            raise Conflict(
                "device",
                device,
                f"{describe_link(current)} was {current.saved.name} on the host; return that to "
                "the host first",
            )
    elif (None, device) in projection.links or current.owner is not None:
        rule = (
            f"{describe_netns(current.netns)} has {describe_kind(current)} of this name, which "
            f"did not come from the host{projection.purge_hint(current)}"
        )
        raise Conflict("name", current.name, rule)


def _check_movable(projection: Projection, found: Link, device: str, option: str) -> None:
    if found.owner is not None and found.saved is None and not projection.request.assume:
        raise Conflict(
            option,
            device,
            f"{describe_link(found)} is {describe_kind(found)} that this collection created; the "
            "task that creates it says in which namespace it is",
        )
    if (
        found.saved is not None
        and found.netns is not None
        and found.owner != projection.request.owner
    ):
        rule = (
            f"is {describe_link(found)} now, {describe_owner(found)}; return it to the host first"
        )
        raise Conflict(option, device, rule)
    if found.kind in _NOT_MOVABLE:
        raise Refused(
            option, device, f"{describe_kind(found)}, which cannot be moved to another namespace"
        )
    reason = projection.current.netns_local.get(device)
    if reason is not None:
        raise Refused(option, device, reason)


def _check_altnames(
    projection: Projection, link: Link, netns: str | None, option: str, names: Iterable[str]
) -> None:
    """Check that the alternative names with which a link moves are free where it comes to.

    :param names: those that it has then. Root of its namespace may have given it others.
    :raises Conflict: if one is the name, or an alternative name, of a link there.
    """
    for name in names:
        holder = projection.links.get((netns, projection.current.altnames.get((netns, name), name)))
        if holder is not None and holder.ref != link.ref:
            rule = (
                f"its alternative name {name} is taken by {describe_link(holder)}; remove it from "
                "one of them (ip link property del)"
            )
            raise Conflict(option, link.name, rule)


def _check_unused(projection: Projection, link: Link, wanted: Link) -> None:
    """Check that a link is in no bridge or VRF, that no link sits on it, and that it has nothing.

    :raises Refused: otherwise, unless ``force`` is set for the wanted link.
    """
    reasons = [f"is a port of {link.bridge}"] if link.bridge else []
    reasons += [f"is a member of {link.vrf}"] if link.vrf else []
    reasons += [f"carries {child}" for child in list_dependents(projection, link)]
    if link.saved is None:
        uses = list_addresses_and_routes(projection, link)
        reasons += [f"would lose {', '.join(uses)} until it returns to the host"] if uses else []
    lost = list_traffic_control(projection, link)
    reasons += [f"would lose for good {', '.join(lost)}"] if lost else []
    if reasons and not projection.request.permits("force", wanted):
        raise Refused("name", link.name, f"{'; '.join(reasons)}; set force: true to do it anyway")


def _find_device(projection: Projection, device: str) -> Link | None:
    """The link that had this name on the host, wherever it is now; else the one that has it."""
    for link in projection.links.values():
        if link.saved is not None and link.saved.name == device:
            return link
    return projection.links.get((None, device))


def save_settings_on_host(projection: Projection, found: Link) -> Link:
    """Plan to record the settings that a link has on the host. They are restored from there."""
    return projection.change(
        found,
        Phase.MOVE,
        owner=projection.request.owner,
        saved=save_settings(found),
        alias=None,
    )


def _move(projection: Projection, link: Link, ref: LinkRef) -> Link:
    if link.netns == ref[0]:
        return rename_link(projection, link, ref, Phase.MOVE)
    routes = [describe_route(route) for route in routes_of_others(projection, link)]
    if routes and link.netns is None:
        projection.builder.warnings.append(
            f"routes through {link.name} are removed with it, until it returns to the host: "
            f"{'; '.join(routes)}"
        )
    warn_of_lost_traffic_control(projection, link)
    return move_to_netns(projection, link, ref, Phase.MOVE)


def plan_return_to_host(
    projection: Projection, link: Link, phase: Phase = Phase.REMOVE_LINK
) -> None:
    """Plan to give a link back to the host, with the settings that it had there.

    Of a link that came without a task of this collection, only the name is known.

    :raises Refused: if it is on the host, or if the host has another link of its name.
    """
    if link.saved is None and link.netns is None:
        raise Refused(
            "name",
            link.name,
            f"is {describe_kind(link)} of the host, which cannot be removed; only a link in a "
            "namespace can be returned to the host",
        )
    saved = link.saved or SavedSettings(link.name)
    if saved.name in projection.request.host_devices:
        phase = Phase.CLEAR  # It is wanted in another namespace.
    ref: LinkRef = (None, saved.name)
    occupant = projection.links.get(ref)
    if occupant is not None and link.ref != ref:
        raise Conflict(
            "name",
            link.name,
            f"it was {saved.name} on the host, which has {describe_kind(occupant)} of this name "
            "now; rename that first",
        )
    if link.netns is not None:
        _check_altnames(projection, link, None, "name", saved.altnames)
        if link.saved and (link.altnames or ()) != saved.altnames:
            # The kernel refuses to move it if one of them is in use on the host.
            link = projection.change(link, phase, altnames=saved.altnames or None)
        if phase > Phase.OPEN_FORWARDING:
            projection.returned.add(ref)
        link = move_to_netns(projection, link, ref, phase)
    elif link.ref != ref:
        link = rename_link(projection, link, ref, phase)
    if link.saved:
        _restore_settings(projection, link, link.saved, phase)


def _restore_settings(
    projection: Projection, link: Link, saved: SavedSettings, phase: Phase
) -> None:
    known = {
        name: getattr(saved, name)
        for name in ("mtu", "mac", "txqueuelen", "arp", "promisc")
        if getattr(saved, name) is not None
    }
    # Up comes last: an MTU or a MAC address may need a link that is down.
    known["group"] = saved.group
    for attributes in (known, {"up": saved.up}):
        if any(getattr(link, name) != value for name, value in attributes.items()):
            link = projection.change(link, phase, **attributes)
    missing = [text for text in saved.addresses if text not in (link.addresses or ())]
    if missing:
        projection.add_addresses(link, missing, phase)
    # This comes last of all: until then the settings to restore are on record.
    projection.change(link, phase, owner=None, saved=None, alias=saved.alias)
