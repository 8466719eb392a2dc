#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_info
short_description: What stands in namespaces and on the host
version_added: 0.1.0
description:
  - Looks at namespaces and the host, their links, routes, neighbours, NAT and processes, whoever made them. It changes nothing.
  - As RV(topology) it returns them in the options of M(redblue.netns.topology); fed back there, nothing changes.
  - Without the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN it returns what can be seen of the host, and says that it is not complete.
  - Nothing is returned as facts.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._attributes
  - redblue.netns._attributes.info
options:
  netns:
    description:
      - Look at these namespaces only. Names that do not exist are passed over.
      - Left out, at the host and at all namespaces.
    type: list
    elements: str
  gather_subset:
    description: What to look at besides RV(topology).
    type: list
    elements: str
    choices:
      - all
      - links
      - routes
      - neighbours
      - nat
      - processes
      - sysctls
    default:
      - all
seealso:
  - module: redblue.netns.topology
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: blue

- name: Join it to the host
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    addresses:
      - 192.168.15.2/24
      - fd00:15::2/64
    peer:
      name: to-blue
      addresses:
        - 192.168.15.5/24
        - fd00:15::5/64

- name: Look at everything
  redblue.netns.netns_info:
  register: seen

- name: Show the topology, ready for the module of that name
  ansible.builtin.debug:
    var: seen.topology

- name: Ask for what stands already
  redblue.netns.topology:
    name: "{{ seen.topology.name }}"
    netns: "{{ seen.topology.netns }}"
    linux_bridge: "{{ seen.topology.linux_bridge }}"
    veth: "{{ seen.topology.veth }}"
    netns_link: "{{ seen.topology.netns_link }}"
    netns_route: "{{ seen.topology.netns_route }}"
    masquerade: "{{ seen.topology.masquerade }}"
    dnat: "{{ seen.topology.dnat }}"
  register: again

- name: Nothing changes
  ansible.builtin.assert:
    that: again is not changed

- name: Look at routes and ARP entries of one namespace
  redblue.netns.netns_info:
    netns:
      - blue
    gather_subset:
      - routes
      - neighbours
  register: blue

- name: It is joined to one network in each family
  ansible.builtin.assert:
    that:
      - "'192.168.15.0/24' in blue.routes.blue | map(attribute='destination')"
      - "'fd00:15::/64' in blue.routes.blue | map(attribute='destination')"
  when: not ansible_check_mode  # there is no namespace to look into yet

- name: Remove the namespace
  redblue.netns.netns:
    name: blue
    state: absent
"""

RETURN = r"""
topology:
  description:
    - What stands, in the options of M(redblue.netns.topology). Lists are empty where there is nothing.
    - C(name) is that of the topology whose marks were seen, and V(host) where there are none, or several.
    - Routes that the kernel makes by itself are not among it, nor is a pair whose other end is not in sight, nor a link that sits on one such,
      nor the hardware of the host itself. No key of a wireguard is told but its public one, which is in RV(links).
  returned: success
  type: dict
  sample:
    name: host
    netns:
      - name: blue
    linux_bridge: []
    veth:
      - name: veth-blue
        netns: blue
        addresses:
          - 192.168.15.2/24
          - fd00:15::2/64
        up: true
        mtu: 1500
        mac: aa:55:0e:7a:90:53
        promisc: false
        link_local: true
        txqueuelen: 1000
        arp: true
        peer:
          name: to-blue
          addresses:
            - 192.168.15.5/24
            - fd00:15::5/64
          up: true
          mtu: 1500
          mac: ce:7d:c7:0a:59:a9
          promisc: false
          link_local: true
          txqueuelen: 1000
          arp: true
    netns_link: []
    netns_route:
      - destination: default
        gateway: 192.168.1.1
        device: eth0
        metric: 0
        table: 254
        scope: global
        type: unicast
    masquerade: []
    dnat: []
links:
  description:
    - Interfaces with all that is known of them, by namespace, those of the host under C(host).
    - C(kind) is the kernel's word, and empty for hardware and C(lo). C(owner) is the topology that made it, empty for a single module,
      and missing where somebody else did; then C(alias) is what that wrote beside it. C(parent) is the link on which it sits (without a name,
      the namespace in which it sends), C(home) what an interface was on the host from which it was taken.
    - C(unfinished) is one whose maker was killed; the next task that looks there removes it.
  returned: when asked for
  type: dict
  sample:
    blue:
      - name: veth-blue
        kind: veth
        peer:
          netns: host
          name: to-blue
        up: true
        mtu: 1500
        mac: aa:55:0e:7a:90:53
        txqueuelen: 1000
        arp: true
        promisc: false
        bridge: ""
        accept_ra: false
        accept_dad: false
        link_local: true
        addresses:
          - 192.168.15.2/24
          - fd00:15::2/64
        owner: ""
routes:
  description: Routes of all tables, by namespace, those of the host under C(host). C(protocol) tells who made one -
    2 the kernel, 82 this collection, 100 to 163 a topology of it.
  returned: when asked for
  type: dict
  sample:
    host:
      - destination: 192.168.15.0/24
        device: to-blue
        source: 192.168.15.5
        metric: 0
        table: 254
        type: unicast
        scope: link
        onlink: false
        protocol: 2
neighbours:
  description: Entries of the ARP and NDP tables, by namespace, those of the host under C(host).
  returned: when asked for
  type: dict
  sample:
    blue:
      - address: 192.168.15.5
        device: veth-blue
        mac: ce:7d:c7:0a:59:a9
        state: reachable
        router: false
nat:
  description:
    - The rules of this collection, by namespace, those of the host under C(host); where there are none, there is no such key.
    - C(masquerade) and C(dnat) have the options of the modules of these names. C(damaged) says that somebody took or changed a part of the rules;
      the next task of this collection that has to do with them mends them. Where they were flushed altogether, C(backend) is empty.
  returned: when asked for
  type: dict
  sample:
    host:
      backend: nftables
      damaged: false
      masquerade:
        - source:
            - 192.168.15.0/24
          out_interface: eth0
      dnat: []
processes:
  description:
    - The processes in each namespace, those of the host under C(host).
    - C(pid) is the number on the host, C(inner_pid) that in the process's own PID namespace.
  returned: when asked for
  type: dict
  sample:
    blue:
      - pid: 4711
        inner_pid: 1
        command: python3
sysctls:
  description: Kernel parameters that often decide what gets through, by namespace, those of the host under C(host).
  returned: when asked for
  type: dict
  sample:
    host:
      net.ipv4.ip_forward: "0"
      net.ipv4.conf.all.rp_filter: "0"
      net.ipv6.conf.all.forwarding: "0"
      net.ipv6.conf.all.disable_ipv6: "0"
      net.bridge.bridge-nf-call-iptables: "1"
      net.bridge.bridge-nf-call-ip6tables: "1"
stale:
  description: Names under C(/run/netns) that are empty files a crash left behind, and no namespaces.
  returned: success
  type: list
  elements: str
  sample: []
complete:
  description: Whether all could be seen that was asked for.
  returned: success
  type: bool
  sample: true
reasons:
  description: Why not all could be seen, and what else is under C(/run/netns) that is no namespace.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.redblue.netns.plugins.module_utils._module.info import run_info
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import NETNS_INFO_SPEC


def main() -> None:
    run_info(NETNS_INFO_SPEC)


if __name__ == "__main__":
    main()
