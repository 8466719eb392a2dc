# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module are run as they stand: in check mode from an empty host, then for real."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path("/run/tree/ansible_collections/redblue/netns")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
LAN = """
ip link add eth0 type veth peer name lan0
ip addr add 192.168.1.2/24 dev eth0
ip link set eth0 up
ip link set lan0 up
ip route add default via 192.168.1.1
"""


def read_examples(module: str) -> str:
    """The text of the module's EXAMPLES."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            text = ast.literal_eval(node.value)
            assert isinstance(text, str)
            return text
    raise LookupError(f"{module} has no EXAMPLES")


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(own_process: None, tmp_path: Path, module: str) -> None:
    tasks = yaml.safe_load(read_examples(module))
    assert tasks and any(f"redblue.netns.{module}" in task for task in tasks)
    book = tmp_path / "examples.yml"
    play = {"name": f"Examples of {module}", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    book.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    for arguments in (["--check"], []):
        script = f"set -eu\nmount -t tmpfs tmpfs /run/netns\nip link set lo up\n{LAN}\nexec ansible-playbook {' '.join(arguments)} {book}"
        done = subprocess.run(["unshare", "--net", "--mount", "bash", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "changed=0 " not in done.stdout and "failed=0 " in done.stdout
