#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ovs_bridge
short_description: Manage bridges of Open vSwitch
version_added: 1.0.0
description:
  - Creates, changes or removes a bridge of Open vSwitch (OVS) on the host, with its interface, its
    patch and tunnel ports, controllers and mirrors. All changes of a task are one transaction of
    C(ovs-vsctl).
  - An interface of the host becomes a port of it as of a Linux bridge, by
    O(redblue.netns.veth#module:bridge). There O(redblue.netns.veth#module:vlan) is the tag of an
    access port, O(redblue.netns.veth#module:vlans) are the trunked VLANs. With both, the port is
    C(native-untagged). A port without either has all VLANs.
  - What it makes is marked in C(external_ids) with C(redblue.netns). Bridges and ports without that mark
    are used as they are. They are never changed or removed, and to ask for something else is an error.
  - Flows belong to others, such as C(ovs-ofctl), OVN or a controller.
  - The database of Open vSwitch keeps bridges over a reboot. Interfaces that are their ports do not
    outlive it.
  - If Open vSwitch is not installed, or ovsdb-server or ovs-vswitchd does not run, the task fails
    before anything is changed, and names the package and the unit.
requirements:
  - Open vSwitch 2.13 or later
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.ovs_bridge
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
seealso:
  - module: redblue.netns.linux_bridge
  - module: redblue.netns.veth
  - name: ovs-vswitchd.conf.db(5)
    description: Explains the settings of bridges, ports and mirrors.
    link: https://www.openvswitch.org/support/dist-docs/ovs-vswitchd.conf.db.5.html
"""

EXAMPLES = r"""
- name: Create a bridge, and give the host addresses on it
  redblue.netns.ovs_bridge:
    name: v-net-0
    addresses:
      - 192.168.15.5/24
      - fd00:15::5/64

- name: Create a namespace
  redblue.netns.netns:
    name: red

- name: Connect it to the bridge, in VLAN 10
  redblue.netns.veth:
    name: veth-red
    netns: red
    addresses:
      - 192.168.15.1/24
      - fd00:15::1/64
    peer:
      name: veth-red-br
      bridge: v-net-0
      vlan: 10

- name: Create a second bridge that a controller rules, with the other end of a cable
  redblue.netns.ovs_bridge:
    name: v-net-1
    fail_mode: secure
    protocols:
      - OpenFlow13
    controller:
      - tcp:192.0.2.1:6653
    ports:
      - name: to-v-net-0
        type: patch
        peer: to-v-net-1

- name: Add the cable's end and a tunnel, and copy what the namespace sends to VLAN 99
  redblue.netns.ovs_bridge:
    name: v-net-0
    ports:
      - name: to-v-net-1
        type: patch
        peer: to-v-net-0
      - name: vxlan-east
        type: vxlan
        remote_ip: 2001:db8::2
        vni: "100"
        vlan: 10
    mirrors:
      - name: red
        sources:
          - veth-red-br
        output_vlan: 99

- name: Remove the namespace, and the port with it
  redblue.netns.veth:
    name: veth-red
    netns: red
    state: absent

- name: Remove the bridges
  redblue.netns.ovs_bridge:
    name: "{{ item }}"
    state: absent
  loop:
    - v-net-0
    - v-net-1
"""

RETURN = r"""
actions:
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - create Open vSwitch bridge v-net-0
    - "v-net-0: set accept_ra off, set accept_dad off"
    - add address 192.168.15.5/24 of v-net-0 on the host
    - add address fd00:15::5/64 of v-net-0 on the host
    - "v-net-0: set up"
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      ovs-vsctl add-br v-net-0 -- set Bridge v-net-0 'external_ids:"redblue.netns"=""'
      datapath_type=system 'other_config:"hwaddr"="ca:50:b1:cc:fd:82"'
    - sysctl -qw net.ipv6.conf.v-net-0.accept_ra=0 net.ipv6.conf.v-net-0.accept_dad=0
    - ip addr add 192.168.15.5/24 dev v-net-0
    - ip addr add fd00:15::5/64 dev v-net-0 nodad
    - ip link set dev v-net-0 up
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      Open vSwitch bridge v-net-0
        datapath_type: system
        mac: ca:50:b1:cc:fd:82
      openvswitch v-net-0 on the host
        up: on
        mtu: 1500
        mac: ca:50:b1:cc:fd:82
        promisc: off
        accept_ra: off
        accept_dad: off
        link_local: on
      address 192.168.15.5/24 of v-net-0 on the host
      address fd00:15::5/64 of v-net-0 on the host
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0097
    plan: 0.0002
    apply: 0.0051
    verify: 0.0043
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.ovs import parse_ovs_bridge
from ansible_collections.redblue.netns.plugins.module_utils._kinds import links, ovs, wanted_links
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.ovs_bridge import (
    OVS_BRIDGE_SPEC,
)


def main() -> None:
    run_module(OVS_BRIDGE_SPEC, parse_ovs_bridge, (links, ovs, wanted_links))


if __name__ == "__main__":
    main()
