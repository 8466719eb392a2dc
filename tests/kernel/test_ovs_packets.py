# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tunnels, controllers and failure modes of Open vSwitch do, seen from outside of it."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from support.netns import in_netns
from support.ovs import vsctl
from support.patience import patience
from support.pings import ping, reaches
from support.shell import sh
from support.tasks import Raw, run_as_predicted

pytestmark = pytest.mark.usefixtures("vswitch")

_HELLO = struct.Struct("!BBHI")
_OPENFLOW13, _OPENFLOW15 = 4, 6


def lab(**options: Any) -> Raw:
    """Red and blue on a bridge."""
    ends = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.1.0.{number}/24"],
            "peer": {"name": f"{name}-br", "bridge": "v-net-0"},
        }
        for number, name in ((1, "red"), (2, "blue"))
    ]
    bridge = {"name": "v-net-0", "datapath_type": "netdev", **options}
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "ovs_bridge": [bridge],
        "veth": ends,
    }


@contextlib.contextmanager
def controller() -> Iterator[socket.socket]:
    """The listening socket of a controller that knows no more than to say hello."""
    with socket.create_server(("127.0.0.1", 6653)) as server:
        server.settimeout(patience(30))
        yield server


def hear_hello(server: socket.socket) -> tuple[socket.socket, int]:
    """(connection, newest version of OpenFlow that the switch offers)."""
    connection, _peer = server.accept()
    version, kind, _length, _number = _HELLO.unpack(connection.recv(_HELLO.size))
    assert kind == 0
    return connection, version


@pytest.mark.parametrize(
    ("protocols", "version"),
    [(["OpenFlow10", "OpenFlow13"], _OPENFLOW13), (["OpenFlow13", "OpenFlow15"], _OPENFLOW15)],
)
def test_a_bridge_offers_its_controller_its_protocols(protocols: list[str], version: int) -> None:
    with controller() as server:
        run_as_predicted("topology", **lab(controller=["tcp:127.0.0.1:6653"], protocols=protocols))
        connection, offered = hear_hello(server)
        connection.close()
    assert offered == version


def test_without_its_controller_a_bridge_does_as_its_fail_mode_says() -> None:
    alone = {"controller": ["tcp:127.0.0.1:6653"]}
    run_as_predicted("topology", **lab(**alone, fail_mode="secure"))
    assert not ping("red", "10.1.0.2")
    run_as_predicted("topology", **lab(**alone, fail_mode="standalone"))
    # It awaits its controller as long as three probes of it take, which is 15 seconds.
    assert reaches("red", "10.1.0.2", patience=patience(20))
    run_as_predicted("topology", **lab(controller=[], fail_mode="secure"))
    sh("ovs-ofctl add-flow v-net-0 actions=NORMAL")
    assert reaches("red", "10.1.0.2")
    # Flows are of others: a run that changes something else leaves them.
    run_as_predicted("topology", **lab(controller=[], fail_mode="secure", mtu=1400))
    assert reaches("red", "10.1.0.2") and "NORMAL" in sh("ovs-ofctl dump-flows v-net-0")


def listen_for_tunnel(port: int) -> socket.socket:
    """A socket at the far end of a tunnel."""
    with in_netns("far"):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("172.16.0.2", port))
    receiver.settimeout(patience(30))
    return receiver


@pytest.mark.parametrize(("kind", "port"), [("vxlan", 4789), ("geneve", 6081), ("vxlan", 5000)])
def test_a_tunnel_carries_frames_to_the_far_end(kind: str, port: int) -> None:
    """The switch of the daemon sends tunnels from a bridge that has the local address."""
    tunnel: Raw = {"name": "tun", "type": kind, "remote_ip": "172.16.0.2", "vni": "77"}
    if port not in (4789, 6081):
        tunnel["dst_port"] = port
    members = lab(ports=[{**tunnel, "local_ip": "172.16.0.1"}])
    outside = {"name": "outside", "datapath_type": "netdev", "addresses": ["172.16.0.1/24"]}
    members["ovs_bridge"].append(outside)
    members["netns"].append({"name": "far"})
    members["veth"].append(
        {
            "name": "eth0",
            "netns": "far",
            "addresses": ["172.16.0.2/24"],
            "peer": {"name": "far-br", "bridge": "outside"},
        }
    )
    run_as_predicted("topology", **members)
    assert reaches(None, "172.16.0.2")
    with listen_for_tunnel(port) as receiver:
        # Red asks for somebody who is nowhere near, so the question crosses the tunnel.
        sh("ip netns exec red ping -c 3 -W 1 10.1.0.9 || true")
        data, source = receiver.recvfrom(2048)
        while data[20:22] == b"\x86\xdd":  # What IPv6 says of itself crosses it, too.
            data, source = receiver.recvfrom(2048)
    assert source[0] == "172.16.0.1" and data[4:7] == (77).to_bytes(3, "big")
    frame = data[8:]
    assert frame[:6] == b"\xff" * 6 and frame[12:14] == b"\x08\x06"
    assert frame[38:42] == socket.inet_aton("10.1.0.9")
    assert vsctl("get", "Interface", "tun", "type") == kind
