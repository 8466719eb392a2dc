# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links of others that come and go during a run, as those of a VPN or a container network."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine import transaction

from support.failing_host import InterruptedHost
from support.shell import sh
from support.tasks import LAB, LAB_ABSENT, Raw, Result, run, run_on

_OTHERS = (
    "ip link add eth0 type veth peer name far0; ip addr add 192.0.2.2/24 dev eth0; "
    "ip link add ppp0 type veth peer name far1; ip addr add 10.66.0.1/30 dev ppp0; "
    "for name in eth0 far0 ppp0 far1; do ip link set dev $name up; done"
)
_GO = "ip link del dev ppp0"
_COME = (
    "ip link add ppp1 type veth peer name far2; ip addr add 10.66.1.1/30 dev ppp1; "
    "ip link set ppp1 up"
)
_PORTS: Raw = {"name": "lab", "linux_bridge": [{"name": "br0", "ports": []}]}


def _run_interrupted(script: str, raw: Raw, number: int = 0) -> Result:
    """Run a topology, and a script before its change of that number."""
    host = InterruptedHost(number, script)
    try:
        return run_on(host, "topology", **raw)
    finally:
        host.close()


def _forwarding(link: str) -> str:
    return Path(f"/proc/sys/net/ipv4/conf/{link}/forwarding").read_text(encoding="ascii").strip()


@pytest.mark.parametrize("script", [_GO, _COME, f"{_COME}; {_GO}"], ids=["go", "come", "both"])
@pytest.mark.parametrize("number", [0, 15])
def test_nat_is_set_up_beside_links_that_come_and_go(host: None, script: str, number: int) -> None:
    sh(_OTHERS)
    assert _run_interrupted(script, LAB, number)["changed"]
    assert not run("topology", **LAB)["changed"]
    assert _forwarding("eth0") == "2"
    if script != _GO:
        assert _forwarding("ppp1") == "2"


def test_a_slow_look_is_no_reason_to_give_up(host: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the first look had taken longer than all that is allowed."""
    monkeypatch.setattr(transaction, "VERIFY_PATIENCE", 0.0)
    sh(_OTHERS)
    assert _run_interrupted(_COME, LAB, 15)["changed"]
    assert _forwarding("ppp1") == "2"


@pytest.mark.parametrize("script", [_GO, f"{_COME}; {_GO}"], ids=["go", "both"])
def test_nat_is_removed_beside_links_that_come_and_go(host: None, script: str) -> None:
    sh(_OTHERS)
    run("topology", **LAB)
    assert _run_interrupted(script, LAB_ABSENT)["changed"]
    assert not run("topology", **LAB_ABSENT)["changed"]
    assert _forwarding("eth0") == "0"


def test_a_port_that_is_released_and_went_away_needs_nothing(host: None) -> None:
    run("topology", name="lab", linux_bridge=[{"name": "br0"}])
    sh(f"{_OTHERS}; ip link add tap0 type veth peer name far3; ip link set tap0 master br0")
    assert _run_interrupted("ip link del dev tap0", _PORTS)["changed"]
    assert not run("topology", **_PORTS)["changed"]


def test_a_link_of_the_topology_that_goes_away_is_missed(host: None) -> None:
    run("topology", **LAB)
    grown = {**LAB, "linux_bridge": [{**LAB["linux_bridge"][0], "mtu": 1400}]}
    with pytest.raises(Exception, match="v-net-0"):
        _run_interrupted("ip link del dev v-net-0", grown)
