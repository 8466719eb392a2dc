#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_doctor_info
short_description: Diagnose network problems of namespaces and the host
version_added: 1.0.0
description:
  - Checks namespaces and the host for the usual causes of failing namespace networking, for example
    a namespace that cannot be reached or has no access to the internet. Causes are reported before
    their effects. Each finding has the command that shows the problem, and the option or command
    that fixes it.
  - The module does not change anything. It sends one packet to each gateway whose MAC address is
    not known yet, which is an empty UDP datagram to port 9, so that the kernel resolves the MAC
    address. A gateway on which the kernel gives up after three seconds is a finding. At most a
    hundred gateways are tested. Gateways whose address is not on a link of this host are tested
    first. If the kernel knows a MAC address for a gateway that belongs to a namespace without its
    address, the module has the kernel ask for it again now, which it else does later. So the
    kernel forgets what is wrong.
  - It also sends echo requests (ping) between namespaces that have addresses of one network on one
    segment, between them and the host, and from namespaces that are masqueraded to the default
    gateway of the host, at most 500. If there is no answer, it sends four more and watches the
    links on their way with packet sockets. The finding names the last link where the packets were
    seen, the first where they were not, and the reason if the kernel tells one.
  - With O(topology) it also compares the current state with the declared topology.
  - Without the capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN it checks what is visible on the host,
    does not check O(topology), and reports that the check is not complete.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._attributes
  - redblue.netns._attributes.info
options:
  topology:
    description:
      - The declared topology, with the options of M(redblue.netns.topology), which are checked as
        in that module. A file in C(src) is a file on the managed host.
      - Its C(probes) are not run. Use M(redblue.netns.netns_probe_info) for that.
      - Networks that overlap, and addresses and MAC addresses that are on one segment twice, are no
        finding where its C(allow_overlap) permits them. No other record has that word, so without
        O(topology) they are reported. Packets that are lost because of them are always a finding.
      - If omitted, only the current state is checked.
    type: dict
notes:
  - Whether a firewall rule drops a packet can depend on conditions other than interfaces and
    addresses. Such a rule is reported as V(warning) if it names the lab's interfaces or networks,
    otherwise as V(info).
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

- name: Diagnose the lab
  redblue.netns.netns_doctor_info:
    topology: *lab
  register: doctor

- name: Show the report
  ansible.builtin.debug:
    msg: "{{ doctor.report.splitlines() }}"

- name: Diagnose the current state without a declared topology
  redblue.netns.netns_doctor_info:
"""

RETURN = r"""
findings:
  description: >-
    The problems, most severe first. With equal severity, causes come before their effects.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: A stable identifier of the check, for monitoring.
      type: str
      sample: bridge_down
    severity:
      description: >-
        The severity. V(error) - traffic is lost. V(warning) - some traffic is lost, or will be.
        V(info) - cannot be determined.
      type: str
      sample: error
    subject:
      description: >-
        The object with the problem. A link in a namespace is written as C(NAMESPACE/LINK).
      type: str
      sample: v-net-0
    message:
      description: The problem as a sentence.
      type: str
      sample: bridge v-net-0 on the host is down
    evidence:
      description: The command that shows the problem, and its output.
      type: str
      sample: "ip link show dev v-net-0: no UP among its flags"
    remedy:
      description: The command or option that fixes the problem.
      type: str
      sample: ip link set dev v-net-0 up  # option up
healthy:
  description: Whether none of the findings is an error.
  returned: success
  type: bool
  sample: false
reached:
  description: The severity of the most severe finding, and all lower severities.
  returned: success
  type: list
  elements: str
  sample: [error, warning, info]
summary:
  description: The number of findings and the first finding, in one line.
  returned: success
  type: str
  sample: "1 error. First: bridge v-net-0 on the host is down"
report:
  description: All findings as a text report.
  returned: success
  type: str
  sample: "no problems found\n"
complete:
  description: Whether everything could be checked.
  returned: success
  type: bool
  sample: true
reasons:
  description: The reasons why not everything could be checked.
  returned: success
  type: list
  elements: str
  sample: []
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

from ansible_collections.redblue.netns.plugins.module_utils._module.doctor import run_doctor


def main() -> None:
    run_doctor()


if __name__ == "__main__":
    main()
