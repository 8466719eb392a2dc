# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges and their ports, and for veth pairs."""

from __future__ import annotations

from collections import Counter
from typing import Dict

from .._describe.links import describe_kind
from .._describe.places import describe_location, describe_netns
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import MAX_BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.links import Link
from .link_changes import alter_link
from .link_defaults import link_as_created, with_defaults
from .phases import Phase
from .projection import Projection

_MTU = 1500
"""What the kernel gives to an Ethernet link."""


def plan_bridge(projection: Projection, wanted: Link) -> None:
    """A bridge itself; its ports come when all links are there."""
    projection.need_netns(wanted.netns, f"bridge {wanted.name}")
    current = projection.links.get(wanted.ref)
    wanted = with_defaults(projection, wanted, current)
    if current is None:
        current = link_as_created(projection, wanted)
        projection.step(Phase.LINK, None, current)
    elif current.kind != "bridge":
        raise Conflict(
            "name",
            wanted.name,
            f"{describe_netns(wanted.netns)} has {describe_kind(current)} of this name, not a bridge{projection.describe_purge_hint(current)}",
        )
    alter_link(projection, replace(wanted, ports=None), current)


def plan_bridge_mtu(projection: Projection, wanted: Link) -> None:
    """A bridge takes the least MTU of its ports as they come, until it is told one after them."""
    current = projection.links[wanted.ref]
    gained = [
        change.after
        for _phase, change in projection.steps
        if isinstance(change.before, Link)
        and isinstance(change.after, Link)
        and change.after.bridge == wanted.name != change.before.bridge
    ]
    if wanted.mtu is not None and any(
        port.netns == wanted.netns and (port.mtu or _MTU) < wanted.mtu for port in gained
    ):
        projection.step(
            Phase.MTU,
            replace(current, mtu=None, addresses=None),
            replace(current, mtu=wanted.mtu, addresses=None),
        )


def check_room(projection: Projection) -> None:
    """Whether the bridges take all ports that they will have, others' among them."""
    if not projection.steps:
        return
    counts = Counter((link.netns, link.bridge) for link in projection.links.values() if link.bridge)
    for (netns, bridge), count in counts.items():
        if count > MAX_BRIDGE_PORTS:
            raise Refused(
                "bridge",
                bridge,
                f"would have {count} ports {describe_location(netns)}; {TOO_MANY_PORTS}",
            )


def plan_ports(projection: Projection, wanted: Link, claimed: Dict[str, str]) -> None:
    """Exactly these ports; those that a veth of the same wish puts into the bridge count as named."""
    steal = projection.permits("steal", wanted)
    for name in wanted.ports or ():
        if name == "lo":
            raise Refused("ports", name, "lo cannot be a port of a bridge")
        port = projection.need_link("ports", wanted.netns, name, f"bridge {wanted.name}")
        if port.bridge and port.bridge != wanted.name and not steal:
            raise Conflict(
                "ports",
                name,
                f"is a port of bridge {port.bridge} already; steal would take it away from there",
            )
        alter_link(projection, Link(wanted.netns, name, bridge=wanted.name), port, steal)
    for port in projection.links_in(wanted.netns):
        if (
            port.bridge == wanted.name
            and port.name not in (wanted.ports or ())
            and claimed.get(port.name) != wanted.name
        ):
            alter_link(projection, Link(wanted.netns, port.name, bridge=""), port)
