# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make shell`` lists to try works from the first line to the last."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_HOST = """
mount -t sysfs sysfs /sys
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
ip link set lo up
exec tests/bin/lab --shell
"""
WAIT = "until ip netns exec blue ss -Hltn 'sport = 80' | grep -q .; do sleep 0.1; done"


def list_commands() -> list[str]:
    """The commands of the list, without what is said about each."""
    text = (ROOT / "tests" / "bin" / "lab").read_text(encoding="utf-8")
    listed = text.split("cat <<'END'\n")[-1].split("\nEND\n")[0]
    return [re.split(r" {2,}", line)[0] for line in listed.splitlines() if line]


def test_the_commands_of_make_shell_work_in_their_order() -> None:
    commands = list_commands()
    assert len(commands) > 5 and any("teardown" in command for command in commands)
    lines = ["set -m"]
    for command in commands:
        lines += [command, WAIT] if command.endswith("&") else [f"{command} || exit 9"]
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-euc", _HOST],
        cwd=ROOT,
        input="\n".join([*lines, "echo all of them work", ""]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("all of them work\n"), done.stdout[-3000:] + done.stderr[-3000:]
