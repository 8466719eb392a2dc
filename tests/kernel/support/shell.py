# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands as a user types them."""

from __future__ import annotations

import subprocess


def replay(commands: list[str]) -> None:
    """Run the commands of a result in one shell, which stops at the first that fails."""
    done = subprocess.run(
        ["bash", "-eu"], input="\n".join(commands), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n" + "\n".join(commands)


def sh(script: str) -> str:
    """Run a script of bash, which must succeed; return its standard output."""
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ip(script: str, *options: str) -> None:
    """Run commands of ip(8) in one batch; ``options`` come before, such as ``-n red``."""
    subprocess.run(
        ["ip", *options, "-batch", "-"], input=script, text=True, check=True, capture_output=True
    )


def output(*command: str) -> str:
    """Run a command, which must succeed; return its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout
