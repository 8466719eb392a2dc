# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges of Open vSwitch and their ports (ovs-vswitchd.conf.db(5)).

As for all resources, ``None`` means "leave it as it is" in a desired state.
"""

from __future__ import annotations

from typing import Any

from .fast_dataclass import dataclass, field
from .links import Link, LinkRef
from .resources import OvsResource

OVS_KIND = "openvswitch"
"""The kind of the interface that a bridge has on the host. The kernel calls it so if the switch is
in the kernel. The switch of ovs-vswitchd makes a tap instead, which is shown as if it were one."""
KERNEL_SWITCH = "ovs-system"
"""The interface of the switch in the kernel, of which its ports are ports for others."""
SWITCHES = (KERNEL_SWITCH, "ovs-netdev")
"""The interfaces of the switch itself, in the kernel and in ovs-vswitchd."""
DATAPATH_TYPES = ("system", "netdev")
OF_DAEMON = "netdev"
"""The switch of ovs-vswitchd. It forwards the packets of a veth pair without the checksums that the
kernel leaves to the receiver, which then drops TCP and UDP."""
FAIL_MODES = ("standalone", "secure")
OPENFLOW_VERSIONS = tuple(f"OpenFlow1{number}" for number in range(6))
TUNNEL_TYPES = ("vxlan", "geneve")
PORT_TYPES = ("patch", *TUNNEL_TYPES)
"""Ports that have no interface on the host."""

VlanIds = frozenset[int]


@dataclass(frozen=True)
class OvsMirror:
    """Copies packets of a bridge to a port, or to a VLAN.

    Ports are named. ``vlan`` is the VLAN to which packets are copied.
    """

    name: str
    all: bool = False
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    vlans: tuple[int, ...] = ()
    output: str | None = None
    output_vlan: int | None = None


@dataclass(frozen=True)
class OvsBridge(OvsResource):
    """A bridge of Open vSwitch. ``mac`` and ``mtu`` are those of its interface.

    ``rest`` has the settings that others made, as ``set`` of ovs-vsctl takes them: an undo sets
    them again.
    """

    name: str
    datapath: str | None = None
    fail_mode: str | None = None
    protocols: tuple[str, ...] | None = None
    controllers: tuple[str, ...] | None = None
    mirrors: tuple[OvsMirror, ...] | None = None
    mac: str | None = None
    mtu: int | None = None
    ports: tuple[str, ...] | None = None
    """In a desired state the complete list of its patch and tunnel ports."""
    rest: tuple[str, ...] = ()
    owner: str | None = None
    used_mtu: int | None = field(default=None, compare=False)
    """What its interface has, whether it was asked for or not."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("ovs_bridge", self.name)

    @property
    def link(self) -> Link:
        """The interface that it has on the host."""
        return Link(None, self.name, kind=OVS_KIND, owner=self.owner)


BRIDGE_OPTIONS = {
    "datapath": "datapath_type",
    "fail_mode": "fail_mode",
    "protocols": "protocols",
    "controllers": "controller",
    "mirrors": "mirrors",
    "mac": "mac",
    "mtu": "mtu",
}
"""The options of a bridge itself, by the attributes of ``OvsBridge``."""


@dataclass(frozen=True)
class OvsPort(OvsResource):
    """A port of a bridge of Open vSwitch.

    ``type`` is ``""`` for an interface of the host. ``vlan`` is the VLAN of untagged packets, 0 for
    none. ``tagged`` are those whose packets are tagged; without either a port has all VLANs.
    ``unoffloaded`` is the other end of its veth pair, if that computes checksums when it sends.
    ``odd_mode`` is a ``vlan_mode`` that this collection does not set. ``options`` are those of a
    patch or tunnel port. ``error`` is why OVS could not set it up.
    """

    bridge: str
    name: str
    type: str = ""
    vlan: int | None = None
    tagged: VlanIds | None = None
    odd_mode: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    unoffloaded: LinkRef | None = None
    rest: tuple[str, ...] = ()
    error: str | None = None
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("ovs_port", self.name)


@dataclass(frozen=True)
class OvsController:
    """A controller of a bridge, and whether it is connected."""

    bridge: str
    target: str
    is_connected: bool


@dataclass(frozen=True)
class OvsState:
    """What the database of Open vSwitch has."""

    bridges: dict[str, OvsBridge]
    ports: dict[str, OvsPort]
    """By their names, which are unique on a host. The interface of a bridge is none of them."""
    controllers: tuple[OvsController, ...] = ()
    down: frozenset[str] = frozenset()
    """The ports whose link is down, as OVS sees it."""


NO_OVS = OvsState({}, {})
