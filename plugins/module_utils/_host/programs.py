# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that runs programs: the tools of the kernel's packet filters, and tcpdump.

Rules are written to their standard input. Their arguments are constants of this collection, but for
the filter of a capture, behind the end of the options. There is no shell, and programs are searched
for in the system's directories only: neither PATH nor the working directory can replace them.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_dataclass import dataclass
from .parent_death import end_with_parent
from .requirements import describe_missing_program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

DIRECTORIES = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")
PATIENCE = 120
"""Seconds. nft takes 4 s for 130,000 map elements; a program that takes longer than this hangs."""

LONGEST_COMPLAINT = 2000
# Their messages are parsed in places, so they must not be translated. No variable of the user
# reaches them.
_ENVIRONMENT = {"LC_ALL": "C", "PATH": ":".join(DIRECTORIES)}
_LARGE = 1 << 20
_LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864"}
"""What nft keeps of a megabyte of rules takes the kernel a sixth less time in large pages."""
_MAX_OUTPUT, _CHUNK = 1 << 20, 1 << 16
"""Bytes of what a program writes that is not of the system."""
_TOO_LONG = "Message too long"


@dataclass(frozen=True)
class Answer:
    """The exit status of a program and its output."""

    code: int
    output: str
    error: str

    @property
    def complaint(self) -> str:
        """Its error output, or what it wrote instead, shortened for a message."""
        text = self.error.strip() or self.output.strip()
        if not text:
            return f"it ended with status {self.code} without output"
        if _TOO_LONG in text:
            text += (
                "\n(In a user namespace the size of a transaction is limited by net.core.wmem_max; "
                "the real root has no such limit.)"
            )
        # nft repeats the line at fault, and a line may hold thousands of elements.
        return text if len(text) <= LONGEST_COMPLAINT else f"{text[:LONGEST_COMPLAINT]} ..."


def find(name: str) -> str | None:
    """The absolute path of a program; None if it is not installed."""
    for directory in DIRECTORIES:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def require(name: str) -> str:
    """The absolute path of a program.

    :raises Failed: it is not installed.
    """
    path = find(name)
    if path is None:
        raise Failed(describe_missing_program(name))
    return path


def run(name: str, arguments: Sequence[str], text: str = "") -> Answer:
    """Run a program in the network namespace of the calling thread, and wait until it ends.

    :raises Failed: it is not installed, was killed, or did not end in time.
    """
    import subprocess  # with threads and locales, which a check that starts no program is spared

    path = require(name)
    try:
        # Through a pipe, each few kilobytes of a long listing would wake both sides.
        with _open_memory("input") as source, _open_memory("output") as target:
            source.write(text.encode("utf-8", "replace"))
            source.seek(0)
            done = subprocess.run(
                [path, *arguments],
                stdin=source,
                stdout=target,
                stderr=subprocess.PIPE,
                env=_ENVIRONMENT if len(text) < _LARGE else {**_ENVIRONMENT, **_LARGE_PAGES},
                cwd="/",
                timeout=PATIENCE,
                check=False,
            )
            target.seek(0)
            output = target.read()
    except subprocess.TimeoutExpired:
        raise Failed(f"{path} did not end within {PATIENCE} seconds and was killed") from None
    except OSError as error:
        raise Failed(f"{path} could not be run: {error.strerror or error}") from error
    if done.returncode < 0:
        raise Failed(f"{path} was killed by signal {-done.returncode}")
    return Answer(done.returncode, _decode(output), _decode(done.stderr))


def _open_memory(name: str) -> BinaryIO:
    return open(os.memfd_create(name), "wb+")


def _decode(output: bytes) -> str:
    return output.decode("utf-8", "replace")


def start(name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program in the network namespace of the calling thread, with pipes for its output.

    The kernel kills it when the calling thread ends, so nothing of it is left if a task is killed.

    :raises Failed: it is not installed, or cannot be started.
    """
    import subprocess

    path = require(name)
    try:
        return subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            preexec_fn=partial(end_with_parent, os.getpid()),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Failed(f"{path} could not be started: {error}") from error


def run_limited(
    path: str, variables: Mapping[str, str], text: bytes, descriptors: Sequence[int] = ()
) -> tuple[int, bytes, bytes]:
    """Run a program that may write anything, without arguments: (status, output, error output).

    :param variables: what its environment has besides the usual ones.
    :param text: its standard input.
    :param descriptors: what it inherits, as do the programs that it starts.
    :raises Failed: it could not be run, writes too much, or did not end in time.
    """
    import subprocess

    environment = {**_ENVIRONMENT, **variables}
    with _open_memory("input") as file:
        file.write(text)
        file.seek(0)
        try:
            process = subprocess.Popen(
                [path],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd="/",
                pass_fds=descriptors,
            )
        except OSError as error:
            raise Failed(f"{path} could not be run: {error.strerror or error}") from error
    with process:
        try:
            output, errors = _read_limited(process, path)
        except BaseException:
            process.kill()
            raise
    return process.returncode, output, errors


def _read_limited(process: subprocess.Popen[bytes], path: str) -> tuple[bytes, bytes]:
    import selectors  # which the usual programs do not need
    import time

    deadline = time.monotonic() + PATIENCE
    streams = [stream.fileno() for stream in (process.stdout, process.stderr) if stream is not None]
    read = {descriptor: bytearray() for descriptor in streams}
    with selectors.DefaultSelector() as selector:
        for descriptor in streams:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failed(f"{path} did not end within {PATIENCE} seconds and was killed")
            for key, _events in ready:
                data = os.read(key.fd, _CHUNK)
                read[key.fd] += data
                if not data:
                    selector.unregister(key.fd)
                if len(read[key.fd]) > _MAX_OUTPUT:
                    raise Failed(f"{path} wrote more than {_MAX_OUTPUT} bytes and was killed")
    output, errors = (bytes(read[descriptor]) for descriptor in streams)
    return output, errors
