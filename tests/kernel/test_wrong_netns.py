# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that cannot leave a namespace ends there, and changes nothing in it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope

from support.faults import strace_injecting
from support.module_process import process_arguments
from support.netns import in_netns
from support.shell import sh
from support.snapshot import take_snapshot
from support.tasks import Raw, run

_RULES: Raw = {"netns": "theirs", "source": "10.9.0.0/24"}
_LAB: Raw = {
    "name": "lab",
    "netns": [{"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}],
    "linux_bridge": [{"name": "br0"}],
    "masquerade": [{"source": "10.9.0.0/24"}],
}


def _run_without_return(module: str, raw: Raw, first: int) -> tuple[int, str, str]:
    """Run a module in which setns fails from that call on."""
    arguments = process_arguments(module, raw)
    arguments["args"] = [
        *strace_injecting(f"setns:error=ENOMEM:when={first}+"),
        *arguments["args"],
    ]
    done = subprocess.run(**arguments, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("module", "raw"),
    [("masquerade", _RULES), ("topology", _LAB), ("netns_info", {}), ("netns", {"name": "red"})],
)
def test_a_task_that_cannot_return_ends_at_once(host: None, module: str, raw: Raw) -> None:
    sh("ip netns add theirs; ip netns add others")
    others = take_snapshot()["others"]
    ended = 0
    for first in range(1, 40):
        status, printed, log = _run_without_return(module, raw, first)
        if status == 0:
            break
        result = json.loads(printed)
        assert result["failed"] and "Cannot allocate memory" in result["msg"], result
        if "cannot return to the network namespace of the host" in result["msg"]:
            ended += 1
            assert result["msg"] in log and "run it again" in result["msg"]
        assert take_snapshot()["others"] == others, first
        assert "masquerade" not in sh("nft list ruleset") or module == "topology", first
    assert ended and status == 0
    if module != "netns_info":
        assert not run(module, **raw)["changed"]


@pytest.mark.parametrize("tries", [1, 4])
def test_a_task_returns_when_it_can(host: None, tries: int) -> None:
    sh("ip netns add theirs")
    arguments = process_arguments("masquerade", _RULES)
    inject = strace_injecting(f"setns:error=ENOMEM:when=2..{1 + tries}")
    arguments["args"] = [*inject, *arguments["args"]]
    done = subprocess.run(**arguments, capture_output=True, check=True)
    assert json.loads(done.stdout)["changed"] and not run("masquerade", **_RULES)["changed"]
    assert "masquerade" not in sh("nft list ruleset")


@pytest.mark.parametrize("stage", ["observe", "apply"])
def test_no_stage_begins_in_another_namespace(host: None, stage: str) -> None:
    sh("ip netns add theirs")
    linux_host = LinuxHost()
    pid = os.fork()
    if not pid:
        try:
            with in_netns("theirs"):
                if stage == "observe":
                    linux_host.observe(Scope(frozenset({None})))
                else:
                    linux_host.apply([], [])
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    linux_host.close()
