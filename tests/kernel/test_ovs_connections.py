# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP and UDP over Open vSwitch. A veth pair leaves checksums to the receiver, which the switch of
ovs-vswitchd does not know; echo requests have theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.ovs import OVS_LAB
from support.services import Listeners
from support.shell import sh
from support.tasks import run, run_as_predicted

pytestmark = pytest.mark.usefixtures("vswitch")


@pytest.fixture
def clients() -> Iterator[Listeners]:
    """Servers and clients in namespaces."""
    made = Listeners()
    yield made
    made.close()


def test_connections_work_as_well_as_echo_requests(clients: Listeners) -> None:
    run("topology", **OVS_LAB)
    for protocol in ("tcp", "udp"):
        for network in ("192.168.15.", "fd00:15::"):
            clients.listen(f"blue {protocol}", "blue", f"{network}2", 80, protocol)
            for source, seen in (("red", f"{network}1"), (None, f"{network}5")):
                assert clients.connect(source, f"{network}2", 80, protocol) == (
                    f"blue {protocol}",
                    seen,
                )


def test_checksums_that_somebody_offloads_are_computed_again(clients: Listeners) -> None:
    run("topology", **OVS_LAB)
    sh("ip netns exec blue ethtool -K veth-blue tx on")
    clients.listen("blue", "blue", "192.168.15.2", 80, "tcp")
    assert clients.connect("red", "192.168.15.2", 80, "tcp", patience=0.5) is None
    done = run_as_predicted("topology", **OVS_LAB)
    assert done["actions"] == [
        "compute the checksums of what veth-blue in namespace blue sends to port veth-blue-br of "
        "Open vSwitch bridge v-net-0"
    ]
    assert clients.connect("red", "192.168.15.2", 80, "tcp") == ("blue", "192.168.15.1")


def offloads(netns: str, link: str) -> bool:
    return "tx-checksumming: on" in sh(f"ip netns exec {netns} ethtool -k {link}")


def test_a_pair_that_leaves_the_switch_offloads_again() -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "ovs_bridge": [{"name": "v-net-0", "datapath_type": "netdev"}],
        "linux_bridge": [{"name": "v-net-1"}],
    }
    veth: dict[str, Any] = {"name": "eth0", "netns": "red", "peer": {"name": "port"}}
    places = {
        name: {**veth, "peer": {"name": "port", "bridge": name}} for name in ("v-net-0", "v-net-1")
    }
    run("topology", **lab, veth=[places["v-net-1"]])
    assert offloads("red", "eth0")
    with pytest.raises(Failed, match="undone"):
        probe = {"netns": "red", "to": "192.0.2.1", "timeout": 0.2}
        run("topology", **lab, veth=[places["v-net-0"]], probes=[probe])
    assert offloads("red", "eth0")
    run_as_predicted("topology", **lab, veth=[places["v-net-0"]])
    assert not offloads("red", "eth0")
    run_as_predicted("topology", **lab, veth=[places["v-net-1"]])
    assert offloads("red", "eth0")
