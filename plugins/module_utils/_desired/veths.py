# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of veth pairs: from the options of veth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.links import Link, Veth
from .._model.nat import SpoofCheck
from .._params.names import check_link_name, check_range
from .common import allowances, check_netns, desired_state_for
from .links import parse_port, port_settings

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.veth import EndParams, VethParams, VethTaskParams


def veth_resources(params: VethParams, state: str, prefix: str = "") -> list[Resource]:
    """Return a veth pair, and what is set on its ends."""
    if params["peer"] is None:
        raise Refused(f"{prefix}peer", None, "is required: a veth pair has two ends")
    end = _parse_end(params, params["peer"], prefix)
    peer = _parse_end(params["peer"], params, f"{prefix}peer.")
    if end.ref == peer.ref:
        rule = "both ends cannot have the same name in the same namespace"
        raise Refused(f"{prefix}peer.name", peer.name, rule)
    resources: list[Resource] = [Veth(end, peer)]
    resources += _spoof_checks(end, peer, params["spoofchk"])
    resources += _spoof_checks(peer, end, params["peer"]["spoofchk"])
    resources += port_settings(end, params, prefix)
    resources += port_settings(peer, params["peer"], f"{prefix}peer.")
    return resources


def _parse_end(params: EndParams, other: EndParams, prefix: str) -> Link:
    """Return an end of a pair. The other end is not checked."""
    return parse_port(
        params,
        "veth",
        prefix,
        peer=(other["netns"], other["name"]),
        queues=check_range(f"{prefix}queues", params["queues"], 1, 4096),
    )


def _spoof_checks(link: Link, other: Link, on: bool | None) -> list[SpoofCheck]:
    return [] if on is None else [SpoofCheck(link.netns, link.name, peer=other.ref, enabled=on)]


def parse_veth(params: VethTaskParams) -> DesiredState:
    """Return the desired state of a task of the module veth."""
    if params["state"] == "absent" and params["peer"] is None:
        netns = check_netns("netns", params["netns"])
        link = Link(netns, check_link_name("name", params["name"]), kind="veth")
        return desired_state_for("absent", [link])
    resources = veth_resources(params, params["state"])
    return desired_state_for(params["state"], resources, allowances(params, resources[0]))
