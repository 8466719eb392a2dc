#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns
short_description: Network namespaces
version_added: 0.1.0
description:
  - Makes or removes a named network namespace, one that C(ip netns) shows.
  - Its loopback interface is up. Its kernel parameters and its DNS servers can be given.
  - A namespace that exists already is used as it is, whoever made it; it gets no mark of this collection by that.
  - Removing one removes what lies in it, cables with both ends. It is refused, and the reason named, where somebody else made the
    namespace, where processes live in it, or where interfaces lie in it that bear no mark of this collection, unless O(force=true). A topology
    is as careful with those that bear another mark than its own. A physical
    interface is given back to the host.
  - An empty file under C(/run/netns) that a crash left behind is removed, or replaced by the namespace, with a warning. Anything else
    there that is no namespace is an error.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - name: ip-netns(8)
    description: The command for it.
    link: https://man7.org/linux/man-pages/man8/ip-netns.8.html
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: red

- name: Create a namespace that is a router, with DNS servers of its own
  redblue.netns.netns:
    name: edge
    sysctls:
      net.ipv4.ip_forward: 1
      net.ipv6.conf.all.forwarding: 1
    nameservers:
      - 192.168.1.1
      - fd00:1::1
    search:
      - lab.example.com

- name: Remove a namespace
  redblue.netns.netns:
    name: red
    state: absent

- name: Remove a namespace, whoever made it and whatever is in it
  redblue.netns.netns:
    name: edge
    state: absent
    force: true
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, a sentence each, in order.
  returned: success
  type: list
  elements: str
  sample:
    - create namespace edge
    - set net.ipv4.ip_forward = 1 in namespace edge
    - set net.ipv6.conf.all.forwarding = 1 in namespace edge
    - add /etc/netns/edge/resolv.conf
    - "lo in namespace edge: set up"
commands:
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
  returned: success
  type: list
  elements: str
  sample:
    - ip netns add edge
    - ip -n edge link set dev lo alias redblue.netns
    - ip netns exec edge sysctl -qw net.ipv4.ip_forward=1
    - ip netns exec edge sysctl -qw net.ipv6.conf.all.forwarding=1
    - mkdir -p /etc/netns/edge
    - printf '%s\n' '# redblue.netns' 'search lab.example.com' 'nameserver 192.168.1.1' 'nameserver fd00:1::1' > /etc/netns/edge/resolv.conf
    - ip -n edge link set dev lo up
diff:
  description: What the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: ""
    after: |
      namespace edge
      net.ipv4.ip_forward = 1 in namespace edge
      net.ipv6.conf.all.forwarding = 1 in namespace edge
      resolver of namespace edge
        nameservers: 192.168.1.1, fd00:1::1
        search: lab.example.com
      interface lo in namespace edge
        up: on
timings:
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0007
    plan: 0.0001
    apply: 0.0016
    verify: 0.0019
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.netns import wish_netns
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import NETNS_SPEC, STATE


def main() -> None:
    run_module({**NETNS_SPEC, **STATE}, wish_netns)


if __name__ == "__main__":
    main()
