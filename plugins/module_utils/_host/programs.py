# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that runs programs: the tools of the kernel's packet filters.

Rules are written to their standard input. Their arguments are constants of this collection, there
is no shell, and they are searched for in the system's directories only: neither PATH nor the
working directory can replace them.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_dataclass import dataclass
from .requirements import describe_missing_program

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTORIES = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")
PATIENCE = 120
"""Seconds. nft takes 4 s for 130,000 map elements; a program that takes longer than this hangs."""

LONGEST_COMPLAINT = 2000
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


def run(name: str, arguments: Sequence[str], text: str = "") -> Answer:
    """Run a program in the network namespace of the calling thread, and wait until it ends.

    :raises Failed: it is not installed, was killed, or did not end in time.
    """
    path = find(name)
    if path is None:
        raise Failed(describe_missing_program(name))
    try:
        # Their messages are parsed in places, so they must not be translated. No variable of the
        # user reaches them.
        done = subprocess.run(
            [path, *arguments],
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={"LC_ALL": "C", "PATH": ":".join(DIRECTORIES)},
            cwd="/",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{path} did not end within {PATIENCE} seconds and was killed") from None
    except OSError as error:
        raise Failed(f"{path} could not be run: {error.strerror or error}") from error
    if done.returncode < 0:
        raise Failed(f"{path} was killed by signal {-done.returncode}")
    return Answer(done.returncode, done.stdout, done.stderr)
