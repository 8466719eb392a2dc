#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: topology
short_description: Manage a whole topology (namespaces, links, routes, NAT) in one task
version_added: 1.0.0
description:
  - Creates, changes or removes any number of namespaces, bridges, veth pairs, other links, routes,
    masquerading and port forwarding in one task. Each item has the options of the module for it,
    with the same names.
  - The whole topology is checked before anything is changed. An object that is listed twice is
    refused, and the error names both places.
  - Objects are created in the necessary order, whatever the order of the lists. On an error all
    changes of the run are rolled back.
  - A rollback gives a removed namespace its name back, with all that is in it. It creates removed
    links again, with their kernel parameters, addresses, routes and neighbours. After a probe has
    failed, a removed namespace has ended and is created anew. Its kernel parameters and rules, and
    what other programs had made in it, are lost, and the message says so.
  - With O(probes) the task tests at the end that packets arrive where they should, and nowhere
    else. If a probe fails, all changes are rolled back as on an error, unless O(rollback_on) says
    otherwise.
  - A run that is ended by SIGTERM, SIGHUP or SIGINT is rolled back as well. After a run that is
    killed, every object that it created is on record. The next run uses or removes these objects.
    What the killed run had changed of others is restored by the next task of any module that may
    change something.
  - Objects that the module creates belong to the topology O(name). Another namespace or link that
    exists is updated to match, but does not become part of the topology.
  - On links of the topology, an omitted O(veth[].mac) or O(veth[].bridge) is set to the
    value that a new link would have.
  - O(state=absent) requires only O(name), and removes all objects of that topology. Of the objects
    that are listed in addition, it removes only routes of this collection. It removes nothing that
    other programs created. C(force) of a listed namespace is respected. If there is none, a
    warning lists the topologies that exist.
  - If a link that was not created by this collection is stacked on one of the topology's links,
    removing the lower link is refused, because the upper link would be removed too. An interface
    that the topology moved from the host is moved back.
  - An object that another module of this collection created belongs to no topology. It is not
    purged. It is removed only together with the namespace or the link that contains it.
  - The module accepts what RV(redblue.netns.netns_info#module:topology) returns, and then changes
    nothing.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.topology
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._common.nat
  - redblue.netns._common.state
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
seealso:
  - module: redblue.netns.netns_info
  - module: redblue.netns.netns_probe_info
  - plugin: redblue.netns.bridge_lab
    plugin_type: filter
    description: Generates the options for namespaces around one bridge.
"""

EXAMPLES = r"""
- name: Create the red and blue lab
  redblue.netns.topology:
    name: lab
    netns:
      - name: red
      - name: blue
    linux_bridge:
      - name: v-net-0
        addresses: [192.168.15.5/24, fd00:15::5/64]
    veth:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24, fd00:15::1/64]
        peer: {name: veth-red-br, bridge: v-net-0}
      - name: veth-blue
        netns: blue
        addresses: [192.168.15.2/24, fd00:15::2/64]
        peer: {name: veth-blue-br, bridge: v-net-0}
    netns_route:
      - {netns: red, destination: default, gateway: 192.168.15.5}
      - {netns: blue, destination: default, gateway: 192.168.15.5}
      - {netns: blue, destination: default, gateway: "fd00:15::5"}
    masquerade:
      - source: [192.168.15.0/24, fd00:15::/64]
        out_interface: eth0
    dnat:
      - protocol: tcp
        destination_port: "80"
        to_destination: "192.168.15.2:80"
        in_interface: eth0

- name: Let only app reach the database, and app reach nothing else
  redblue.netns.topology:
    name: shop
    netns: [{name: app}, {name: db}]
    linux_bridge:
      - name: shop0
        addresses: [192.168.18.5/24, fd00:18::5/64]
    veth:
      - name: eth0
        netns: app
        addresses: [192.168.18.1/24, fd00:18::1/64]
        peer: {name: to-app, bridge: shop0}
      - name: eth0
        netns: db
        addresses: [192.168.18.2/24, fd00:18::2/64]
        peer: {name: to-db, bridge: shop0}
    policy:
      - name: db
        netns: [db]
        ingress:
          - {from: [{netns: app}], protocol: tcp, ports: [5432]}
      - name: app
        netns: [app]
        egress:
          - {to: [{netns: db}], protocol: tcp, ports: [5432]}

