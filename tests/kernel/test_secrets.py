# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets among a module's options: neither what it returns nor what it writes into the system's log shows them, wherever they stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SECRET = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="
PUBLIC = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="
TUNNEL: dict[str, Any] = {"name": "wg0", "type": "wireguard", "private_key": SECRET, "peers": [{"public_key": PUBLIC, "preshared_key": SECRET}]}
RUN = """
import runpy, sys, syslog
sys.path[:0] = {path!r}
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
sys.argv = ["module", {file!r}]
runpy.run_module("ansible_collections.redblue.netns.plugins.modules.{module}", run_name="__main__")
"""

CASES: list[tuple[str, dict[str, Any]]] = [
    ("netns_link", TUNNEL),
    ("netns_link", {**TUNNEL, "listen_port": "wrong"}),
    ("netns_link", {**TUNNEL, "private_key": [SECRET]}),
    ("topology", {"name": "lab", "netns_link": [TUNNEL]}),
    ("topology", {"name": "lab", "range": [{"count": 2, "netns_link": [{**TUNNEL, "name": "wg{n}"}]}]}),
    ("topology", {"name": "lab", "netns_link": TUNNEL}),
    ("netns_doctor", {"topology": {"name": "lab", "netns_link": [TUNNEL]}}),
]


@pytest.mark.parametrize(("module", "raw"), CASES)
def test_no_module_shows_a_secret(host: None, tmp_path: Path, module: str, raw: dict[str, Any]) -> None:
    file = tmp_path / "arguments"
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_check_mode": True, **raw}}), encoding="utf-8")
    program = RUN.format(path=sys.path, file=str(file), module=module)
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False)
    assert "Invoked with" in done.stderr and "invocation" in done.stdout, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
