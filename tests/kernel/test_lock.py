# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent runs are serialized by a lock, and privileges are checked first."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.machine import (
    require_capabilities,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Failed,
    Unprivileged,
)


def test_one_of_ten_concurrent_runs_changes_the_host(host: None) -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import LAB, run; "
        f"print(run('topology', **LAB)['changed'])"
    )
    crowd = [
        subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True)
        for _number in range(10)
    ]
    answers = sorted(one.communicate()[0].strip() for one in crowd)
    assert answers == ["False"] * 9 + ["True"]


def test_the_process_that_holds_the_lock_is_named(host: None) -> None:
    holder, waiter = LinuxHost(), LinuxHost()
    with (
        holder.lock(create=True),
        pytest.raises(Failed, match=r"the lock of this host, which process \d+ "),
        waiter.lock(create=True, patience=0.1),
    ):
        pass


def test_missing_capabilities_are_reported_before_any_change(host: None) -> None:
    require_capabilities()
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import run; "
        f"run('netns', name='red')"
    )
    machine = "ansible_collections.redblue.netns.plugins.module_utils._host.machine"
    program = program.replace(
        "from support.tasks",
        f"from {machine} import require_capabilities; require_capabilities(); from support.tasks",
    )
    done = subprocess.run(
        ["setpriv", "--bounding-set", "-net_admin", sys.executable, "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode
        and f"{Unprivileged.__name__}: needs CAP_NET_ADMIN and CAP_SYS_ADMIN (run with become)"
        in done.stderr
    )