- name: Run a web server in a namespace, and test that it answers
  redblue.netns.topology:
    name: site
    netns: [{name: site}]
    veth:
      - name: eth0
        netns: site
        addresses: [192.168.19.1/24, fd00:19::1/64]
        peer: {name: to-site, addresses: [192.168.19.5/24, fd00:19::5/64]}
    processes:
      - name: web
        netns: site
        command: [python3, -m, http.server, "8000", --bind, "::", --directory, /usr/share/doc]
        ready: {port: 8000}
        restart: on-failure
        log: /run/site-web.log
    probes:
      - {to: 192.168.19.1, port: 8000}
      - {to: "fd00:19::1", port: 8000}

- name: Create a hundred namespaces on one bridge with a forwarded port each, beside Docker
  redblue.netns.topology:
    name: farm
    linux_bridge:
      - name: farm0
        addresses: [10.244.0.1/16]
    range:
      - count: 100
        netns: [{name: "n{n:03}"}]
        veth:
          - name: eth0
            netns: "n{n:03}"
            addresses: ["{10.244.1.0+n}/16"]
            peer: {name: "farm{n}", bridge: farm0}
        netns_route: [{netns: "n{n:03}", destination: default, gateway: 10.244.0.1}]
        dnat: [{destination_port: "{9000+n}", to_destination: "{10.244.1.0+n}:80"}]
    masquerade:
      - source: 10.244.0.0/16
    integrate: [docker]

- name: Forward a port, and roll everything back if it does not lead to its target
  redblue.netns.topology:
    name: probed
    netns:
      - name: pink
    veth:
      - name: veth-pink
        netns: pink
        addresses: [192.168.16.1/24]
        peer: {name: to-pink, addresses: [192.168.16.5/24]}
    netns_route:
      - {netns: pink, destination: default, gateway: 192.168.16.5}
    dnat:
      - {destination_port: 8081, to_destination: "192.168.16.1:80"}
    probes:
      - {netns: pink, to: 192.168.16.5}
      - name: the forwarded port leads to pink, where no service listens yet
        to: 192.168.16.5
        port: 8081
        listen_at: {netns: pink, address: 192.168.16.1, port: 80}
      - {to: pink, port: 22, expect: unreachable}
    rollback_on: [error, probe]

- name: Add a bridge, and let the host undo it unless it can be reached over a new connection
  redblue.netns.topology:
    name: confirmed
    confirm_timeout: 60
    linux_bridge:
      - name: br-confirmed
        addresses: [192.168.17.5/24]

- name: Remove blue, which is no longer listed, and let the host bring the rest back at boot
  redblue.netns.topology:
    name: lab
    persist:
      watch: restore  # and at once when something else changes or removes it
      prometheus: /var/lib/prometheus/node-exporter/lab.prom
    netns:
      - name: red
    linux_bridge:
      - name: v-net-0
        addresses: [192.168.15.5/24, fd00:15::5/64]
    veth:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24, fd00:15::1/64]
        peer: {name: veth-red-br, bridge: v-net-0}
    netns_route:
      - {netns: red, destination: default, gateway: 192.168.15.5}
    masquerade:
      - source: [192.168.15.0/24, fd00:15::/64]
        out_interface: eth0
    purge: true

- name: Remove the lab
  redblue.netns.topology:
    name: lab
    state: absent
