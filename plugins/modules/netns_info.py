#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_info
short_description: Gather information about namespaces
version_added: 1.0.0
description:
  - Gathers information about network namespaces and the host. It covers links, routes, neighbours
    (ARP and NDP), NAT and processes, including those that this collection did not create. The
    module does not change anything.
  - RV(topology) has the form of the options of M(redblue.netns.topology). Passed to that module, it
    changes nothing.
  - Without the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN it returns what is visible on the host,
    and reports that the information is not complete.
  - It does not return facts.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._attributes
  - redblue.netns._attributes.info
options:
  netns:
    description:
      - The namespaces to inspect. Names that do not exist are skipped.
      - If omitted, the host and all namespaces are inspected.
    type: list
    elements: str
  gather_subset:
    description: The information to gather in addition to RV(topology).
    type: list
    elements: str
    choices:
      - all
      - links
      - routes
      - neighbours
      - nat
      - policies
      - persistent
      - processes
      - topology_processes
      - services
      - attachments
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

- name: Connect it to the host with a veth pair
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

- name: Gather information about the host and all namespaces
  redblue.netns.netns_info:
  register: seen

- name: Show the topology in the form of the topology module
  ansible.builtin.debug:
    var: seen.topology

- name: Apply the current state as a topology
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

- name: Check that nothing changed
  ansible.builtin.assert:
    that: again is not changed

- name: Gather routes and ARP entries of one namespace
  redblue.netns.netns_info:
    netns:
      - blue
    gather_subset:
      - routes
      - neighbours
  register: blue

- name: Check that the namespace has a route to its IPv4 and IPv6 networks
  ansible.builtin.assert:
    that:
      - "'192.168.15.0/24' in blue.routes.blue | map(attribute='destination')"
      - "'fd00:15::/64' in blue.routes.blue | map(attribute='destination')"
  when: not ansible_check_mode  # the namespace does not exist yet

- name: Remove the namespace
  redblue.netns.netns:
    name: blue
    state: absent
"""

RETURN = r"""
topology:
  description:
    - The current state, in the form of the options of M(redblue.netns.topology). A list without
      items is empty.
    - C(name) is the name of the topology whose resources were found. It is V(host) if none or several
      were found.
    - Not included are routes that the kernel creates, the hardware of the host itself, veth pairs
      with an end that is not visible, and links that are stacked on such a veth pair. Of the keys
      of a WireGuard interface only the public key is returned, in RV(links). One that another program
      created has no C(link_netns), because the kernel does not tell it.
    - A bridge port that is isolated because policies are enforced there has no key C(isolated). This
      follows from RV(policies), and ends with the last policy.
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
    - The interfaces with all their attributes, by namespace. The interfaces of the host are under
      C(host).
    - C(kind) is the kernel's name of the link type. It is empty for hardware and C(lo).
    - C(owner) is the topology that created the interface. It is empty if a module other than
      topology created the interface, and missing if there is no record that this collection created
      it. C(alias) is the alias of the interface, unless it only repeats the owner.
    - C(parent) is the link on which the interface is stacked. Without a name, it is the namespace
      in which the interface sends. C(home) has the former settings of an interface that was moved
      from the host.
    - C(unfinished) is true for an interface whose task was killed while it created the interface. The
      next task that inspects its namespace removes it.
  returned: when requested
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
  description:
    - The routes of all tables, by namespace. The routes of the host are under C(host).
    - C(protocol) identifies the program that created a route. It is 2 for the kernel, 82 for this
      collection, and 100 to 163 for a topology.
  returned: when requested
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
  description: >-
    The neighbours (entries of the ARP and NDP tables), by namespace. The neighbours of the host are
    under C(host).
  returned: when requested
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
    - The NAT rules of this collection, by namespace. The rules of the host are under C(host). A
      namespace without such rules has no key.
    - C(masquerade) and C(dnat) have the options of the modules with these names.
    - C(counters) has the packets and bytes that each port forward took. NAT only sees the first
      packet of each connection, so C(packets) is the number of new connections. C(owner) is the
      topology of the forward.
    - C(damaged) means that another program removed or changed some of the rules. The next task of
      this collection that concerns them repairs them. If all of them were flushed, C(backend) is
      empty.
  returned: when requested
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
      counters: []
policies:
  description:
    - The network policies of all topologies on the host.
    - C(options) are those of M(redblue.netns.netns_policy). Passed to that module, they change
      nothing. C(made_by) is the module that lists the policy. C(addresses) are those of its members.
    - C(damaged) means that another program removed or changed some of the rules. The next run of
      the topology repairs them.
    - C(rules) are the packets and bytes that each rule of C(options) has counted, by its direction and
      index. C(refused) are those that no rule let through. Members with the same policies are
      counted together, so C(policies) has the names of all of them. Replies are not counted. With
      C(audit) they would have been refused, and each flow counts while it is not answered.
  returned: when requested
  type: list
  elements: dict
  sample:
    - options:
        topology: store
        name: database
        netns: [sql]
        ingress:
          - from: [{netns: web}]
            protocol: tcp
            ports: ["5432"]
        address_sets: []
      made_by: netns_policy
      addresses: [192.168.19.2, 'fd00:19::2']
      damaged: false
      rules:
        - {direction: ingress, index: 0, packets: 12, bytes: 4711}
      refused:
        - {direction: ingress, policies: [database], audit: false, packets: 3, bytes: 180}
