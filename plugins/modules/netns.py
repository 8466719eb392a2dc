#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns
short_description: Manage network namespaces
version_added: 1.0.0
description:
  - Creates or removes a named network namespace, as C(ip netns) does. Can also set its kernel
    parameters (sysctls) and its DNS servers.
  - With O(attach), it gives the network namespace of a running container or process a name instead.
  - The loopback interface of a namespace is set up, unless it was attached.
  - An existing namespace is used as it is, even if it was not created by this collection. It does
    not become one that this collection created.
  - Removing a namespace removes everything in it, and both ends of veth pairs that lead into it.
    Physical interfaces are moved back to the host.
  - Removing is refused, with the reason, if processes run in the namespace, or if it contains
    interfaces that this collection did not create, unless O(force=true). An empty namespace is
    removed, also if this collection did not create it. A topology also refuses if the namespace
    contains interfaces with an owner other than its own.
  - An empty file under C(/run/netns) that is left over from a crash is removed, or replaced by the
    namespace, with a warning. Any other file there that is not a namespace is an error. So
    is a name that leads to the host's own namespace.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
seealso:
  - name: ip-netns(8)
    description: The command that manages network namespaces.
    link: https://man7.org/linux/man-pages/man8/ip-netns.8.html
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: red

- name: Create a namespace that acts as a router, with its own DNS servers
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

- name: Give the network namespace of a Docker container the name web
  redblue.netns.netns:
    name: web
    attach:
      container: web
      engine: docker

- name: Remove a namespace
  redblue.netns.netns:
    name: red
    state: absent

- name: Remove a namespace even if other programs created or use it
  redblue.netns.netns:
    name: edge
    state: absent
    force: true
"""

RETURN = r"""
actions:
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
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
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
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
  description: The objects that the task touches, before and after.
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
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0007
    plan: 0.0001
    apply: 0.0016
    verify: 0.0019
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.namespaces import parse_netns
from ansible_collections.redblue.netns.plugins.module_utils._kinds import (
    links,
    namespaces,
    recorded_processes,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns import NETNS_SPEC


def main() -> None:
    run_module(NETNS_SPEC, parse_netns, (links, namespaces, recorded_processes))


if __name__ == "__main__":
    main()
