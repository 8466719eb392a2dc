# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port forwards that cannot work, or whose replies cannot come back. A plan tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat, describe_target
from .._describe.places import describe_location, describe_netns
from .._model.addresses import family_of, network_of
from .._model.errors import Refused
from .._model.nat import Dnat
from .absent_addresses import find_reason_of_segment, warn_of_absent_sources
from .nat_networks import connected_networks, find_default_device, own_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.links import Link
    from .._model.resources import NatRule
    from .projection import Projection


def warn_of_lost_replies(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> None:
    """Warn of port forwards that do not reach their target.

    Likewise of port forwards and source NAT whose replies do not come back to this host.

    :raises Refused: if a target is no single host.
    """
    rules = tuple(rules)
    warn_of_absent_sources(projection, netns, rules)
    forwards = [rule for rule in rules if isinstance(rule, Dnat)]
    if not forwards:
        return
    holders = {
        text.partition("/")[0]: link.netns
        for link in projection.links.values()
        for text in link.addresses or ()
        if link.netns not in (None, netns)
    }
    own, networks = own_addresses(projection, netns), connected_networks(projection, netns)
    no_hosts = _list_no_hosts(projection, netns)
    members: dict[str, list[Link] | None] = {}
    for forward in forwards:
        if forward.to_address in no_hosts:
            rule = no_hosts[forward.to_address]
            raise Refused("to_destination", describe_target(forward), rule)
        target = holders.get(forward.to_address)
        if target is not None:
            reason = _find_reason_of_target(projection, netns, forward, target)
        elif forward.to_address in own or not networks:
            reason = None
        else:
            reason = _find_reason_of_way_back(projection, netns, forward) or find_reason_of_segment(
                projection, netns, forward, members
            )
        if reason is not None:
            projection.builder.warnings.append(
                f"{describe_nat(forward)} to {describe_target(forward)}: {reason}"
            )


def _find_reason_of_target(
    projection: Projection, netns: str | None, forward: Dnat, target: str
) -> str | None:
    """Why packets do not come to a namespace, or not back from it; None if they do."""
    if not _has_gateway(projection, target, forward.family):
        return (
            f"namespace {target} has no route with a gateway, so that its replies reach only "
            "clients in its own networks; add a default route (netns_route)"
        )
    if forward.device or _may_default_lead_to_lab(projection, netns, forward.family):
        return None
    return (
        f"namespace {target} has this address, and {describe_netns(netns)} has no route to it; add "
        "one (netns_route)"
    )


def _find_reason_of_way_back(
    projection: Projection, netns: str | None, forward: Dnat
) -> str | None:
    """Why replies of a target outside miss this host; None if they do not."""
    device = find_default_device(projection, netns, forward.family)
    if device is None or forward.hairpin or forward.device:
        return None
    if forward.in_interface not in (None, device):
        return None
    return (
        f"the target is reached by the default route of {device}, and replies to clients that come "
        f"by {device} do not pass this host; set hairpin: true"
    )


def _list_no_hosts(projection: Projection, netns: str | None) -> dict[str, str]:
    """What the addresses are that the kernel takes for all hosts of a network, as a rule.

    It does so in the networks of its own addresses, not behind gateways.
    """
    found = {}
    for link in projection.links.in_netns(netns):
        for network in map(network_of, link.addresses or ()):
            if network.version == 6 or network.prefixlen > 30:
                continue
            for kind, address in (("network", network[0]), ("broadcast", network[-1])):
                found[str(address)] = (
                    f"is the {kind} address of {network}, the network of {link.name} "
                    f"{describe_location(netns)}, and not that of a host"
                )
    return found


def _may_default_lead_to_lab(projection: Projection, netns: str | None, family: int) -> bool:
    """Whether the default route leads to a link of this collection, behind which namespaces are."""
    device = find_default_device(projection, netns, family)
    link = None if device is None else projection.links.get((netns, device))
    return link is not None and link.owner is not None


def _has_gateway(projection: Projection, netns: str, family: int) -> bool:
    return any(
        family_of(route.destination) == family
        and route.type in (None, "unicast")
        and (route.gateway or route.nexthops or route.destination in ("0.0.0.0/0", "::/0"))
        for route in projection.routes.get(netns, ())
    )
