# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of links: those that modules share, and those of netns_link. Parts of _options.py."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS

LINK_NAME = """\
    - At most 15 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit.
      V(all), V(default) and V(lo) are reserved.
"""

ADDRESSES = """\
addresses:
  description:
    - The addresses of the interface, IPv4 and IPv6, each as V(ADDRESS/LENGTH).
    - The complete set of permanent global addresses. Others are removed unless O(purge_addresses)
      is V(false), and V([]) removes all. If omitted, the addresses stay as they are. Addresses that
      expire are never touched.
    - IPv6 link-local addresses, such as V(fe80::1/64), may be added to the one that the kernel
      assigns. That one is never touched, nor are those that others add to their interfaces.
    - Each must be the address of a single host. Refused are the network address and the broadcast
      address of a network (except with V(/31), V(/32), V(/127) and V(/128)), unspecified, multicast
      and loopback addresses, the length 0, and a network that overlaps the network of another
      interface in the same namespace.
    - IPv6 addresses are added without duplicate address detection, so they can be used immediately.
    - Neighbours are told of an address that moved here from another interface, was added to an
      existing interface, or has another MAC address now (an ARP announcement, an unsolicited
      neighbour advertisement).
    - An address that has a peer (C(ip addr add) with C(peer)) keeps it, with a warning.
  type: list
  elements: str
purge_addresses:
  description:
    - Whether addresses that O(addresses) does not list are removed.
    - Set it to V(false) where another program adds addresses to the interface, such as the virtual
      addresses of VRRP.
  type: bool
  default: true
"""

LINK = """\
up:
  description:
    - Whether the interface is up.
    - When an interface is set down, the kernel removes its IPv6 addresses and the routes through
      it.
  type: bool
  default: true
mtu:
  description: The MTU (largest packet) in bytes, from 68 to 65535.
  type: int
mac:
  description:
    - The MAC address, such as V(02:00:00:00:00:01). It must be a unicast address.
    - If omitted, a new interface gets a MAC address that is derived from the machine id, the
      namespace and the name. It is set in the same netlink message that creates the interface. So
      udev and NetworkManager do not change it later, and a bridge keeps its own MAC address when
      ports come and go.
    - A bridge that this collection did not create can take the lowest MAC address of its ports. So
      its first port of this collection gets the MAC address of the bridge, and the others one that
      begins with V(fe:ff). If a port would change the MAC address of such a bridge nevertheless,
      the address that the bridge has is set on it before.
  type: str
promisc:
  description: Whether the interface is in promiscuous mode, in which it receives all frames.
  type: bool
link_local:
  description:
    - Whether the kernel assigns an IPv6 link-local address when the interface is set up.
    - By default a new interface gets a link-local address, except a bridge port, which does not
      need it, and an interface that has only IPv4 addresses.
    - A thousand interfaces on one bridge that announce their link-local addresses to each other
      keep a host busy for ten seconds.
  type: bool
"""

VRF = """\
vrf:
  description: >-
    Make the interface a member of this VRF, which must exist in the same namespace. The networks of
    the interface are then in the routing table of the VRF. A bridge port cannot be a member of a
    VRF.
  type: str
"""

NETNS = """\
netns:
  description:
    - The namespace in which the object is. If omitted, the host.
    - An empty string is refused. A namespace that does not exist is an error, and is a no-op with
      O(state=absent).
  type: str
"""

PORT = """\
bridge:
  description:
    - Make the interface a port of this bridge, which must exist in the same namespace.
    - A port carries no addresses, so this option excludes O(addresses). Addresses belong on the
      bridge.
    - To remove a port from a bridge, use O(redblue.netns.linux_bridge#module:ports).
  type: str
"""

QUEUE = """\
txqueuelen:
  description: The length of the transmit queue in packets, from 0 to 2147483647.
  type: int
"""

ARP = """\
arp:
  description: Whether the interface uses ARP.
  type: bool
"""

PORT_FLAGS = """\
isolated:
  description: >-
    Whether this bridge port is isolated. An isolated port reaches only ports that are not isolated.
    Requires O(bridge).
  type: bool
hairpin:
  description: >-
    Whether the bridge may send a frame back through the port on which it was received. Requires
    O(bridge).
  type: bool
learning:
  description: >-
    Whether the bridge learns MAC addresses from frames that this port receives. Requires O(bridge).
  type: bool
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
      queue length, ARP, promiscuous mode, group, addresses, alias and alternative names. Routes
      through it are lost, and are not restored.
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
      needs it (also through a bridge of which it is a port), if other links are stacked on it, or
      if it is a port of a bridge.
    - What would cut off the SSH connection of this task is refused even with V(true).
    - Remove it even if links stacked on it were not created by this collection.
    - Remove addresses even if the kernel then removes routes that were not created by this
      collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of _options.py."""

    DOCUMENTATION = "options: {}"
