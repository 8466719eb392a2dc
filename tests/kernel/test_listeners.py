# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwards of ports on which the host itself listens."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.listeners import (
    list_listeners_in_proc,
    read_listeners,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import (
    Listener,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict

from support.netns import in_netns
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_WITHOUT_DNAT, run


@contextlib.contextmanager
def listening_socket(
    address: str, port: int, kind: int = socket.SOCK_STREAM, netns: str | None = None
) -> Iterator[socket.socket]:
    with in_netns(netns):
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    with made:
        made.bind((address, port))
        if kind == socket.SOCK_STREAM:
            made.listen()
        yield made


@pytest.mark.parametrize(
    ("address", "kind", "forward"),
    [
        ("0.0.0.0", socket.SOCK_STREAM, {}),
        ("::", socket.SOCK_STREAM, {}),
        ("192.168.15.5", socket.SOCK_STREAM, {}),
        ("192.168.15.5", socket.SOCK_STREAM, {"destination": "192.168.15.5"}),
        ("::", socket.SOCK_STREAM, {"to_destination": "[fd00:15::2]:80"}),
        ("0.0.0.0", socket.SOCK_DGRAM, {"protocol": "udp"}),
        (
            "0.0.0.0",
            socket.SOCK_STREAM,
            {"destination_port": "8000:8100", "to_destination": "192.168.15.2"},
        ),
    ],
)
def test_a_forward_of_a_port_with_a_listener_is_refused(
    host: None, address: str, kind: int, forward: dict[str, Any]
) -> None:
    run("topology", **LAB_WITHOUT_DNAT)
    before = take_snapshot()
    wanted = {"destination_port": "8080", "to_destination": "192.168.15.2:80", **forward}
    with listening_socket(address, 8080, kind):
        for check in (True, False):
            with pytest.raises(
                Conflict,
                match=(
                    r"destination_port: '80.*': the host itself listens on (tcp|udp) port "
                    r"8080 .*; set force: true to forward it anyway"
                ),
            ):
                run("dnat", check, **wanted)
        assert differences(before, take_snapshot()) == {}
        assert run("dnat", **wanted, force=True)["changed"]
        assert not run("dnat", **wanted)["changed"], "what is there already has had its way"


@pytest.mark.parametrize(
    ("address", "kind", "forward"),
    [
        ("127.0.0.1", socket.SOCK_STREAM, {}),
        ("::1", socket.SOCK_STREAM, {"to_destination": "[fd00:15::2]:80"}),
        ("0.0.0.0", socket.SOCK_DGRAM, {}),
        ("0.0.0.0", socket.SOCK_STREAM, {"to_destination": "[fd00:15::2]:80"}),
        ("0.0.0.0", socket.SOCK_STREAM, {"destination_port": "8081"}),
        ("192.168.15.5", socket.SOCK_STREAM, {"destination": "192.0.2.9"}),
    ],
)
def test_a_listener_that_the_forward_does_not_affect_is_no_conflict(
    host: None, address: str, kind: int, forward: dict[str, Any]
) -> None:
    run("topology", **LAB_WITHOUT_DNAT)
    subprocess.run(["ip", "addr", "add", "192.0.2.9/32", "dev", "lo"], check=True)
    with listening_socket(address, 8080, kind):
        assert run(
            "dnat", **{"destination_port": "8080", "to_destination": "192.168.15.2:80", **forward}
        )["changed"]


def test_listeners_of_the_namespace_of_the_forward_count(host: None) -> None:
    run("topology", **LAB_WITHOUT_DNAT)
    wanted: dict[str, Any] = {
        "netns": "red",
        "destination_port": "8080",
        "to_destination": "192.168.15.2:80",
    }
    with listening_socket("0.0.0.0", 8080):
        assert run("dnat", True, **wanted)["changed"]
    with (
        listening_socket("0.0.0.0", 8080, netns="red"),
        pytest.raises(Conflict, match="namespace red itself listens"),
    ):
        run("dnat", **wanted)


@pytest.mark.parametrize("read", [read_listeners, list_listeners_in_proc])
def test_listeners_are_read(host: None, read: Callable[[], tuple[Listener, ...]]) -> None:
    run("topology", **LAB_WITHOUT_DNAT)
    with (
        listening_socket("192.168.15.5", 8080),
        listening_socket("fd00:15::5", 8081, socket.SOCK_DGRAM),
        listening_socket("0.0.0.0", 1),
    ):
        assert read() == (
            ("tcp", "0.0.0.0", 1),
            ("tcp", "192.168.15.5", 8080),
            ("udp", "fd00:15::5", 8081),
        )
