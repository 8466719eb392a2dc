# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology as its items. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.name_servers import PORT, QUERIED, interface_of, list_queried, list_services
from .._model.processes import FEEDS, NO, STRANDED, Ready
from .items import HOST, Item, drop_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._model.current_state import CurrentState, Listener
    from .._model.processes import LabProcess


def compose_processes(current: CurrentState, owner: str) -> list[Item]:
    """The processes of a topology as options, without their environment: it may be secret.

    Without the option ``environment``, a task leaves it as it is.
    """
    return [
        drop_none(
            {
                "name": process.name,
                "netns": process.netns,
                "command": list(process.command),
                "user": process.user,
                "ready": None if process.ready is None else _compose_ready(process.ready),
                "restart": None if process.restart == NO else process.restart,
                "log": process.log,
            }
        )
        for process in current.lab_processes.values()
        if process.owner == owner and process.netns in {None, *current.namespaces}
        if process.serves is None
    ]


def compose_served(current: CurrentState, owner: str) -> Item:
    """The options of a topology that its servers carry out."""
    options: Item = {"dns": False, "dhcp": False, "ra": False}
    for process in current.lab_processes.values():
        if process.owner == owner:
            options.update(process.serves or {})
    for word in (QUERIED, FEEDS):
        options.pop(word, None)
    return options


def list_served(current: CurrentState, owner: str) -> dict[str, tuple[str, ...]]:
    """The ports of the host at which servers of a topology are asked, by interface."""
    return {
        interface_of(process): list_services(process)
        for process in current.lab_processes.values()
        if process.owner == owner and process.serves is not None and process.netns is None
    }


def compose_states(
    current: CurrentState, listeners: Mapping[str | None, Sequence[Listener]]
) -> list[Item]:
    """How the processes of all topologies are, and where name servers are asked and listen.

    :param listeners: those of the namespaces with name servers.
    """
    return [
        {
            "topology": process.owner,
            "name": process.name,
            "netns": process.netns or HOST,
            "state": process.state,
            "pid": process.pid,
            "restarts": process.restarts,
            "status": process.status or None,
            "unit": process.unit,
            "asked_at": list_queried(process),
            "listens_at": _list_heard(process, listeners.get(process.netns, ())),
        }
        for process in current.lab_processes.values()
        if process.netns in {None, *current.namespaces} or process.state == STRANDED
    ]


def _list_heard(process: LabProcess, listeners: Sequence[Listener]) -> list[str]:
    """The addresses at which a name server is asked and listens."""
    heard = {each.address for each in listeners if (each.protocol, each.port) == ("udp", PORT)}
    return [address for address in list_queried(process) if address in heard]


def _compose_ready(ready: Ready) -> Item:
    protocol = None if ready.port is None else ready.protocol
    return drop_none({**ready._asdict(), "protocol": protocol})