"""

RETURN = r"""
actions:
  description:
    - The changes, in order, each as a sentence. In check mode, the changes that would be made.
    - More than 1000 changes are returned only with C(--check), C(--diff) or C(-vvv), because Ansible
      would take longer to transfer them than the module needs to compute them. RV(summary) always
      has their number.
  returned: success, if there are at most 1000 changes, or in check mode, or with C(--diff) or C(-vvv)
  type: list
  elements: str
  sample:
    - set net.ipv4.conf.eth0.forwarding = 0 on the host
    - set net.ipv6.conf.all.forwarding = 0 on the host
    - set net.ipv6.conf.eth0.accept_ra = 1 on the host
    - remove masquerade of 192.168.15.0/24 out of eth0 on the host
    - remove masquerade of fd00:15::/64 out of eth0 on the host
    - "do not isolate v-net-0 on the host: 192.168.15.0/24, fd00:15::/64"
    - close IPv4 forwarding for the lab's traffic from eth0 of the host
    - close IPv4 forwarding for the lab's traffic from v-net-0 of the host
    - close IPv6 forwarding for the lab's traffic from all interfaces of the host
    - forget that accept_ra of eth0 on the host was on
    - delete bridge v-net-0
    - delete namespace red
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: as RV(actions)
  type: list
  elements: str
  sample:
    - sysctl -qw net.ipv4.conf.eth0.forwarding=0
    - sysctl -qw net.ipv6.conf.all.forwarding=0
    - sysctl -qw net.ipv6.conf.eth0.accept_ra=1
    - nft delete table inet redblue_netns
    - ip link delete dev v-net-0
    - ip netns delete red
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      net.ipv4.conf.eth0.forwarding = 2 on the host
      net.ipv6.conf.all.forwarding = 2 on the host
      net.ipv6.conf.eth0.accept_ra = 2 on the host
      masquerade of 192.168.15.0/24 out of eth0 on the host
        out_interface: eth0
        translated: on
        owner: lab
      masquerade of fd00:15::/64 out of eth0 on the host
        out_interface: eth0
        translated: on
        owner: lab
      isolation of v-net-0 on the host
        networks: 192.168.15.0/24, fd00:15::/64
        owner: lab
      forwarding of IPv4 opened for eth0 of the host
      forwarding of IPv4 opened for v-net-0 of the host
      forwarding of IPv6 opened for all of the host
      accept_ra of eth0 on the host was on before
      address 192.168.15.5/24 of v-net-0 on the host
      address fd00:15::5/64 of v-net-0 on the host
      veth veth-red-br on the host
        peer: veth-red in namespace red
        up: on
        mtu: 1500
        mac: 5e:83:fa:f4:dc:6f
        txqueuelen: 1000
        queues: 1
        arp: on
        promisc: off
        bridge: v-net-0
        isolated: off
        hairpin: off
        learning: on
        accept_ra: on
        accept_dad: on
        link_local: off
        owner: lab
      bridge v-net-0 on the host
        up: on
        mtu: 1500
        mac: 66:39:a2:99:b7:af
        txqueuelen: 1000
        arp: on
        promisc: off
        accept_ra: off
        accept_dad: off
        link_local: on
        options: stp off, priority 32768, forward_delay 15, hello_time 2, max_age 20, ageing_time 300, mcast_snooping on, vlan_filtering off
        owner: lab
      address 192.168.15.1/24 of veth-red in namespace red
      address fd00:15::1/64 of veth-red in namespace red
      route default via 192.168.15.5 dev veth-red in namespace red
        scope: global
        onlink: off
        protocol: 104
      veth veth-red in namespace red
        peer: veth-red-br on the host
        up: on
        mtu: 1500
        mac: a6:fb:0d:29:f4:8b
        txqueuelen: 1000
        queues: 1
        arp: on
        promisc: off
        accept_ra: off
        accept_dad: off
        link_local: on
        owner: lab
      interface lo in namespace red
        up: on
        mtu: 65536
        mac: 00:00:00:00:00:00
        txqueuelen: 1000
        arp: on
        promisc: off
        accept_ra: on
        accept_dad: on
        link_local: on
        owner: lab
      namespace red
        owner: lab
    after: |
      net.ipv4.conf.eth0.forwarding = 0 on the host
      net.ipv6.conf.all.forwarding = 0 on the host
      net.ipv6.conf.eth0.accept_ra = 1 on the host
