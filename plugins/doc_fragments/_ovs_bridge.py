# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of ovs_bridge."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._links import ADDRESSES, LINK_NAME

OF_OVS_BRIDGE = f"""\
name:
  description:
    - The name of the bridge, and of its interface on the host.
{LINK_NAME}\
  type: str
  required: true
{ADDRESSES}\
up:
  description:
    - Whether the interface of the bridge is up. Packets between ports do not need it.
  type: bool
  default: true
mtu:
  description:
    - The MTU (largest packet) of the bridge's interface in bytes, from 68 to 65535
      (C(mtu_request)). If omitted, it stays as it is, and Open vSwitch lowers it to the least MTU
      of the ports.
  type: int
mac:
  description:
    - The MAC address of the bridge's interface, such as V(02:00:00:00:00:01)
      (C(other_config:hwaddr)). It must be a unicast address.
    - If omitted, a new bridge gets one that is derived from the machine and the name.
  type: str
promisc:
  description: Whether the interface is in promiscuous mode, in which it receives all frames.
  type: bool
link_local:
  description:
    - Whether the kernel assigns an IPv6 link-local address when the interface is set up.
    - By default it does, except if the interface has only IPv4 addresses. If NetworkManager
      switches it on for an existing interface, it stays on.
  type: bool
force:
  description:
    - Delete the bridge even if it has ports that this collection did not make. They are deleted
      with it.
  type: bool
  default: false
datapath_type:
  description:
    - V(system) is the switch of the kernel. V(netdev) is the one of ovs-vswitchd, which needs no
      kernel module.
    - A new bridge is V(system) by default. If omitted, an existing bridge stays as it is.
    - With V(netdev) the host's own network stack also receives what its ports receive. So ports
      have ARP switched off, and O(redblue.netns.topology#module:host_access) limits each port, too.
    - With V(netdev) the other end of a veth pair computes the checksums of what it sends
      (C(ethtool -K eth0 tx off)), because that switch does not complete them, and TCP and UDP would
      not get through. An interface that somebody else connects to such a bridge needs the same.
  type: str
  choices:
    - system
    - netdev
fail_mode:
  description:
    - What the bridge does while no controller is connected. V(standalone) is a learning switch,
      V(secure) forwards only what its flows say.
    - If omitted, it stays as it is. A new bridge has none, which means V(standalone).
  type: str
  choices:
    - standalone
    - secure
protocols:
  description:
    - The versions of OpenFlow that controllers may use, from V(OpenFlow10) to V(OpenFlow15). The
      complete list. V([]) means those that Open vSwitch has by default. If omitted, they stay as
      they are.
  type: list
  elements: str
controller:
  description:
    - The controllers of the bridge, such as V(tcp:192.0.2.1:6653), V(ssl:[2001:db8::1]:6653),
      V(ptcp:6653) or V(unix:/run/controller.sock). The complete list. V([]) removes all. If
      omitted, they stay as they are.
    - Flows belong to the controller, or to whoever adds them with C(ovs-ofctl). This collection
      neither reads nor writes any.
  type: list
  elements: str
ports:
  description:
    - Ports that have no interface on the host, which are patch ports and tunnels. The complete list
      of those that this collection made. Others of them are removed, and V([]) removes all. If
      omitted, they stay as they are.
    - An interface of the host becomes a port by O(redblue.netns.veth#module:bridge) or
      O(redblue.netns.netns_link#module:bridge).
  type: list
  elements: dict
  suboptions:
    name:
      description: The name of the port, at most 15 bytes. It is unique on the host.
      type: str
      required: true
    type:
      description:
        - V(patch) is one end of a cable to another bridge of the same host. V(vxlan) and V(geneve)
          are tunnels.
      type: str
      required: true
      choices:
        - patch
        - vxlan
        - geneve
    peer:
      description: The patch port at the other end. Required with V(patch), and only for that.
      type: str
    remote_ip:
      description:
        - The address of the other end of the tunnel, IPv4 or IPv6, or V(flow) if flows set it.
          Required for tunnels.
      type: str
    local_ip:
      description: The address of this end of the tunnel, of the same family.
      type: str
    vni:
      description:
        - The network identifier (VNI), from 0 to 16777215, or V(flow) if flows set it. Without one
          it is 0.
      type: str
    dst_port:
      description: The UDP port of the tunnel. By default it is the one of the protocol.
      type: int
    vlan:
      description: As O(redblue.netns.veth#module:vlan).
      type: int
    vlans:
      description: As O(redblue.netns.veth#module:vlans).
      type: list
      elements: str
mirrors:
  description:
    - Copies of packets, for analysis. The complete list. V([]) removes all. If omitted, they stay
      as they are.
  type: list
  elements: dict
  suboptions:
    name:
      description: The name of the mirror.
      type: str
      required: true
    all:
      description: Whether all packets are copied.
      type: bool
      default: false
    sources:
      description: The ports of which received packets are copied.
      type: list
      elements: str
    destinations:
      description: The ports of which sent packets are copied.
      type: list
      elements: str
    vlans:
      description: Copy only packets of these VLANs.
      type: list
      elements: int
    output:
      description: The port that gets the copies. It is for nothing else then.
      type: str
    output_vlan:
      description: The VLAN that gets the copies, in the place of O(mirrors[].output).
      type: int
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
