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

- name: Plug in another, which reaches the host and no other isolated port
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
      mtu: 1400
"""

RETURN = r"""
{}
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import STATE, VETH_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._wish import wish_veth


def main() -> None:
    run_module({**VETH_SPEC, **STATE}, wish_veth)


if __name__ == "__main__":
    main()
