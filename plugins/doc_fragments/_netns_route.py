# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of netns_route."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._links import NETNS

OF_NETNS_ROUTE = f"""\
{NETNS}\
destination:
  description:
    - The destination, as a network such as V(192.168.1.0/24), as a single address, or as
      V(default).
    - V(default) has the family of O(gateway), O(nexthops) or O(source). If none of them is given,
      or if they have both families, it is IPv4. V(0.0.0.0/0) is always IPv4, V(::/0) always IPv6.
    - A network with host bits set is refused.
  type: str
  required: true
gateway:
  description:
    - The gateway (next hop). A link-local address requires O(device).
    - The gateway of an IPv4 destination may be an IPv6 address (C(via inet6), RFC 8950), as on
      links that have only IPv6 addresses. It needs Linux 5.2 or newer.
    - A gateway that cannot be reached is refused. The error names the reason, which can be that no
      interface has an address in its network, that the interface is down, or that the address
      belongs to the namespace itself.
  type: str
device:
  description: The outgoing interface. If omitted, the interface in the network of O(gateway).
  type: str
metric:
  description:
    - The metric. Among several routes to one destination, the route with the lowest metric is used.
    - If omitted, 0 for IPv4 and 1024 for IPv6. For IPv6, 0 means 1024.
  type: int
table:
  description: The routing table, from 1 to 4294967295. 254 is the main table.
  type: int
  default: 254
source:
  description: >-
    The preferred source address for packets that this namespace sends on this route. It must be one
    of its addresses.
  type: str
scope:
  description: The scope of the route. IPv4 only.
  type: str
  choices:
    - global
    - site
    - link
    - host
type:
  description: >-
    The type of the route. V(unicast) forwards packets. The other types drop them, and accept
    neither O(gateway), O(device), O(onlink) nor O(nexthops).
  type: str
  choices:
    - unicast
    - blackhole
    - unreachable
    - prohibit
  default: unicast
onlink:
  description: >-
    Treat O(gateway) as directly reachable on O(device) even if no address of O(device) is in its
    network. Requires O(device).
  type: bool
mtu:
  description: The MTU (largest packet) of the route in bytes, from 68 to 65535.
  type: int
nexthops:
  description: >-
    Two or more next hops that share the traffic (multipath route). Excludes O(gateway) and
    O(device).
  type: list
  elements: dict
  suboptions:
    gateway:
      description: >-
        The gateway of this next hop. O(nexthops[].gateway) or O(nexthops[].device) is required.
      type: str
    device:
      description: The outgoing interface.
      type: str
    weight:
      description: The share of the traffic, from 1 to 256.
      type: int
      default: 1
    onlink:
      description: Treat the gateway as directly reachable even if no address is in its network.
      type: bool
      default: false
force:
  description:
    - Replace a route with the same O(destination), O(table) and O(metric) that was not created by
      this collection. Otherwise such a route is an error.
    - Add a route on the host that takes packets away from its default gateway, or from most of the
      internet, such as V(0.0.0.0/1).
    - What would cut off the SSH connection of this task is refused even with V(true).
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
