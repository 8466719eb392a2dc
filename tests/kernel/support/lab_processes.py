# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server as a process of a topology, and what is left of processes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.process_record import (
    read_processes,
)

from support.netns import in_netns
from support.tasks import LAB, Raw

LOG = Path("/run/web.log")
SERVER = r"""
import os, socket, sys
def serve(kind, address):
    with socket.create_server((address, 1080), family=kind) as server:
        print("serving", address, os.environ.get("WORD"), os.getuid(), flush=True)
        while True:
            connection, _sender = server.accept()
            with connection:
                connection.sendall(os.environ.get("WORD", "none").encode())
if os.fork():
    serve(socket.AF_INET, "0.0.0.0")
serve(socket.AF_INET6, "::")
"""
"""A server with a child."""
STATE = Path("/run/redblue-netns")
GO, LINK = Path("/run/go"), Path("/run/link")


def web(**options: Any) -> Raw:
    return {
        "name": "web",
        "netns": "blue",
        "command": ["python3", "-c", SERVER],
        "ready": {"port": 1080},
        "log": str(LOG),
        **options,
    }


def lab(*processes: Raw, **options: Any) -> Raw:
    return {**LAB, "processes": list(processes), **options}


def ask(address: str) -> str:
    """What the server answers to a client in red."""
    with in_netns("red"):
        client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    with client:
        client.settimeout(10)
        client.connect((address, 1080))
        return client.recv(100).decode()


def list_servers() -> list[int]:
    """The processes that run the server."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found += [int(entry)] if SERVER.encode() in words else []
    return found


def list_supervisors() -> list[int]:
    done = subprocess.run(["pgrep", "-f", "^redblue-netns: "], capture_output=True, check=False)
    return [int(word) for word in done.stdout.split()]


def list_state() -> list[str]:
    """The files of processes in the directory of states."""
    return sorted(
        path.name for path in STATE.glob("*") if path.name.startswith(("process", "environment"))
    )


def assert_nothing_is_left() -> None:
    assert not list_servers() and not list_supervisors() and not list_state()


def read_processes_of_host() -> list[Any]:
    host = LinuxHost()
    try:
        return list(read_processes(host.handles.get(None).evidence).values())
    finally:
        host.close()


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
