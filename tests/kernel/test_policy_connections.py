# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of policies that do not concern a connection neither end it nor lose its packets.

``CONNECTIONS=10000 CHANGES=100`` has as many of both.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import resource
import selectors
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from support.netns import in_netns
from support.policy_flows import MEMBERS, policy_lab
from support.shell import sh
from support.tasks import run

CONNECTIONS = int(os.environ.get("CONNECTIONS", "1000"))
CHANGES = int(os.environ.get("CHANGES", "10"))
PORT = 1080
RED_ONLY = {"from": [{"netns": "red"}], "protocol": "tcp", "ports": [str(PORT)]}
REFUSED = re.compile(r"counter refused-\S+ \{\s+packets (\d+)")


def echo(listeners: list[socket.socket]) -> None:
    """Accept connections, and send back what comes in, without end."""
    selector = selectors.DefaultSelector()
    for listener in listeners:
        selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if ready in listeners:
                selector.register(ready.accept()[0], selectors.EVENT_READ)
            else:
                ready.sendall(ready.recv(1))


@contextlib.contextmanager
def open_connections(count: int) -> Iterator[list[socket.socket]]:
    """Connections from red to a process in blue, half of them of each family."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
    with contextlib.ExitStack() as stack:
        with in_netns("blue"):
            listeners = [
                stack.enter_context(
                    socket.create_server((MEMBERS["blue"][family], PORT), family=kind, backlog=1000)
                )
                for family, kind in kinds.items()
            ]
        server = multiprocessing.get_context("fork").Process(target=echo, args=(listeners,))
        server.start()
        stack.callback(server.join)
        stack.callback(server.kill)
        clients: list[socket.socket] = []
        with in_netns("red"):
            for number in range(count):
                family = (4, 6)[number % 2]
                clients.append(stack.enter_context(socket.socket(kinds[family])))
                clients[-1].settimeout(60)
                clients[-1].connect((MEMBERS["blue"][family], PORT))
        yield clients


class Traffic(threading.Thread):
    """A byte there and one back on each connection, again and again."""

    def __init__(self, clients: list[socket.socket]) -> None:
        super().__init__()
        self._clients, self._ended = clients, threading.Event()
        self.lost: list[Exception] = []
        self.rounds = 0

    def run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._ended.is_set()
            for client in self._clients:
                try:
                    client.sendall(b"x")
                    assert client.recv(1) == b"x"
                except (OSError, AssertionError) as error:
                    self.lost.append(error)
            self.rounds += 1

    def end(self) -> None:
        """Wait until each connection was used once more."""
        self._ended.set()
        self.join()


@pytest.mark.usefixtures("host")
def test_connections_stay_over_changes_that_do_not_concern_them() -> None:
    policies: list[dict[str, Any]] = [
        {"name": "web", "netns": ["blue"], "ingress": [RED_ONLY]},
        {"name": "out", "netns": ["red"], "egress": [{"to": [{"netns": "blue"}]}]},
    ]
    run("topology", **policy_lab(policy=policies))
    with open_connections(CONNECTIONS) as clients:
        traffic = Traffic(clients)
        traffic.start()
        try:
            for number in range(CHANGES):
                rule = {"protocol": "tcp", "ports": [str(1 + number)]}
                other: dict[str, Any] = {"name": "other", "netns": ["green"], "ingress": [rule]}
                assert run("netns_policy", topology="lab", egress=[], **other)["changed"]
        finally:
            traffic.end()
        assert not traffic.lost and traffic.rounds
        # Retransmissions hide what was refused, and counters do not.
        counted = REFUSED.findall(sh("nft list counters table inet redblue_netns_policy"))
        assert len(counted) > 2 and set(counted) == {"0"}, counted
