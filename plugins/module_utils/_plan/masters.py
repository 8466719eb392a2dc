# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a link that is put into a bridge or a vrf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_kind, describe_link
from .._describe.places import describe_location
from .._describe.routes import DEFAULTS
from .._model.errors import Conflict, Refused
from .._model.link_types import EXCLUSIVE_TYPES
from .._model.links import Link, type_of
from .link_effects import routes_through

if TYPE_CHECKING:
    from .._model.routes import Route
    from .projection import Projection


def _default_routes_through(projection: Projection, link: Link) -> list[Route]:
    """The default routes through a link."""
    return [route for route in routes_through(projection, link) if route.destination in DEFAULTS]


def check_bridge(projection: Projection, wanted: Link, current: Link, steal: bool) -> None:
    """Check that a link can become a port of the wanted bridge.

    :param steal: whether it may be taken from a bridge of someone else.
    :raises Refused: if it cannot.
    """
    bridge = projection.need_link(
        "bridge", wanted.netns, wanted.bridge or "", describe_link(wanted), kind="bridge"
    )
    if bridge.kind != "bridge":
        raise Conflict(
            "bridge",
            bridge.name,
            f"is {describe_kind(bridge)} {describe_location(bridge.netns)}, not a bridge; only a "
            f"bridge can have {wanted.name} as a port",
        )
    _check_type_of_port(bridge, current)
    if current.bridge and current.owner is None and not steal:
        rule = (
            f"{current.name} is a port of bridge {current.bridge} already; set steal: true in "
            "linux_bridge to move it"
        )
        raise Conflict("bridge", bridge.name, rule)
    _check_stacking(projection, bridge, current)
    uses = list(current.addresses or ()) if wanted.addresses is None else []
    defaults = {route.key for route in _default_routes_through(projection, current)}
    # A bridge may take over the addresses and the routes of its port.
    if defaults - (set() if wanted.addresses is None else projection.request.route_keys):
        uses.append("the default route")
    if uses:
        raise Refused(
            "bridge",
            bridge.name,
            f"{current.name} carries {' and '.join(uses)}, and would lose them as a port",
        )


def _check_stacking(projection: Projection, bridge: Link, current: Link) -> None:
    """Check that a link is neither on top of the bridge nor the parent of a link like a bridge."""
    for child in projection.links.children(current.ref):
        if child.kind in EXCLUSIVE_TYPES:
            rule = (
                f"{current.name} is the parent of {describe_kind(child)}, {child.name}, and the "
                "kernel hands received packets to that or to a bridge, not to both"
            )
            raise Refused("bridge", bridge.name, rule)
    if current.parent is not None and current.parent == bridge.ref:
        raise Refused(
            "bridge",
            bridge.name,
            f"{current.name} is on top of that bridge, so it cannot be its port as well",
        )


def _check_type_of_port(bridge: Link, current: Link) -> None:
    if current.kind == "bridge":
        raise Refused(
            "bridge",
            bridge.name,
            f"{current.name} is a bridge itself, and a bridge cannot be a port of another",
        )
    if current.name == "lo":
        raise Refused("bridge", bridge.name, "lo cannot be a port of a bridge")
    current_type = type_of(current)
    if current_type is not None and not current_type.port:
        raise Refused(
            "bridge",
            bridge.name,
            f"{current.name} is {describe_kind(current)}, which cannot be a port of a bridge",
        )


def check_vrf(projection: Projection, wanted: Link, current: Link) -> None:
    """Check that a link can be put into the wanted vrf.

    :raises Refused: if it cannot.
    """
    vrf = projection.need_link(
        "vrf", wanted.netns, wanted.vrf or "", describe_link(wanted), kind="vrf"
    )
    if vrf.kind != "vrf":
        raise Conflict(
            "vrf", vrf.name, f"is {describe_kind(vrf)} {describe_location(vrf.netns)}, not a vrf"
        )
    if current.kind == "vrf" or current.name == "lo":
        what = "a vrf itself" if current.kind == "vrf" else "the loopback"
        raise Refused("vrf", vrf.name, f"{current.name} is {what}, which cannot be in a vrf")
    if current.bridge and current.owner is None:
        raise Conflict(
            "vrf",
            vrf.name,
            f"{current.name} is a port of bridge {current.bridge} already; remove it from the "
            "bridge first",
        )
    if _default_routes_through(projection, current):
        raise Refused(
            "vrf",
            vrf.name,
            f"{current.name} carries the default route, and would lose it in a vrf",
        )
