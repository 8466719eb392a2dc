# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Open vSwitch in a private host, with its own switch, which needs no kernel module."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.patience import await_equal
from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw

DIRECTORY = Path("/run/openvswitch")
_DATABASE = "ovsdb-server"
_SWITCH = "ovs-vswitchd"
_SWITCH_PROGRAM = shutil.which(_SWITCH) or "/usr/lib/openvswitch-switch/ovs-vswitchd"
"""Debian's /usr/sbin/ovs-vswitchd is an alternative, which no package lists."""

OVS_LAB: Raw = {
    **{name: value for name, value in LAB.items() if name != "linux_bridge"},
    "ovs_bridge": [{**LAB["linux_bridge"][0], "datapath_type": "netdev"}],
}
"""The lab of the guides, with Open vSwitch as its switch."""


def vsctl(*arguments: str) -> str:
    """Run a command of ovs-vsctl as someone else does."""
    return output("ovs-vsctl", "--timeout=30", *arguments).strip()


def read_pid(name: str) -> int | None:
    """The process of a daemon; None if it does not run."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((DIRECTORY / f"{name}.pid").read_text())
        return pid if _is_running(pid) else None
    return None


def start_switch() -> None:
    """Start ovs-vswitchd, which makes what the database says."""
    sh(f"""cd /
        {_SWITCH_PROGRAM} unix:{DIRECTORY}/db.sock --pidfile={DIRECTORY}/{_SWITCH}.pid --detach \
            --log-file={DIRECTORY}/{_SWITCH}.log -vconsole:off""")


def start_database() -> None:
    """Start ovsdb-server on the database of this private host."""
    sh(f"""cd /
        {_DATABASE} {DIRECTORY}/conf.db --remote=punix:{DIRECTORY}/db.sock \
            --pidfile={DIRECTORY}/{_DATABASE}.pid --detach -vconsole:off \
            --log-file={DIRECTORY}/{_DATABASE}.log""")


def _is_running(pid: int) -> bool:
    """Whether a process runs. One that has ended may wait for its parent, as a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def end(name: str, number: signal.Signals = signal.SIGKILL) -> None:
    """End a daemon, and wait until it is gone."""
    pid = read_pid(name)
    if pid is not None:
        os.kill(pid, number)
        await_equal(lambda: _is_running(pid), False)


def end_switch(number: signal.Signals = signal.SIGKILL) -> None:
    """End ovs-vswitchd."""
    end(_SWITCH, number)


def end_database() -> None:
    """End ovsdb-server, as a crash does: its socket stays until it is removed."""
    end(_DATABASE)
    with contextlib.suppress(OSError):
        (DIRECTORY / "db.sock").unlink()


START_SCRIPT = f"""
mkdir -p {DIRECTORY}
mount -t tmpfs -o mode=755 tmpfs {DIRECTORY}
cd /
ovsdb-tool create {DIRECTORY}/conf.db /usr/share/openvswitch/vswitch.ovsschema
{_DATABASE} {DIRECTORY}/conf.db --remote=punix:{DIRECTORY}/db.sock -vconsole:off \\
    --pidfile={DIRECTORY}/{_DATABASE}.pid --detach --log-file={DIRECTORY}/{_DATABASE}.log
ovs-vsctl --no-wait init
{_SWITCH_PROGRAM} unix:{DIRECTORY}/db.sock --pidfile={DIRECTORY}/{_SWITCH}.pid --detach \\
    -vconsole:off --log-file={DIRECTORY}/{_SWITCH}.log
trap 'ovs-appctl exit; ovs-appctl -t {_DATABASE} exit' EXIT
cd - >/dev/null
"""
"""Starts an Open vSwitch in a shell, which ends it."""


def require_open_vswitch() -> None:
    """Skip the test where Open vSwitch is not installed."""
    if not (shutil.which(_DATABASE) and os.path.exists(_SWITCH_PROGRAM)):
        pytest.skip("needs the package openvswitch-switch")


@contextlib.contextmanager
def open_vswitch() -> Iterator[None]:
    """A running Open vSwitch without bridges. The test is skipped where it is not installed."""
    require_open_vswitch()
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir()
    sh(f"ovsdb-tool create {DIRECTORY}/conf.db /usr/share/openvswitch/vswitch.ovsschema")
    start_database()
    try:
        vsctl("--no-wait", "init")
        start_switch()
        yield
    finally:
        end_switch()
        end_database()
        shutil.rmtree(DIRECTORY, ignore_errors=True)


def built_differences(before: dict[str, object]) -> dict[str, list[str]]:
    """What differs from a snapshot, without what is new each time: the MAC address of the switch's
    own interface, and the number of our table.
    """
    found = differences(before, take_snapshot())
    others = {
        place: [line for line in lines if "ovs-netdev" not in line and "# handle" not in line]
        for place, lines in found.items()
    }
    return {place: lines for place, lines in others.items() if lines}


def dump() -> list[str]:
    """The rows of bridges and ports, without what changes by itself."""
    lines = []
    for table, columns in (
        ("Bridge", "name,datapath_type,fail_mode,protocols,other_config,external_ids"),
        ("Port", "name,tag,trunks,vlan_mode,external_ids"),
        ("Interface", "name,type,options,mtu_request"),
        ("Mirror", "name,select_all,output_vlan"),
        ("Controller", "target"),
    ):
        text = vsctl("--format=csv", "--no-headings", f"--columns={columns}", "list", table)
        lines += sorted(f"{table}: {line}" for line in text.splitlines())
    return lines
