# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of links: what they have in common, and those of netns_link. For use in this collection only."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS

LINK_NAME = """\
    - At most 15 bytes of letters, digits, C(_), C(.) and C(-), beginning with a letter or a digit; V(all), V(default) and V(lo) are reserved.
"""

ADDRESSES = """\
addresses:
  description:
    - Its addresses, each V(ADDRESS/LENGTH), of both families.
    - Exact for permanent global addresses - others are removed, and V([]) removes all. Left out, they stay as they are.
      Link-local addresses, and those that expire, are never touched.
    - An address of a single host. Refused are a network's own address and its broadcast address (but for V(/31), V(/32), V(/127) and V(/128)),
      unspecified, multicast and loopback addresses, the length 0, and a network that overlaps one on another interface of the same namespace.
    - IPv6 addresses are added without duplicate address detection, so that they work at once.
  type: list
  elements: str
"""

LINK = """\
up:
  description:
    - Whether it is up.
    - On the way down the kernel drops IPv6 addresses, and routes that lead through it.
  type: bool
  default: true
mtu:
  description: The largest packet in bytes, from 68 to 65535.
  type: int
mac:
  description:
    - The MAC address of one station, as V(02:00:00:00:00:01).
    - Left out, what is made gets one that is derived from the machine's id, the namespace and the name. It is given in the very message
      that makes the interface, so neither udev nor NetworkManager changes it later, and a bridge keeps its own when ports come and go.
  type: str
promisc:
  description: Whether it takes all frames, whomever they are for.
  type: bool
link_local:
  description:
    - Whether the kernel gives it an IPv6 address of link scope when it is raised.
    - By default what is made has one, but for a port of a bridge, which needs none, and for what has only IPv4 addresses.
    - A thousand links on a bridge that announce theirs to each other keep a host busy for ten seconds.
  type: bool
"""

VRF = """\
vrf:
  description: Put it into that vrf, which must exist in the same namespace, so that its networks are in the table of that. A port of a bridge is in none.
  type: str
"""

NETNS = """\
netns:
  description:
    - The namespace in which this is. Left out, the host.
    - Never an empty string. A namespace that does not exist is an error, and nothing to do where something shall be removed.
  type: str
"""

PORT = """\
bridge:
  description:
    - Make it a port of that bridge, which must exist in the same namespace.
    - A port carries no addresses, so this excludes O(addresses); they belong on the bridge.
    - To take a port out again, use O(redblue.netns.linux_bridge#module:ports).
  type: str
"""

QUEUE = """\
txqueuelen:
  description: How many packets its queue holds, from 0 to 2147483647.
  type: int
"""

ARP = """\
arp:
  description: Whether it answers and asks by ARP.
  type: bool
"""

PORT_FLAGS = """\
isolated:
  description: Whether this port reaches only such ports as are not isolated. Needs O(bridge).
  type: bool
hairpin:
  description: Whether the bridge may send a frame back by the port it came from. Needs O(bridge).
  type: bool
learning:
  description: Whether the bridge learns MAC addresses from this port's frames. Needs O(bridge).
  type: bool
"""

