# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that fail, or that kill the run which called them, at one of their calls."""

from __future__ import annotations

import os
from pathlib import Path

from support.shell import sh

PROGRAM_FAULTS = {
    "fails": "exit 1",
    "fails when it is done": '$real "$@"; exit 1',
    "is killed": "kill -KILL $$",
    "kills the run": "kill -KILL $PPID; sleep 1",
    "kills the run when it is done": '$real "$@"; kill -KILL $PPID; sleep 1',
}
"""What a program does instead of its work, or after it."""
PROGRAMS = tuple({os.path.realpath(f"/usr/sbin/{name}"): name for name in ("nft", "iptables-save")})


def replace_program(program: str, number: int, script: str) -> None:
    """Have a program, under all of its names, run a script instead at its call of that number."""
    directory = directory_of(program)
    names = [path.name for path in Path("/usr/sbin").iterdir() if path.resolve() == Path(program)]
    sh(f"mkdir -p {directory}; [ -e {directory}/.real ] || cp {program} {directory}/.real")
    sh("; ".join(f"ln -sf .real {directory}/{name}" for name in names))
    (directory / ".calls").write_text("", encoding="ascii")
    (directory / ".fake").write_text(
        f"#!/bin/sh\nreal={directory}/${{0##*/}}\necho >>{directory}/.calls\n"
        f'if [ "$(wc -l <{directory}/.calls)" = {number} ]; then\n{script}\nfi\n'
        'exec $real "$@"\n',
        encoding="ascii",
    )
    sh(f"chmod 755 {directory}/.fake; mount --bind {directory}/.fake {program}")


def directory_of(program: str) -> Path:
    return Path("/run/programs") / os.path.basename(program)
