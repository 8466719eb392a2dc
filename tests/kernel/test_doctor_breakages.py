# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor is never silent while all packets are lost: the first finding names the cause.

Each breakage is shown by packets, and so is the fix of the finding.
"""

from __future__ import annotations

import os
import signal

import pytest

from support.doctor import diagnose_host
from support.doctor_breakages import BREAKAGES, Breakage
from support.more_breakages import MORE_BREAKAGES
from support.pings import FAR, RED_TO_BLUE, ping, reaches
from support.shell import sh
from support.tasks import LAB, run
from support.xdp import drop_all_that_arrives


def check_breakage(breakage: Breakage) -> None:
    sh(f"ip route add default via {FAR}")
    run("topology", **LAB)
    assert reaches(*breakage.lost)
    sh(breakage.script)
    assert not ping(*breakage.lost, "-W0.3")
    found = diagnose_host(LAB if breakage.declared else None)
    assert found, "the doctor is silent"
    first = found[0]
    assert (first.check, first.subject[: len(breakage.subject)]) == (
        breakage.check,
        breakage.subject,
    ), [(finding.severity, finding.check, finding.subject, finding.message) for finding in found]
    if breakage.fixed:
        sh(first.remedy)
        assert reaches(*breakage.lost, patience=5), first.remedy


ALL = {**BREAKAGES, **MORE_BREAKAGES}


@pytest.mark.parametrize("name", ALL)
def test_the_first_finding_names_the_cause_and_a_fix_that_works(lan: None, name: str) -> None:
    check_breakage(ALL[name])


def test_an_xdp_program_that_drops_is_found(lab: None) -> None:
    assert reaches(*RED_TO_BLUE)
    drop_all_that_arrives("veth-red-br")
    assert not ping(*RED_TO_BLUE, "-W0.3")
    first = diagnose_host()[0]
    assert (first.check, first.severity, first.subject) == ("link_filter", "error", "veth-red-br")
    sh(first.remedy)
    assert reaches(*RED_TO_BLUE, patience=5)


SERVICE = "ip netns exec red sleep 60 >/dev/null 2>&1 & until pgrep -x sleep; do sleep 0.02; done"


def test_a_service_left_in_a_removed_namespace_is_found(lab: None) -> None:
    pid = int(sh(SERVICE).split()[-1])
    try:
        assert diagnose_host() == []
        sh("ip netns del red; ip netns add red")
        found = [finding for finding in diagnose_host() if finding.check == "service_stranded"]
        assert [finding.subject for finding in found] == [f"red/process {pid}"]
        run("topology", **LAB)
        assert reaches(*RED_TO_BLUE)
        (finding,) = diagnose_host()
        assert finding.check == "service_stranded" and finding.remedy.startswith(f"kill {pid}")
    finally:
        os.kill(pid, signal.SIGKILL)
