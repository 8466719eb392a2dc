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
  - Makes, alters or removes any number of namespaces, bridges, cables, routes and NAT rules in one go. Each item has the options of the module
    for it; learn the modules and you know this one.
  - The whole is checked before anything is touched. What stands in it twice is refused, and both places are named.
  - It is made in the order in which it is needed, whatever the order of the lists. On an error all that this run has done is undone.
  - What it makes is marked with O(name). A namespace or a link that it finds, it brings to what is asked for, without making it its own.
  - On links that bear its mark, an option that is left out is brought back to the default for what is made.
  - O(state=absent) needs only O(name), and removes what bears that mark. Of what is listed besides, it removes routes of this collection, and
    nothing that belongs to somebody else. The C(force) of a namespace in the list counts.
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
  - plugin: redblue.netns.bridge_lab
    plugin_type: filter
  - plugin: redblue.netns.bridge_lab
    plugin_type: role
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
    purge: true

- name: Take the lab away
  redblue.netns.topology:
    name: lab
    state: absent
"""

RETURN = r"""
{}
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import STATE, TOPOLOGY_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._topology import finish_topology, wish_topology


def main() -> None:
    run_module({**TOPOLOGY_SPEC, **STATE}, wish_topology, finish_topology)


if __name__ == "__main__":
    main()
