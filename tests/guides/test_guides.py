# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of the guides work, and their output is as the guides show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import ORDER

from guide import GUIDES, follow, matches, read_blocks, read_steps

NAMES = sorted(path.stem for path in GUIDES.glob("*.rst"))


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_guide_work_as_shown(tmp_path: Path, name: str) -> None:
    for outcome in follow(GUIDES / f"{name}.rst", tmp_path):
        step, output = outcome.step, outcome.output
        assert (outcome.status != 0) == step.fails, f"$ {step.command}\n{output}"
        assert not step.output.strip() or matches(step.output, output), (
            f"$ {step.command}\nshown:\n{step.output}\noutput:\n{output}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_a_file_or_can_be_tested(name: str) -> None:
    """``shell`` is for commands that need the Internet; ``yaml`` without a caption is parsed."""
    for block in read_blocks(GUIDES / f"{name}.rst"):
        assert "caption" in block.options or block.language in ("console", "shell", "yaml"), (
            block.text
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_a_guide_is_used(name: str) -> None:
    """By a command, by another file of the guide, or by its directory."""
    blocks = read_blocks(GUIDES / f"{name}.rst")
    commands = "\n".join(
        step.command
        for block in blocks
        if block.language == "console" and "caption" not in block.options
        for step in read_steps(block)
    )
    files = {block.options["caption"]: block for block in blocks if "caption" in block.options}
    for caption, block in files.items():
        path = Path(caption)
        texts = "".join(other.text for other in files.values() if other is not block)
        in_known_place = any(part in ("molecule", "roles", "topologies") for part in path.parts)
        assert in_known_place or path.name in commands + texts, f"{caption} is used by nothing"
        if block.language == "yaml":
            assert yaml.safe_load(block.text) is not None


def test_all_guides_are_listed() -> None:
    listed: Any = yaml.safe_load((GUIDES.parent / "extra-docs.yml").read_text(encoding="utf-8"))
    assert sorted(name for section in listed["sections"] for name in section["toctree"]) == NAMES


def test_the_guide_explains_every_check_of_the_doctor() -> None:
    text = (GUIDES / "troubleshooting.rst").read_text(encoding="utf-8")
    assert [check for check in ORDER if f"``{check}``" not in text] == []


@pytest.mark.parametrize(
    "words", ["port forwarding", "source NAT", "policy", "containerlab", "Molecule with Docker"]
)
def test_words_that_people_search_are_in_the_index(words: str) -> None:
    listed = [
        entry.strip()
        for guide in GUIDES.glob("*.rst")
        for line in guide.read_text(encoding="utf-8").splitlines()
        if line.startswith(".. index:: ")
        for entry in line.removeprefix(".. index:: ").split(",")
    ]
    assert words in listed