summary:
  description: The number of listed objects, and the number of changes.
  returned: success
  type: dict
  contains:
    netns:
      description: The number of listed namespaces.
      returned: success
      type: int
      sample: 0
    linux_bridge:
      description: The number of listed bridges.
      returned: success
      type: int
      sample: 0
    ovs_bridge:
      description: The number of listed bridges of Open vSwitch.
      returned: success
      type: int
      sample: 0
    veth:
      description: The number of listed veth pairs.
      returned: success
      type: int
      sample: 0
    netns_link:
      description: The number of listed other links.
      returned: success
      type: int
      sample: 0
    netns_route:
      description: The number of listed routes.
      returned: success
      type: int
      sample: 0
    masquerade:
      description: The number of listed networks to masquerade.
      returned: success
      type: int
      sample: 0
    dnat:
      description: The number of listed port forwards.
      returned: success
      type: int
      sample: 0
    made:
      description: The number of objects that were created, including addresses, rules and so on.
      returned: success
      type: int
      sample: 0
    altered:
      description: The number of objects that were changed.
      returned: success
      type: int
      sample: 3
    removed:
      description: The number of objects that were removed.
      returned: success
      type: int
      sample: 9
exposes:
  description:
    - What the topology makes reachable through the host, also in check mode.
    - These are its port forwards. With O(isolate=false) these are also its networks, which anyone
      who routes to them can reach if the host forwards.
    - A port that O(policy) refuses to everybody outside is not listed.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: C(tcp), C(udp) or C(sctp). Null for all protocols.
      returned: success
      type: str
      sample: tcp
    address:
      description: The destination address. Null for any address of the host.
      returned: success
      type: str
      sample: 192.0.2.2
    port:
      description: The destination port or range of ports. Null for all ports.
      returned: success
      type: str
      sample: "80"
    target:
      description: The target.
      returned: success
      type: str
      sample: 192.168.15.2:80
    interface:
      description: >-
        The interface of the host through which the traffic enters. Null for any interface except
        the lab's own.
      returned: success
      type: str
      sample: eth0
    source:
      description: The source networks, of those that O(policy) lets in. Empty for any.
      returned: success
      type: list
      elements: str
      sample: []
reaches:
  description:
    - Which namespaces may leave the host, and to where, also in check mode. It follows from the routes
      and addresses of the namespaces, O(masquerade), O(routed), O(isolate) and O(policy), and lists too
      much rather than too little. A namespace that is not listed cannot leave.
  returned: success
  type: list
  elements: dict
  contains:
    netns:
      description: The namespaces.
      returned: success
      type: list
      elements: str
      sample: [web]
    destination:
      description: >-
        The networks, and DNS names of policies with C(dns:) before them. Empty for whatever is behind
        RV(reaches[].interface).
      returned: success
      type: list
      elements: str
      sample: [203.0.113.0/24]
    protocol:
      description: The protocol. Null for all protocols.
      returned: success
      type: str
      sample: tcp
    ports:
      description: The destination ports. Empty for all ports.
      returned: success
      type: list
      elements: str
      sample: ["443"]
    by:
      description: >-
        C(masquerade) and C(routed) are ways through the host, with its address and without. C(interface)
        is a macvlan or ipvlan link or an interface from the host, which leads out past it.
      returned: success
      type: str
      sample: masquerade
    interface:
      description: The interface by which the traffic leaves. Null for any interface of the host.
      returned: success
      type: str
      sample: eth0
    policies:
      description: The policy that lets it through. Empty if none limits it.
      returned: success
      type: list
      elements: str
      sample: [updates]
