# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens the namespaces of probes, and finds the addresses that they probe."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._host.netns import open_netns_file
from .._host.netns_names import explain_unusable
from .._model.addresses import family_of, network_of
from .._model.errors import Refused
from .._model.netns import HOST_NETNS
from .._observe.links import read_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.links import Link
    from .._model.probes import Probe


def open_place(
    handles: NetnsHandles, parameter: str, netns: str | None, assume: bool
) -> NetnsHandle | None:
    """The handle of a namespace, given by its name or by the path of its file.

    :param assume: return None for one that is missing, instead of refusing it.
    :raises Refused: there is no such namespace.
    """
    if netns is None or "/" not in netns:
        handle = handles.open(netns)
    else:
        descriptor = open_netns_file(netns)
        handle = None if descriptor is None else handles.add(netns, descriptor)
    if handle is None:
        _check_missing(parameter, netns or "", assume)
    return handle


def open_handles(
    handles: NetnsHandles, probes: Sequence[Probe], assume: bool
) -> dict[str | None, NetnsHandle]:
    """The handles of all namespaces that the probes start from, go to, or listen in.

    :param assume: leave missing namespaces out instead of refusing them.
    :raises Refused: a namespace does not exist.
    """
    found: dict[str | None, NetnsHandle | None] = {}
    for probe in probes:
        for parameter, netns in probe.namespaces:
            if netns not in found:
                found[netns] = open_place(handles, parameter, netns, assume)
    return {netns: handle for netns, handle in found.items() if handle is not None}


def _check_missing(parameter: str, netns: str, assume: bool) -> None:
    unusable = None if "/" in netns else explain_unusable(netns)
    if unusable == HOST_NETNS:
        raise Refused(parameter, netns, f"/run/netns/{netns} is {unusable}; omit it for the host")
    if assume:
        return
    if "/" in netns:
        raise Refused(parameter, netns, "is not a network namespace")
    reason = f": /run/netns/{netns} is {unusable}" if unusable else ""
    raise Refused(parameter, netns, f"there is no such namespace{reason}")


def _addresses(links: Iterable[Link], family: int) -> list[str]:
    """The addresses ADDRESS/LENGTH of links, those of links that are up first."""
    return [
        text
        for link in sorted(links, key=lambda link: not link.up)
        for text in link.addresses or ()
        if family_of(text) == family
    ]


def choose_address(
    source_links: Sequence[Link], target_links: Sequence[Link], family: int | None
) -> str | None:
    """The address of the target namespace that a probe uses; None if it has none.

    An address on a network of the source comes first, then one of a family that the source has
    too, then any; IPv4 before IPv6.

    :param family: 4 or 6; None for either.
    """
    on_link: list[str] = []
    same_family: list[str] = []
    remaining: list[str] = []
    for version in (4, 6) if family is None else (family,):
        source = _addresses(source_links, version)
        for text in _addresses(target_links, version):
            address = ipaddress.ip_interface(text).ip
            if any(address in network_of(own) for own in source):
                on_link.append(text)
            elif source:
                same_family.append(text)
            else:
                remaining.append(text)
    return next((text.split("/")[0] for text in (*on_link, *same_family, *remaining)), None)


def find_addresses(
    handles: dict[str | None, NetnsHandle], probes: Sequence[Probe]
) -> list[str | None]:
    """The target address of each probe; None if the namespace has no address of the family."""
    needed = {
        netns: handles[netns]
        for probe in probes
        if probe.address is None
        for netns in (probe.netns, probe.to_netns)
    }
    links: dict[str | None, list[Link]] = {netns: [] for netns in needed}
    for link in read_links(needed.values()).values():
        links[link.netns].append(link)
    return [
        probe.address
        if probe.address is not None
        else choose_address(links[probe.netns], links[probe.to_netns], probe.family)
        for probe in probes
    ]
