#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: dnat
short_description: Ports of the host that lead into a namespace
version_added: 0.1.0
description:
  - What comes to a port of the host goes on to an address behind it, such as that of a namespace.
  - Only traffic to the host's own addresses is meant. What a namespace sends to the same port of somebody else passes by untouched.
  - A forward is known by O(protocol), O(destination_port), O(in_interface), O(destination), O(source), and the family of its target. To remove
    it these are enough.
  - The target needs a way back, such as a default route by the host.
  - It works on the host and, with O(netns), in a namespace that is a router.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.dnat
  - redblue.netns._common
  - redblue.netns._common.nat
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - module: redblue.netns.masquerade
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

- name: Give it a way back to whoever asks
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: "{{ item }}"
  loop:
    - 192.168.15.5
    - fd00:15::5

- name: Lead port 80 from the LAN to the web server in the namespace
  redblue.netns.dnat:
    protocol: tcp
    destination_port: "80"
    to_destination: "192.168.15.2:80"
    in_interface: eth0

- name: The same in IPv6, to another port
  redblue.netns.dnat:
    destination_port: 80
    to_destination: "[fd00:15::2]:8080"
    in_interface: eth0

- name: Lead a range of ports, for one sender only
  redblue.netns.dnat:
    protocol: udp
    destination_port: 5000:5010
    to_destination: 192.168.15.2:6000-6010
    destination: 192.168.1.2
    source: 192.168.1.10

- name: Lead a port for everybody, for the namespace itself too
  redblue.netns.dnat:
    destination_port: 8443
    to_destination: 192.168.15.2:443
    hairpin: true

- name: Remove a forward
  redblue.netns.dnat:
    destination_port: 8443
    state: absent
"""

RETURN = r"""
{}
"""

from ansible_collections.redblue.netns.plugins.module_utils._args import DNAT_SPEC, STATE
from ansible_collections.redblue.netns.plugins.module_utils._module import run_module
from ansible_collections.redblue.netns.plugins.module_utils._wish import wish_dnat


def main() -> None:
    run_module({**DNAT_SPEC, **STATE}, wish_dnat)


if __name__ == "__main__":
    main()
