# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges and their ports, and for veth pairs."""

from __future__ import annotations

from collections import Counter
from typing import Dict

from .._describe.links import say_kind
from .._describe.places import say_netns, say_where
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.link_types import BRIDGE_PORTS, TOO_MANY_PORTS
from .._model.links import Link
from .link_changes import alter_link
from .link_defaults import newborn, with_defaults
from .phases import Phase
from .projection import Draft

_MTU = 1500
"""What the kernel gives to an Ethernet link."""


def plan_bridge(draft: Draft, wanted: Link) -> None:
    """A bridge itself; its ports come when all links are there."""
    draft.need_netns(wanted.netns, f"bridge {wanted.name}")
    there = draft.links.get(wanted.place)
    wanted = with_defaults(draft, wanted, there)
    if there is None:
        there = newborn(draft, wanted)
        draft.step(Phase.LINK, None, there)
    elif there.kind != "bridge":
        raise Conflict(
            "name",
            wanted.name,
            f"{say_netns(wanted.netns)} has {say_kind(there)} of this name, not a bridge{draft.say_purge(there)}",
        )
    alter_link(draft, replace(wanted, ports=None), there)


def plan_bridge_mtu(draft: Draft, wanted: Link) -> None:
    """A bridge takes the least MTU of its ports as they come, until it is told one after them."""
    there = draft.links[wanted.place]
    gained = [
        change.after
        for _phase, change in draft.steps
        if isinstance(change.before, Link)
        and isinstance(change.after, Link)
        and change.after.bridge == wanted.name != change.before.bridge
    ]
    if wanted.mtu is not None and any(
        port.netns == wanted.netns and (port.mtu or _MTU) < wanted.mtu for port in gained
    ):
        draft.step(
            Phase.MTU,
            replace(there, mtu=None, addresses=None),
            replace(there, mtu=wanted.mtu, addresses=None),
        )


def check_room(draft: Draft) -> None:
    """Whether the bridges take all ports that they will have, others' among them."""
    if not draft.steps:
        return
    counts = Counter((link.netns, link.bridge) for link in draft.links.values() if link.bridge)
    for (netns, bridge), count in counts.items():
        if count > BRIDGE_PORTS:
            raise Refused(
                "bridge", bridge, f"would have {count} ports {say_where(netns)}; {TOO_MANY_PORTS}"
            )


def plan_ports(draft: Draft, wanted: Link, claimed: Dict[str, str]) -> None:
    """Exactly these ports; those that a veth of the same wish puts into the bridge count as named."""
    steal = draft.permits("steal", wanted)
    for name in wanted.ports or ():
        if name == "lo":
            raise Refused("ports", name, "lo cannot be a port of a bridge")
        port = draft.need_link("ports", wanted.netns, name, f"bridge {wanted.name}")
        if port.bridge and port.bridge != wanted.name and not steal:
            raise Conflict(
                "ports",
                name,
                f"is a port of bridge {port.bridge} already; steal would take it away from there",
            )
        alter_link(draft, Link(wanted.netns, name, bridge=wanted.name), port, steal)
    for port in draft.links_in(wanted.netns):
        if (
            port.bridge == wanted.name
            and port.name not in (wanted.ports or ())
            and claimed.get(port.name) != wanted.name
        ):
            alter_link(draft, Link(wanted.netns, port.name, bridge=""), port)
