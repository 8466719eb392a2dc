# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each file says whose it is and under which license, in the form that REUSE and reviewers ask for.

`make lint` runs REUSE itself, which knows the exceptions in REUSE.toml.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("extensions", "meta", "playbooks", "plugins", "roles", "tests")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".yml") and path.stat().st_size and "output" not in path.parts
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_file_has_a_notice(path: Path) -> None:
    begin = path.read_text(encoding="utf-8")[:400]
    assert "# Copyright (c) 20" in begin, "write: Copyright (c) YEAR, without a colon"
    # In two parts, or it would be read as a notice of this file.
    assert "# SPDX-License-" + "Identifier: GPL-3.0-or-later\n" in begin
