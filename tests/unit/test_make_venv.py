# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of make lab is replaced by that of make test, also where it is first on PATH."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MAKE_VENV = Path(__file__).parents[1] / "bin" / "make-venv"


def test_an_environment_is_not_made_by_its_own_python(tmp_path: Path) -> None:
    at = tmp_path / "venv"
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n", encoding="utf-8")
    environment = {**os.environ, "PATH": f"{at}/bin:{os.environ['PATH']}"}
    for stamp in ("lab", "done"):
        subprocess.run([MAKE_VENV, at, requirements, stamp], check=True, env=environment)
        assert (at / stamp).exists()
    assert not (at / "lab").exists()
