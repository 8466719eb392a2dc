# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test` runs all checks, also after one that failed, and says what was skipped and why."""

from __future__ import annotations

import subprocess
from pathlib import Path

BIN = Path(__file__).parents[1] / "bin"
CHECKS = {
    "fine": "true",
    "broken": "echo an error; exit 3",
    "partial": "echo 'SKIPPED [2] tests/kernel/test_x.py:7: wireguard is missing'",
    "vm": "echo 'vm: SKIPPED, nothing was tested: this machine is not amd64'",
}


def sum_up(at: Path, *names: str) -> tuple[int, list[str]]:
    for name in names:
        command = [str(BIN / "record-check"), str(at), name, "bash", "-c", CHECKS[name]]
        subprocess.run(command, check=True, capture_output=True)
    done = subprocess.run(
        [BIN / "sum-up-checks", at, *CHECKS], check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout.splitlines()


def test_a_failed_check_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    status, lines = sum_up(tmp_path, *CHECKS)
    assert status == 1 and lines[-1] == "3 passed, 1 failed"
    assert [line.split()[0] for line in lines if "FAILED" in line] == ["broken"]
    assert "an error" in (tmp_path / "broken.log").read_text()


def test_the_seconds_of_processors_are_summed_up(tmp_path: Path) -> None:
    (tmp_path / "fine.log").touch()
    (tmp_path / "fine.status").write_text("0 8 3\n")
    sum_up(tmp_path, "partial", "vm", "broken")
    done = subprocess.run(
        [BIN / "sum-up-checks", tmp_path, *CHECKS], check=False, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert f"{'fine':24}     8 s     3 s  passed" in lines
    busy = [int(line.split()[3]) for line in lines if line.endswith(" s  passed")]
    assert f"{sum(busy)} s of processors in all" in lines


def test_what_was_skipped_is_said_with_the_reason(tmp_path: Path) -> None:
    _status, lines = sum_up(tmp_path, *CHECKS)
    assert "partial: SKIPPED [2] tests/kernel/test_x.py:7: wireguard is missing" in lines
    assert "vm: vm: SKIPPED, nothing was tested: this machine is not amd64" in lines


def test_a_check_that_did_not_end_has_failed(tmp_path: Path) -> None:
    status, lines = sum_up(tmp_path, "fine", "partial", "vm")
    assert status == 1 and lines[-1] == "3 passed, 1 failed"
