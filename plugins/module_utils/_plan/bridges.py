# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges and their ports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .._describe.links import describe_kind
from .._describe.places import describe_location, describe_netns
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import MAX_BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.links import Link
from .link_changes import change_link
from .link_defaults import link_as_created, with_defaults
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def plan_bridge(projection: Projection, wanted: Link) -> None:
    """Plan a bridge without its ports, which need all links.

    :raises Conflict: if a link of another type has the name.
    """
    projection.need_netns(wanted.netns, f"bridge {wanted.name}")
    current = projection.links.get(wanted.ref)
    wanted = with_defaults(projection, wanted, current)
    if current is None:
        projection.add(link_as_created(projection, wanted), Phase.LINK)
        current = projection.links[wanted.ref]
    elif current.kind != "bridge":
        raise Conflict(
            "name",
            wanted.name,
            f"{describe_netns(wanted.netns)} has {describe_kind(current)} of this name, not a "
            f"bridge{projection.purge_hint(current)}",
        )
    change_link(projection, replace(wanted, ports=None), current)


def plan_ports(projection: Projection, wanted: Link, others: list[Link]) -> None:
    """Plan that a bridge has exactly the wanted ports, once all links are planned.

    :param others: the wanted links and ends of veth pairs; those that name the bridge are its ports
        as well.
    """
    names = wanted.ports or ()
    steal = projection.request.permits("steal", wanted)
    for name in names:
        if name == "lo":
            raise Refused("ports", name, "lo cannot be a port of a bridge")
        port = projection.need_link("ports", wanted.netns, name, f"bridge {wanted.name}")
        if port.bridge and port.bridge != wanted.name and not steal:
            raise Conflict(
                "ports",
                name,
                f"is a port of bridge {port.bridge} already; set steal: true to move it",
            )
        change_link(projection, Link(wanted.netns, name, bridge=wanted.name), port, steal)
    bridges: dict[str, str] = {
        link.name: link.bridge for link in others if link.bridge and link.netns == wanted.netns
    }
    for port in projection.links.in_netns(wanted.netns):
        if (
            port.bridge == wanted.name
            and port.name not in names
            and bridges.get(port.name) != wanted.name
        ):
            change_link(projection, Link(wanted.netns, port.name, bridge=""), port)


def check_port_counts(projection: Projection) -> None:
    """Check that no bridge gets more ports than the kernel allows, those of others among them.

    :raises Refused: if one would.
    """
    if not projection.builder.steps:
        return
    counts = Counter((link.netns, link.bridge) for link in projection.links.values() if link.bridge)
    for (netns, bridge), count in counts.items():
        if count > MAX_BRIDGE_PORTS:
            raise Refused(
                "bridge",
                bridge,
                f"would have {count} ports {describe_location(netns)}; {TOO_MANY_PORTS}",
            )
