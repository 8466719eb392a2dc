# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random VLANs of bridges and ports: check mode predicts each run, whose result is what was
asked for, and frames go where the declaration says.

On a kernel without VLANs in bridges only a host in memory is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.host import Host
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.bridge_vlans import (
    PortVlans,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.scope import Scope
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from support.failing_host import INTERRUPT, fail_at_change
from support.fake_host import FakeHost
from support.netns import in_netns
from support.private_host import private_host
from support.random_topologies import vlan_topologies
from support.shell import replay
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, predicted_part, run, run_on
from support.vlans import list_vlans, receive_tags, with_vlans

without_shrinking = settings(phases=(Phase.explicit, Phase.generate))
few = settings(
    max_examples=int(os.environ.get("EXAMPLES", "2")), phases=(Phase.explicit, Phase.generate)
)
"""In the virtual machine an example takes many seconds."""


IN_NO_VLAN: Raw = {
    "name": "lab",
    "netns": [{"name": "n0"}],
    "linux_bridge": [{"name": "br0", "vlan_filtering": True, "vlan": 0}],
    "veth": [
        {
            "name": "eth0",
            "netns": "n0",
            "link_local": False,
            "peer": {"name": "n0p", "bridge": "br0", "vlan": 0, "vlans": []},
        }
    ],
}


def read_vlans(texts: list[str]) -> set[int]:
    """The numbers of a list such as ``["2", "10-12"]``."""
    pairs = [text.split("-") for text in texts]
    return {number for pair in pairs for number in range(int(pair[0]), int(pair[-1]) + 1)}


Run = Callable[..., dict[str, Any]]
"""Runs a module on a host."""


def change(run_module: Run, raw: Raw) -> dict[str, Any]:
    """Run a topology as check mode predicts it, and once more without a change."""
    checked = run_module("topology", check=True, purge=True, **raw)
    done = run_module("topology", purge=True, **raw)
    assert predicted_part(checked) == predicted_part(done)
    again = run_module("topology", purge=True, **raw)
    assert not again["changed"] and again["actions"] == []
    return done


def check_vlans(host: Host, raw: Raw) -> None:
    """Check that the bridge and its ports have the VLANs that were asked for."""
    (bridge,) = raw["linux_bridge"]
    if "vlan_filtering" not in bridge:
        return
    place = bridge.get("netns")
    found = host.observe(Scope(frozenset({place}), all_namespaces=True)).vlans
    for port in (bridge, *(cable["peer"] for cable in raw["veth"])):
        # The kernel does not list what is in no VLAN.
        vlans = found.get((place, port["name"]), PortVlans(place, port["name"], 0, frozenset()))
        if "vlan" in port:
            assert (vlans.vlan, vlans.mixed) == (port["vlan"], frozenset()), port
        if "vlans" in port:
            assert set(vlans.tagged or ()) == read_vlans(port["vlans"]), port


def check_vlans_of_kernel(raw: Raw) -> None:
    host = LinuxHost()
    try:
        check_vlans(host, raw)
    finally:
        host.close()


def check_frames(raw: Raw) -> None:
    """Check by an untagged frame of each namespace which others receive it, and with which tag.

    The topology was built on a new host: a port without ``vlan`` is in the bridge's default VLAN.
    """
    (bridge,) = raw["linux_bridge"]
    default = bridge.get("vlan_default_pvid", 1)
    memberships = {}
    for cable in raw["veth"]:
        tagged = read_vlans(cable["peer"].get("vlans", []))
        kept = 0 if default in tagged else default
        memberships[cable["netns"]] = (cable["peer"].get("vlan", kept), tagged)
    for sender, (number, _tagged) in memberships.items():
        expected = {
            name: None if number == vlan or "vlan_filtering" not in bridge else number
            for name, (vlan, tagged) in memberships.items()
            if name != sender
            and ("vlan_filtering" not in bridge or (number and number in {vlan, *tagged}))
        }
        assert receive_tags(memberships, sender, None) == expected, raw


@without_shrinking
@given(first=vlan_topologies(), second=vlan_topologies())
def test_vlans_of_a_host_in_memory(first: Raw, second: Raw) -> None:
    host = FakeHost()
    for raw in (first, second, first):
        change(partial(run_on, host), raw)
        check_vlans(host, raw)
    assert run_on(host, "topology", name="lab", state="absent")["changed"]
    assert set(host.current.links) == {(None, "lo")} and host.current.vlans == {}


@with_vlans
@few
@example(IN_NO_VLAN, IN_NO_VLAN, 0)
@given(first=vlan_topologies(), second=vlan_topologies(), number=st.integers(0, 12))
def test_vlans_of_a_kernel(own_process: None, first: Raw, second: Raw, number: int) -> None:
    with private_host():
        empty = take_snapshot()
        done = change(run, first)
        check_vlans_of_kernel(first)
        check_frames(first)
        built = take_snapshot()
        place = first["linux_bridge"][0].get("netns")
        with in_netns(place):
            before = list_vlans()
        if run("topology", check=True, purge=True, **second)["changed"]:
            message = fail_at_change(number, INTERRUPT, purge=True, **second)
            assert "could not be undone" not in message
            with in_netns(place):
                assert list_vlans() == before
        change(run, second)
        check_vlans_of_kernel(second)
        run("topology", name="lab", state="absent")
        assert differences(empty, take_snapshot()) == {}
        replay(done["commands"])
        assert differences(built, take_snapshot()) == {}
