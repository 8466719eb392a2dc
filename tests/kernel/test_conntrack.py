# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tracked connections after a change of NAT rules: the client's next packet follows the new
rules.
"""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support.flows import HOST, flow_lab
from support.netns import in_netns
from support.patience import patience
from support.tasks import run

PORT, OTHER_PORT = 5353, 5354


@contextlib.contextmanager
def servers(family: int) -> Iterator[dict[socket.socket, str]]:
    """UDP sockets on the host, in red and in blue; each answers with its name."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with contextlib.ExitStack() as stack:
        found = {}
        for place in ("host", "red", "blue"):
            for port in (PORT, OTHER_PORT):
                with in_netns(None if place == "host" else place):
                    made = stack.enter_context(socket.socket(kind, socket.SOCK_DGRAM))
                made.bind((HOST[family] if place == "host" else "", port))
                found[made] = place
        yield found


def query(client: socket.socket, answering: dict[socket.socket, str]) -> str | None:
    client.send(b"question")
    ready, _writable, _failed = select.select(list(answering), [], [], 10)
    for server in ready:
        _question, sender = server.recvfrom(100)
        server.sendto(answering[server].encode(), sender)
    client.settimeout(patience(10))
    with contextlib.suppress(TimeoutError, ConnectionRefusedError):
        return client.recv(100).decode()
    return None


def conntrack_id(port: int) -> str:
    """Return the conntrack id of the flow to that port, which is the same until the entry is
    deleted.
    """
    lines = subprocess.run(
        ["conntrack", "-L", "-p", "udp", "--orig-port-dst", str(port), "-o", "id"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return lines.strip().rpartition("id=")[2]


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_client_that_keeps_its_port_follows_the_new_rules(
    lan: None, backend: str, family: int
) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend))
    forward: dict[str, Any] = {"protocol": "udp", "destination_port": PORT, "force": True}
    red, blue = (
        (f"10.15.0.1:{PORT}", f"10.15.0.2:{PORT}")
        if family == 4
        else (f"[fd00:15::1]:{PORT}", f"[fd00:15::2]:{PORT}")
    )
    with contextlib.ExitStack() as stack:
        answering = stack.enter_context(servers(family))
        clients = []
        for port in (PORT, OTHER_PORT):
            with in_netns("lan"):
                clients.append(
                    stack.enter_context(
                        socket.socket(
                            socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM
                        )
                    )
                )
            clients[-1].connect((HOST[family], port))
        client, neighbour = clients
        assert (query(client, answering), query(neighbour, answering)) == ("host", "host")
        number = conntrack_id(OTHER_PORT)
        run("dnat", **forward, to_destination=blue)
        assert query(client, answering) == "blue"
        run("dnat", **forward, to_destination=red)
        assert query(client, answering) == "red"
        assert (
            not run("dnat", **forward, to_destination=red)["changed"]
            and query(client, answering) == "red"
        )
        run("dnat", **forward, to_destination=red, state="absent")
        assert (query(client, answering), query(neighbour, answering)) == ("host", "host")
        assert conntrack_id(OTHER_PORT) == number != ""