OF_NETNS_LINK = f"""\
name:
  description:
    - The name of the interface, in the namespace where it is.
{LINK_NAME}\
    - V(lo) is the loopback of O(netns), which then is required. It takes O(addresses) and O(mtu), and no O(type).
  type: str
  required: true
netns:
  description:
    - The namespace in which it is, which must exist. Left out, the host. Never an empty string.
    - A link that is made stays where it was made; one that was taken from the host is moved on where its namespace changes.
  type: str
type:
  description:
    - What it is. Left out, what is there is altered, and nothing is made.
    - V(physical) is any interface that is on the host already - a port, a virtual function, an end of somebody's veth pair. It is taken into
      O(netns), and given back when it is removed, or its namespace is, as it was on the host - its name, whether it was up, its MTU, MAC address,
      queue, ARP, promiscuity, addresses and alias. Routes through it go, and are not given back.
    - What it was is noted in its alias. So it is not forgotten when somebody else deletes the namespace and the kernel puts the interface back on
      the host, bare; the next run takes it again, and removing it puts it right.
    - V(dummy) is one behind which is nothing.
    - V(vlan) is a VLAN of O(link), V(macvlan) another station on it, V(ipvlan) another with the MAC address of O(link) itself.
    - V(tap) (Ethernet) and V(tun) (IP) hand what they are sent to a program that opens them. Without one they have no carrier.
    - V(vxlan) is an Ethernet in UDP (RFC 7348), V(wireguard) an encrypted tunnel, V(vrf) a routing table of which other interfaces become members (O(vrf)).
    - A kernel that does not have a type is found out before anything is touched where its files tell, and else when it refuses.
  type: str
  choices:
    - physical
    - dummy
    - ipvlan
    - macvlan
    - tap
    - tun
    - vlan
    - vrf
    - vxlan
    - wireguard
device:
  description: With V(physical), its name on the host where that is another than O(name).
  type: str
link:
  description:
    - The interface on which it sits, and with which it goes. Required to make a V(vlan), V(macvlan) or V(ipvlan), and where a V(vxlan) has a O(group).
    - One for good; another one for a link that exists is refused.
  type: str
link_netns:
  description:
    - The namespace in which O(link) is, and in which the packets of a V(vxlan) or V(wireguard) travel. Left out, the host.
    - So with O(netns) alone a namespace gets a leg in a network of the host, and nothing else of it.
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}{ARP}{PORT_FLAGS}{VLANS}{IMPAIRMENT}\
mode:
  description:
    - Of a V(macvlan) - V(bridge) (when it is made) lets all that sit on O(link) reach each other, V(private) none, V(vepa) by a switch that
      sends frames back. V(passthru) takes O(link) with its MAC address for itself. None of them reaches the host on O(link) itself.
    - Of an V(ipvlan) - V(l2) passes frames, V(l3) (when it is made) and V(l3s) route packets and no broadcasts. All that sit on one link have the same.
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
  description: Of an V(ipvlan), whether those on one link reach each other, V(bridge) (when it is made), or not. All that sit on one link have the same.
  type: str
  choices:
    - bridge
    - private
    - vepa
id:
  description: The number of a V(vlan), from 1 to 4094, or of a V(vxlan), from 0 to 16777215. Required to make one, and for good.
  type: int
protocol:
  description: The tag of a V(vlan), for good. V(802.1Q) when it is made.
  type: str
  choices:
    - 802.1Q
    - 802.1ad
remote:
  description: With V(vxlan), the address of the neighbour to whom frames go whose receiver is not known.
  type: str
group:
  description:
    - With V(vxlan), the multicast address to which such frames go, instead of O(remote). Needs O(link).
    - With V(tap) and V(tun), the group whose members may open it, by name or number.
  type: str
local:
  description: With V(vxlan), the address from which its packets come.
  type: str
dstport:
  description: With V(vxlan), the UDP port, for good. 4789 when it is made.
  type: int
vxlan_learning:
  description: Whether a V(vxlan) learns from the frames that come who is behind which neighbour. The kernel's choice is that it does.
  type: bool
ttl:
  description: With V(vxlan), the TTL of its packets, from 0 (the kernel's choice) to 255.
  type: int
user:
  description: The user who may open a V(tap) or V(tun), by name or number.
  type: str
multi_queue:
  description: Whether a V(tap) or V(tun) may be opened several times, for several queues.
  type: bool
vnet_hdr:
  description: Whether packets of a V(tap) or V(tun) come with the header of virtio.
  type: bool
pi:
  description: Whether packets of a V(tap) or V(tun) come with a header that tells their protocol.
  type: bool
table:
  description: The routing table of a V(vrf), from 1 to 4294967295. Required to make one, and for good.
  type: int
private_key:
  description:
    - The key of a V(wireguard), as C(wg genkey) writes it. It is never shown, neither in a result nor in a log; RV(commands) read it from
      C(/etc/wireguard/NAME.key).
    - The public key that belongs to it is in M(redblue.netns.netns_info).
  type: str
private_key_file:
  description: A file on the managed host that has it. Excludes O(private_key).
  type: path
listen_port:
  description: The UDP port of a V(wireguard). 0 is the kernel's choice.
  type: int
fwmark:
  description: The mark that the packets of a V(wireguard) bear. 0 is none.
  type: int
peers:
  description: The peers of a V(wireguard). Exact when given - others are removed. Left out, they stay as they are.
  type: list
  elements: dict
  suboptions:
    public_key:
      description: Its key, as C(wg pubkey) writes it.
      type: str
      required: true
    endpoint:
      description:
        - Where it is, as V(ADDRESS:PORT), with IPv6 addresses in brackets. Names are not looked up.
        - A peer that has come from elsewhere since is looked for there again.
      type: str
    allowed_ips:
      description: The networks behind it. Exact when given.
      type: list
      elements: str
    persistent_keepalive:
      description: Seconds after which it hears from here even if there is nothing to say, from 0 (never) to 65535.
      type: int
    preshared_key:
      description: A secret that both share besides, as C(wg genpsk) writes it. It is never shown.
      type: str
    preshared_key_file:
      description: A file on the managed host that has it.
      type: path
force:
  description:
    - Take, set down or remove an interface of the host although the default route or the SSH connection of this very task goes over it (be it by
      a bridge of which it is a port), somebody has built on it, or it is a port of somebody's bridge.
    - Remove it although what sits on it is somebody else's.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """None by itself; see _options.py."""

    DOCUMENTATION = "options: {}"
