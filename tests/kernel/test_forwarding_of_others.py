# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarding that another program enables while a lab stands is not the lab's any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.far_network import FAR, add_far_network, pass_others
from support.flows import flow_lab
from support.netns import write_sysctl
from support.pings import reaches
from support.tasks import Raw, run

_FORWARD = {4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding"}
_NAMES = {4: "IPv4 forwarding from", 6: "IPv6 forwarding of"}
_ACCEPT_RA = "net/ipv6/conf/eth0/accept_ra"


def _read(key: str) -> str:
    return Path("/proc/sys", key).read_text().strip()


def _lab(backend: str) -> Raw:
    return flow_lab("lab", 15, ("red", "blue"), backend)


@pytest.fixture(params=["nftables", "iptables"])
def backend(lan: None, request: pytest.FixtureRequest) -> str:
    add_far_network()
    write_sysctl(_ACCEPT_RA, 1)
    return str(request.param)


@pytest.mark.parametrize("family", [4, 6])
def test_it_stays_when_the_lab_goes(backend: str, family: int) -> None:
    run("topology", **_lab(backend))
    assert pass_others() == [False, False]
    assert _read(_ACCEPT_RA) == "2"
    write_sysctl(_FORWARD[family], 1)
    for check in (True, False):
        result = run("topology", check=check, **_lab(backend))
        warnings = str(result["warnings"])
        assert result["changed"] and "another program enabled it" in warnings
        assert _NAMES[family] in warnings and _NAMES[10 - family] not in warnings
    second = run("topology", **_lab(backend))
    assert not second["changed"] and not second["warnings"]
    assert pass_others() == [family == 4, family == 6]
    assert reaches("red", FAR[family])
    run("topology", name="lab", state="absent")
    assert [_read(key) for key in _FORWARD.values()] == [
        "1" if family == 4 else "0",
        "1" if family == 6 else "0",
    ]
    assert pass_others() == [family == 4, family == 6]
    # Routers that the host learned from advertisements are needed as long as it forwards.
    assert _read(_ACCEPT_RA) == ("2" if family == 6 else "1")


def test_what_was_saved_comes_back_when_the_other_program_disables_it(backend: str) -> None:
    run("topology", **_lab(backend))
    write_sysctl(_FORWARD[6], 1)
    run("topology", **_lab(backend))
    write_sysctl(_FORWARD[6], 0)
    run("topology", name="lab", state="absent")
    assert _read(_ACCEPT_RA) == "1"
    assert pass_others() == [False, False]