persistent:
  description:
    - The topologies that the host applies again by itself, with O(redblue.netns.topology#module:persist).
      It is empty if O(netns) is given.
    - C(by), C(at) and C(version) say who applied a topology, when, and with which version of this
      collection. C(watch) and C(prometheus) are those of the option C(persist).
    - C(readable) is false if the file of the topology is damaged or of a newer collection.
  returned: when requested
  type: list
  elements: dict
  sample:
    - name: lab
      readable: true
      watch: restore
      prometheus: /var/lib/prometheus/node-exporter/lab.prom
      by: ada@controller
      at: "2026-11-30T10:00:00Z"
      version: 1.0.0
processes:
  description:
    - The processes in each namespace. The processes of the host are under C(host).
    - C(pid) is the process id on the host. C(inner_pid) is the process id in the process's own PID
      namespace.
  returned: when requested
  type: dict
  sample:
    blue:
      - pid: 4711
        inner_pid: 1
        command: python3
topology_processes:
  description:
    - How the processes of topologies are, among them the DNS and DHCP servers of
      O(redblue.netns.topology#module:dns) and O(redblue.netns.topology#module:dhcp).
    - C(state) is V(running), V(restarting) if the process ended and is about to be started again,
      V(ended), V(orphaned) if what kept it running was killed and some of it is left, or V(stranded)
      if its namespace has lost its name. C(status) says how it ended last.
    - C(pid) is the process that ends it, its supervisor, or of a systemd unit (C(unit)) the main process.
    - C(asked_at) are the addresses at which members ask a DNS server, C(listens_at) those of them at
      which it listens. Nothing is sent. M(redblue.netns.netns_doctor_info) asks the servers.
  returned: when requested
  type: list
  elements: dict
  sample:
    - topology: lab
      name: dns:v-net-0
      netns: host
      state: running
      pid: 4712
      restarts: 0
      status: null
      unit: null
      asked_at: [192.168.15.5, 'fd00:15::5']
      listens_at: [192.168.15.5, 'fd00:15::5']
services:
  description:
    - The units of systemd that M(redblue.netns.netns_service) has put into namespaces.
    - C(options) are those of that module. Passed to it, they change nothing.
    - C(active) says whether the unit runs, C(runs_in) in which namespace. It is V(host) on the host, and
      null if that is not known, or is a namespace without a name. C(in_place) says whether it runs
      in its namespace and sees the files of C(/etc/netns) that are there. If an active unit is not in
      place, it has to be restarted.
    - C(fault) says what is wrong, such as a unit that is masked or has failed, a missing namespace, a
      drop-in that was changed, or files that systemd has not read yet. It is null if nothing is.
  returned: when requested
  type: list
  elements: dict
  sample:
    - options:
        name: web.service
        netns: blue
        publish:
          - port: 80
            host_port: 8080
            address: 127.0.0.1
            to: 127.0.0.1
      active: true
      runs_in: blue
      in_place: true
      fault: null
attachments:
  description:
    - The attachments to networks of CNI in C(/var/lib/cni/results), also those of other programs.
    - C(ours) says whether this collection made it, C(topology) for which topology. C(state) of those is
      V(attached), V(broken) if the interface is missing, V(stranded) if the namespace was removed,
      and V(incomplete) if a task was killed. Plugins are not run. M(redblue.netns.netns_doctor_info) has
      them check the attachments.
  returned: when requested
  type: list
  elements: dict
  sample:
    - netns: blue
      ifname: eth0
      network: pods
      container_id: redblue-blue
      topology: lab
      ours: true
      state: attached
      addresses:
        - 10.22.0.2/24
sysctls:
  description: >-
    Kernel parameters that often decide whether traffic is forwarded, by namespace. The parameters
    of the host are under C(host).
  returned: when requested
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
  description: >-
    Stale names, which are empty files under C(/run/netns) that are left over from a crash.
  returned: success
  type: list
  elements: str
  sample: []
complete:
  description: Whether all requested information could be gathered.
  returned: success
  type: bool
  sample: true
reasons:
  description: >-
    The reasons why the information is not complete, and other files under C(/run/netns) that are
    not namespaces.
  returned: success
  type: list
  elements: str
  sample: []
errors:
  description: >-
    All messages in full length, if the task fails with several errors or with a message of more
    than 600 characters.
  returned: failure
  type: list
  elements: str
  sample:
    - "mtu: 'big': is a string, not an integer"
    - "unsupported option 'address'; did you mean 'addresses'?"
"""

from ansible_collections.redblue.netns.plugins.module_utils import _ansiballz

_ansiballz.prepare()

from ansible_collections.redblue.netns.plugins.module_utils._module.info import run_info


def main() -> None:
    run_info()


if __name__ == "__main__":
    main()
