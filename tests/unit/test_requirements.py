# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab runs with the versions that are tested, and its requirements are few."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read_pins(name: str) -> set[tuple[str, ...]]:
    """Each package of a file with its version and hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    return {
        (entry.split()[0], *sorted(re.findall(r"sha256:[0-9a-f]{64}", entry))) for entry in entries
    }


def test_the_requirements_of_the_lab_are_among_those_of_the_tests() -> None:
    lab, tests = read_pins("requirements-lab.txt"), read_pins("requirements-dev.txt")
    assert any(name.startswith("ansible-core==") for name, *_hashes in lab)
    assert lab <= tests and len(lab) * 5 < len(tests)
