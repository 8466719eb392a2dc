# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of NAT that no link has, so that nobody answers for them. A plan tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat
from .._describe.places import describe_location
from .._model.addresses import address_of, family_of, network_of
from .._model.nat import Dnat, Masquerade
from .._model.segments import join_links
from .nat_networks import find_default_device, own_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.links import Link
    from .._model.resources import NatRule
    from .projection import Projection

_KNOWN_KINDS = ("veth", "bridge", "macvlan", "ipvlan")
"""Links behind which is nothing but the links of this host."""
_MAX_LISTED = 3


def find_reason_of_segment(
    projection: Projection, netns: str | None, forward: Dnat, members: dict[str, list[Link] | None]
) -> str | None:
    """Why nobody receives what is forwarded to a lab's network; None if somebody may.

    :param members: a cache of the links in each interface's network.
    """
    device = projection.links.get((netns, forward.device or ""))
    lab = projection.request.lab
    if device is None or lab is None or device.owner not in (lab, None):
        return None
    target = address_of(forward.to_address)
    if not any(target in network_of(text) for text in device.addresses or ()):
        return None
    if device.name not in members:
        members[device.name] = _list_members(projection, device)
    known = [_addresses_of(link, forward.family) for link in members[device.name] or ()]
    if not known or not all(known):
        return None
    found = [text for texts in known for text in texts]
    more = ", ..." if len(found) > _MAX_LISTED else ""
    return (
        f"nobody in the network of {device.name} {describe_location(netns)} has this address; "
        f"the others there have {', '.join(found[:_MAX_LISTED])}{more}"
    )


def _addresses_of(link: Link, family: int) -> list[str]:
    """The addresses of a link; none if it may have others, which it takes from routers."""
    if family == 6 and link.accept_ra is not False:
        return []
    texts = (text.partition("/")[0] for text in link.addresses or ())
    return [text for text in texts if family_of(text) == family]


def _list_members(projection: Projection, device: Link) -> list[Link] | None:
    """The other links on the segment of one that have addresses; None if not all are known."""
    forest = join_links(projection.links.values())
    root = forest.find(device.ref)
    links = [link for link in projection.links.values() if forest.find(link.ref) == root]
    if projection.attached or any(
        link.kind not in _KNOWN_KINDS or (link.bridge and link.peer not in projection.links)
        for link in links
    ):
        return None
    return [link for link in links if link.ref != device.ref and not link.bridge]


def warn_of_absent_sources(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> None:
    """Warn of source addresses in the network of the interface by which packets leave.

    The neighbours there ask for them, and get no answer if the namespace does not have them.
    """
    for rule in rules:
        if not isinstance(rule, Masquerade) or rule.to_source is None:
            continue
        name = rule.out_interface or find_default_device(projection, netns, rule.family)
        device = projection.links.get((netns, name or ""))
        if device is None:
            continue
        count, missing = _find_missing(projection, device, rule.to_source)
        if missing is not None:
            more = f" and {count - 1} more" if count > 1 else ""
            projection.builder.warnings.append(
                f"{describe_nat(rule)}: to_source {missing}{more} in the network of {device.name} "
                f"{describe_location(netns)}, whose address it is not, so that replies do not come "
                "back; add it to the addresses there, or have the router send its packets here"
            )


def _find_missing(projection: Projection, device: Link, pool: str) -> tuple[int, str | None]:
    """How many addresses of a pool neighbours of a link ask for in vain, and the first of them."""
    first, _dash, last = pool.partition("-")
    start, end = int(address_of(first)), int(address_of(last or first))
    own = {
        int(address_of(text))
        for text in own_addresses(projection, device.netns)
        if family_of(text) == family_of(first)
    }
    for text in device.addresses or ():
        network = network_of(text)
        if family_of(text) == family_of(first):
            low, high = max(start, int(network[0])), min(end, int(network[-1]))
            present = {number for number in own if low <= number <= high}
            count = high - low + 1 - len(present)
            if count > 0:
                number = min(
                    n for n in range(low, min(high, low + len(present)) + 1) if n not in present
                )
                return count, str(type(address_of(first))(number))
    return 0, None
