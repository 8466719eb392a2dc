# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_capture as a process, and the tcpdump that it starts."""

from __future__ import annotations

import base64
import contextlib
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.module_process import process_arguments, run_process
from support.patience import await_equal
from support.shell import output

MODULE = "netns_capture"
Raw = dict[str, Any]


def capture(**raw: Any) -> Raw:
    """Run the module; its file is in ``pcapng``."""
    result, _log = run_process(MODULE, raw)
    assert "failed" not in result, result
    return result


def refuse(**raw: Any) -> str:
    """Run the module, which must fail; return its message."""
    result, _log = run_process(MODULE, raw)
    assert result["failed"], result
    return str(result["msg"])


def read_file(result: Raw, at: Path) -> list[str]:
    """What tcpdump reads in the file of a capture, a line for each packet."""
    path = at / "read.pcapng"
    path.write_bytes(zlib.decompress(base64.b64decode(result["pcapng"])))
    return output("tcpdump", "-nr", str(path)).splitlines()


def find_tcpdumps() -> list[Path]:
    """The processes of tcpdump in this private host, by their directories in /proc."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (directory / "cmdline").read_bytes().split(b"\0")[0].endswith(b"/tcpdump"):
                found.append(directory)
    return found


def is_listening() -> bool:
    """Whether a tcpdump has a packet socket for all protocols, and waits for packets."""
    for directory in find_tcpdumps():
        with contextlib.suppress(OSError):
            sockets = (directory / "net/packet").read_text(encoding="utf-8")
            state = (directory / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            return " 0003 " in sockets and state == "S"
    return False


@contextlib.contextmanager
def running(raw: Raw) -> Iterator[subprocess.Popen[str]]:
    """The module in a process of its own, which captures."""
    arguments = process_arguments(MODULE, raw)
    text = arguments.pop("input")
    process = subprocess.Popen(
        **arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    try:
        assert await_equal(is_listening, True)
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
