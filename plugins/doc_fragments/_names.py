# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of topology by which its members, and what others plug in, get names and addresses."""

from __future__ import annotations

OF_NAMES = """\
dns:
  description:
    - Whether each bridge of the topology has a DNS server, which answers the names of the
      namespaces of the list O(netns) with the addresses that the topology declares for them, of
      both families, and their addresses with their names. It is dnsmasq, a process of the topology
      as those of O(processes), which requires the program C(dnsmasq).
    - V(true), V(false), or a dictionary with these keys, which all may be left out.
    - C(upstream) is a list of the addresses of servers that are asked for all other names. The word
      V(host) stands for those of C(/etc/resolv.conf) where the server runs. Without it no other
      name is found.
    - C(domain) is the domain of the members, such as V(lab.example.com). They are found with and
      without it, and it is in their search list.
    - C(domains) is a dictionary of other domains, each with a list of the servers that are asked
      for its names.
    - C(records) is a dictionary of other names, each with a list of addresses. The name of a member
      is refused.
    - The server runs where the addresses are that the members of a bridge use as their gateway.
      This is the bridge itself, or the end on the host of a veth pair whose other end is a port of
      it. It answers only what arrives by that interface, and reads no file of the host.
    - A namespace with a cable to the bridge asks it, unless its C(nameservers) are given.
    - It is reached whatever O(host_access) limits. A policy with C(egress) has to let it through,
      with C(to) V(host), C(protocol) V(udp) and port 53, unless one of its rules has a DNS name.
    - With DNS names in rules of O(policy), the servers on the bridges keep no answers, and they
      forward what is looked up of these names to a server on a loopback address of the host. That
      one adds the addresses to sets of nftables. There is another one for patterns.
    - The process is named C(dns) and the interface, with a colon between. It is started anew when a
      name or an address changes.
  type: raw
dhcp:
  description:
    - Whether the server of O(dns), or one like it, gives addresses by DHCP to what others plug into
      a bridge of the topology, such as a container or a virtual machine, of each family of which
      the gateway has an address. With O(dns) it also knows the names by which these ask, unless
      they are those of members.
    - V(true), V(false), or a dictionary with these keys, which all may be left out.
    - C(range) is a list of ranges of addresses, each as V(FIRST-LAST). Only these are given. None
      may have the address of a member or of the gateway. By default it is the largest part of each
      network that no member has, or its last 1000 addresses.
    - C(lease) is the number of seconds that an address is given for, 3600 by default.
    - A lease names the gateway as the router and, with O(dns), as the DNS server. Leases are in no
      file. After a restart of the server a client keeps its address by asking for it again.
    - With IPv6, clients only ask where a router tells them to, see O(ra).
    - Members of the topology have the addresses that it declares, and need no DHCP. A bridge with
      policies lets nobody else in.
  type: raw
ra:
  description:
    - Whether that server advertises the gateway of each bridge as an IPv6 router, so that what
      others plug in makes an address of the network and gets a default route. The network must
      have the length 64.
    - A member that hears it gets such an address and route as well, beside those that the topology
      declares. The kernel removes them when they expire.
  type: bool
  default: false
hosts:
  description:
    - Whether each namespace of the list O(netns) knows the others by name. V(true) writes the names
      of all of them, with the addresses that the topology declares for their interfaces, and those
      of localhost, to C(/etc/netns/NAME/hosts) of each. C(ip netns exec) bind mounts that file over
      C(/etc/hosts), and so do O(processes), M(redblue.netns.netns_service) and the become plugin
      P(redblue.netns.netns#become).
    - A process that runs already keeps the file that it had when it was started.
    - The names must be those of hosts. They have at most 63 characters between two dots, and two
      of them differ in more than their case.
    - A file that this collection did not write is replaced only with O(force=true). A file that it
      wrote is removed with the namespace, or by O(purge) if the option is not set any more.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
