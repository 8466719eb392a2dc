# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that CNI attached beside those of a topology: who reaches whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.cni import (
    BRIDGE,
    FIREWALL,
    MAPPINGS,
    PORTMAP,
    TUNING,
    WITH_POD,
    list_files,
    needs_plugins,
    network,
)
from support.pings import ping, reaches
from support.shell import output
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run, run_as_predicted

pytestmark = needs_plugins

ON_THE_BRIDGE: Raw = {
    "netns": "pod",
    "network": network(
        {
            "type": "bridge",
            "bridge": "v-net-0",
            "ipam": {
                "type": "host-local",
                "ranges": [
                    [{"subnet": "192.168.15.0/24", "rangeStart": "192.168.15.100"}],
                    [{"subnet": "fd00:15::/64", "rangeStart": "fd00:15::100"}],
                ],
                "routes": [{"dst": "0.0.0.0/0", "gw": "192.168.15.5"}],
            },
        },
        TUNING,
    ),
}
ON_ANOTHER: Raw = {
    "netns": "pod",
    "network": network(BRIDGE, PORTMAP, FIREWALL, TUNING),
    "capabilities": MAPPINGS,
}
DETACHED: Raw = {"netns": "pod", "state": "absent"}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_pod_on_the_bridge_of_a_lab_reaches_its_namespaces(host: None, backend: str) -> None:
    lab = {**LAB, "backend": backend}
    run("netns", name="pod")
    run("topology", **lab)
    before = take_snapshot()
    run_as_predicted("netns_cni", **ON_THE_BRIDGE)
    for source, target in (("pod", "192.168.15.1"), ("red", "192.168.15.100")):
        assert reaches(source, target)
    for source, target in (("pod", "fd00:15::2"), ("blue", "fd00:15::100")):
        assert reaches(source, target)
    assert (
        not run("topology", **lab)["changed"] and not run("netns_cni", **ON_THE_BRIDGE)["changed"]
    )
    run_as_predicted("netns_cni", **DETACHED)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_pod_on_another_bridge_is_isolated_from_a_lab(host: None, backend: str) -> None:
    lab = {**LAB, "backend": backend}
    run("netns", name="pod")
    run("topology", **lab)
    run_as_predicted("netns_cni", **ON_ANOTHER)
    # The plugin bridge enables forwarding for all interfaces, which is not the lab's any more then.
    done = run("topology", **lab)
    assert {action.partition(" from ")[0] for action in done["actions"]} == {
        "close IPv4 forwarding for the lab's traffic",
        "close IPv6 forwarding for the lab's traffic",
    }
    assert not run("topology", **lab)["changed"] and not run("netns_cni", **ON_ANOTHER)["changed"]
    assert reaches("pod", "10.22.0.1") and reaches("red", "192.168.15.2")
    assert reaches("pod", "fd00:22::1") and reaches("blue", "fd00:15::5")
    assert not ping("pod", "192.168.15.1") and not ping("pod", "fd00:15::2")
    rules = output("iptables-save")
    assert "CNI-FORWARD" in rules and "CNI-HOSTPORT-DNAT" in rules
    run("topology", **LAB_ABSENT)
    assert output("iptables-save", "-t", "nat").count("CNI-DN-") >= 2
    assert not run("netns_cni", **ON_ANOTHER)["changed"]
    run("topology", **{**lab, "isolate": False})
    assert reaches("pod", "192.168.15.1") and reaches("red", "10.22.0.2")


@pytest.fixture
def network_on_file() -> Iterator[None]:
    """The network is also one of /etc/cni/net.d."""
    file = Path("/etc/cni/net.d/10-dbnet.conflist")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ON_THE_BRIDGE["network"]), encoding="utf-8")
    yield
    file.unlink()


def closing(member: str) -> list[Raw]:
    return [{"name": "closed", "netns": [member], "ingress": []}]


@pytest.mark.parametrize("network", [ON_THE_BRIDGE["network"], "dbnet"])
@pytest.mark.parametrize("member", ["red", "pod"])
def test_a_policy_holds_beside_a_pod(
    host: None, network_on_file: None, member: str, network: Raw | str
) -> None:
    before = take_snapshot()
    pod = {**ON_THE_BRIDGE, "network": network}
    lab = {**WITH_POD, "cni": [pod], "policy": closing(member)}
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    other = "pod" if member == "red" else "red"
    for red, blue, attached in (
        ("192.168.15.1", "192.168.15.2", "192.168.15.100"),
        ("fd00:15::1", "fd00:15::2", "fd00:15::100"),
    ):
        closed, open_one = (red, attached) if member == "red" else (attached, red)
        assert reaches(other, blue) and reaches("blue", open_one) and reaches(member, open_one)
        assert not ping(other, closed) and not ping("blue", closed)
    run_as_predicted("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {} and list_files() == {}


def test_a_policy_of_red_holds_beside_a_pod_on_another_bridge(host: None) -> None:
    lab = {**WITH_POD, "cni": [ON_ANOTHER], "policy": closing("red")}
    run("topology", **lab)
    assert reaches("pod", "10.22.0.1") and reaches("red", "192.168.15.2")
    for source in ("pod", "blue"):
        assert not ping(source, "192.168.15.1") and not ping(source, "fd00:15::1")
    assert not run("topology", **lab)["changed"]
    for policy in (closing("pod"), [{"name": "all", "ingress": []}]):
        with pytest.raises(Refused, match="cni0, which this topology did not create"):
            run("topology", **{**lab, "policy": policy})


def test_a_policy_holds_in_the_run_that_detaches_a_pod(host: None) -> None:
    run("topology", **WITH_POD, cni=[ON_THE_BRIDGE])
    assert reaches("pod", "192.168.15.1") and reaches("blue", "192.168.15.1")
    closed = {**WITH_POD, "policy": closing("red"), "purge": True}
    run_as_predicted("topology", **closed)
    assert list_files() == {} and not ping("blue", "192.168.15.1")
    assert reaches("red", "192.168.15.2") and not run("topology", **closed)["changed"]
