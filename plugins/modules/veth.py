#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: veth
short_description: Cables between namespaces, bridges and the host
version_added: 0.1.0
description:
  - Makes or removes a veth pair - two interfaces, and what goes into one comes out of the other.
  - Both ends may lie in namespaces, both on the host, or one in each, and an end may be a port of a bridge.
  - The options at the top are those of one end, and O(peer) has the same for the other. Either may come first.
  - Where this very pair exists, it is brought to what is asked for. An interface of another kind, or of another pair, under one of the names
    is an error.
  - Router advertisements are turned off (C(accept_ra=0)) on what is made, unless it is a port, so that no namespace can give
    itself to another as its router.
  - Removing either end removes both. O(name) and O(netns) are enough for that.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.veth
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - module: redblue.netns.linux_bridge
  - name: veth(4)
    description: What such a pair is.
    link: https://man7.org/linux/man-pages/man4/veth.4.html
"""

EXAMPLES = r"""
- name: Create two namespaces
  redblue.netns.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Join them by a direct cable
  redblue.netns.veth:
    name: veth-red
    netns: red
    addresses:
      - 192.168.15.1/24
      - fd00:15::1/64
    peer:
      name: veth-blue
      netns: blue
      addresses:
        - 192.168.15.2/24
        - fd00:15::2/64

- name: Remove the cable, by either of its ends
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    state: absent

- name: Create a bridge on the host
  redblue.netns.linux_bridge:
    name: v-net-0
    addresses:
      - 192.168.15.5/24
      - fd00:15::5/64

- name: Plug a namespace into the bridge
  redblue.netns.veth:
    name: veth-red
    netns: red
    addresses:
      - 192.168.15.1/24
      - fd00:15::1/64
    peer:
      name: veth-red-br
      bridge: v-net-0

- name: Plug in another, which reaches the host and no other isolated port, and only as itself
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    addresses:
      - 192.168.15.2/24
      - fd00:15::2/64
    mtu: 1400
    peer:
      name: veth-blue-br
      bridge: v-net-0
      isolated: true
      spoofchk: true
      mtu: 1400

- name: Let the first be on a slow line from now on
  redblue.netns.veth:
    name: veth-red
    netns: red
    impairment:
      rate: 10mbit
    peer:
      name: veth-red-br

- name: Let it be far away, and lose some of what it sends
  redblue.netns.veth:
    name: veth-red
    netns: red
    impairment:
      delay: 20ms
      jitter: 2ms
      loss: 0.5%
      rate: 10mbit
    peer:
      name: veth-red-br
      impairment:
        delay: 20ms

- name: Let it be near again
  redblue.netns.veth:
    name: veth-red
    netns: red
    impairment: {}
    peer:
      name: veth-red-br
      impairment: {}

- name: Have the bridge keep VLANs apart
  redblue.netns.linux_bridge:
    name: v-net-0
    vlan_filtering: true

- name: Put the first into VLAN 10
  redblue.netns.veth:
    name: veth-red
    netns: red
    peer:
      name: veth-red-br
      bridge: v-net-0
      vlan: 10

- name: Give the second VLAN 20, and a trunk of others
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    peer:
      name: veth-blue-br
      bridge: v-net-0
      vlan: 20
      vlans:
        - 10
        - 100-199
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, a sentence each, in order.
  returned: success
  type: list
  elements: str
  sample:
    - create veth pair veth-red in namespace red and veth-red-br
    - "veth-red in namespace red: set accept_ra off, set accept_dad off"
    - "veth-red-br: make a port of bridge v-net-0, set link_local off"
    - "veth-red-br: set up"
    - add address 192.168.15.1/24 of veth-red in namespace red
    - add address fd00:15::1/64 of veth-red in namespace red
    - "veth-red in namespace red: set up"
commands:
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      ip link add name veth-red-br address 5e:83:fa:f4:dc:6f numtxqueues 1 numrxqueues 1
      type veth peer name veth-red address a6:fb:0d:29:f4:8b numtxqueues 1 numrxqueues 1 netns red
    - ip link set dev veth-red-br alias redblue.netns
    - ip -n red link set dev veth-red alias redblue.netns
    - ip netns exec red sysctl -qw net.ipv6.conf.veth-red.accept_ra=0 net.ipv6.conf.veth-red.accept_dad=0
    - ip link set dev veth-red-br master v-net-0
    - ip link set dev veth-red-br addrgenmode none
    - ip link set dev veth-red-br up
    - ip -n red addr add 192.168.15.1/24 dev veth-red
    - ip -n red addr add fd00:15::1/64 dev veth-red nodad
    - ip -n red link set dev veth-red up
diff:
  description: What the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      veth veth-red in namespace red
        peer: veth-red-br on the host
        up: on
        mac: a6:fb:0d:29:f4:8b
        queues: 1
        arp: on
        promisc: off
        accept_ra: off
        accept_dad: off
        link_local: on
      veth veth-red-br on the host
        peer: veth-red in namespace red
        up: on
        mac: 5e:83:fa:f4:dc:6f
        queues: 1
        arp: on
        promisc: off
        bridge: v-net-0
        isolated: off
        hairpin: off
        learning: on
        link_local: off
      address 192.168.15.1/24 of veth-red in namespace red
      address fd00:15::1/64 of veth-red in namespace red
timings:
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0055
    plan: 0.0004
    apply: 0.0032
    verify: 0.0063
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.links import wish_veth
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import STATE, VETH_SPEC


def main() -> None:
    run_module({**VETH_SPEC, **STATE}, wish_veth)


if __name__ == "__main__":
    main()
