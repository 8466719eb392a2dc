# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running tcpdump. What it captures is kept in memory, so it leaves no file."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import termios
import threading
import time
from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.pids import is_asleep
from .._host.programs import LONGEST_COMPLAINT, run, start
from .._model.captures import Recording
from .._model.errors import Failed, Refused
from .._model.lazy_pattern import compile_lazily

if TYPE_CHECKING:
    from .._model.captures import CaptureRequest

PROGRAM = "tcpdump"
_PATIENCE = 30.0
"""Seconds until a tcpdump hangs that neither starts nor ends."""
_DRAIN_PATIENCE, _DRAIN_PAUSE = 5.0, 0.005
_CHUNK = 1 << 18
_BUFFER_KILOBYTES = 32768
"""For 512 packets of 64 kB, which links with offloads have. The default takes 32."""
_LISTENING = compile_lazily(rb"listening on [^\n]*\n")
_DROPPED = compile_lazily(r"^(\d+) packets? dropped by (kernel|interface)$", re.MULTILINE)
_PREFIX = compile_lazily(r"^(tcpdump: )?(pcap_loop: )?")
_COUNTED = compile_lazily(r"^\d+ packets? (captured|received by filter|dropped by \w+)$")


def check_filter(netns: int | None, request: CaptureRequest) -> None:
    """Have tcpdump compile the filter.

    :param netns: a descriptor of the namespace; None for the host.
    :raises Refused: tcpdump cannot.
    :raises Failed: tcpdump is not installed.
    """
    arguments = ["-d", "-i", request.interface, "--", request.expression]
    with inside_netns(netns):
        answer = run(PROGRAM, arguments)
    if answer.code:
        reason = answer.complaint.splitlines()[-1].replace(f"{PROGRAM}: ", "", 1)
        raise Refused("filter", request.expression, f"tcpdump cannot compile it: {reason}")


def _arguments(request: CaptureRequest) -> list[str]:
    """Of tcpdump(8): packets are written as soon as they arrive (-U, --immediate-mode).

    With -Z root it does not become another user, which may not exist in a user namespace. It
    decodes no packets.
    """
    return [
        *("-n", "-U", "--immediate-mode", "-w", "-", "-Z", "root"),
        *("-B", str(_BUFFER_KILOBYTES), "-s", str(request.snaplen), "-i", request.interface),
        *([] if request.promisc else ["-p"]),
        *([] if request.packets is None else ["-c", str(request.packets)]),
        *(["--", request.expression] if request.expression else []),
    ]


class Tcpdump:
    """tcpdump in a namespace, capturing from the start. A thread keeps what it writes.

    :raises Failed: it is not installed, or cannot capture.
    """

    def __init__(self, netns: int | None, request: CaptureRequest) -> None:
        self._request = request
        self._content = bytearray()
        self._errors = bytearray()
        self._reason = ""
        with inside_netns(netns):
            self._process = start(PROGRAM, _arguments(request))
        try:
            self._await_start()
        except BaseException:
            self._process.kill()
            self.close()
            raise
        self._deadline = time.monotonic() + request.seconds
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _await_start(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not _LISTENING.search(self._errors):
            if not self._read_errors(deadline - time.monotonic()):
                text = self._errors.decode("utf-8", "replace").strip() or "it does not start"
                raise Failed(f"tcpdump cannot capture: {text[:LONGEST_COMPLAINT]}")

    def _read_errors(self, seconds: float) -> bool:
        """Read some of what it complains about; whether there was any in that time."""
        stream = self._process.stderr
        if stream is None or not select.select([stream], [], [], max(0.0, seconds))[0]:
            return False
        data = os.read(stream.fileno(), _CHUNK)
        self._errors += data
        return bool(data)

    def _read(self) -> None:
        """Read until it ends. What is more than the size is discarded."""
        stream = self._process.stdout
        while stream is not None:
            left = None if self._reason else max(0.0, self._deadline - time.monotonic())
            if not select.select([stream], [], [], left)[0]:
                self._stop("seconds")
                continue
            data = os.read(stream.fileno(), _CHUNK)
            if not data:
                return
            self._content += data[: self._request.size - len(self._content)]
            if len(self._content) >= self._request.size:
                self._stop("size")

    def _stop(self, reason: str) -> None:
        """Have it end, as an interrupt of its user would."""
        if not self._reason:
            self._reason = reason
            self._process.send_signal(signal.SIGINT)

    def drain(self) -> None:
        """Wait until it has written all packets that have arrived.

        It has if it sleeps while the pipe is empty: then it waits for a packet.
        """
        deadline = time.monotonic() + _DRAIN_PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if is_asleep(self._process.pid) and not self._count_unread():
                return
            time.sleep(_DRAIN_PAUSE)

    def _count_unread(self) -> int:
        if self._process.stdout is None:
            return 0
        reply = fcntl.ioctl(self._process.stdout, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", reply)[0])

    def wait(self) -> None:
        """Wait until it ends, at the latest at its limits."""
        self._thread.join(self._request.seconds + _PATIENCE)

    def finish(self, reason: str) -> Recording:
        """Have it end, unless it has, and return what it captured.

        :param reason: what ends it now.
        """
        if self._process.poll() is None:
            self._stop(reason)
        self._thread.join(_PATIENCE)
        self._process.kill()
        self._thread.join()
        while self._read_errors(_PATIENCE):
            pass
        code = self._process.wait()
        text = self._errors.decode("utf-8", "replace")
        dropped = {place: int(count) for count, place in _DROPPED.findall(text)}
        ended_by = self._reason or ("tcpdump" if code or not self._request.packets else "packets")
        return Recording(
            bytes(self._content),
            dropped.get("kernel", 0),
            dropped.get("interface", 0),
            ended_by,
            _describe_end(text) if ended_by == "tcpdump" else "",
        )

    def close(self) -> None:
        """Kill it, unless it has ended."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _describe_end(text: str) -> str:
    """What it wrote since it listens, without its counts."""
    lines = text.rpartition("listening on ")[2].splitlines()[1:]
    reasons = [_PREFIX.sub("", line) for line in lines if line and not _COUNTED.match(line)]
    return "; ".join(reasons)[:LONGEST_COMPLAINT]
