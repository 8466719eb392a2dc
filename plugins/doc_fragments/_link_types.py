# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of linux_bridge, veth and netns_link."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS
from ansible_collections.redblue.netns.plugins.doc_fragments._links import (
    ADDRESSES,
    ARP,
    LINK,
    LINK_NAME,
    NETNS,
    PORT,
    PORT_FLAGS,
    QUEUE,
    VRF,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

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

_OF_END = f"""\
name:
  description:
    - The name of this end.
{LINK_NAME}\
  type: str
  required: true
netns:
  description:
    - The namespace of this end, which must exist. If omitted, the host. An empty string is refused.
    - If the same veth pair exists with this end still on the host, the end is moved into the
      namespace. If this collection did not create the pair, and the end is in use, that is an error
      without C(force).
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}\
queues:
  description:
    - The number of receive queues, and of transmit queues, from 1 to 4096. The default for a new
      veth pair is 1. The kernel's own default would be one for each processor. More queues are
      useful for XDP programs on the interface.
    - The number cannot be changed later. Another number for an existing veth pair is refused.
  type: int
{ARP}\
spoofchk:
  description:
    - Whether only frames with the MAC address of the other end are accepted on this port. Other
      frames from the namespace are dropped, as a physical function does it for its virtual
      functions. Requires O(bridge), and C(nft) with the kernel's C(bridge) family.
    - Only the MAC address of the frame is checked. Packets with a source IP address that is not
      from the lab's networks do not leave an isolated topology in any case.
  type: bool
{PORT_FLAGS}\
{VLANS}{IMPAIRMENT}"""

OF_VETH = f"""\
{_OF_END}\
peer:
  description: >-
    The other end, with the same options as this end. Required, except to remove a veth pair.
  type: dict
  suboptions:
{below("peer", _OF_END)}\
force:
  description:
    - Move an end of a veth pair that this collection did not create even if it has addresses,
      routes, a master or other links on it, which it loses. It is recorded as moved, and is given
      back to the host with its settings and addresses, but without routes, when it is removed.
    - Take over such an end that is in a namespace of the topology already, so that it is removed
      with the namespace.
    - Remove addresses even if the kernel then removes routes that were not created by this
      collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
"""

OF_NETNS_LINK = f"""\
name:
  description:
    - The name of the interface in its namespace.
{LINK_NAME}\
    - V(lo) is the loopback interface of O(netns), which is then required. It accepts O(addresses)
      and O(mtu), and no O(type).
  type: str
  required: true
netns:
  description:
    - The namespace in which the interface is. It must exist. If omitted, the host. An empty string
      is refused.
    - A link that was created stays in the namespace in which it was created. An interface that was
      moved from the host is moved on when this option changes.
  type: str
type:
  description:
    - The type of the link. If omitted, an existing link is changed, and none is created.
    - V(physical) is any interface that already exists on the host, such as a network card, a
      virtual function, or an end of a veth pair that another program created. It is moved into
      O(netns). When it, or its namespace, is removed, it is moved back to the host and its settings
      there are restored. These are its name, whether it was up, its MTU, MAC address, transmit
      queue length, ARP, promiscuous mode, group, alias and alternative names; its addresses with
      all their attributes, routes through it, nexthop objects, permanent neighbours, its place in a
      bridge, queueing disciplines and kernel parameters. What cannot be restored is in a warning.
    - An interface that has addresses, routes or links on it, or that is in a bridge or VRF, is only
      moved with O(force).
    - The former settings are on record in C(/run/redblue-netns) until the next boot. So they are
      known when another program deletes the namespace and the kernel moves the interface back to
      the host without them. The next run moves it again, and removing it restores the settings.
    - Hardware is recognized by its bus address and permanent MAC address, an end of a veth pair by
      its other end. An interface that took its place in the namespace is not moved to the host.
    - V(dummy) is an interface that leads nowhere.
    - V(ifb) is an intermediate functional block device. C(tc) redirects to it what other interfaces
      receive, so that its queueing discipline applies. When the kernel loads the module C(ifb), it
      also creates C(ifb0) and C(ifb1) on the host.
    - V(vlan) is a VLAN of O(link). V(macvlan) is a further interface on O(link) with a MAC address
      of its own. V(ipvlan) is a further interface on O(link) with the same MAC address as O(link).
    - V(tap) (Ethernet) and V(tun) (IP) pass packets to a program that opens the device. Without
      such a program they have no carrier.
    - V(vxlan) is Ethernet over UDP (RFC 7348). V(wireguard) is an encrypted tunnel. V(vrf) is a
      routing table for the interfaces that are its members (O(vrf)).
    - A type that the kernel lacks is refused before anything is changed, if the kernel's
      configuration or list of modules shows it. Otherwise the task fails when the kernel refuses
      the link.
  type: str
  choices:
    - physical
    - dummy
    - ifb
    - ipvlan
    - macvlan
    - tap
    - tun
    - vlan
    - vrf
    - vxlan
    - wireguard
device:
  description: With V(physical), the name of the interface on the host, if it differs from O(name).
  type: str
link:
  description:
    - The parent interface. The link is removed together with its parent. Required to create a
      V(vlan), V(macvlan) or V(ipvlan), and for a V(vxlan) with a O(group).
    - It cannot be changed later. Another parent for an existing link is refused.
  type: str
link_netns:
  description:
    - The namespace in which O(link) is, and in which the packets of a V(vxlan) or V(wireguard)
      travel. If omitted, the host.
    - With O(netns) alone, a namespace is thus connected to a network of the host, and to nothing
      else of the host.
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}{ARP}{PORT_FLAGS}{VLANS}{IMPAIRMENT}\
mode:
  description:
    - With V(macvlan), how the interfaces on the same O(link) reach each other. V(bridge), the
      default for a new link, connects them directly. V(private) keeps them apart. V(vepa) connects
      them through an external switch that sends frames back. V(passthru) gives one interface
      exclusive use of O(link) and its MAC address. In no mode do they reach the host on O(link)
      itself.
    - With V(ipvlan), V(l2) forwards frames. V(l3), the default for a new link, and V(l3s) route
      packets, without broadcasts. All interfaces on the same O(link) have the same mode.
  type: str
  choices:
    - bridge
    - private
    - vepa
    - passthru
    - l2
    - l3
    - l3s
flags:
  description: >-
    With V(ipvlan), whether the interfaces on the same O(link) reach each other. With V(bridge), the
    default for a new link, they do. All interfaces on the same O(link) have the same flags.
  type: str
  choices:
    - bridge
    - private
    - vepa
id:
  description: >-
    The VLAN ID of a V(vlan), from 1 to 4094, or the VNI of a V(vxlan), from 0 to 16777215. Required
    to create one. It cannot be changed later.
  type: int
protocol:
  description: >-
    The tag protocol of a V(vlan). The default for a new link is V(802.1Q). It cannot be changed
    later.
  type: str
  choices:
    - 802.1Q
    - 802.1ad
remote:
  description: >-
    With V(vxlan), the address of the remote end to which frames for unknown MAC addresses are sent.
  type: str
group:
  description:
    - With V(vxlan), the multicast address to which such frames are sent, instead of O(remote).
      Requires O(link).
    - With V(tap) and V(tun), the group whose members may open the device, by name or number.
  type: str
local:
  description: With V(vxlan), the source address of its packets.
  type: str
dstport:
  description: >-
    With V(vxlan), the UDP port. The default for a new link is 4789. It cannot be changed later.
  type: int
vxlan_learning:
  description: >-
    Whether a V(vxlan) learns from received frames which MAC address is behind which remote end. The
    kernel's default is that it does.
  type: bool
ttl:
  description: With V(vxlan), the TTL of its packets, from 0 (the kernel chooses) to 255.
  type: int
user:
  description: The user who may open a V(tap) or V(tun), by name or number.
  type: str
multi_queue:
  description: Whether a V(tap) or V(tun) may be opened several times, for several queues.
  type: bool
vnet_hdr:
  description: Whether packets of a V(tap) or V(tun) have a virtio header.
  type: bool
pi:
  description: Whether packets of a V(tap) or V(tun) have a header with their protocol.
  type: bool
table:
  description: >-
    The routing table of a V(vrf), from 1 to 4294967295. Required to create one. It cannot be
    changed later.
  type: int
private_key:
  description:
    - The private key of a V(wireguard), as C(wg genkey) prints it. It is never returned and never
      logged. RV(commands) read it from C(/etc/wireguard/NAME.key).
    - M(redblue.netns.netns_info) returns the public key that belongs to it.
  type: str
private_key_file:
  description: A file on the managed host with the private key. Excludes O(private_key).
  type: path
listen_port:
  description: The UDP port of a V(wireguard). With 0 the kernel chooses one.
  type: int
fwmark:
  description: The firewall mark of the packets of a V(wireguard). 0 is none.
  type: int
peers:
  description: >-
    The peers of a V(wireguard). The complete set; other peers are removed. If omitted, they stay as
    they are.
  type: list
  elements: dict
  suboptions:
    public_key:
      description: The public key of the peer, as C(wg pubkey) prints it.
      type: str
      required: true
    endpoint:
      description:
        - The endpoint of the peer, as V(ADDRESS:PORT), with IPv6 addresses in brackets. Host names
          are not looked up.
        - If the peer has since been heard from another endpoint, this endpoint is set again.
      type: str
    allowed_ips:
      description: The networks behind the peer. If given, the complete set.
      type: list
      elements: str
    persistent_keepalive:
      description: >-
        The interval in seconds at which keepalive packets are sent to the peer, from 0 (never) to
        65535.
      type: int
    preshared_key:
      description: The preshared key, as C(wg genpsk) prints it. It is never returned.
      type: str
    preshared_key_file:
      description: A file on the managed host with the preshared key.
      type: path
force:
  description:
    - Move, set down, change or remove an interface of the host even if a default route of the host
      needs it (also through a bridge of which it is a port), if it has addresses or routes, if
      other links are stacked on it, or if it is in a bridge or VRF.
    - What would cut off the SSH connection of this task is refused even with V(true).
    - Remove it even if links stacked on it were not created by this collection.
    - Remove addresses even if the kernel then removes routes that were not created by this
      collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
