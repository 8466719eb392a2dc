# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of links that several modules have."""

from __future__ import annotations

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
      interface, or a route, in the same namespace (see O(allow_overlap)). The address of a single
      host, with V(/32) or V(/128), may be in the network of another interface.
    - IPv6 addresses are added without duplicate address detection, so they can be used immediately.
    - Neighbours are told of an address that moved here from another interface, was added to an
      existing interface or to a new one on an existing bridge or parent, or has another MAC address
      now (an ARP announcement, an unsolicited neighbour advertisement).
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
allow_overlap:
  description:
    - Whether networks of the interface may overlap those of other interfaces and routes in the same
      namespace, and whether its addresses and its MAC address may be those of other interfaces on
      the same Ethernet segment. Without it that is refused, because it is a mistake in most cases.
    - Interfaces that are not on one segment may have the same addresses without it, such as those
      of two tenants, and so may interfaces in different VRFs.
  type: bool
  default: false
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
  description:
    - The MTU (largest packet) in bytes, from 68 to 65535.
    - If omitted, an existing interface keeps its MTU. In a topology, interfaces on one Ethernet
      segment with a VXLAN interface get the MTU of that, if it is less than 1500.
  type: int
mac:
  description:
    - The MAC address, such as V(02:00:00:00:00:01). It must be a unicast address.
    - If omitted, a new interface gets a MAC address that is derived from the machine (its id,
      name and UUID), the namespace and the name. It is set in the same netlink message that creates
      the interface. So udev and NetworkManager do not change it later, and a bridge keeps its own
      MAC address when ports come and go. It stays if the host gets another name.
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
      need it, and an interface that has only IPv4 addresses. If NetworkManager switches it on for
      an existing interface, it stays on.
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
    - Make the interface a port of this bridge, which must exist in the same namespace. On the host
      it may be a bridge of Open vSwitch (see M(redblue.netns.ovs_bridge)).
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


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
