# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the name servers of topologies a question, each where it runs.

The name of the question has no dot, and is never asked upstream.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from typing import TYPE_CHECKING

from ..._host.netns import inside_netns
from ..._model.addresses import family_of
from ..._model.fast_typing import NamedTuple
from ..._model.name_servers import PORT, list_queried
from ..._model.processes import RUNNING
from ..._probe.packets import pack_dns_query, unpack_dns_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..._host.netns_handles import NetnsHandle
    from ..._model.current_state import CurrentState
    from ..._model.processes import LabProcess

_PATIENCE, _PAUSE = 3.0, 1.0
"""Seconds for all servers together, and between two questions. A server answers within 1 ms."""
_NAME, _RECORD = "localhost", "A"
_LONGEST = 512
"""Of a message by UDP (RFC 1035)."""
_LINK_LOCAL = "fe80:"


class SilentServer(NamedTuple):
    """A server that runs, and does not answer at an address that members ask."""

    process: LabProcess
    address: str
    listens: bool


def find_silent_servers(
    current: CurrentState, handles: Mapping[str | None, NetnsHandle]
) -> list[SilentServer]:
    """The servers that do not answer; all are asked at once."""
    known = {
        (link.netns, text.partition("/")[0])
        for link in current.links.values()
        for text in link.addresses or ()
    }
    silent: list[SilentServer] = []
    with contextlib.ExitStack() as sockets:
        waiting: dict[socket.socket, SilentServer] = {}
        for process, address in _list_queries(current):
            if process.netns not in handles:
                continue
            if (process.netns, address) not in known:
                # Elsewhere nobody of this host is asked.
                silent.append(SilentServer(process, address, listens=False))
                continue
            family = socket.AF_INET6 if family_of(address) == 6 else socket.AF_INET
            with inside_netns(handles[process.netns].descriptor):
                client = sockets.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            client.setblocking(False)
            client.connect((address, PORT))
            waiting[client] = SilentServer(process, address, listens=True)
        refusing = _await_answers(waiting)
    silent += [each._replace(listens=client not in refusing) for client, each in waiting.items()]
    return silent


def _list_queries(current: CurrentState) -> Iterator[tuple[LabProcess, str]]:
    for process in current.lab_processes.values():
        if process.state == RUNNING:
            for address in list_queried(process):
                if not address.startswith(_LINK_LOCAL):
                    yield process, address


def _await_answers(waiting: dict[socket.socket, SilentServer]) -> set[socket.socket]:
    """Take out those that answer; return those at which nothing listens."""
    refusing: set[socket.socket] = set()
    end, identifier = time.monotonic() + _PATIENCE, 0
    while waiting.keys() - refusing and time.monotonic() < end:
        identifier += 1
        question = pack_dns_query(identifier, _NAME, _RECORD)
        for client in waiting.keys() - refusing:
            with contextlib.suppress(OSError):
                client.send(question)
        again = time.monotonic() + _PAUSE
        while waiting.keys() - refusing and time.monotonic() < again:
            pending = list(waiting.keys() - refusing)
            readable, _writable, _failed = select.select(pending, [], [], _PAUSE)
            for client in readable:
                _receive(client, identifier, waiting, refusing)
    return refusing


def _receive(
    client: socket.socket,
    identifier: int,
    waiting: dict[socket.socket, SilentServer],
    refusing: set[socket.socket],
) -> None:
    try:
        message = client.recv(_LONGEST)
    except ConnectionRefusedError:
        refusing.add(client)
        return
    except OSError:
        return
    if any(unpack_dns_response(message, number + 1, _RECORD) for number in range(identifier)):
        del waiting[client]
