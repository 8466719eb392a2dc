# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where probes start, and which address of a namespace they ask: looked up from what stands."""

from __future__ import annotations

import ipaddress
from typing import Dict, Iterable, List, Optional, Sequence

from .._host.netns import open_netns_file
from .._host.netns_handles import NetnsHandle, NetnsHandles
from .._model.addresses import family_of, network_of
from .._model.errors import Refused
from .._model.links import Link
from .._model.probes import Probe
from .._observe.links import read_links


def _open(handles: NetnsHandles, netns: Optional[str]) -> Optional[NetnsHandle]:
    """The room of a namespace that is named, or whose file is."""
    if netns is None or "/" not in netns:
        return handles.open(netns)
    descriptor = open_netns_file(netns)
    return None if descriptor is None else handles.add(netns, descriptor)


def open_all(
    handles: NetnsHandles, probes: Sequence[Probe], assume: bool
) -> Dict[Optional[str], NetnsHandle]:
    """The rooms that probes start from, ask, or listen in.

    :param assume: pass over those that are not there.
    :raises Refused: one is not there.
    """
    found: Dict[Optional[str], Optional[NetnsHandle]] = {}
    for probe in probes:
        for parameter, netns in probe.namespaces:
            if netns not in found:
                found[netns] = _open(handles, netns)
            if found[netns] is None and not assume:
                raise Refused(
                    parameter,
                    netns,
                    "is no network namespace"
                    if "/" in (netns or "")
                    else "there is no such namespace",
                )
    return {netns: handle for netns, handle in found.items() if handle is not None}


def _addresses(links: Iterable[Link], family: int) -> List[str]:
    """Those of links that are up first."""
    return [
        text
        for link in sorted(links, key=lambda link: not link.up)
        for text in link.addresses or ()
        if family_of(text) == family
    ]


def choose_address(
    here: Sequence[Link], current: Sequence[Link], family: Optional[int]
) -> Optional[str]:
    """Of the addresses there the first that lies in a network of here; else the first of a family that both have; IPv4 before IPv6."""
    families = (4, 6) if family is None else (family,)
    theirs = {one: _addresses(current, one) for one in families}
    ours = {one: _addresses(here, one) for one in families}
    near = [
        text
        for one in families
        for text in theirs[one]
        if any(ipaddress.ip_interface(text).ip in network_of(own) for own in ours[one])
    ]
    far = [text for one in families for text in theirs[one] if ours[one]]
    last = [text for one in families for text in theirs[one]]
    return next((text.split("/")[0] for text in (*near, *far, *last)), None)


def find_addresses(
    handles: Dict[Optional[str], NetnsHandle], probes: Sequence[Probe]
) -> List[Optional[str]]:
    """What each probe asks; ``None`` where the namespace has no address of the family."""
    sought = {
        place: handles[place]
        for probe in probes
        if probe.address is None
        for place in (probe.netns, probe.to_netns)
    }
    links: Dict[Optional[str], List[Link]] = {place: [] for place in sought}
    for link in read_links(sought.values()).values():
        links[link.netns].append(link)
    return [
        probe.address
        if probe.address is not None
        else choose_address(links[probe.netns], links[probe.to_netns], probe.family)
        for probe in probes
    ]
