# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guide as a reader follows it: its files are written, its commands are typed, in its order, on a host behind a LAN."""

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

# A reader's project lies neither in /run nor in the collection; with it goes a copy of the mount by which the collection is found.
_PLACE = """
set -eu
mount -t tmpfs tmpfs /run/netns
mount -t tmpfs tmpfs /mnt
mkdir /mnt/project /mnt/tree
mount --bind /run/tree /mnt/tree
mount --bind /run/tree/ansible_collections/redblue/netns /mnt/tree/ansible_collections/redblue/netns
ip link set lo up
tests/bin/lan
cd /mnt/project
set +e
"""


@dataclass(frozen=True)
class Block:
    """A block of code. A file has a caption, ``console`` shows commands and what they say. ``yaml`` without a caption is tasks or plays that would do
    nothing here (they want a user or a host of their own), and only has to be right; other languages are not looked at.
    """

    language: str
    options: dict[str, str]
    text: str


@dataclass(frozen=True)
class Step:
    """A command that a reader types, what it must say, and whether it must fail."""

    command: str
    says: str
    fails: bool


def read_blocks(guide: Path) -> list[Block]:
    """All blocks of code, in their order."""
    return [
        Block(
            found[1],
            dict(re.findall(r"^   :([\w-]+): *(.*)$", found[2], re.MULTILINE)),
            textwrap.dedent(found[3]).strip("\n") + "\n",
        )
        for found in _BLOCK.finditer(guide.read_text(encoding="utf-8"))
    ]


def read_steps(block: Block) -> list[Step]:
    """The commands of a block. A line that ends in a backslash goes on in the next."""
    parts = re.split(r"^\$ ", block.text.replace("\\\n", ""), flags=re.MULTILINE)
    assert parts[0] == "", f"{block.text!r} does not begin with a command"
    steps = [part.partition("\n") for part in parts[1:]]
    return [
        Step(command, says, block.options.get("class") == "fails")
        for command, _newline, says in steps
    ]


def _as_plays(text: str) -> str:
    """Plays, or tasks as the tasks of one."""
    parsed = yaml.safe_load(text)
    assert isinstance(parsed, list), text
    return (
        text
        if "hosts" in parsed[0]
        else yaml.safe_dump([{"hosts": "all", "tasks": parsed}], sort_keys=False)
    )


def play(guide: Path, directory: Path) -> list[tuple[Step, int, str]]:
    """Every step with its exit status and what it said."""
    script, fragments = [_PLACE], []
    steps: list[Step] = []
    for index, block in enumerate(read_blocks(guide)):
        if "caption" in block.options:
            source, target = directory / f"file{index}", block.options["caption"]
            source.write_text(block.text, encoding="utf-8")
            source.chmod(0o755 if block.text.startswith("#!") else 0o644)
            script.append(f"mkdir -p $(dirname {target}); cp -p {source} {target}")
        elif block.language == "yaml":
            fragments.append(f"fragment{index}.yml")
            (directory / fragments[-1]).write_text(_as_plays(block.text), encoding="utf-8")
        elif block.language == "console":
            for step in read_steps(block):
                log = directory / f"log{len(steps)}"
                script.append(
                    f"{{ {step.command}\n}} >{log} 2>&1 </dev/null; echo $? >{log}.status"
                )
                steps.append(step)
    if fragments:
        steps.append(
            Step(
                (
                    f"ansible-playbook --syntax-check "
                    f"{' '.join(str(directory / fragment) for fragment in fragments)}"
                ),
                "",
                False,
            )
        )
        script.append(
            f"{steps[-1].command} >{directory}/log{len(steps) - 1} 2>&1; "
            f"echo $? >{directory}/log{len(steps) - 1}.status"
        )
    environment = {
        # One host after the other, so that they answer in the order in which a guide shows them.
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
    command = ["unshare", "--net", "--mount", "bash", "-c", "\n".join(script)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    logs = [directory / f"log{index}" for index in range(len(steps))]
    assert all(log.exists() for log in logs), done.stdout + done.stderr
    statuses = [int(log.with_name(f"{log.name}.status").read_text()) for log in logs]
    return list(zip(steps, statuses, (log.read_text(encoding="utf-8") for log in logs)))


def agrees(step: Step, said: str) -> bool:
    """Whether a command said what the guide shows; three dots stand for anything, colours and blanks at the end of a line for nothing."""
    return doctest.OutputChecker().check_output(_plain(step.says), _plain(said), doctest.ELLIPSIS)


def _plain(text: str) -> str:
    colourless = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return re.sub(r"[ \t]+$", "", colourless, flags=re.MULTILINE).strip("\n") + "\n"
