#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: veth
short_description: Manage veth pairs
version_added: 1.0.0
description:
  - Creates, changes or removes a veth pair, which connects namespaces, bridges and the host like a
    cable. Packets that enter one interface of the pair leave through the other.
  - Both ends may be in namespaces, both on the host, or one in each. An end may be a bridge port.
  - The options at the top level describe one end, and O(peer) has the same options for the other
    end. The order of the two ends does not matter.
  - If the pair already exists, it is updated to match. An interface of another type, or of another
    pair, with one of the names is an error.
  - On new interfaces router advertisements are ignored (C(accept_ra=0)), so that one namespace
    cannot advertise itself as a router to another. Bridge ports keep the kernel's setting.
  - Removing either end removes both. O(name) and O(netns) are sufficient for that.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.veth
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.links
seealso:
  - module: redblue.netns.linux_bridge
  - name: veth(4)
    description: The manual page of veth pairs.
    link: https://man7.org/linux/man-pages/man4/veth.4.html
"""

EXAMPLES = r"""
- name: Create two namespaces
  redblue.netns.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Connect them directly with a veth pair
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

- name: Remove the veth pair by naming either end
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

- name: Connect a namespace to the bridge
  redblue.netns.veth:
    name: veth-red
    netns: red
    addresses:
      - 192.168.15.1/24
      - fd00:15::1/64
    peer:
      name: veth-red-br
      bridge: v-net-0

- name: Connect another namespace through an isolated port with MAC address spoof checking
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

- name: Limit the rate at which the first namespace sends
  redblue.netns.veth:
    name: veth-red
    netns: red
    impairment:
      rate: 10mbit
    peer:
      name: veth-red-br

- name: Add delay in both directions, and packet loss in one
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

- name: Remove the impairments
  redblue.netns.veth:
    name: veth-red
    netns: red
    impairment: {}
    peer:
      name: veth-red-br
      impairment: {}

- name: Enable VLAN filtering on the bridge
  redblue.netns.linux_bridge:
    name: v-net-0
    vlan_filtering: true

- name: Put the first namespace into VLAN 10
  redblue.netns.veth:
    name: veth-red
    netns: red
    peer:
      name: veth-red-br
      bridge: v-net-0
      vlan: 10

- name: Give the second namespace VLAN 20 untagged, and other VLANs tagged (trunk)
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
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
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
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
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
  description: The objects that the task touches, before and after.
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
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0055
    plan: 0.0004
    apply: 0.0032
    verify: 0.0063
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.veths import parse_veth
from ansible_collections.redblue.netns.plugins.module_utils._kinds import (
    links,
    ovs,
    rules,
    veths,
    wanted_links,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.veth import VETH_SPEC


def main() -> None:
    run_module(VETH_SPEC, parse_veth, (links, ovs, rules, veths, wanted_links))


if __name__ == "__main__":
    main()
