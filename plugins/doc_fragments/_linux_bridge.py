# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of linux_bridge."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._links import (
    ADDRESSES,
    LINK,
    LINK_NAME,
    NETNS,
    VRF,
)

OF_LINUX_BRIDGE = f"""\
{NETNS}\
name:
  description:
    - The name of the bridge.
{LINK_NAME}\
  type: str
  required: true
{ADDRESSES}{VRF}{LINK}\
ports:
  description:
    - The ports of the bridge, as names of existing interfaces in the same namespace. The complete
      set. Other ports are removed from the bridge, and V([]) removes all. If omitted, the ports
      stay as they are.
    - Refused are C(lo), another bridge, and an interface that carries addresses or the default
      route, because it would lose them as a port.
    - A topology moves the addresses of an interface to a bridge if it lists the interface with that
      bridge and V([]) as its addresses, the bridge with the addresses, and the default route.
  type: list
  elements: str
steal:
  description: >-
    Take O(ports) away from another bridge. Otherwise a port of another bridge is an error.
  type: bool
  default: false
force:
  description: >-
    Remove addresses even if the kernel then removes routes that were not created by this
    collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
stp:
  description: >-
    Whether the bridge uses the spanning tree protocol (STP). With STP a port begins to forward
    after twice O(forward_delay).
  type: bool
priority:
  description: >-
    The priority of the bridge in the spanning tree, from 0 to 65535. The bridge with the lowest
    value becomes the root.
  type: int
forward_delay:
  description: >-
    The seconds that a port spends in the listening state, and then in the learning state, from 2 to
    30.
  type: int
hello_time:
  description: The interval in seconds between hello packets of the root bridge, from 1 to 10.
  type: int
max_age:
  description: >-
    The seconds without a hello packet after which a neighbouring bridge is considered dead, from 6
    to 40.
  type: int
ageing_time:
  description: The seconds after which a learned MAC address is forgotten, from 0 to 1000000.
  type: int
mcast_snooping:
  description: >-
    Whether multicast is forwarded only to ports that requested it (IGMP and MLD snooping).
  type: bool
vlan_filtering:
  description:
    - Whether the bridge filters VLANs. O(redblue.netns.veth#module:vlan) and
      O(redblue.netns.veth#module:vlans) set the VLANs of a port.
    - If the kernel lacks VLAN filtering, the task fails before anything is changed, as far as this
      can be determined in advance.
  type: bool
vlan_default_pvid:
  description:
    - The VLAN of untagged frames on a new port (default PVID), from 0 (none) to 4094. The kernel's
      default is 1.
    - When the value changes, ports that have the old value get the new one.
  type: int
vlan:
  description:
    - The port VLAN ID (PVID) of the bridge's own interface, from 1 to 4094, or 0 for none. What the
      host or namespace sends by the bridge itself, for example from its O(addresses), is in this
      VLAN (C(bridge vlan add dev BRIDGE vid ... pvid untagged self)).
    - If given, no other VLAN is untagged there. If omitted, an existing bridge keeps its PVID, and
      a new one has O(vlan_default_pvid).
    - Requires O(vlan_filtering).
  type: int
vlans:
  description:
    - The tagged VLANs of the bridge's own interface, as VLAN IDs or as ranges such as V(10-19). A
      VLAN interface on the bridge, such as C(br0.20), receives only frames of these.
    - The complete set. Other VLANs are removed, and V([]) removes all. If omitted, the VLANs stay
      as they are.
    - Requires O(vlan_filtering).
  type: list
  elements: str
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
