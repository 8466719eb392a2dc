# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other DNS servers, which note what they are asked, and questions to the servers of a lab."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.lab_processes import wait_until
from support.private_host import IS_REAL_ROOT
from support.shell import sh
from support.tasks import LAB, Raw

NEEDS_DNSMASQ = [
    pytest.mark.skipif(
        not (shutil.which("dnsmasq") and shutil.which("host")),
        reason="needs the packages dnsmasq-base and bind9-host",
    ),
    pytest.mark.skipif(not IS_REAL_ROOT, reason="dnsmasq cannot become its own user"),
    pytest.mark.usefixtures("no_server_is_left"),
]
RED = Path("/etc/netns/red/resolv.conf")
OUTSIDE = """
ip netns add outside
ip link add up0 type veth peer name eth0 netns outside
ip address add 203.0.113.1/24 dev up0
ip address add 2001:db8:53::1/64 dev up0 nodad
ip link set up0 up
ip -n outside address add 203.0.113.53/24 dev eth0
ip -n outside address add 203.0.113.54/24 dev eth0
ip -n outside address add 2001:db8:53::53/64 dev eth0 nodad
ip -n outside link set eth0 up
ip -n outside link set lo up
ip -n outside route add 192.168.15.0/24 via 203.0.113.1
ip -n outside route add fd00:15::/64 via 2001:db8:53::1
"""
"""A namespace beside the lab, with the addresses of two servers."""


def lab(dns: Any = True, **options: Any) -> Raw:
    return {**LAB, "dns": dns, **options}


@contextlib.contextmanager
def serving(address: str, *arguments: str, netns: str | None = "outside") -> Iterator[Path]:
    """Run a DNS server at an address; return the file that has a line for each question."""
    log = Path(f"/run/asked-{address.replace(':', '-')}")
    log.unlink(missing_ok=True)
    words = [
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--pid-file=",
        "--no-hosts",
    ]
    words += ["--no-resolv", "--bind-interfaces", f"--listen-address={address}", "--log-queries"]
    words += ["--except-interface=lo"] if netns else []
    words += [f"--log-facility={log}", *arguments]
    around = ["ip", "netns", "exec", netns] if netns else []
    with subprocess.Popen([*around, *words]) as server:
        try:
            wait_until(lambda: log.exists() and "started" in log.read_text(encoding="utf-8"))
            yield log
        finally:
            server.terminate()


def count_questions(log: Path) -> int:
    return log.read_text(encoding="utf-8").count(" query[")


def look_up(netns: str, name: str, kind: str = "A", server: str = "", options: str = "") -> str:
    """The answer to a question that is asked in a namespace."""
    command = f"host {options} -R 1 -W 5 -t {kind} {name} {server}"
    return sh(f"ip netns exec {netns} {command} || true")


def list_servers() -> list[int]:
    """The servers that run. Nobody may wait for one that has ended."""
    lines = sh("ps -C dnsmasq -o pid=,state= || true").splitlines()
    return [int(pid) for pid, state in map(str.split, lines) if state != "Z"]
