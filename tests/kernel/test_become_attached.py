# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of the become plugin and the namespaces of containers and processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.attached import attach_web, end, process_with_netns
from support.become import become
from support.tasks import run


@pytest.mark.parametrize("container", [None, "db.1"])
def test_a_task_does_not_run_in_the_namespace_of_what_has_ended(
    host: None, container: str | None
) -> None:
    run("netns", name="blue")
    with process_with_netns() as process:
        run("netns", **attach_web(process.pid))
        place = os.readlink(f"/proc/{process.pid}/ns/net")
        whose = f"process {process.pid}"
        if container is not None:
            (record,) = Path("/run/redblue-netns").glob("owners-*")
            text = record.read_text(encoding="utf-8")
            named = text.replace(
                f"[null,null,{process.pid},", f'["{container}","docker",{process.pid},'
            )
            assert named != text
            record.write_text(named, encoding="utf-8")
            whose = f"container {container}"
        assert become("web") == (place, "")
        end(process)
    error = f"redblue.netns.netns: network namespace web is that of {whose}, which has ended."
    assert become("web")[1].startswith(error)
    assert become("blue")[0].startswith("net:[")
    subprocess.run(["ip", "netns", "delete", "web"], check=True)
    error = f"network namespace web does not exist. It was that of {whose}, which ended"
    assert become("web")[1] == f"redblue.netns.netns: {error}"
    assert become("pink")[1] == "redblue.netns.netns: network namespace pink does not exist"


@pytest.mark.parametrize("text", ["", '{"namespaces":{"web":[null,[1,2,3],false,[],[]]}}'])
def test_a_damaged_record_keeps_nobody_out(host: None, text: str) -> None:
    with process_with_netns() as process:
        run("netns", **attach_web(process.pid))
        (record,) = Path("/run/redblue-netns").glob("owners-*")
        before = record.read_text(encoding="utf-8")
        record.write_text(text, encoding="utf-8")
        assert become("web")[0] == os.readlink(f"/proc/{process.pid}/ns/net")
        record.write_text(before, encoding="utf-8")
        run("netns", name="web", state="absent")
