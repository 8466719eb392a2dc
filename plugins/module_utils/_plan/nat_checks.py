# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of NAT rules against the host: what a rule must not do there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._describe.nat import describe_nat, describe_ports, describe_target
from .._describe.places import describe_netns
from .._model.addresses import family_of
from .._model.errors import Conflict, Refused
from .._model.nat import Dnat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.resources import NatResource
    from .projection import Projection


def check_interfaces(projection: Projection, wanted: NatResource) -> None:
    """Check that the interfaces which a rule names exist.

    :raises Refused: if one does not.
    """
    for option in ("in_interface", "out_interface"):
        name = getattr(wanted, option, None)
        if name is not None:
            projection.need_link(option, wanted.netns, name, describe_nat(wanted))


def check_ssh(projection: Projection, wanted: NatResource) -> None:
    """Check that a forward does not take the port of the SSH connection of the task.

    :raises Refused: if it does: no further task would reach the host.
    """
    connection = projection.current.ssh_connection
    if (
        not isinstance(wanted, Dnat)
        or wanted.protocol != "tcp"
        or wanted.netns is not None
        or connection is None
    ):
        return
    port = connection.server_port
    if (
        wanted.ports[0] <= port <= wanted.ports[1]
        and wanted.destination in (None, connection.server)
        and family_of(connection.client) == wanted.family
    ):
        raise Refused(
            "destination_port",
            describe_ports(wanted.ports),
            f"includes port {port}, which the SSH connection of this task uses",
        )


def takes_packets_to(wanted: Dnat, address: str) -> bool:
    """Whether a forward takes packets from what listens at an address.

    Those to the loopback are never forwarded.
    """
    listening = ipaddress.ip_address(address)
    if listening.is_unspecified:
        return listening.version == 6 or wanted.family == 4
    return (
        not listening.is_loopback
        and listening.version == wanted.family
        and wanted.destination in (None, address)
    )


def check_listeners(projection: Projection, wanted: NatResource) -> None:
    """Check that no process listens on a port that is forwarded: it would receive nothing.

    :raises Conflict: if one does, unless ``force`` is set.
    """
    if not isinstance(wanted, Dnat) or projection.request.permits("force", wanted):
        return
    first, last = wanted.ports
    for protocol, address, port in projection.current.listeners.get(wanted.netns, ()):
        if (
            protocol == wanted.protocol
            and first <= port <= last
            and takes_packets_to(wanted, address)
        ):
            raise Conflict(
                "destination_port",
                describe_ports(wanted.ports),
                f"{describe_netns(wanted.netns)} itself listens on {protocol} port {port} "
                f"({address}), which the forward would take; set force: true to forward it anyway",
            )


def check_overlaps(rules: Iterable[NatResource]) -> None:
    """Check that no two forwards with the same limits are for one port.

    :raises Refused: if two are.
    """
    by_limits: dict[tuple[object, ...], list[Dnat]] = {}
    for rule in rules:
        if isinstance(rule, Dnat):
            limits = (rule.family, rule.protocol, rule.in_interface, rule.destination, rule.source)
            by_limits.setdefault(limits, []).append(rule)
    for forwards in by_limits.values():
        forwards.sort(key=_ports)
        for lower, upper in zip(forwards, forwards[1:]):
            if upper.ports[0] <= lower.ports[1]:
                raise Refused(
                    "destination_port",
                    describe_ports(upper.ports),
                    f"overlaps the {describe_nat(lower)} to {describe_target(lower)}",
                )


def _ports(forward: Dnat) -> tuple[int, int]:
    return forward.ports
