#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: topology
short_description: A whole lab in one task
version_added: 0.1.0
description:
  - Makes, alters or removes any number of namespaces, bridges, cables, other links, routes and NAT rules in one go. Each item has the options of the module
    for it; learn the modules and you know this one.
  - The whole is checked before anything is touched. What stands in it twice is refused, and both places are named.
  - It is made in the order in which it is needed, whatever the order of the lists. On an error all that this run has done is undone.
  - What was removed is made anew then, and what others had set on it besides is not known here. Permanent neighbours, entries of a bridge's forwarding
    database, kernel parameters, and rules that others have in a namespace do not come back with it; nor do NAT rules of this collection in a namespace
    of which the topology's list says no more.
  - With O(probes) it is asked, before the task ends, whether packets arrive where they shall and nowhere else. If not, all is undone as on an error,
    unless O(rollback_on) says otherwise.
  - A run that is ended by SIGTERM, SIGHUP or SIGINT is undone as well. One that is killed leaves nothing but what bears its mark or can be told from all
    else; the next run that comes by takes it up or away.
  - What it makes is marked with O(name). A namespace or a link that it finds, it brings to what is asked for, without making it its own.
  - On links that bear its mark, O(veth[].mac) and O(veth[].bridge) that are left out go back to what a new link has.
  - O(state=absent) needs only O(name), and removes what bears that mark. Of what is listed besides, it removes routes of this collection, and
    nothing that belongs to somebody else. The C(force) of a namespace in the list counts. Where nothing bears that mark, a warning tells
    which names there are.
  - Where somebody else has set a link on one of its links, which would go along, removing that is refused. An interface that it took from the host
    is given back.
  - What a single module made bears no topology's name. It is not purged, and goes only along with a namespace or a link in which it lies.
  - Feed it what RV(redblue.netns.netns_info#module:topology) returns, and nothing changes.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.topology
  - redblue.netns._common
  - redblue.netns._common.nat
  - redblue.netns._common.state
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - module: redblue.netns.netns_info
  - module: redblue.netns.netns_probe
  - plugin: redblue.netns.bridge_lab
    plugin_type: filter
    description: Gives the options for namespaces around one bridge in a few words.
"""

EXAMPLES = r"""
- name: Build the red and blue lab
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

- name: Build a hundred namespaces around one bridge, each reachable from outside by a port of its own, on hosts that may run Docker
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

- name: Publish a port, and leave nothing behind if it does not lead where it should
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
      - name: the forward leads to pink, where nothing listens yet
        to: 192.168.16.5
        port: 8081
        listen_at: {netns: pink, address: 192.168.16.1, port: 80}
      - {to: pink, port: 22, expect: unreachable}
    rollback_on: [error, probe]

- name: Let blue go, and whatever else of the lab is not listed any more
  redblue.netns.topology:
    name: lab
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

- name: Take the lab away
  redblue.netns.topology:
    name: lab
    state: absent
"""

RETURN = r"""
actions:
  description:
    - What was done, or in check mode would be done, a sentence each, in order.
    - Of more than 1000 changes it is not returned unless somebody looks, with C(--check), C(--diff) or C(-v); RV(summary) counts them. Ansible would
      take longer to pass it on than the module to find it.
  returned: success, of up to 1000 changes; of more in check mode, with C(--diff) and with C(-v)
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
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
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
  description: What the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      net.ipv4.conf.eth0.forwarding = 2 on the host
      net.ipv6.conf.all.forwarding = 2 on the host
      net.ipv6.conf.eth0.accept_ra = 2 on the host
      masquerade of 192.168.15.0/24 out of eth0 on the host
        out_interface: eth0
        owner: lab
      masquerade of fd00:15::/64 out of eth0 on the host
        out_interface: eth0
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
  description: How many things are listed, and how many steps it took.
  returned: success
  type: dict
  contains:
    netns:
      description: How many namespaces are listed.
      returned: success
      type: int
      sample: 0
    linux_bridge:
      description: How many bridges are listed.
      returned: success
      type: int
      sample: 0
    veth:
      description: How many cables are listed.
      returned: success
      type: int
      sample: 0
    netns_link:
      description: How many other links are listed.
      returned: success
      type: int
      sample: 0
    netns_route:
      description: How many routes are listed.
      returned: success
      type: int
      sample: 0
    masquerade:
      description: How many networks that leave under another address are listed.
      returned: success
      type: int
      sample: 0
    dnat:
      description: How many port forwards are listed.
      returned: success
      type: int
      sample: 0
    made:
      description: Things that were made, addresses, rules and the like included.
      returned: success
      type: int
      sample: 0
    altered:
      description: Things that were altered.
      returned: success
      type: int
      sample: 3
    removed:
      description: Things that were removed.
      returned: success
      type: int
      sample: 9
exposes:
  description:
    - What the topology lets in by the host, in check mode too.
    - Its forwards; and with O(isolate=false) its networks, which whoever routes to them reaches if the host forwards.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: C(tcp), C(udp), C(sctp); none for all that there is.
      returned: success
      type: str
      sample: tcp
    address:
      description: The address that is written to; none for any that the host has.
      returned: success
      type: str
      sample: 192.0.2.2
    port:
      description: The port or range of ports there; none for all that there is.
      returned: success
      type: str
      sample: "80"
    target:
      description: Where it leads to.
      returned: success
      type: str
      sample: 192.168.15.2:80
    interface:
      description: The interface of the host by which one has to come; none for any but the lab's own.
      returned: success
      type: str
      sample: eth0
    source:
      description: The networks from which one has to come; none for any.
      returned: success
      type: list
      elements: str
      sample: []
purged:
  description: What bore the mark of this topology, is not listed any more, and was removed.
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
    - What bears the mark of this topology, is not listed any more, and stays.
    - Without O(purge) only the host, the namespaces that are listed and those to which a cable of the topology leads are looked into;
      the others cost nothing.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: The thing, in words.
      returned: success
      type: str
      sample: namespace green
    why:
      description: Why it stays.
      returned: success
      type: str
      sample: not listed any more; purge would remove it
  sample: []
probes:
  description:
    - What came of O(probes), in their order, each as RV(redblue.netns.netns_probe#module:results) has it; empty in check mode.
    - On a failure they are returned too, if they were asked. C(changed) is then true if something of what was done stands.
  returned: success, and when a probe is not as expected
  type: list
  elements: dict
  sample: []
backends:
  description: What holds the rules in each namespace where some are wanted (C(host) is the host), and why that.
  returned: when rules are wanted
  type: dict
  sample:
    host:
      backend: nftables
      reason: it works here
timings:
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed, C(probe) where something was asked.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0222
    plan: 0.0047
    apply: 0.108
    verify: 0.0052
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import wish_topology
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._module.topology import finish_topology
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    STATE,
    TOPOLOGY_SPEC,
)


def main() -> None:
    run_module({**TOPOLOGY_SPEC, **STATE}, wish_topology, finish_topology)


if __name__ == "__main__":
    main()
