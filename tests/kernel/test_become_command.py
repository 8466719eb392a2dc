# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command of the become plugin: resolver, bytes, exit status, and rootless labs."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible.plugins.shell.sh import ShellModule
from ansible_collections.redblue.netns.plugins.become.netns import BecomeModule

from support.machines import READ_NETNS, Machine


def build_command(command: str, **options: Any) -> str:
    """Return the command line that the plugin builds, as Ansible would run it."""
    plugin = BecomeModule()
    plugin._options = {
        "netns": "red",
        "become_user": "root",
        "become_exe": "sudo",
        "become_flags": "-n",
        "become_pass": None,
        **options,
    }
    shell = ShellModule()
    shell.executable = "/bin/sh"
    return plugin.build_become_command(command, shell)


RESOLVER = {
    "a file": "echo host >/etc/resolv.conf",
    "a link": (
        "mkdir -p /run/resolver; echo host >/run/resolver/stub; "
        "ln -s ../run/resolver/stub /etc/resolv.conf"
    ),
    "a link to a link": (
        "mkdir -p /run/resolver; echo host >/run/resolver/stub; "
        "ln -s stub /run/resolver/link; ln -s /run/resolver/link /etc/resolv.conf"
    ),
    "a link that leads nowhere": "ln -s ../run/nowhere/stub /etc/resolv.conf",
    "a link to itself": "ln -s resolv.conf /etc/resolv.conf",
}


@pytest.mark.parametrize("kind", RESOLVER)
@pytest.mark.parametrize("user", ["root", "trusty"])
def test_a_task_uses_the_resolver_of_its_namespace(
    machine_with_traps: Machine, kind: str, user: str
) -> None:
    machine_with_traps.run(f"rm -rf /etc/resolv.conf /run/resolver; {RESOLVER[kind]}")
    before = machine_with_traps.run(
        "ls -l --full-time /etc; cat /etc/resolv.conf || true; cat /proc/mounts"
    )
    command = build_command(
        "cat /etc/resolv.conf", become_user="app" if user == "trusty" else "root"
    )
    done = subprocess.run(
        machine_with_traps.enter_as(user, "sh", "-c", command),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[1:] == ["nameserver 192.0.2.53"], done.stderr
    # The host keeps its own file when a task in the namespace replaces it.
    replace = build_command(
        "cp /etc/resolv.conf /etc/new; mv -f /etc/new /etc/resolv.conf; rm -f /etc/new",
        become_user="root",
    )
    assert (
        "busy"
        in subprocess.run(
            machine_with_traps.enter_as(user, "sh", "-c", replace),
            capture_output=True,
            text=True,
            check=False,
        ).stderr
    )
    assert (
        machine_with_traps.run(
            "ls -l --full-time /etc; cat /etc/resolv.conf || true; cat /proc/mounts"
        ).splitlines()[1:]
        == before.splitlines()[1:]
    )


@pytest.mark.parametrize("user", ["root", "trusty"])
def test_bytes_and_exit_status_are_passed_through(machine_with_traps: Machine, user: str) -> None:
    machine_with_traps.run(f"rm -f /etc/resolv.conf; {RESOLVER['a file']}")
    for become_user in ("root", "app"):
        command = build_command("cat; echo oops >&2; exit 42", become_user=become_user)
        stdin = bytes(range(256)) * 1000
        done = subprocess.run(
            machine_with_traps.enter_as(user, "sh", "-c", command),
            input=stdin,
            capture_output=True,
            check=False,
        )
        marker, _line, stdout = done.stdout.partition(b"\n")
        assert (
            marker.startswith(b"BECOME-SUCCESS-")
            and stdout == stdin
            and done.stderr == b"oops\n"
            and done.returncode == 42
        )


def test_a_namespace_of_a_rootless_lab_is_entered_without_root(machine_with_traps: Machine) -> None:
    """The become method is nsenter in place of sudo: it is root in its user namespace."""
    lab = (
        "mount -t tmpfs -o mode=755 tmpfs /run/netns; ip netns add red; "
        "ip netns exec red readlink /proc/self/ns/net; echo $$; exec sleep 60"
    )
    enter = machine_with_traps.enter_as(
        "app", "unshare", "--user", "--map-root-user", "--net", "--mount", "bash", "-euc", lab
    )
    with subprocess.Popen(enter, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        red, pid = process.stdout.readline().strip(), process.stdout.readline().strip()
        command = build_command(
            f"id -u; {READ_NETNS}",
            become_exe="nsenter",
            become_flags=f"--target={pid} --user --net --mount --preserve-credentials",
        )
        done = subprocess.run(
            machine_with_traps.enter_as("app", "sh", "-c", command),
            capture_output=True,
            text=True,
            check=False,
        )
        process.kill()
    assert red != machine_with_traps.inode("red") and done.stdout.splitlines()[1:] == ["0", red], (
        done.stderr
    )
