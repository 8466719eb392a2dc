# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that runs a program: the tools of the kernel's packet filters.

What they shall do goes to their standard input. Their arguments are constants of this collection, there is no shell, and
they are found in the system's own directories only: neither PATH nor the working directory can put another in their place.
"""

from __future__ import annotations

import os
import subprocess
from typing import Optional, Sequence

from .._describe.programs import describe_missing_program
from .._model.errors import Failed
from .._model.fast_dataclass import dataclass

DIRECTORIES = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")
PATIENCE = 120
"""Seconds. 130,000 map elements take nft 4 s; who needs longer than this hangs."""

LONGEST_COMPLAINT = 2000
_TOO_LONG = "Message too long"


@dataclass(frozen=True)
class Answer:
    """How a program ended and what it said."""

    code: int
    output: str
    error: str

    @property
    def complaint(self) -> str:
        """What it said about its failure, for a message."""
        said = (
            self.error.strip()
            or self.output.strip()
            or f"it ended with status {self.code} and said nothing"
        )
        if _TOO_LONG in said:
            said += "\n(In a user namespace one transaction holds no more than net.core.wmem_max allows; the real root has no such limit.)"
        # nft repeats the line at fault, and a line may hold thousands of elements.
        return said if len(said) <= LONGEST_COMPLAINT else f"{said[:LONGEST_COMPLAINT]} ..."


def find(name: str) -> Optional[str]:
    """The absolute path of a program; ``None`` when the system has it not."""
    for directory in DIRECTORIES:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def run(name: str, arguments: Sequence[str], text: str = "") -> Answer:
    """Run a program to its end, in the network namespace of the calling thread."""
    path = find(name)
    if path is None:
        raise Failed(describe_missing_program(name))
    try:
        # The tools' words are read in places, so they must not be translated; and no variable of the user's reaches them.
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
