# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of overlapping networks on two devices.

A longer prefix inside a shorter one is how routing works, and often intended. It is an error if it
hides a known host. Where the declared topology has ``allow_overlap``, the user has decided.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.addresses import Network, address_of, network_of
from ..._model.overlaps import find_nested
from ..._model.routes import MAIN_TABLE
from ..commands import ip_command
from ..findings import ERROR, WARNING, Finding, format_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts
    from ..facts.segments import Segments

_DeviceNetwork = tuple[Network, str]
"""A network and the device of the route to it."""
_MAX_SHOWN = 4


def _list_networks(facts: HostFacts, netns: str | None) -> set[_DeviceNetwork]:
    """The networks of unicast routes in table main, without default and multicast routes."""
    return {
        (network, route.device)
        for route in facts.current.routes.get(netns, ())
        if route.device
        and route.table == MAIN_TABLE
        and route.type in (None, "unicast")
        and not route.destination.startswith(("fe80:", "ff00:"))
        for network in [network_of(route.destination)]
        if 0 < network.prefixlen < network.max_prefixlen
    }


def check_overlaps(facts: HostFacts) -> Iterator[Finding]:
    """Overlapping networks on two devices, of which one leads to a namespace or is in one."""
    for netns in facts.current.routes:
        if netns is None:
            lab_devices = facts.access_links(None)
        else:
            lab_devices = frozenset(link.name for link in facts.links_of(netns))
        for outer, inner in _nested_networks(_list_networks(facts, netns)):
            devices = {outer[1], inner[1]}
            if not devices & lab_devices:
                continue
            if facts.links_that_may_overlap & {(netns, device) for device in devices}:
                continue
            if facts.segments.are_joined((netns, outer[1]), (netns, inner[1])):
                continue
            hidden = _find_hidden(facts.segments, netns, outer, inner)
            if hidden or _are_connected(facts, netns, outer, inner):
                yield _overlap(netns, outer, inner, hidden)


def _find_hidden(
    segments: Segments, netns: str | None, outer: _DeviceNetwork, inner: _DeviceNetwork
) -> list[str]:
    """The known addresses behind the outer device that the inner network hides.

    Of two equal networks the kernel uses one. It hides a host if there are hosts behind both.
    """

    def behind(device: str) -> list[str]:
        addresses = {
            text.split("/")[0]
            for link in segments.links_with((netns, device))
            if link.netns != netns
            for text in link.addresses or ()
        }
        version = inner[0].version
        known = [a for a in map(address_of, addresses) if a.version == version and a in inner[0]]
        return [str(address) for address in sorted(known, key=int)]

    hidden = behind(outer[1])
    return hidden if outer[0] != inner[0] or behind(inner[1]) else []


def _are_connected(
    facts: HostFacts, netns: str | None, outer: _DeviceNetwork, inner: _DeviceNetwork
) -> bool:
    """Whether both are networks of addresses, and not of routes that were added."""
    links = [
        (facts.current.links.get((netns, device)), network) for network, device in (outer, inner)
    ]
    return all(
        link is not None and network in {network_of(text) for text in link.addresses or ()}
        for link, network in links
    )


def _overlap(
    netns: str | None, outer: _DeviceNetwork, inner: _DeviceNetwork, hidden: list[str]
) -> Finding:
    (outer_network, outer_device), (inner_network, inner_device) = outer, inner
    effect = "hosts behind one of them cannot be reached"
    if hidden:
        effect = f"{', '.join(hidden[:_MAX_SHOWN])} behind one of them cannot be reached"
    return Finding(
        "overlap",
        ERROR if hidden else WARNING,
        format_ref((netns, str(inner_network))),
        f"{inner_network} on {inner_device} overlaps {outer_network} on {outer_device} "
        f"{describe_location(netns)}: {effect}",
        f"{ip_command(netns)} route show to root {outer_network}: "
        f"dev {quote(outer_device)}, dev {quote(inner_device)}",
        "use another network for one of them (options addresses, destination)",
        affects=frozenset({(netns, outer_device), (netns, inner_device)} if hidden else ()),
        # The rules for the lab's network concern each device that has a part of it.
        causes=frozenset({(netns, f"ipv{inner_network.version}:{inner_device}")}),
    )


def _nested_networks(
    networks: set[_DeviceNetwork],
) -> Iterator[tuple[_DeviceNetwork, _DeviceNetwork]]:
    """Pairs (outer, inner) on different devices."""
    by_device = sorted(networks, key=lambda item: item[1])
    for outer, inner in find_nested(by_device):
        if outer[1] != inner[1]:
            yield outer, inner
