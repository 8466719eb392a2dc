# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port forwards whose packets rules of other software translate already."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._describe.nat import describe_ports
from .._describe.places import describe_location
from .._model.addresses import family_of
from .._model.errors import Conflict
from .._model.foreign_forwards import ForeignForward, Packets
from .._model.nat import Dnat
from .._model.ranges import ALL_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._model.links import Link
    from .._model.resources import NatResource
    from .projection import Projection


def _list_packets(wanted: Dnat, destinations: Iterable[str]) -> Iterator[Packets]:
    """Return the packets that a port forward is for; an empty destination is any."""
    for destination in destinations:
        for source in wanted.source or ("",):
            yield Packets(
                family=wanted.family,
                protocol=wanted.protocol,
                ports=wanted.ports,
                destination=str(ipaddress.ip_network(destination)) if destination else "",
                source="" if source.endswith("/0") else source,
                interface=wanted.in_interface or "",
            )


def _destinations(wanted: Dnat, links: Iterable[Link]) -> list[str]:
    """Return the destinations of a forward, which without one is for all addresses of the host."""
    if wanted.destination:
        return [wanted.destination]
    found = [
        text.partition("/")[0]
        for link in links
        for text in link.addresses or ()
        if family_of(text) == wanted.family
    ]
    return [text for text in found if not ipaddress.ip_address(text).is_loopback] or [""]


def find_taker(
    forwards: Iterable[ForeignForward], wanted: Dnat, links: Iterable[Link]
) -> ForeignForward | None:
    """Return the first rule that translates packets which a port forward is for.

    A rule that names ports is met by a forward for all addresses of the host, whichever address the
    rule is for: the host may get that address later. Other rules are only met if it has it now:
    services of Kubernetes and translated networks have addresses that are of no host.

    :param links: the links of the forward's namespace.
    """
    first, last = wanted.ports
    near = [
        forward
        for forward in forwards
        if forward.packets.protocol in ("", wanted.protocol)
        and forward.packets.ports[0] <= last
        and first <= forward.packets.ports[1]
    ]
    # With thousands of forwards, most have none near, and need no addresses.
    if not near:
        return None
    now = list(_list_packets(wanted, _destinations(wanted, links)))
    at_any_time = list(_list_packets(wanted, [wanted.destination or ""]))
    for forward in near:
        if any(map(forward.takes, at_any_time if forward.names_ports else now)):
            return forward
    return None


def describe_taken(forward: ForeignForward, wanted: Dnat) -> str:
    """Describe what a rule translates, as in ``tcp port 80 of 192.0.2.1``."""
    packets = forward.packets
    protocol = packets.protocol or wanted.protocol
    ports = f"{protocol} port {describe_ports(packets.ports)}"
    if packets.ports == ALL_PORTS:
        ports = f"every {protocol} port"
    address, _slash, length = packets.destination.partition("/")
    is_host = length == ("128" if ":" in address else "32")
    destination = address if is_host else packets.destination
    of_destination = f" of {destination}" if destination else ""
    return f"{ports}{of_destination}"


def check_foreign_forwards(projection: Projection, wanted: NatResource) -> None:
    """Check that no rule of someone else translates the same packets.

    :raises Conflict: if one does or may do so, unless ``force`` is set.
    """
    if not isinstance(wanted, Dnat) or projection.request.permits("force", wanted):
        return
    forwards = projection.current.foreign_forwards.get(wanted.netns, ())
    if not forwards:
        return
    taker = find_taker(forwards, wanted, projection.links.in_netns(wanted.netns))
    if taker is None:
        return
    verdict = f"forwards {describe_taken(taker, wanted)} already"
    if not taker.certain:
        verdict = (
            f"may forward {describe_taken(taker, wanted)} already, "
            "by conditions that cannot be evaluated here"
        )
    raise Conflict(
        "destination_port",
        describe_ports(wanted.ports),
        f"{taker.where} {describe_location(wanted.netns)}, which was not created by this "
        f"collection, {verdict}; set force: true to forward it anyway",
    )
