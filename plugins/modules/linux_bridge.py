#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: linux_bridge
short_description: Manage Linux bridges
version_added: 1.0.0
description:
  - Creates, changes or removes a Linux bridge, on the host or in a namespace.
  - Interfaces that are connected with O(redblue.netns.veth#module:bridge) need not be listed in
    O(ports). O(ports) is for interfaces that were not created by this collection, and to state that
    a bridge has no other ports.
  - On a new bridge router advertisements are ignored (C(accept_ra=0)), so that nothing behind its
    ports can set a route on the host.
  - An interface of another type with this name is an error.
  - Removing a bridge does not remove its ports. They stay as interfaces without a bridge.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.linux_bridge
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.links
seealso:
  - module: redblue.netns.veth
  - name: ip-link(8)
    description: Explains the kernel's bridge options.
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
"""

EXAMPLES = r"""
- name: Create a bridge
  redblue.netns.linux_bridge:
    name: v-net-0

- name: Give the bridge addresses, so that the host reaches the connected namespaces
  redblue.netns.linux_bridge:
    name: v-net-0
    addresses:
      - 192.168.15.5/24
      - fd00:15::5/64

- name: Create a namespace that acts as a switch
  redblue.netns.netns:
    name: switch

- name: Create a bridge with the spanning tree protocol in it
  redblue.netns.linux_bridge:
    name: v-net-1
    netns: switch
    stp: true
    priority: 4096
    forward_delay: 4

- name: Create a veth pair from the host to the switch
  redblue.netns.veth:
    name: uplink
    netns: switch
    peer:
      name: to-switch

- name: Make the end of the veth pair the only port of that bridge
  redblue.netns.linux_bridge:
    name: v-net-1
    netns: switch
    ports:
      - uplink

- name: Remove a bridge
  redblue.netns.linux_bridge:
    name: v-net-0
    state: absent
"""

RETURN = r"""
actions:
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - create bridge v-net-1 in namespace switch
    - "v-net-1 in namespace switch: set accept_ra off, set accept_dad off"
    - "v-net-1 in namespace switch: set up"
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip -n switch link add name v-net-1 address ca:d7:eb:d4:e2:f3 type bridge stp_state 1 priority 4096 forward_delay 400
    - ip -n switch link set dev v-net-1 alias redblue.netns
    - ip netns exec switch sysctl -qw net.ipv6.conf.v-net-1.accept_ra=0 net.ipv6.conf.v-net-1.accept_dad=0
    - ip -n switch link set dev v-net-1 up
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      bridge v-net-1 in namespace switch
        up: on
        mac: ca:d7:eb:d4:e2:f3
        arp: on
        promisc: off
        accept_ra: off
        accept_dad: off
        link_local: on
        options: stp on, priority 4096, forward_delay 4
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.bridges import (
    parse_linux_bridge,
)
from ansible_collections.redblue.netns.plugins.module_utils._kinds import links, wanted_links
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.linux_bridge import (
    LINUX_BRIDGE_SPEC,
)


def main() -> None:
    run_module(LINUX_BRIDGE_SPEC, parse_linux_bridge, (links, wanted_links))


if __name__ == "__main__":
    main()
