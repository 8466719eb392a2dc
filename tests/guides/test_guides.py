# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides tell the truth: what they tell to type works, and says what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import ORDER

from guide import GUIDES, agrees, play, read_blocks, read_steps

NAMES = sorted(path.stem for path in GUIDES.glob("*.rst"))


@pytest.mark.parametrize("name", NAMES)
def test_a_guide_can_be_followed(tmp_path: Path, name: str) -> None:
    for step, status, said in play(GUIDES / f"{name}.rst", tmp_path):
        assert (status != 0) == step.fails, f"$ {step.command}\n{said}"
        assert not step.says.strip() or agrees(step, said), (
            f"$ {step.command}\nshown:\n{step.says}\nsaid:\n{said}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_is_a_file_or_a_command(name: str) -> None:
    """So that nothing is shown that nobody tries: shell is for what cannot be tried without a network, and yaml without a caption is only checked."""
    blocks = read_blocks(GUIDES / f"{name}.rst")
    for block in blocks:
        assert "caption" in block.options or block.language in ("console", "shell", "yaml"), (
            block.text
        )
    commands = "\n".join(
        step.command
        for block in blocks
        if block.language == "console" and "caption" not in block.options
        for step in read_steps(block)
    )
    files = {block.options["caption"]: block for block in blocks if "caption" in block.options}
    for caption, block in files.items():
        others = "".join(other.text for other in files.values() if other is not block)
        known = any(part in ("molecule", "roles", "topologies") for part in Path(caption).parts)
        assert known or Path(caption).name in commands + others, f"{caption} is used by nothing"
        if block.language == "yaml":
            assert yaml.safe_load(block.text) is not None


def test_all_guides_are_listed() -> None:
    listed: Any = yaml.safe_load((GUIDES.parent / "extra-docs.yml").read_text(encoding="utf-8"))
    assert sorted(name for section in listed["sections"] for name in section["toctree"]) == NAMES


def test_every_check_of_the_doctor_is_explained() -> None:
    text = (GUIDES / "troubleshooting.rst").read_text(encoding="utf-8")
    assert [check for check in ORDER if f"``{check}``" not in text] == []
