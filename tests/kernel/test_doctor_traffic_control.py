# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of traffic control that drop packets, in any queueing discipline with classes."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import Finding

from support.doctor import diagnose_host
from support.pings import BLUE_TO_RED, ping, reaches
from support.shell import sh

_CLASSES = {
    "drr": "drr",
    "ets": "",
    "hfsc": "hfsc sc rate 1gbit ul rate 1gbit",
    "htb": "htb rate 1gbit",
    "prio": "",
    "qfq": "qfq",
}
"""By queueing discipline, how a class is added; it is there already where this is empty."""
_DEFAULTS = {"htb": "default 1", "hfsc": "default 1", "ets": "bands 3"}
_ALL = "protocol all pref 9"
_FILTERS = {
    "drop": "matchall action drop",
    "drop of IPv4": "flower ip_proto icmp action drop",
    "police": "u32 match u32 0 0 police rate 1kbit burst 1 drop",
    "verdict after an edit": "matchall action skbedit priority 1 pipe action drop",
    "redirection": "u32 match u32 0 0 action mirred egress redirect dev sink",
}
_HARMLESS = (
    "matchall action pass",
    "matchall action mirred egress mirror dev sink",
    "matchall action skbedit priority 1",
    "u32 match u32 0 0 flowid 1:1",
)
_SINK = "ip link add sink type veth peer name drain; ip link set sink up; ip link set drain up"


def _has(command: str) -> bool:
    """Whether this kernel has what a command of tc needs."""
    done = subprocess.run(["bash", "-euc", command], capture_output=True, check=False)
    return done.returncode == 0


def _add_classes(kind: str) -> bool:
    sh("tc qdisc del dev veth-red-br root 2>/dev/null || true")
    options = f"root handle 1: {kind} {_DEFAULTS.get(kind, '')}"
    if not _has(f"tc qdisc add dev veth-red-br {options}"):
        return False
    if _CLASSES[kind]:
        sh(f"tc class add dev veth-red-br parent 1: classid 1:1 {_CLASSES[kind]}")
    # Some disciplines send nothing that no filter gives a class.
    sh(f"tc filter add dev veth-red-br parent 1: {_ALL} u32 match u32 0 0 flowid 1:1")
    return True


FOUND = ("link_filter", "error", "veth-red-br")


def _find_first() -> Finding:
    """The first finding while packets are lost."""
    assert not ping(*BLUE_TO_RED, "-W0.3")
    return diagnose_host()[0]


def _mends(remedy: str) -> bool:
    """Whether packets arrive after a remedy, which names no filter of preference 9."""
    assert "pref 9" not in remedy
    sh(remedy)
    return reaches(*BLUE_TO_RED)


@pytest.mark.parametrize("kind", _CLASSES)
def test_a_filter_in_a_queueing_discipline_with_classes_is_found(lab: None, kind: str) -> None:
    if not _add_classes(kind):
        pytest.skip(f"this kernel has no {kind}")
    sh(_SINK)
    assert reaches(*BLUE_TO_RED)
    tried = 0
    for number, text in enumerate(_FILTERS.values(), 1):
        if _has(f"tc filter add dev veth-red-br parent 1: protocol ip pref {number} {text}"):
            tried += 1
            found = _find_first()
            assert (found.check, found.severity, found.subject) == FOUND
            assert f"parent 1:: pref {number}" in found.evidence and _mends(found.remedy)
    assert tried


def test_a_filter_of_two_links_is_found(lab: None) -> None:
    sh(_SINK)
    for port in ("veth-red-br", "sink"):
        sh(f"tc qdisc add dev {port} egress_block 22 ingress_block 23 clsact")
    redirection = _FILTERS["redirection"].replace("egress", "ingress")
    sh(f"tc filter add block 22 pref 5 protocol all {redirection}")
    found = _find_first()
    assert (found.check, found.severity, found.subject) == FOUND
    assert "block 22: pref 5" in found.evidence and _mends(found.remedy)


def test_filters_that_lose_nothing_are_not_blamed(lab: None) -> None:
    sh(f"{_SINK}; tc qdisc add dev veth-red-br clsact")
    for number, text in enumerate(_HARMLESS, 1):
        _has(f"tc filter add dev veth-red-br egress protocol all pref {number} {text}")
    assert reaches(*BLUE_TO_RED)
    sh("tc qdisc add dev veth-red-br root pfifo limit 0")
    assert not ping(*BLUE_TO_RED, "-W0.3")
    assert [finding.check for finding in diagnose_host()] == ["impaired"]


def test_a_loss_in_a_class_is_not_the_fault_of_its_filters(lab: None) -> None:
    assert _add_classes("htb")
    sh("tc qdisc add dev veth-red-br parent 1:1 handle 2: pfifo limit 0")
    assert not ping(*BLUE_TO_RED, "-W0.3")
    assert {finding.check for finding in diagnose_host()} == {"impaired"}
