#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_policy
short_description: Manage one network policy of a topology
version_added: 1.0.0
description:
  - Says who may talk to namespaces of a topology, and to whom they may talk. The meaning is that of
    the network policies of Kubernetes. A direction that a policy gives refuses everything else.
    Several policies of a namespace add up. Replies always come back.
  - A policy is identified by O(topology) and O(name). These are sufficient to remove it.
  - The policy is the same as one that M(redblue.netns.topology) lists in its option C(policy), and
    is enforced in the same way, outside of the namespaces. Neither of the two changes or removes a
    policy of the other. An attempt fails and says whom the policy belongs to.
  - A run of the topology keeps the policies of this module, for new namespaces as well. They are
    removed with the topology.
  - A boot brings a persistent topology back without the policies of this module. Until their tasks run
    again, they do not apply, so a task of such a topology returns a warning. List a policy in the
    topology instead if it has to survive a boot.
  - The namespaces are known by their addresses. These are the addresses that the topology listed
    when it last ran with a policy, of its own or of this module. Before, they are the addresses that
    the interfaces of the namespaces have. Root of a namespace may have added some, so run the
    topology after the first policy, or list that one in the topology.
  - In a topology of more than 30 namespaces with so many rules that RV(policy_matrix) is null, the
    task looks at the host and at the namespaces that it names only. Of the others, the tables say
    which addresses they have. All namespaces are looked at if the task has a pattern or no
    O(netns), or if something differs that the host shows, such as a rule, an interface or the
    namespace of a name. What was changed inside a namespace that it does not name is for the next
    run of the topology to find.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_policy
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.all
requirements:
  - C(nft) (package C(nftables))
"""

EXAMPLES = r"""
- name: Create a topology
  redblue.netns.topology:
    name: store
    netns: [{name: web}, {name: sql}]
    linux_bridge:
      - name: store0
        addresses: [192.168.19.5/24, fd00:19::5/64]
    veth:
      - name: eth0
        netns: web
        addresses: [192.168.19.1/24, fd00:19::1/64]
        peer: {name: to-web, bridge: store0}
      - name: eth0
        netns: sql
        addresses: [192.168.19.2/24, fd00:19::2/64]
        peer: {name: to-sql, bridge: store0}

- name: Let only web reach the database
  redblue.netns.netns_policy:
    topology: store
    name: database
    netns: [sql]
    ingress:
      - {from: [{netns: web}], protocol: tcp, ports: [5432]}

- name: Let web leave only to a package mirror, besides the database
  redblue.netns.netns_policy:
    topology: store
    name: updates
    netns: [web]
    egress:
      - {to: [{address_set: mirror}], protocol: tcp, ports: [80, 443]}
      - {to: [{netns: sql}], protocol: tcp, ports: [5432]}
    address_sets:
      - {name: mirror, addresses: [203.0.113.0/24, '2001:db8:1::/64']}

- name: Let everything in to the database again
  redblue.netns.netns_policy:
    topology: store
    name: database
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
    - remove policy database on the host
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - |-
      nft -f - <<'EOF'
      delete element inet redblue_netns_policy ingress4 {
        192.168.19.2,
      }
      delete element inet redblue_netns_policy ingress6 {
        fd00:19::2,
      }
      flush chain inet redblue_netns_policy ingress-3f8ee7b32dfeffc6
      flush chain inet redblue_netns_policy record-772ec0a58a69d840
      delete chain inet redblue_netns_policy ingress-3f8ee7b32dfeffc6
      delete chain inet redblue_netns_policy record-772ec0a58a69d840
      delete counter inet redblue_netns_policy refused-b3fda71d7f805cf9
      delete counter inet redblue_netns_policy rule-25c30f6c460ea7ce
      EOF
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      policy database on the host
        members: sql
        ingress: allow tcp 5432 from web
        ingress: reject everything else
        addresses: 192.168.19.2, fd00:19::2
        ingress 1 addresses: 192.168.19.1, fd00:19::1
    after: ""
policy_matrix:
  description:
    - Who reaches whom by which policy once the task is done, computed without packets, also in check
      mode. Only pairs are listed between which a policy decides.
    - It says what policies let through. Routes, isolation, port forwarding and other packet filters
      still apply to what enters or leaves the topology.
    - Addresses that the policies treat in the same way are one group. If there are more than 40
      groups, or very many rules, the value is null.
  returned: when the topology has policies
  type: list
  elements: dict
  contains:
    family:
      description: The address family, 4 or 6.
      returned: success
      type: int
      sample: 4
    from:
      description:
        - The senders. These are namespaces, C(host), and networks outside that a rule names, each
          without the smaller ones among them. C(elsewhere) is every other address. C(dns:) and a
          DNS name that a rule has stands for the addresses of that name.
      returned: success
      type: list
      elements: str
      sample: [web]
    to:
      description: The targets, in the same form. No place is a target of its own.
      returned: success
      type: list
      elements: str
      sample: [sql]
    allowed:
      description:
        - What is let through, as C(protocol), C(ports) and C(policies), the policies with a rule for
          it. Without ports, all ports are meant. The protocol C(any) stands for all protocols that the
          row does not name.
      returned: success
      type: list
      elements: dict
      sample:
        - {protocol: tcp, ports: ["5432"], policies: [database]}
    refused:
      description:
        - What is refused, in the same form. C(policies) are those that refuse it, C(direction) is the
          list of their rules that does.
      returned: success
      type: list
      elements: dict
      sample:
        - {protocol: tcp, ports: [0-5431, 5433-65535], policies: [database], direction: ingress}
        - {protocol: any, ports: [], policies: [database], direction: ingress}
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.007
    plan: 0.0004
    apply: 0.0046
    verify: 0.0145
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.policies import (
    parse_netns_policy,
)
from ansible_collections.redblue.netns.plugins.module_utils._kinds import attachments, links, rules
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_policy import (
    NETNS_POLICY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._results.policies import policy_results


def main() -> None:
    run_module(NETNS_POLICY_SPEC, parse_netns_policy, (attachments, links, rules), policy_results)


if __name__ == "__main__":
    main()
