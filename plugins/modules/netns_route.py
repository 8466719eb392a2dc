#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_route
short_description: Manage routes in namespaces and on the host
version_added: 1.0.0
description:
  - Creates, changes or removes a route, such as a default gateway, in a namespace or on the host.
  - A route is identified by O(destination), O(table) and O(metric). The kernel keeps several routes
    to one destination if their metrics differ.
  - The protocol number of a route identifies the program that created it. The number of this
    collection is 82 (100 to 163 for a topology). If a route that another program created has the
    same destination, table and metric, but differs from the route in the task, it is an
    error, unless O(force=true). If it matches, it is left alone.
  - If another program already created a default route, a second default route is an error as well,
    unless O(metric) is given or O(force=true).
  - To remove a route, the same three options identify it. If O(gateway), O(device) or O(nexthops)
    is given, the route must match it too.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_route
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
seealso:
  - module: redblue.netns.masquerade
  - name: ip-route(8)
    description: The command that manages routes.
    link: https://man7.org/linux/man-pages/man8/ip-route.8.html
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: blue

- name: Connect it to the host with a veth pair
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

- name: Add a route to the LAN
  redblue.netns.netns_route:
    netns: blue
    destination: 192.168.1.0/24
    gateway: 192.168.15.5

- name: Add the default route (default gateway)
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: 192.168.15.5

- name: Add the IPv6 default route
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: fd00:15::5

- name: Drop traffic to a network, and send an ICMP error to the sender
  redblue.netns.netns_route:
    netns: blue
    destination: 198.51.100.0/24
    type: unreachable

- name: Share the traffic to a network between two gateways (multipath route)
  redblue.netns.netns_route:
    netns: blue
    destination: 203.0.113.0/24
    nexthops:
      - gateway: 192.168.15.5
        weight: 3
      - gateway: 192.168.15.6

- name: Add a route on the host, in a separate routing table
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
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - add route 192.168.1.0/24 via 192.168.15.5 in namespace blue
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip -n blue route add 192.168.1.0/24 via 192.168.15.5 proto 82
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      route 192.168.1.0/24 via 192.168.15.5 in namespace blue
        protocol: 82
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0013
    plan: 0.0002
    apply: 0.0001
    verify: 0.0007
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.routes import parse_netns_route
from ansible_collections.redblue.netns.plugins.module_utils._kinds import routes
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_route import (
    NETNS_ROUTE_SPEC,
)


def main() -> None:
    run_module(NETNS_ROUTE_SPEC, parse_netns_route, (routes,))


if __name__ == "__main__":
    main()
