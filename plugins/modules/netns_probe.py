#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_probe
short_description: Who reaches whom, shown with packets
version_added: 0.1.0
description:
  - Sends packets from namespaces and from the host, all at once, and says who was reached, how fast, and if not, why. It needs neither
    C(ping) nor C(curl), nor a service that answers.
  - The reason comes from the kernel and from what comes back - the error of the system call, the ICMP message and who sent it, and the state of the
    neighbour that a packet would have been handed to.
  - It changes nothing. What the kernel learns along the way, MAC addresses and path MTUs, it forgets by itself. Where that would fill
    more than half of what is left of its table of neighbours, which all namespaces of a machine share, this module removes what it
    brought in.
  - A probe that fails keeps no other one waiting. No more than 512 packets and connections are on their way at a time, and no more than 100 to one
    address and port.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_probe
  - redblue.netns._common
  - redblue.netns._attributes
  - redblue.netns._attributes.info
requirements:
  - CAP_SYS_ADMIN and CAP_NET_RAW, as root has them (run with C(become))
notes:
  - For O(probes[].listen) and O(probes[].listen_at) it listens for as long as the probes take. A service that wants the same port in that very second
    finds it in use.
  - A packet filter that rejects as if the port were closed, by a TCP reset, cannot be told from a closed port. One that drops cannot be told
    from a host that is silent.
  - Routers and hosts send few ICMP messages in a second to the same address (the sysctl C(net.ipv4.icmp_ratelimit)). Of many packets that one host
    asks in vain some are therefore V(timed_out) where others are V(prohibited).
seealso:
  - module: redblue.netns.topology
    description: Takes the same probes, and undoes what it has done if one is not as expected.
  - module: redblue.netns.netns_doctor
    description: Says what is wrong, by looking.
  - module: redblue.netns.netns_info
"""

EXAMPLES = r"""
- name: Build a lab
  redblue.netns.topology:
    name: lab
    netns: [{name: red}, {name: blue}]
    linux_bridge: [{name: v-net-0, addresses: [192.168.15.5/24, "fd00:15::5/64"]}]
    veth:
      - {name: veth-red, netns: red, addresses: [192.168.15.1/24, "fd00:15::1/64"], peer: {name: veth-red-br, bridge: v-net-0}}
      - {name: veth-blue, netns: blue, addresses: [192.168.15.2/24, "fd00:15::2/64"], peer: {name: veth-blue-br, bridge: v-net-0}}
    netns_route:
      - {netns: red, destination: default, gateway: 192.168.15.5}
    dnat:
      - {destination_port: 8080, to_destination: "192.168.15.2:80"}

- name: Let everyone ask everyone
  redblue.netns.netns_probe:
    matrix: {lab: lab, with_host: true}
  register: asked

- name: Show who reaches whom
  ansible.builtin.debug:
    msg: "{{ asked.matrix.splitlines() }}"

- name: Ask for more than an echo
  redblue.netns.netns_probe:
    probes:
      - {netns: red, to: blue, family: ipv6, count: 3, path_mtu: true}
      - {netns: red, to: blue, port: 443, listen: true} # whether a connection would get through, without a service
      - {netns: red, to: blue, port: 22, expect: unreachable}
      - {netns: red, to: blue, protocol: udp, port: 53, listen: true}
      - name: the published port leads to blue
        to: 192.168.15.5
        port: 8080
        listen_at: {netns: blue, address: 192.168.15.2, port: 80}
      - name: nobody has that address
        netns: red
        to: 192.168.15.77
        timeout: 0.5
        expect: unreachable

- name: Look, and fail later
  redblue.netns.netns_probe:
    fail_on_unexpected: false
    probes:
      - {to: 127.0.0.1, protocol: http, path: /health, status: [200, 204]}
      - {to: 127.0.0.1, protocol: dns, query: example.org, record: AAAA}
  register: services

- name: Say why
  ansible.builtin.debug:
    msg: "{{ services.failed_probes }}"
