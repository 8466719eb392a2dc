# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open vSwitch that is missing, down or killed: before a run, under a lab and during a run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.ovs import (
    DIRECTORY,
    OVS_LAB,
    dump,
    end_database,
    end_switch,
    start_database,
    start_switch,
)
from support.pings import reaches
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run, run_as_predicted

pytestmark = pytest.mark.usefixtures("vswitch")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_next_run_mends_a_lab_whose_switch_was_ended(number: signal.Signals) -> None:
    run("topology", **OVS_LAB)
    end_switch(number)
    with pytest.raises(Refused, match=r"ovs-vswitchd is not running.*start the unit openvswitch"):
        run("topology", **OVS_LAB)
    start_switch()
    run("topology", **OVS_LAB)
    assert not run("topology", **OVS_LAB)["changed"]
    assert reaches("red", "192.168.15.2") and reaches("red", "fd00:15::5")


def test_a_bridge_whose_interface_is_missing_is_waited_for() -> None:
    run("topology", **OVS_LAB)
    ip("link del v-net-0")
    for check in (True, False):
        with pytest.raises(Refused, match="ovs-vswitchd has not made it yet"):
            run("topology", check=check, **OVS_LAB)
    end_switch()
    start_switch()
    run("topology", **OVS_LAB)
    assert reaches("red", "192.168.15.2") and not run("topology", **OVS_LAB)["changed"]


@pytest.mark.skipif(
    Path("/sys/module/openvswitch").exists(), reason="the kernel has the datapath of Open vSwitch"
)
def test_a_bridge_of_others_that_the_switch_cannot_make_is_told() -> None:
    sh("ovs-vsctl --no-wait add-br theirs")
    for check in (True, False):
        with pytest.raises(Refused, match="ovs-vswitchd has not made it yet, or cannot"):
            run("ovs_bridge", name="theirs", check=check)
    assert sh("ovs-vsctl list-br").split() == ["theirs"]


def test_a_lab_is_not_removed_while_the_switch_is_down() -> None:
    before, rows = take_snapshot(), dump()
    run("topology", **OVS_LAB)
    end_switch()
    built = take_snapshot()
    with pytest.raises(Refused, match="ovs-vswitchd is not running"):
        run("topology", **LAB_ABSENT)
    assert differences(built, take_snapshot()) == {}
    start_switch()
    run_as_predicted("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}


def test_a_lab_is_not_removed_without_its_database() -> None:
    run("topology", **OVS_LAB)
    end_switch()
    end_database()
    with pytest.raises(Failed, match="topology lab has bridges there: Open vSwitch is not running"):
        run("topology", **LAB_ABSENT)
    start_database()
    start_switch()
    assert run("topology", **LAB_ABSENT)["changed"]


def test_nothing_is_touched_where_open_vswitch_does_not_run() -> None:
    end_switch()
    end_database()
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused) as refusal:
            run("topology", check=check, **OVS_LAB)
        assert "Open vSwitch is not running" in str(refusal.value)
        assert "openvswitch-switch" in str(refusal.value)
    with pytest.raises(Refused, match="Open vSwitch is not running"):
        run("ovs_bridge", name="v-net-0", state="absent")
    assert differences(before, take_snapshot()) == {}
    assert run("topology", **LAB)["changed"]  # A Linux bridge does not need it.


def test_a_host_without_open_vswitch_is_told_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    end_switch()
    end_database()
    for directory in programs.DIRECTORIES:
        for program in Path(directory).glob("*"):
            if not program.name.startswith("ovs-") and not (tmp_path / program.name).exists():
                (tmp_path / program.name).symlink_to(program)
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path),))
    with pytest.raises(Refused, match="not installed; install the package openvswitch-switch"):
        run("topology", **OVS_LAB)
    assert not run("ovs_bridge", name="v-net-0", state="absent")["changed"]


def test_a_database_that_says_something_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ovs-vsctl").write_text("#!/bin/sh\necho '{\"data\": 7}'\n")
    (tmp_path / "ovs-vsctl").chmod(0o755)
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
    with pytest.raises(Failed, match="what ovs-vsctl lists has an unexpected form"):
        run("topology", **OVS_LAB)
    assert (DIRECTORY / "conf.db").exists()


FAULTS = {
    "killed before its transaction": "kill -9 $PPID; sleep 60",
    "killed after its transaction": '/usr/bin/ovs-vsctl "$@"; kill -9 $PPID; sleep 60',
    "refused": 'echo "ovs-vsctl: no" >&2; exit 1',
    "failed after its transaction": '/usr/bin/ovs-vsctl "$@"; kill -9 $$',
}


def write_faulty_vsctl(directory: Path, fault: str) -> None:
    """A ovs-vsctl that reads as usual, and has a fault when it changes something."""
    script = f"""#!/bin/sh
case "$*" in
*--format=json*) exec /usr/bin/ovs-vsctl "$@" ;;
esac
{fault}
"""
    (directory / "ovs-vsctl").write_text(script)
    (directory / "ovs-vsctl").chmod(0o755)


@pytest.mark.parametrize("removes", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_run_with_a_fault_leaves_is_mended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str, removes: bool
) -> None:
    before, rows = take_snapshot(), dump()
    if removes:
        run("topology", **OVS_LAB)
    built, built_rows = take_snapshot(), dump()
    write_faulty_vsctl(tmp_path, FAULTS[fault])
    with monkeypatch.context() as patch:
        patch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
        child = os.fork()
        if child == 0:
            try:
                run("topology", **(LAB_ABSENT if removes else OVS_LAB))
            except Failed:
                os._exit(3)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) == fault.startswith("killed")
    if fault == "refused":
        assert dump() == built_rows and differences(built, take_snapshot()) == {}
    run("topology", **OVS_LAB)
    assert not run("topology", **OVS_LAB)["changed"]
    assert reaches("red", "192.168.15.2") and reaches("red", "fd00:15::5")
    run("topology", **LAB_ABSENT)
    assert dump() == rows and differences(before, take_snapshot()) == {}
