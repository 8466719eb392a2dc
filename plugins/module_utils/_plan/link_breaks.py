# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether packets still pass through a link, and through all that it needs, after a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_netns
from .._model.changes import links_in
from .._model.cni import CniAttachment
from .._model.fast_typing import NamedTuple
from .._model.links import IPV6_MIN_MTU, Link, LinkRef, Veth
from .._model.tc_units import FULL_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.bridge_vlans import PortVlans
    from .._model.changes import Change
    from .._model.impairments import Impairment
    from .host_state import HostState

MIN_MTU = IPV6_MIN_MTU
"""The least MTU of a link by which the host is reached.

Below it the kernel takes all IPv6 addresses from a link (RFC 8200, section 5: each link has at
least 1280). IPv4 has no such limit, but a link drops what is longer than its MTU, and the other end
of an open connection sends segments of the size that it has agreed on. Tunnels, the links with the
smallest MTU in practice, keep to 1280 as well.
"""
_SEVERAL_PORTS = ("bond", "team")
"""Kinds of links that need only one of their ports."""
_GUESTS = ("veth", "tun")
"""Kinds of bridge ports behind which are containers and virtual machines."""

_Passed = frozenset[LinkRef]
_NONE: _Passed = frozenset()


class Break(NamedTuple):
    """Why packets do not pass a link any more: an option, its value, and a sentence."""

    parameter: str
    value: object
    reason: str


class LinkStates(NamedTuple):
    """The links before and after a plan. ``left``: those that leave their place."""

    before: Mapping[LinkRef, Link]
    after: HostState
    left: Mapping[LinkRef, Link | None]
    impairments: Mapping[LinkRef, Impairment]
    vlans: Mapping[LinkRef, PortVlans]


def is_mtu_too_small(mtu: int | None, before: int | None) -> bool:
    """Whether a link or a route becomes too small for packets that the host needs.

    An MTU that was small already may stay as it is. None is the MTU that the kernel chooses.
    """
    return mtu is not None and mtu < min(MIN_MTU, before or MIN_MTU)


def find_left_places(changes: Iterable[Change]) -> dict[LinkRef, Link | None]:
    """The links that are moved, each with the link that it becomes, and None for removed ones.

    A link that returns to the host is where it belongs, and is left out.
    """
    left: dict[LinkRef, Link | None] = {}
    for change in changes:
        if isinstance(change.after, CniAttachment):
            for name in change.after.taken:
                left[None, name] = Link(change.after.netns, change.after.ifname)
        if not isinstance(change.before, (Link, Veth)):
            continue
        before = links_in([change.before])
        after = links_in([] if change.after is None else [change.after])
        for index, link in enumerate(before):
            now = after[index] if index < len(after) else None
            if now is None or (now.ref != link.ref and now.netns is not None):
                left[link.ref] = now
    return left


def find_break(states: LinkStates, ref: LinkRef, passed: _Passed = _NONE) -> Break | None:
    """The first reason why packets do not pass a link, or what it needs; None if they do.

    :param passed: the links that packets have passed before they come to this one.
    """
    link = states.before.get(ref)
    if link is None or ref in passed:
        return None
    return _find_own_break(states, link) or find_lower_break(states, link, passed)


def find_lower_break(states: LinkStates, link: Link, passed: _Passed = _NONE) -> Break | None:
    """A break of what is below a link: its parent, its peer, or its ports."""
    passed |= {link.ref}
    if link.parent is not None and link.parent[1]:
        return find_break(states, link.parent, passed)
    if link.kind == "veth" and link.peer is not None:
        return _find_break_of_peer(states, link, passed)
    ports = find_uplinks(states.before, link, passed)
    breaks = [_find_break_of_port(states, link, port, passed) for port in ports]
    if link.kind in _SEVERAL_PORTS:
        return breaks[0] if breaks and None not in breaks else None
    return next(filter(None, breaks), None)


def find_uplinks(
    links: Mapping[LinkRef, Link], master: Link, passed: _Passed = _NONE
) -> Sequence[Link]:
    """The ports by which a master reaches the network.

    Those of guests are left out where others are. Without a port of hardware all may be it.
    """
    ports = [
        link
        for link in links.values()
        if link.netns == master.netns
        and link.bridge == master.name
        and link.up
        and link.ref not in passed
    ]
    uplinks = [port for port in ports if port.kind not in _GUESTS]
    foreign = [port for port in ports if port.owner is None]
    return uplinks or foreign


def _find_break_of_port(
    states: LinkStates, master: Link, port: Link, passed: _Passed
) -> Break | None:
    now = states.after.links.get(port.ref)
    if now is not None and port.ref not in states.left and now.bridge != master.name:
        return Break(
            "ports", port.name, f"{port.name} would not be a port of {master.name} any more"
        )
    return find_break(states, port.ref, passed)


def _find_break_of_peer(states: LinkStates, link: Link, passed: _Passed) -> Break | None:
    """A break at the other end of a veth pair, or in the bridge that it is a port of."""
    peer = states.before.get(link.peer or (None, ""))
    if peer is None or peer.ref in passed:
        return None
    found = _find_own_break(states, peer)
    now = states.after.links.get(peer.ref)
    if found is not None or now is None:
        return found
    if now.bridge != peer.bridge:
        return Break("bridge", now.bridge, f"{peer.name}, the peer of {link.name}, would change it")
    if peer.bridge:
        return find_break(states, (peer.netns, peer.bridge), passed | {peer.ref})
    return None


def _find_own_break(states: LinkStates, link: Link) -> Break | None:
    """A change of the link itself after which no packets pass it."""
    name = link.name
    if link.ref in states.left:
        moved = states.left[link.ref]
        if moved is None:
            return Break("name", name, f"{name} would be removed")
        where = describe_netns(moved.netns)
        return Break("name", name, f"{name} would be moved to {where}")
    now = states.after.links.get(link.ref)
    if now is None:
        return None
    if link.up and not now.up:
        return Break("up", False, f"{name} would be set down")
    if (now.vrf or "") != (link.vrf or ""):
        return Break("vrf", now.vrf, f"{name} would change its VRF")
    if is_mtu_too_small(now.mtu, link.mtu):
        reason = f"{name} would drop all larger packets; links on this path need {MIN_MTU}"
        return Break("mtu", now.mtu, reason)
    if link.arp and now.arp is False:
        return Break("arp", False, f"{name} would not find its neighbours")
    if now.mac != link.mac and now.mac is not None:
        return Break("mac", now.mac, f"the neighbours of {name} know its old MAC address")
    return _find_impairment(states, link) or _find_vlan_break(states, link)


def _find_impairment(states: LinkStates, link: Link) -> Break | None:
    now = states.after.impairments.get(link.ref)
    if now is None or now == states.impairments.get(link.ref):
        return None
    for option in ("loss", "corrupt"):
        if getattr(now, option) >= FULL_SHARE:
            return Break(option, "100%", f"no packet would leave {link.name}")
    return None


def _find_vlan_break(states: LinkStates, link: Link) -> Break | None:
    before, now = states.vlans.get(link.ref), states.after.port_vlans.get(link.ref)
    if before is None or now is None or before == now or not before.vlan:
        return None
    if now.vlan != before.vlan:
        return Break("vlan", now.vlan, f"{link.name} would not be in VLAN {before.vlan} any more")
    return None
