#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_doctor
short_description: Why a namespace cannot be reached, or does not get out
version_added: 0.1.0
description:
  - Goes through the questions that one asks when namespace networking fails, and names what is wrong, the cause before what it causes,
    each with the command that shows it and the option or command that mends it.
  - It changes nothing. Of gateways whose MAC address nobody has asked for yet, it asks, by one empty datagram to their port 9; whom the kernel
    then gives up, after three seconds, is a finding. No more than a hundred are asked, those first of which no link here has the address.
  - With O(topology) it checks what stands against what was declared, besides; without, what stands.
  - Without the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN it checks what can be seen of the host, not O(topology), and says that it is not
    complete.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._attributes
  - redblue.netns._attributes.info
options:
  topology:
    description:
      - What was declared, in the options of M(redblue.netns.topology), checked as there. A file named by C(src) is one of the managed host.
      - Its C(probes) are not asked; M(redblue.netns.netns_probe) does that.
      - Left out, only what stands is looked at.
    type: dict
notes:
  - Whether a rule with conditions other than interfaces and addresses drops a packet depends on the packet. Such a rule is reported as V(warning),
    where it names the lab's interfaces or networks, else as V(info).
seealso:
  - module: redblue.netns.topology
  - module: redblue.netns.netns_info
"""

EXAMPLES = r"""
- name: Build a lab
  redblue.netns.topology: &lab
    name: lab
    netns:
      - name: red
    veth:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24]
        peer: {name: to-red, addresses: [192.168.15.5/24]}
    netns_route:
      - {netns: red, destination: default, gateway: 192.168.15.5}
    masquerade:
      - source: [192.168.15.0/24]

- name: Look for what is wrong with it
  redblue.netns.netns_doctor:
    topology: *lab
  register: doctor

- name: Read the report
  ansible.builtin.debug:
    msg: "{{ doctor.report.splitlines() }}"

- name: Look for what is wrong with whatever stands
  redblue.netns.netns_doctor:
"""

RETURN = r"""
findings:
  description: What is wrong, worst first, and of what is equally bad the cause before what it causes.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: A word that stays the same, for monitors.
      type: str
      sample: bridge_down
    severity:
      description: How bad it is. V(error) - traffic is lost. V(warning) - some is, or will be. V(info) - it cannot be told.
      type: str
      sample: error
    subject:
      description: What it is about. A link in a namespace is written as C(NAMESPACE/LINK).
      type: str
      sample: v-net-0
    message:
      description: One sentence.
      type: str
      sample: bridge v-net-0 on the host is down
    evidence:
      description: The command that shows it, and what it says.
      type: str
      sample: "ip link show dev v-net-0: no UP among its flags"
    remedy:
      description: The command or option that mends it.
      type: str
      sample: ip link set dev v-net-0 up (option up)
healthy:
  description: Whether no finding is an error.
  returned: success
  type: bool
  sample: false
reached:
  description: The severity of the worst finding, and those that are less.
  returned: success
  type: list
  elements: str
  sample: [error, warning, info]
summary:
  description: How many findings there are, and the first, in one line.
  returned: success
  type: str
  sample: "1 error; first: bridge v-net-0 on the host is down"
report:
  description: All findings, for people.
  returned: success
  type: str
  sample: "nothing found\n"
complete:
  description: Whether all could be looked at.
  returned: success
  type: bool
  sample: true
reasons:
  description: Why not all could be looked at.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.redblue.netns.plugins.module_utils._module.doctor import run_doctor
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import NETNS_DOCTOR_SPEC


def main() -> None:
    run_doctor(NETNS_DOCTOR_SPEC)


if __name__ == "__main__":
    main()
