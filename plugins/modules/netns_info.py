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
  - As V(topology) it returns them in the options of M(redblue.netns.topology#module); fed back there, nothing changes.
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

- name: Remove the namespace
  redblue.netns.netns:
    name: blue
    state: absent
"""

RETURN = r"""
{}
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import NETNS_INFO_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._info import run_info


def main() -> None:
    run_info(NETNS_INFO_SPEC)


if __name__ == "__main__":
    main()
