# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A namespace that connects to a forward of the host whose target it is itself."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from support.flows import ADDRESSES, flow_lab
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.netns import in_netns
from support.pings import reaches
from support.services import TIMEOUT
from support.shell import output
from support.tasks import predicted_part, run

GATES = {4: "10.15.0.254", 6: "fd00:15::fe"}


def lab_with_hairpins(backend: str, hairpin: bool = True, **more: Any) -> dict[str, Any]:
    lab = flow_lab("lab", 15, ("red", "blue"), backend, **more)
    for forward in lab["dnat"]:
        forward["hairpin"] = hairpin
    return lab


def answers(netns: str, address: str) -> bool:
    with in_netns(netns):
        try:
            socket.create_connection((address, 80), timeout=TIMEOUT).close()
        except OSError:
            return False
    return True


def hairpin_mode(port: str) -> str:
    [link] = json.loads(output("bridge", "-d", "-j", "link", "show", "dev", port))
    return str(int(link["hairpin"]))


@pytest.mark.parametrize("filtering", [0, 1])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_the_target_of_a_hairpin_forward_reaches_it(
    lan: None, backend: str, filtering: int
) -> None:
    if HAS_BRIDGE_FILTER:
        set_bridge_filtering(filtering)
    elif filtering:
        pytest.skip("this kernel has no br_netfilter")
    lab = lab_with_hairpins(backend)
    foreseen = run("topology", check=True, **lab)
    assert predicted_part(foreseen) == predicted_part(run("topology", **lab))
    assert not run("topology", **lab)["changed"]
    with in_netns("blue"):
        listener = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
    with listener:
        for family, gate in GATES.items():
            assert answers("blue", gate), (family, "the target itself")
            assert answers("red", gate), (family, "its neighbour")
    assert hairpin_mode("p-blue") == str(filtering) and hairpin_mode("p-red") == "0"
    for address in ADDRESSES["blue"].values():
        assert reaches("red", address), "addresses are not taken for duplicates"
    run("topology", **lab_with_hairpins(backend, hairpin=False))
    assert hairpin_mode("p-blue") == "0"
    assert not run("topology", **lab_with_hairpins(backend, hairpin=False))["changed"]


@pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="this kernel has no br_netfilter")
def test_what_the_task_says_about_the_port_counts(lan: None) -> None:
    set_bridge_filtering(1)
    lab = lab_with_hairpins("nftables")
    for pair in lab["veth"]:
        pair["peer"]["hairpin"] = False
    result = run("topology", **lab)
    assert hairpin_mode("p-blue") == "0"
    warned = [text for text in result["warnings"] if "p-blue is not in hairpin mode" in text]
    assert len(warned) == 1
    assert not run("topology", **lab)["changed"]
