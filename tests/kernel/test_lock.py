# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Concurrent runs are serialized by a lock, and privileges are checked first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host import netns_mounts
from ansible_collections.redblue.netns.plugins.module_utils._host.machine import (
    require_capabilities,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Failed,
    Unprivileged,
)

from support.faults import outcome, outcomes_of_processes
from support.shell import sh
from support.snapshot import count_mounts
from support.tasks import run


def test_one_of_ten_concurrent_runs_changes_the_host(host: None) -> None:
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import LAB, run; "
        f"print(run('topology', **LAB)['changed'])"
    )
    crowd = [
        subprocess.Popen([sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True)
        for _number in range(10)
    ]
    answers = sorted(process.communicate()[0].strip() for process in crowd)
    assert answers == ["False"] * 9 + ["True"]


def test_the_process_that_holds_the_lock_is_named(host: None) -> None:
    holder, waiter = LinuxHost(), LinuxHost()
    holder.lab = "lab"
    own = rf"process {os.getpid()} \(.*; topology lab\)"
    with (
        holder.lock(create=True),
        pytest.raises(Failed, match=rf"the lock of this host, which {own} holds"),
        waiter.lock(create=True, patience=0.1),
    ):
        pass


@contextmanager
def _lock_of_iproute2(*around: str) -> Iterator[int]:
    """A process that holds the lock that iproute2 takes; its id."""
    command = [
        *around,
        "flock",
        "--no-fork",
        "/run/netns",
        "sh",
        "-c",
        "echo locked; exec sleep 600",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "locked\n"
            yield process.pid
        finally:
            process.kill()


AS_NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def test_a_user_who_holds_the_lock_of_iproute2_stops_no_task(host: None) -> None:
    with _lock_of_iproute2(*AS_NOBODY):
        assert run("netns", name="red", check=True)["changed"]
        assert run("netns", name="red")["warnings"] == []
        assert run("netns", name="red", state="absent")["changed"]


def test_the_first_namespace_of_a_host_does_not_wait_for_a_user(
    host: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netns_mounts, "mount_warnings", [])
    monkeypatch.setattr(netns_mounts, "_IPROUTE2_PATIENCE", 0.2)
    sh("umount /run/netns")
    before = count_mounts("/run/netns")
    try:
        with _lock_of_iproute2(*AS_NOBODY) as pid:
            result = run("netns", name="red")
        assert result["changed"] and len(result["warnings"]) == 1
        assert f"process {pid} (sleep 600) has held the lock of /run/netns" in result["warnings"][0]
        assert count_mounts("/run/netns") == before + 1
    finally:
        sh("ip -all netns delete; umount /run/netns; mount -t tmpfs -o mode=755 tmpfs /run/netns")


@pytest.mark.parametrize("umask", ["000", "077", "777"])
def test_the_lock_is_open_to_root_alone(host: None, umask: str) -> None:
    sh("umount /run/redblue-netns; rm -rf /run/redblue-netns")
    assert run("netns", name="red", check=True)["changed"]
    assert not os.path.exists("/run/redblue-netns")
    assert (
        outcomes_of_processes(
            "netns", [{"name": "red"}] * 3, "sh", "-c", f'umask {umask}; exec "$@"', "sh"
        ).count("changed")
        == 1
    )
    directory, *files = sh(
        "stat -c '%n %a %u' /run/redblue-netns /run/redblue-netns/*"
    ).splitlines()
    assert directory == "/run/redblue-netns 700 0"
    assert "/run/redblue-netns/lock 600 0" in files
    assert all(file.endswith(" 600 0") for file in files)
    sh("mount -t tmpfs -o mode=700 tmpfs /run/redblue-netns")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("ln -s /etc /run/redblue-netns", "/run/redblue-netns is a symbolic link"),
        ("mkdir -m 700 /run/redblue-netns; chown 1 /run/redblue-netns", "belongs to user 1"),
        ("mkdir -m 755 /run/redblue-netns", "is open to other users (mode 0755)"),
        ("touch /run/redblue-netns", "is not a directory"),
        (
            "mkdir -m 700 /run/redblue-netns; ln -s /etc/planted /run/redblue-netns/lock",
            "/run/redblue-netns/lock is a symbolic link",
        ),
        (
            "mkdir -m 700 /run/redblue-netns; install -m 644 /dev/null /run/redblue-netns/lock",
            "/run/redblue-netns/lock is open to other users (mode 0644)",
        ),
        (
            "mkdir -m 700 /run/redblue-netns; mkfifo -m 600 /run/redblue-netns/lock",
            "/run/redblue-netns/lock is not a regular file",
        ),
    ],
)
def test_a_lock_that_others_planted_is_refused(host: None, script: str, reason: str) -> None:
    sh(f"umount /run/redblue-netns; rm -rf /run/redblue-netns; {script}")
    try:
        for check in (False, True):
            assert reason in outcome("netns", check=check, name="red")
        assert not os.path.exists("/etc/planted") and os.listdir("/run/netns") == []
    finally:
        sh(
            "rm -rf /run/redblue-netns; mkdir -m 700 /run/redblue-netns; "
            "mount -t tmpfs -o mode=700 tmpfs /run/redblue-netns"
        )


def test_root_of_a_user_namespace_runs_on_a_host_that_has_the_lock(host: None) -> None:
    assert run("netns", name="red")["changed"]
    # Inside, what root of the host owns belongs to nobody.
    script = 'mount -t tmpfs -o mode=755 tmpfs /run/netns; ip link set lo up; exec "$@"'
    around = ("unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c", script, "sh")
    names = [{"name": "blue"}, {"name": "blue"}]
    assert sorted(outcomes_of_processes("netns", names, *around)) == ["changed", "changed"]


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
