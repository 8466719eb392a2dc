# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port forwards whose replies cannot come back to the client. A plan tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat, describe_target
from .._model.addresses import family_of
from .._model.nat import Dnat, NatRule
from .nat_networks import connected_networks, find_default_device, own_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .projection import Projection


def warn_of_lost_replies(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> None:
    """Warn of port forwards whose target cannot reply, or replies past this host."""
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
    for forward in forwards:
        reason = None
        target = holders.get(forward.to_address)
        if target is not None:
            if not _has_gateway(projection, target, forward.family):
                reason = (
                    f"namespace {target} has no route with a gateway, so that its replies reach "
                    "only clients in its own networks; add a default route (netns_route)"
                )
        elif forward.to_address not in own and not forward.hairpin and not forward.device:
            device = find_default_device(projection, netns, forward.family)
            if device is not None and forward.in_interface in (None, device) and networks:
                reason = (
                    f"the target is reached by the default route of {device}, and replies to "
                    f"clients that come by {device} do not pass this host; set hairpin: true"
                )
        if reason is not None:
            projection.builder.warnings.append(
                f"{describe_nat(forward)} to {describe_target(forward)}: {reason}"
            )


def _has_gateway(projection: Projection, netns: str, family: int) -> bool:
    return any(
        family_of(route.destination) == family
        and route.type in (None, "unicast")
        and (route.gateway or route.nexthops or route.destination in ("0.0.0.0/0", "::/0"))
        for route in projection.routes.get(netns, ())
    )