"""

RETURN = r"""
results:
  description: What came of each probe, in their order, those of the matrix last, and there in the order of who asks.
  returned: success, and when a probe is not as expected
  type: list
  elements: dict
  contains:
    name:
      description: What it is called, if it is.
      type: str
      sample: the published port leads to blue
    netns:
      description: Where it started; none for the host.
      type: str
      sample: red
    to:
      description: Whom it was to ask. C(host) for the host in a matrix.
      type: str
      sample: blue
    address:
      description: The address that was asked; none where the namespace has none.
      type: str
      sample: 192.168.15.2
    protocol:
      description: What was sent.
      type: str
      sample: tcp
    port:
      description: The port that was asked; none for C(icmp).
      type: int
      sample: 443
    expect:
      description: C(reachable) or C(unreachable).
      type: str
      sample: reachable
    reached:
      description: Whether it was reached.
      type: bool
      sample: false
    ok:
      description: Whether it is as expected.
      type: bool
      sample: false
    reason:
      description:
        - What came of it, a word that stays the same.
        - C(ok) - answered as it should be. C(wrong_answer) - answered, but not with what was wanted. C(somebody_else) - not by who listens for the probe.
          C(timed_out) - not at all. C(refused) - nobody listens on the port. C(reset) - the connection was broken off.
        - C(prohibited) - a packet filter, or a route of that type, does not let it through, and says so. C(no_neighbour) - nobody answers ARP, or
          neighbour discovery, for the next hop.
        - C(no_route) - there is none, here or where RV(results[].by) is. C(unreachable), C(ttl_exceeded), C(too_big) - as RV(results[].by) says.
          C(unreachable), C(blackhole) without one - a route of that type.
        - C(no_address) - the namespace has none that could be asked. C(no_source) - the source or interface to ask from is not there. C(no_listener) -
          nobody can listen where it should. C(no_buffers) - the kernel has no room. After these four nothing is shown, whatever was expected.
        - C(not_there) - only in check mode, where a namespace that is missing is taken for one that an earlier task would have made. Such a
          probe is not asked, and no failure.
      type: str
      sample: refused
    message:
      description: The same in a sentence.
      type: str
      sample: "refused: nobody listens on that port"
    by:
      description: The address of who said why not, where somebody did.
      type: str
      sample: 192.168.15.2
    latency:
      description: Milliseconds until an answer, as the kernel saw it arrive; for C(tcp) those of the handshake. None without an answer.
      type: dict
      contains:
        min:
          description: The shortest.
          type: float
          sample: 0.018
        avg:
          description: The mean.
          type: float
          sample: 0.021
        max:
          description: The longest.
          type: float
          sample: 0.03
    sent:
      description: How many packets were sent, or connections tried.
      type: int
      sample: 1
    received:
      description: How many of them were answered.
      type: int
      sample: 0
    loss:
      description: Percent that were not.
      type: float
      sample: 100.0
    path_mtu:
      description: The largest packet that arrives in one piece, in bytes; none where it was not to be found, or not asked for.
      type: int
      sample: 1500
    status:
      description: The status of the page, for C(http).
      type: int
      sample: 200
    records:
      description: The records of the type that was asked for, for C(dns).
      type: list
      elements: str
      sample: []
ok:
  description: Whether all are as expected.
  returned: success, and when a probe is not as expected
  type: bool
  sample: false
failed_probes:
  description: Those that are not, a sentence each.
  returned: success, and when a probe is not as expected
  type: list
  elements: str
  sample: ["red to blue:443 is expected to be reachable: refused: nobody listens on that port"]
matrix:
  description: Who reaches whom, as text - a line for each who asks, a column for each who is asked; of many, in single letters.
  returned: success, and when a probe is not as expected
  type: str
  sample: |
    FROM \ TO  red      blue     host
    red                 0.02 ms  0.02 ms
    blue       0.02 ms           0.02 ms
    host       0.02 ms  0.02 ms
report:
  description: A line for each probe, as text.
  returned: success, and when a probe is not as expected
  type: str
  sample: |
    FROM  TO        MUST BE    IS
    red   blue:443  reachable  refused: nobody listens on that port  <-- WRONG
    1 probe, 1 not as expected
summary:
  description: In one line.
  returned: success, and when a probe is not as expected
  type: str
  sample: 1 probe, 1 not as expected
"""

from ansible_collections.redblue.netns.plugins.module_utils._module.probe import run_probe
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import NETNS_PROBE_SPEC


def main() -> None:
    run_probe(NETNS_PROBE_SPEC)


if __name__ == "__main__":
    main()
