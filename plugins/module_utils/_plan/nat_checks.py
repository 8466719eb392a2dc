# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule must not do on the host on which it is to stand: refused before anything is touched."""

from __future__ import annotations

import ipaddress
from typing import Dict, Iterable, List, Tuple

from .._describe.nat import describe_nat, describe_ports, describe_target
from .._describe.places import describe_location, describe_netns
from .._model.addresses import family_of
from .._model.errors import Conflict, Refused
from .._model.nat import Dnat, ForeignForward, NatResource
from .projection import Projection


def check_interfaces(projection: Projection, wanted: NatResource) -> None:
    for option in ("in_interface", "out_interface"):
        name = getattr(wanted, option, None)
        if name is not None:
            projection.need_link(option, wanted.netns, name, describe_nat(wanted))


def check_ssh(projection: Projection, wanted: NatResource) -> None:
    """A forward of the port by which the task came would be the last task."""
    if (
        not isinstance(wanted, Dnat)
        or wanted.protocol != "tcp"
        or wanted.netns is not None
        or projection.current.ssh_server is None
    ):
        return
    address, port = projection.current.ssh_server
    if (
        wanted.ports[0] <= port <= wanted.ports[1]
        and wanted.destination in (None, address)
        and family_of(address) == wanted.family
    ):
        raise Refused(
            "destination_port",
            describe_ports(wanted.ports),
            f"has port {port}, by which the SSH connection of this very task comes",
        )


def takes(wanted: Dnat, address: str) -> bool:
    """Whether a forward is met before what listens at an address. The loopback is never forwarded."""
    listening = ipaddress.ip_address(address)
    if listening.is_unspecified:
        return listening.version == 6 or wanted.family == 4
    return (
        not listening.is_loopback
        and listening.version == wanted.family
        and wanted.destination in (None, address)
    )


def check_listeners(projection: Projection, wanted: NatResource) -> None:
    """Whoever listens on a port that is forwarded hears nobody any more. A forward that is there already has had its way."""
    if not isinstance(wanted, Dnat) or projection.permits("force", wanted):
        return
    first, last = wanted.ports
    for protocol, address, port in projection.current.listeners.get(wanted.netns, ()):
        if protocol == wanted.protocol and first <= port <= last and takes(wanted, address):
            raise Conflict(
                "destination_port",
                describe_ports(wanted.ports),
                f"{describe_netns(wanted.netns)} itself listens on {protocol} port {port} ({address}), which the forward would take; force does it all the same",
            )


def find_foreign_forwards(claim: ForeignForward, wanted: Dnat) -> bool:
    """Whether somebody else's rule is met by what a forward is for."""
    overlaps = claim.ports[0] <= wanted.ports[1] and wanted.ports[0] <= claim.ports[1]
    alike = claim.protocol in ("", wanted.protocol) and claim.family in (0, wanted.family)
    return (
        overlaps
        and alike
        and (
            None in (claim.destination, wanted.destination)
            or claim.destination == wanted.destination
        )
    )


def check_foreign_forwards(projection: Projection, wanted: NatResource) -> None:
    """Two that forward one port are one too many. A forward that is there already has had its way."""
    if not isinstance(wanted, Dnat) or projection.permits("force", wanted):
        return
    for claim in projection.current.foreign_forwards.get(wanted.netns, ()):
        if find_foreign_forwards(claim, wanted):
            raise Conflict(
                "destination_port",
                describe_ports(wanted.ports),
                f"{claim.where} {describe_location(wanted.netns)}, which is somebody else's, forwards {wanted.protocol} port {describe_ports(claim.ports)} already; "
                "force does it all the same",
            )


def check_overlaps(rules: Iterable[NatResource]) -> None:
    """Two forwards of one port, limited alike, cannot both be meant."""
    alike: Dict[Tuple[object, ...], List[Dnat]] = {}
    for rule in rules:
        if isinstance(rule, Dnat):
            alike.setdefault(
                (rule.family, rule.protocol, rule.in_interface, rule.destination, rule.source), []
            ).append(rule)
    for group in alike.values():
        group.sort(key=lambda rule: rule.ports)
        for one, other in zip(group, group[1:]):
            if other.ports[0] <= one.ports[1]:
                raise Refused(
                    "destination_port",
                    describe_ports(other.ports),
                    f"overlaps the {describe_nat(one)} to {describe_target(one)}",
                )
