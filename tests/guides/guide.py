# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follows a guide as a reader does: writes its files and runs its commands, in their order.

The commands run in a host of their own, behind a LAN.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path("/run/tree/ansible_collections/redblue/netns")
GUIDES = ROOT / "docs" / "docsite" / "rst"

_BLOCK = re.compile(
    r"^\.\. code-block:: ([\w+]+)\n((?:   :.*\n)*)\n((?:   .*\n|\n)+)", re.MULTILINE
)

# The project of a reader is neither in /run nor in the collection. The mount by which Ansible finds
# the collection is copied beside it.
_SETUP = """
set -eu
mount -t tmpfs -o mode=755 tmpfs /run/netns
mount -t tmpfs tmpfs /mnt
mkdir /mnt/project /mnt/tree
collection=ansible_collections/redblue/netns
mount --bind /run/tree /mnt/tree
mount --bind /run/tree/$collection /mnt/tree/$collection
ip link set lo up
tests/bin/lan
cd /mnt/project
set +e
"""


@dataclass(frozen=True)
class Block:
    """A code block of a guide.

    A block with a ``caption`` is a file of that name. ``console`` has commands and their output.
    ``yaml`` without a caption has tasks or plays that need a user or a host of their own: their
    syntax is checked. Other languages are not tested.
    """

    language: str
    options: dict[str, str]
    text: str


@dataclass(frozen=True)
class Step:
    """A command, the output that the guide shows, and whether the command must fail."""

    command: str
    output: str
    fails: bool


@dataclass(frozen=True)
class Outcome:
    """A step, and the exit status and the output of its command."""

    step: Step
    status: int
    output: str


def read_blocks(guide: Path) -> list[Block]:
    """Return the code blocks of a guide in their order."""
    return [
        Block(
            match[1],
            dict(re.findall(r"^   :([\w-]+): *(.*)$", match[2], re.MULTILINE)),
            textwrap.dedent(match[3]).strip("\n") + "\n",
        )
        for match in _BLOCK.finditer(guide.read_text(encoding="utf-8"))
    ]


def read_steps(block: Block) -> list[Step]:
    """Return the commands of a block. A backslash at the end of a line continues a command."""
    parts = re.split(r"^\$ ", block.text.replace("\\\n", ""), flags=re.MULTILINE)
    assert parts[0] == "", f"{block.text!r} does not begin with a command"
    steps = [part.partition("\n") for part in parts[1:]]
    fails = block.options.get("class") == "fails"
    return [Step(command, output, fails) for command, _newline, output in steps]


def _as_plays(text: str) -> str:
    """Return plays as they are, and tasks in a play for all hosts."""
    parsed = yaml.safe_load(text)
    assert isinstance(parsed, list), text
    if "hosts" in parsed[0]:
        return text
    return str(yaml.safe_dump([{"hosts": "all", "tasks": parsed}], sort_keys=False))


class _Script:
    """A shell script that writes the files of a guide and runs its commands.

    ``directory`` is where the contents of the files are, and where the logs of the commands go.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.lines = [_SETUP]
        self.steps: list[Step] = []

    def add_file(self, block: Block) -> None:
        source = self.directory / f"file{len(self.lines)}"
        source.write_text(block.text, encoding="utf-8")
        source.chmod(0o755 if block.text.startswith("#!") else 0o644)
        target = block.options["caption"]
        self.lines.append(f"mkdir -p $(dirname {target}); cp -p {source} {target}")

    def add_step(self, step: Step) -> None:
        log = self.directory / f"log{len(self.steps)}"
        self.lines.append(f"{{ {step.command}\n}} >{log} 2>&1 </dev/null; echo $? >{log}.status")
        self.steps.append(step)

    def add_syntax_check(self, fragments: list[str]) -> None:
        paths = []
        for index, fragment in enumerate(fragments):
            path = self.directory / f"fragment{index}.yml"
            path.write_text(_as_plays(fragment), encoding="utf-8")
            paths.append(str(path))
        if paths:
            self.add_step(Step(f"ansible-playbook --syntax-check {' '.join(paths)}", "", False))

    def run(self) -> list[Outcome]:
        environment = {
            # One host at a time, so that hosts answer in the order that a guide shows.
            "ANSIBLE_FORKS": "1",
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": "/mnt/tree",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "COLUMNS": "80",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        command = ["unshare", "--net", "--mount", "bash", "-c", "\n".join(self.lines)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        outcomes = []
        for index, step in enumerate(self.steps):
            log = self.directory / f"log{index}"
            assert log.exists(), done.stdout + done.stderr
            status = int(log.with_name(f"{log.name}.status").read_text(encoding="ascii"))
            outcomes.append(Outcome(step, status, log.read_text(encoding="utf-8")))
        return outcomes


def follow(guide: Path, directory: Path) -> list[Outcome]:
    """Run all commands of a guide, and a syntax check of its ``yaml`` blocks without a caption."""
    script, fragments = _Script(directory), []
    for block in read_blocks(guide):
        if "caption" in block.options:
            script.add_file(block)
        elif block.language == "yaml":
            fragments.append(block.text)
        elif block.language == "console":
            for step in read_steps(block):
                script.add_step(step)
    script.add_syntax_check(fragments)
    return script.run()


_PROGRESS = r"^\[\S+\] \w+( \S+)?: \d+ s: .*\n"
"""What our action plugins print of a task that takes longer than two seconds."""


def matches(shown: str, output: str) -> bool:
    """Whether the output is as shown. Three dots stand for anything.

    Colours, blanks at the end of lines, and how far a task was after some seconds do not count.
    """
    checker = doctest.OutputChecker()
    return checker.check_output(_normalize(shown), _normalize(output), doctest.ELLIPSIS)


def _normalize(text: str) -> str:
    for left_out in (r"\x1b\[[0-9;]*m", _PROGRESS, r"[ \t]+$"):
        text = re.sub(left_out, "", text, flags=re.MULTILINE)
    return text.strip("\n") + "\n"
