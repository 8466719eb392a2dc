# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Red and blue on a veth pair with impairments, and sockets that measure them."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.netns import in_netns
from support.traffic import BLUE, RED

with_netem = pytest.mark.skipif(lacks_feature("netem"), reason="no netem in this kernel")


def impaired_topology(
    red: dict[str, Any] | None = None, blue: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Red and blue on a veth pair whose ends have these impairments."""
    ends: dict[str, dict[str, Any]] = {
        name: {"name": "eth0", "netns": name, "addresses": [f"{address}/24"]}
        for name, address in (("red", RED), ("blue", BLUE))
    }
    for name, impairment in (("red", red), ("blue", blue)):
        ends[name].update({} if impairment is None else {"impairment": impairment})
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "veth": [{**ends["red"], "peer": ends["blue"]}],
        **more,
    }


@contextlib.contextmanager
def udp_sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A UDP socket in red and one in blue, connected to each other."""
    with contextlib.ExitStack() as stack:
        found = []
        for name, address in (("red", RED), ("blue", BLUE)):
            with in_netns(name):
                found.append(stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            found[-1].bind((address, 4000))
            found[-1].setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # SO_RCVBUFFORCE
        found[0].connect((BLUE, 4000))
        found[1].connect((RED, 4000))
        # The neighbours are resolved before packets are counted.
        for sender, receiver in (found, reversed(found)):
            receiver.settimeout(1)
            while True:
                sender.send(b"here")
                with contextlib.suppress(TimeoutError):
                    receiver.recv(100)
                    break
            receive_all(receiver)
        yield found[0], found[1]


def receive_all(receiver: socket.socket, patience: float = 0.3) -> list[bytes]:
    """Receive until no packet comes any more."""
    receiver.settimeout(patience)
    found = []
    with contextlib.suppress(TimeoutError):
        while True:
            found.append(receiver.recv(2000))
    return found


def send_many(count: int) -> list[int]:
    """Send numbered packets from red to blue; return the numbers that arrive, in order."""
    with udp_sockets() as (red, blue):
        blue.settimeout(0.3)
        for number in range(count):
            red.send(number.to_bytes(4, "big") + bytes(96))
            if number % 20 == 0:
                time.sleep(0.001)
        return [int.from_bytes(packet[:4], "big") for packet in receive_all(blue)]


def measure_round_trips(count: int = 10) -> list[float]:
    """Return the round-trip times between red and blue, in seconds."""
    times = []
    with udp_sockets() as (red, blue):
        for _number in range(count):
            start = time.monotonic()
            red.send(b"ping")
            blue.recv(100)
            blue.send(b"pong")
            red.recv(100)
            times.append(time.monotonic() - start)
    return times


def show_qdiscs() -> list[str]:
    """Return the queueing disciplines of red and blue as tc shows them."""
    return [
        subprocess.run(
            ["tc", "-n", name, "qdisc", "show"], check=True, capture_output=True, text=True
        ).stdout
        for name in ("red", "blue")
    ]
