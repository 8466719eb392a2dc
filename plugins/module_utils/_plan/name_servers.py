# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the name servers of a topology, before they are started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.errors import Conflict, Refused
from .._model.name_servers import list_queried
from .._model.processes import FEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.current_state import CurrentState
    from .._model.netns import Resolver
    from .._model.processes import LabProcess
    from .projection import Projection

_ANY = ("0.0.0.0", "::")


def check_server(projection: Projection, wanted: LabProcess, current: LabProcess | None) -> None:
    """Check that a server can be started.

    :raises Refused: its program is not installed.
    :raises Conflict: another program has its port.
    """
    if projection.current.missing_dnsmasq:
        option = next((name for name in ("dns", "dhcp") if name in (wanted.serves or {})), "ra")
        raise Refused(option, True, projection.current.missing_dnsmasq)
    names = (wanted.serves or {}).get(FEEDS, ())
    if names and projection.current.nftset_fault:
        raise Refused("policy", names[0], projection.current.nftset_fault)
    if current is not None or wanted.ready is None:
        return  # It has the port itself.
    for listener in projection.current.listeners.get(wanted.netns, ()):
        if listener.port == wanted.ready.port and listener.address in (wanted.ready.address, *_ANY):
            where = f"{listener.protocol} port {listener.port} of {listener.address}"
            rule = f"another program listens on {where} {describe_location(wanted.netns)}; have it"
            rule += f" listen on its own addresses only, so that {wanted.ready.address} is free"
            raise Conflict("dns", True, rule)


def find_resolvers_of(processes: Sequence[LabProcess], current: CurrentState) -> Iterator[Resolver]:
    """The resolver configurations that point to these servers."""
    queried = {address for process in processes for address in list_queried(process)}
    for resolver in current.resolvers.values():
        if queried & {*resolver.nameservers}:
            yield resolver
