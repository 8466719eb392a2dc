# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of random topologies, and which of them run."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from support.lab_processes import STATE, list_supervisors, wait_until
from support.netns import in_netns
from support.private_host import IS_REAL_ROOT
from support.snapshot import is_netns
from support.tasks import Raw

VARIABLE = "WORD"
VALUE = "hello"
_SECONDS = ("100001", "100002")
"""How long they sleep: nothing else does so, and it shows that a process is one of them."""
_LOG = Path("/run/drawn.log")
_USERS = (None, None, "nobody") if IS_REAL_ROOT else (None,)


def draw_processes(draw: Any, places: tuple[str | None, ...]) -> list[Raw]:
    """Up to three processes, which sleep in namespaces or on the host."""
    return [_draw_process(draw, number, places) for number in range(draw(st.integers(0, 3)))]


def _draw_process(draw: Any, number: int, places: tuple[str | None, ...]) -> Raw:
    sleep = ["sleep", draw(st.sampled_from(_SECONDS))]
    options = {
        "netns": draw(st.sampled_from(places)),
        "environment": draw(st.sampled_from(({}, {VARIABLE: VALUE}))),
        "restart": draw(st.sampled_from((None, "always"))),
        "user": draw(st.sampled_from(_USERS)),
    }
    process: Raw = {"name": f"p{number}", "command": sleep}
    if draw(st.booleans()):
        process["command"] = ["sh", "-c", f"echo 'up $0'; exec {' '.join(sleep)}"]
        process.update(log=str(_LOG), ready={"output": "up $0"})
    return {**process, **{name: value for name, value in options.items() if value is not None}}


def list_drawn() -> list[str]:
    """What of them runs, each with its place, user and variable."""
    places = {_identify("/proc/thread-self/ns/net"): "host"}
    for name in filter(is_netns, os.listdir("/run/netns")):
        with in_netns(name):
            places[_identify("/proc/thread-self/ns/net")] = name
    return sorted(filter(None, (_describe(pid, places) for pid in find_drawn())))


def find_drawn() -> list[int]:
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            found += [int(name)] if words[1:2] in [[text.encode()] for text in _SECONDS] else []
    return found


def _identify(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _describe(pid: int, places: dict[tuple[int, int], str]) -> str:
    at = f"/proc/{pid}"
    try:
        words = Path(f"{at}/cmdline").read_bytes().decode().split("\0")
        variables = Path(f"{at}/environ").read_bytes().decode().split("\0")
        place = places.get(_identify(f"{at}/ns/net"), "elsewhere")
        user = os.stat(at).st_uid
    except OSError:
        return ""
    word = [text for text in variables if text.startswith(f"{VARIABLE}=")]
    return f"{' '.join(words)} in {place} as {user} with {word}"


@contextlib.contextmanager
def processes_ended() -> Iterator[None]:
    """End at the end what runs still: the processes of a host do not end with it."""
    try:
        yield
    finally:
        for pid in (*list_supervisors(), *find_drawn()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not find_drawn() and not list_supervisors())
        for path in STATE.glob("process*"):
            path.unlink()
