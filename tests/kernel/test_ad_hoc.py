# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ad hoc commands pass lists and dictionaries as texts."""

from __future__ import annotations

import json
import sys
from typing import Any

from support.playbooks import run_ansible
from support.shell import sh


def ansible(module: str, arguments: str) -> Any:
    """Return the result of an ad hoc command."""
    done = run_ansible(
        ["ansible", "localhost", "-m", f"redblue.netns.{module}", "-a", arguments],
        ANSIBLE_PYTHON_INTERPRETER=sys.executable,
    )
    assert "{" in done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


def test_lists_and_dictionaries_of_ad_hoc_commands(host: None) -> None:
    sh("ip netns add red")
    pair = (
        "name=veth-red netns=red addresses=10.0.0.1/24,fd00::1/64 "
        'peer=\'{"name": "veth-red-br", "addresses": "10.0.0.2/24"}\''
    )
    assert ansible("veth", pair)["changed"]
    assert "10.0.0.1/24" in sh("ip -n red -br address show veth-red")
    assert "10.0.0.2/24" in sh("ip -br address show veth-red-br")
    assert not ansible("veth", pair)["changed"]
    seen = ansible("netns_info", "gather_subset=routes netns=red")
    assert "routes" in seen and "links" not in seen
