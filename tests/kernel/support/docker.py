# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container web of a real dockerd, which serves HTTP, and the lab around it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.attached import lab_with
from support.netns import in_netns
from support.private_host import IS_REAL_ROOT
from support.shell import output

_MISSING = [name for name in ("dockerd", "busybox") if shutil.which(name) is None]
NEEDS_DOCKER = [
    pytest.mark.skipif(not IS_REAL_ROOT, reason="dockerd wants to be the real root"),
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
]
SERVER = "/bin/busybox httpd -f -p 80"
CONTAINER = {"container": "web"}
WITH_IPV6 = [
    word
    for name in ("all", "default")
    for word in ("--sysctl", f"net.ipv6.conf.{name}.disable_ipv6=0")
]
"""Docker disables IPv6 on new links of containers."""


def make_image(archive: Path) -> None:
    """Write a file system with busybox and the libraries that it needs, as an archive."""
    with tarfile.open(archive, "w") as tar:
        program = shutil.which("busybox") or ""
        tar.add(os.path.realpath(program), "bin/busybox")
        found = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        words = found.stdout.split()
        for library in {word for word in words if word.startswith("/")}:
            tar.add(os.path.realpath(library), library.lstrip("/"))


def start_container(network: str = "none") -> int:
    """Start the container; return the ID of its process."""
    command = ["docker", "run", "-d", "--name", "web", "--network", network, *WITH_IPV6, "box"]
    output(*command, *SERVER.split())
    return int(output("docker", "inspect", "-f", "{{.State.Pid}}", "web"))


def lab_of_container(**more: Any) -> dict[str, Any]:
    lab = lab_with(CONTAINER, integrate=["docker"])
    defaults = [
        {"netns": "web", "destination": "default", "gateway": gateway}
        for gateway in ("192.168.15.5", "fd00:15::5")
    ]
    forwards = [
        {"destination_port": "8080", "to_destination": target}
        for target in ("192.168.15.3:80", "[fd00:15::3]:80")
    ]
    return {
        **lab,
        "netns_route": [*lab["netns_route"], *defaults],
        "dnat": [*lab["dnat"], *forwards],
        **more,
    }


@contextlib.contextmanager
def unreachable(path: str) -> Iterator[None]:
    """Have a file away inside the context."""
    os.rename(path, f"{path}.away")
    try:
        yield
    finally:
        os.rename(f"{path}.away", path)


def answers(netns: str | None, address: str, port: int) -> bool:
    """Whether the web server answers with HTTP."""
    with in_netns(netns):
        try:
            connection = socket.create_connection((address, port), 5)
        except OSError:
            return False
    with connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return connection.recv(4) == b"HTTP"
