# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of netns_link."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS
from ansible_collections.redblue.netns.plugins.doc_fragments._links import (
    ADDRESSES,
    ARP,
    LINK,
    LINK_NAME,
    PORT,
    PORT_FLAGS,
    QUEUE,
    VRF,
)

OF_NETNS_LINK = f"""\
name:
  description:
    - The name of the interface in its namespace.
{LINK_NAME}\
    - V(lo) is the loopback interface of O(netns), which is then required. It accepts O(addresses),
      O(mtu) and O(up), and no O(type). If O(up) is V(false), it is down, as C(ip netns add) leaves
      it.
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
    - An interface that has addresses, routes, links on it, or classes or filters of C(tc), or that
      is in a bridge or VRF, is only moved with O(force). Classes and filters are not restored.
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
    - Move it even if it has classes or filters of C(tc), which it loses for good. A warning names
      them.
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
