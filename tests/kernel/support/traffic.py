# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP throughput from the namespace red to the namespace blue."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from support.netns import in_netns
from support.patience import measure_slowness, patience

RED, BLUE = "10.0.0.1", "10.0.0.2"


class Receiver:
    """The receiving end in blue."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def receive(self, count: int) -> None:
        """Receive at least that many bytes; raise OSError on a timeout."""
        while count > 0:
            count -= len(self.connection.recv(min(count, 1 << 20)))

    def count(self, seconds: float) -> float:
        """Return the throughput over that time, in bits a second."""
        count, start = 0, time.monotonic()
        while time.monotonic() < start + seconds:
            count += len(self.connection.recv(1 << 20))
        return count * 8 / (time.monotonic() - start)


@contextlib.contextmanager
def tcp_load() -> Iterator[Receiver]:
    """Send from red to blue as fast as TCP can; yields the receiver."""
    with contextlib.ExitStack() as stack:
        with in_netns("blue"):
            listener = stack.enter_context(socket.create_server((BLUE, 5000)))
        with in_netns("red"):
            client = stack.enter_context(
                socket.create_connection((BLUE, 5000), timeout=patience(20))
            )
        server = stack.enter_context(listener.accept()[0])
        client.settimeout(0.2)
        server.settimeout(patience(20))
        over = threading.Event()

        def push() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    client.send(bytes(65536))

        pusher = threading.Thread(target=push)
        pusher.start()
        try:
            yield Receiver(server)
        finally:
            over.set()
            pusher.join()


def throughput_is_between(
    least: float, most: float = float("inf"), seconds: float = 1.5, floor: float = 0
) -> bool:
    """Whether the throughput, in bits a second, is in this range after the first burst.

    It is measured up to five times, because a busy machine may be slow. A slow one needs less, but
    not less than ``floor``.
    """
    least = max(least / measure_slowness(), floor)
    measured: list[float] = []
    while len(measured) < 5:
        with tcp_load() as receiver:
            receiver.count(0.5)
            measured.append(receiver.count(seconds))
        if least < measured[-1] < most:
            return True
    raise AssertionError(f"not between {least:g} and {most:g}: {measured}")
