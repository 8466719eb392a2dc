# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make fleet`` lists to try works from the first line to the last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from booted.fleet import explain_skip

FLEET = Path(__file__).resolve().parent
PATHS = f"{FLEET / 'src'}:{FLEET.parent / 'kernel'}"


def list_commands() -> list[str]:
    """The commands of the list, without what is told about each."""
    text = (FLEET / "shell.py").read_text(encoding="utf-8").split('TEXT = """')[1].split('"""')[0]
    listed = text.strip().split("\n\n")[1]
    return [re.split(r" {2,}", line)[0] for line in listed.splitlines()]


def test_the_commands_of_make_fleet_work_in_their_order() -> None:
    root = Path(os.environ.get("FLEET", ".cache/fleet")) / "bookworm"
    if explain_skip(root):
        pytest.skip(explain_skip(root))
    commands = list_commands()
    assert len(commands) > 5 and "teardown" in commands[-1]
    # ssh would read the rest of the script.
    lines = [f"{command} </dev/null || exit 9" for command in commands]
    done = subprocess.run(
        ["unshare", "--net", sys.executable, str(FLEET / "shell.py"), str(root), "2"],
        input="\n".join([*lines, "echo all of them work", ""]),
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("all of them work\n"), done.stdout[-3000:] + done.stderr[-3000:]
