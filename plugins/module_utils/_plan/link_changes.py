# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the attributes of a link that exists or has just been created."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from .._describe.links import describe_link
from .._model.addresses import Address
from .._model.errors import Conflict, Refused
from .._model.link_options import merge_options
from .._model.links import IPV6_MIN_MTU, IPV6_SETTINGS, PORT_FLAGS, Link, type_of
from .addresses import plan_addresses, plan_link_locals
from .link_effects import drop_routes, set_down
from .masters import check_bridge, check_vrf
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .projection import Projection

_CHANGEABLE = (
    "up",
    "mtu",
    "mac",
    "txqueuelen",
    "arp",
    "promisc",
    "bridge",
    "vrf",
    *PORT_FLAGS,
    *IPV6_SETTINGS,
    "link_local",
)
_get_changeable = attrgetter(*_CHANGEABLE)


def _differences(wanted: Link, current: Link) -> dict[str, Any]:
    """The attributes of a link that have to be set, except its addresses."""
    values = zip(_CHANGEABLE, _get_changeable(wanted), _get_changeable(current))
    changed = {name: value for name, value, known in values if value not in (None, known)}
    if wanted.bridge not in (None, current.bridge):
        changed.update(_differences_of_port(wanted, current))
    elif not current.bridge:
        for flag in PORT_FLAGS:
            changed.pop(flag, None)
    # A link has one master.
    if changed.get("bridge") and current.vrf:
        changed["vrf"] = ""
    if changed.get("vrf") and current.bridge:
        changed.update(bridge="", **PORT_FLAGS)
    if wanted.options is not None:
        known = current.options or type(wanted.options)()
        options = merge_options(wanted.options, known)
        if options != known:
            changed["options"] = options
    return changed


def _differences_of_port(wanted: Link, current: Link) -> dict[str, Any]:
    """The attributes that change with the bridge of a link.

    The bridge gives it new flags, and it needs no link-local address there.
    """
    wanted_flags = {flag: getattr(wanted, flag) for flag in PORT_FLAGS}
    changed = {
        flag: default if wanted_flags[flag] is None else wanted_flags[flag]
        for flag, default in PORT_FLAGS.items()
    }
    if (
        wanted.link_local is None
        and current.owner is not None
        and current.link_local is bool(wanted.bridge)
    ):
        changed["link_local"] = not wanted.bridge
    return changed


def mark_to_restore(projection: Projection, current: Link) -> dict[str, None]:
    """What restores the mark in the alias of a link of the request's owner, if it is not there."""
    is_own = current.owner == projection.request.owner
    return {"alias": None} if is_own and current.alias is not None else {}


def change_link(projection: Projection, wanted: Link, current: Link, steal: bool = False) -> None:
    """Plan that a link has the wanted attributes and addresses.

    :param current: the link in the projection.
    :param steal: whether it may be taken from a bridge of someone else.
    :raises Refused: if the link cannot have them.
    """
    changed = _differences(wanted, current)
    changed.update(mark_to_restore(projection, current))
    if changed:
        _check_masters(projection, wanted, current, changed, steal)
    if wanted.queues not in (None, current.queues):
        raise Conflict(
            "queues",
            wanted.queues,
            f"{describe_link(current)} has {current.queues}, which cannot be changed; delete it "
            "first",
        )
    if changed:
        current = _change_attributes(projection, wanted, current, changed)
    plan_addresses(projection, wanted, current)
    if wanted.addresses is not None:
        plan_link_locals(projection, wanted, projection.links[current.ref])


def _check_masters(
    projection: Projection, wanted: Link, current: Link, changed: dict[str, Any], steal: bool
) -> None:
    if changed.get("bridge"):
        check_bridge(projection, wanted, current, steal)
    if changed.get("vrf"):
        check_vrf(projection, wanted, current)


def _change_attributes(
    projection: Projection, wanted: Link, current: Link, changed: dict[str, Any]
) -> Link:
    """Plan that a link gets other attributes.

    :returns: the link as it will be.
    """
    if changed.get("up") is False or ("vrf" in changed and current.up):
        # When a link comes into a vrf or leaves it, the kernel sets it down for a moment, to look
        # up its routes again.
        current = set_down(projection, current, Phase.ALTER)
    if changed.get("mtu"):
        current = _leave_ipv6(projection, current, changed["mtu"], wanted.addresses, wanted)
        _lower_mtu_of_children(projection, current, changed["mtu"], wanted)
    goes_up = changed.get("up")
    if goes_up:
        del changed["up"]
    if changed:
        current = projection.change(current, Phase.ALTER, **changed)
    if goes_up:
        current = projection.change(current, _phase_to_set_up(projection, current), up=True)
    return current


def _leave_ipv6(
    projection: Projection, link: Link, mtu: int, addresses: Sequence[str] | None, wanted: Link
) -> Link:
    """Plan that the kernel takes IPv6 away from a link whose MTU becomes too small for it.

    :param addresses: those that the link is to have afterwards; ``None`` for all that it has.
    :param wanted: the link whose MTU the task sets.
    :returns: the link without its IPv6 addresses.
    :raises Refused: if it is to keep some.
    """
    if mtu >= IPV6_MIN_MTU:
        return link
    ipv6 = [text for text in link.addresses or () if ":" in text]
    lost = [*ipv6, *(link.link_locals or ())]
    if lost and (addresses is None or any(":" in text for text in addresses)):
        raise Refused(
            "mtu",
            mtu,
            f"{describe_link(link)} would lose its IPv6 addresses ({', '.join(lost)}): IPv6 needs "
            f"{IPV6_MIN_MTU} (RFC 8200)",
        )
    for text in link.link_locals or ():
        projection.remove(Address(*link.ref, text), Phase.ALTER, implied=True)
    dropped = drop_routes(projection, link, Phase.ALTER, family=6)
    if dropped:
        from .route_losses import check_ipv6_routes_stay

        check_ipv6_routes_stay(projection, wanted, link, dropped)
    if ipv6:
        projection.remove_addresses(link, ipv6[::-1], Phase.ALTER, implied=True)
    return projection.links[link.ref]


def _phase_to_set_up(projection: Projection, link: Link) -> Phase:
    """When a link is set up: late, after its addresses.

    A port has no addresses, and a bridge reports less when it is set up after its ports; but the
    VLANs of a port must be set before it is up.
    """
    if link.bridge and link.ref not in projection.request.ports_with_vlans:
        return Phase.ALTER
    return Phase.UP


def _lower_mtu_of_children(projection: Projection, parent: Link, mtu: int, wanted: Link) -> None:
    """Plan that the kernel lowers the MTU of links that sit on a link: theirs cannot be larger."""
    for child in projection.links.children(parent.ref):
        child_type = type_of(child)
        if child_type is None or not child_type.parent:
            continue
        if child.mtu is not None and child.mtu > mtu:
            child = _leave_ipv6(projection, child, mtu, child.addresses, wanted)
            _lower_mtu_of_children(projection, child, mtu, wanted)
            projection.change(child, Phase.ALTER, implied=True, mtu=mtu)
