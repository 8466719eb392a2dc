#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_route
short_description: Routes of namespaces and of the host
version_added: 0.1.0
description:
  - Makes, alters or removes a route, in a namespace or on the host.
  - A route is known by O(destination), O(table) and O(metric). The kernel keeps several to one destination side by side if their
    metrics differ.
  - What made a route is told by its protocol number, and 82 is this collection's (100 to 163 a topology's).
    Where somebody else's stands in the place of the one that is asked for, and leads elsewhere, that is an error unless O(force=true).
    One that is as asked for is left alone, whoever made it.
  - A default route of somebody else is not joined by a second one either, unless O(metric) says that it shall be, or O(force=true).
  - Removing takes the same three, and where O(gateway), O(device) or O(nexthops) are given the route must lead there too.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_route
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - module: redblue.netns.masquerade
  - name: ip-route(8)
    description: The command for it.
    link: https://man7.org/linux/man-pages/man8/ip-route.8.html
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

- name: Set a route to the LAN
  redblue.netns.netns_route:
    netns: blue
    destination: 192.168.1.0/24
    gateway: 192.168.15.5

- name: Set the default route
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: 192.168.15.5

- name: Set the default route of IPv6
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: fd00:15::5

- name: Drop what goes to a network, and tell the sender so
  redblue.netns.netns_route:
    netns: blue
    destination: 198.51.100.0/24
    type: unreachable

- name: Share the traffic to a network between two routers
  redblue.netns.netns_route:
    netns: blue
    destination: 203.0.113.0/24
    nexthops:
      - gateway: 192.168.15.5
        weight: 3
      - gateway: 192.168.15.6

- name: Set a route on the host, in a table of its own
  redblue.netns.netns_route:
    destination: 10.20.0.0/16
    gateway: 192.168.15.2
    table: 100

- name: Remove a route
  redblue.netns.netns_route:
    netns: blue
    destination: 192.168.1.0/24
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, a sentence each, in order.
  returned: success
  type: list
  elements: str
  sample:
    - add route 192.168.1.0/24 via 192.168.15.5 in namespace blue
commands:
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
  returned: success
  type: list
  elements: str
  sample:
    - ip -n blue route add 192.168.1.0/24 via 192.168.15.5 proto 82
diff:
  description: What the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      route 192.168.1.0/24 via 192.168.15.5 in namespace blue
        protocol: 82
timings:
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0013
    plan: 0.0002
    apply: 0.0001
    verify: 0.0007
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.routes import wish_netns_route
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    NETNS_ROUTE_SPEC,
    STATE,
)


def main() -> None:
    run_module({**NETNS_ROUTE_SPEC, **STATE}, wish_netns_route)


if __name__ == "__main__":
    main()
