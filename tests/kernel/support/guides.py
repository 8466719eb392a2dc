# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks that guides show, for tests that need more than a guide's reader has."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst"
_BLOCK = re.compile(r"code-block:: (\w+)\n(?:   :.*\n)*\n((?:   .*\n|\n)+)")


def read_blocks(guide: str, language: str) -> list[str]:
    """The code blocks of a guide in a language."""
    text = (GUIDES / f"{guide}.rst").read_text(encoding="utf-8")
    return [textwrap.dedent(block[2]) for block in _BLOCK.finditer(text) if block[1] == language]


def read_play(guide: str, name: str) -> dict[str, Any]:
    """The play of that name in a guide."""
    plays = [play for block in read_blocks(guide, "yaml") for play in yaml.safe_load(block)]
    (found,) = (play for play in plays if play.get("name") == name)
    return dict(found)


def topologies_of(play: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The options of the topologies in a play, by name."""
    found = (task.get("redblue.netns.topology") for task in play["tasks"])
    return {options["name"]: options for options in found if options is not None}
