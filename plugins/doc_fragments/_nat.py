# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of masquerade and dnat, and those that topology shares with them."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._links import NETNS

INTEGRATE = """\
integrate:
  description:
    - Other firewalls on the host in which to allow the traffic. In nftables and iptables an accept
      ends only the chain that contains it. Another chain can still drop the packet. So if another
      firewall drops forwarded traffic, that firewall needs a rule too.
    - V(docker) adds rules to Docker's chain C(DOCKER-USER), if the chain exists and is called. The
      chain is never created. If Docker drops traffic and has no such chain, as old versions do for
      IPv6, the rules are added to C(FORWARD).
    - V(firewalld) adds the interface to the zone C(trusted), at run time and permanently, because a
      reload loses the run-time configuration.
    - V(ufw) adds rules to ufw's chain for user-defined routes. C(ufw reload) empties that chain,
      and the next run adds them again.
    - V(forward) adds rules to the forward chains that drop traffic by their policy or by their last
      rule. These may be chains of nftables, of iptables, or of iptables' legacy kernel interface.
    - Only traffic that the rules of this collection allow is allowed there, in IPv4 and in IPv6.
      These rules are recognized by their comments, which begin with C(redblue.netns), and in
      firewalld by the interface in the zone. No rule of another program is changed. The rules are
      removed together with the object that they were added for.
    - Firewalls that are listed and not installed are skipped. A firewall that drops forwarded
      traffic and is not listed is reported in a warning.
  type: list
  elements: str
  choices:
    - docker
    - firewalld
    - ufw
    - forward
  default: []
"""

BACKENDS = """\
  type: str
  choices:
    - auto
    - nftables
    - iptables
  default: auto
"""

_BACKEND = f"""\
backend:
  description:
    - The packet filter that holds the rules.
    - V(auto) is the one that already holds rules of this collection in that namespace, otherwise
      V(nftables) if it works, otherwise V(iptables).
    - All rules of a namespace are in the same backend. Selecting the other backend moves them.
{BACKENDS}\
"""

OF_MASQUERADE = f"""\
{NETNS}\
source:
  description:
    - The source networks whose traffic is masqueraded, IPv4 and IPv6. A single network may be given
      as a string.
    - A network with host bits set is refused, and so are the networks that contain every address
      (V(0.0.0.0/0), V(::/0)).
    - The interface that leads to such a network is looked up when the task runs, and forwarding is
      enabled on it then. So the interface must already exist, with an address in that network or a
      route to it.
  type: list
  elements: str
  required: true
out_interface:
  description: >-
    Masquerade only traffic that leaves through this interface. If omitted, traffic that leaves
    through any interface except the interface of the source network.
  type: str
destination_except:
  description: >-
    Destination networks to which traffic is not masqueraded. A single network may be given as a
    string.
  type: list
  elements: str
to_source:
  description:
    - A fixed source address (SNAT) to use instead of the address of the outgoing interface, or a
      pool of them, as C(203.0.113.10-203.0.113.20) or as a network such as C(203.0.113.16/28).
    - The kernel chooses an address of the pool by the addresses of each connection. All addresses
      of a network are used, also its first and its last one.
  type: str
translate:
  description:
    - Whether to translate source addresses. With V(false) the networks leave with their own
      addresses. Forwarding is enabled for them as for masquerading. The other networks need routes
      back to them, by this host.
    - A less specific masquerade then does not translate them either. V(false) excludes
      O(to_source) and O(destination_except).
  type: bool
  default: true
{_BACKEND}\
{INTEGRATE}\
"""

OF_DNAT = f"""\
{NETNS}\
protocol:
  description: The protocol of the forwarded port.
  type: str
  choices:
    - tcp
    - udp
    - sctp
  default: tcp
destination_port:
  description:
    - The port, or a range such as V(8000:8010) or V(8000-8010). A number is accepted too. Ports are
      from 1 to 65535. Service names are refused.
    - A range that overlaps another port forward is refused, and so is the port of the SSH
      connection of this task.
  type: str
  required: true
to_destination:
  description:
    - The target, as V(ADDRESS), V(ADDRESS:PORT), or V(ADDRESS:FIRST-LAST) with as many ports as
      O(destination_port). The ports of a range are mapped one to one.
    - An IPv6 address with a port is written in brackets, such as V([fd00:15::2]:80). Without a
      port, the port stays the same. A loopback address is refused.
    - The interface that leads to the target is looked up when the task runs, and forwarding is
      enabled on it then. So the interface must already exist.
    - Required, except to remove a port forward. Without it, the port forward is removed for both
      families, unless O(destination) or O(source) determines the family.
  type: str
in_interface:
  description: >-
    Forward only traffic that enters through this interface. If omitted, traffic that enters through
    any interface except the target's own, for which O(hairpin) exists.
  type: str
destination:
  description: >-
    Forward only traffic to this address. If omitted, traffic to any address of the host (or of
    O(netns)). Traffic that only passes through the host is never forwarded to the target.
  type: str
source:
  description: Forward only traffic from these networks. A single network may be given as a string.
  type: list
  elements: str
hairpin:
  description: >-
    Also forward traffic from the target's own network (hairpin NAT). The target then sees the host
    as the sender.
  type: bool
  default: false
from_host:
  description: >-
    Also forward traffic that the host (or O(netns)) sends to its own addresses. Addresses in
    C(127.0.0.0/8) and C(::1) are never forwarded.
  type: bool
  default: true
force:
  description:
    - Forward the port even if a program on the host (or in O(netns)) listens on it. That program
      then receives no connections. A program that listens on a loopback address is not affected.
    - Forward the port even if other iptables or nftables rules, not of this collection, already
      forward it. Which of the two rules a packet meets first is then undefined.
    - Rules of others are followed from the hook through all their chains, sets and maps, in
      nftables and in both variants of iptables, for example those of Docker, Podman, CNI plugins,
      Kubernetes, firewalld, Incus and LXD. Where a rule has a condition that cannot be evaluated,
      such as a mark or an address list that expires, the message says that it may forward the port,
      and names its chain and table.
    - The port of the SSH connection of this task is refused even with V(true).
  type: bool
  default: false
{_BACKEND}\
{INTEGRATE}\
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