policy_matrix:
  description:
    - Who reaches whom by which policy once the task is done, computed without packets, also in check
      mode. Only pairs are listed between which a policy decides.
    - It says what policies let through. Routes, isolation, port forwarding and other packet filters
      still apply to what enters or leaves the topology.
    - Addresses that the policies treat in the same way are one group. If there are more than 40
      groups, or very many rules, the value is null.
  returned: when the topology has policies
  type: list
  elements: dict
  contains:
    family:
      description: The address family, 4 or 6.
      returned: success
      type: int
      sample: 4
    from:
      description:
        - The senders. These are namespaces, C(host), and networks outside that a rule names, each
          without the smaller ones among them. C(elsewhere) is every other address. C(dns:) and a
          DNS name that a rule has stands for the addresses of that name.
      returned: success
      type: list
      elements: str
      sample: [web]
    to:
      description: The targets, in the same form. No place is a target of its own.
      returned: success
      type: list
      elements: str
      sample: [sql]
    allowed:
      description:
        - What is let through, as C(protocol), C(ports) and C(policies), the policies with a rule for
          it. Without ports, all ports are meant. The protocol C(any) stands for all protocols that the
          row does not name.
      returned: success
      type: list
      elements: dict
      sample:
        - {protocol: tcp, ports: ["5432"], policies: [database]}
    refused:
      description:
        - What is refused, in the same form. C(policies) are those that refuse it, C(direction) is the
          list of their rules that does.
      returned: success
      type: list
      elements: dict
      sample:
        - {protocol: tcp, ports: [0-5431, 5433-65535], policies: [database], direction: ingress}
        - {protocol: any, ports: [], policies: [database], direction: ingress}
purged:
  description: Objects of this topology that are no longer listed and were removed.
  returned: success
  type: list
  elements: str
  sample:
    - namespace red
    - interface v-net-0 on the host
    - masquerade of 192.168.15.0/24 out of eth0 on the host
    - masquerade of fd00:15::/64 out of eth0 on the host
left_alone:
  description:
    - Objects of this topology that are no longer listed and were not removed.
    - Objects that only an alias assigns to this topology, without a record that it made them, and
      interfaces from the host that are not found any more.
    - Without O(purge) only the host, the listed namespaces, and the namespaces to which a veth pair
      of the topology leads are inspected. Other namespaces are not inspected, to save time.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: A description of the object.
      returned: success
      type: str
      sample: namespace green
    why:
      description: The reason why it was not removed.
      returned: success
      type: str
      sample: "not listed any more; set purge: true to remove it"
  sample: []
probes:
  description:
    - The results of O(probes), in their order, each as in
      RV(redblue.netns.netns_probe_info#module:results). Empty in check mode.
    - They are also returned on a failure, if the probes were run. C(changed) is then true if some
      of the changes were not rolled back.
  returned: success, and when a probe is not as expected
  type: list
  elements: dict
  sample: []
backends:
  description: >-
    The backend that holds the rules in each namespace with rules, and the reason for it. C(host) is
    the host.
  returned: when the task has rules
  type: dict
  sample:
    host:
      backend: nftables
      reason: it works here
confirmation:
  description:
    - The confirmation that the change needed, with O(confirm_timeout). C(confirmed) says whether it
      came. If the action plugin of this module did not run or the task runs in the background, it
      is not there yet, and C(name) and C(token) are for M(redblue.netns.netns_confirm).
  returned: with O(confirm_timeout), when something changed
  type: dict
  sample:
    confirmed: true
    name: lab
    seconds: 60
    token: 0c8f0c0f4a2f4a5d9f3a1c5b8c1d2e3f
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed, C(probe) if probes were run.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0222
    plan: 0.0047
    apply: 0.108
    verify: 0.0052
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

from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._module.confirmed_run import (
    run_until_confirmed,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.persistence import parse_task
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._results.topology import (
    run_probes,
    topology_results,
)


def main() -> None:
    run_module(
        TOPOLOGY_SPEC, parse_task, ALL_KINDS, topology_results, run_probes, run_until_confirmed
    )


if __name__ == "__main__":
    main()
