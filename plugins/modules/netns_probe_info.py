#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_probe_info
short_description: Test reachability between namespaces with packets
version_added: 1.0.0
description:
  - Sends packets from namespaces and from the host (ICMP echo, TCP, UDP, HTTP, DNS), and returns
    which targets were reached, the latency, and the reason for each failure. All probes run at the
    same time. The module needs neither C(ping) nor C(curl), nor a service that answers.
  - The reason comes from the kernel and from received packets. It is the error of the system call,
    the ICMP message and its sender, or the state of the neighbour (next hop) to which the packet
    was to be sent.
  - The module does not change anything. MAC addresses and path MTUs that the kernel learns from the
    probes expire by themselves. All namespaces of a machine share one neighbour table. If the
    probes would fill more than half of its free space, the module deletes the entries that it
    added.
  - A failed probe does not delay other probes. At most 512 packets and connections are in flight at
    a time, and at most 100 to one address and port.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_probe_info
  - redblue.netns._common
  - redblue.netns._attributes
  - redblue.netns._attributes.info
requirements:
  - The capabilities CAP_SYS_ADMIN and CAP_NET_RAW, which root has (run with C(become))
notes:
  - With O(probes[].listen) and O(probes[].listen_at) the module listens while the probes run. A
    service that tries to listen on the same port during that time finds it in use.
  - A packet filter that rejects with a TCP reset, as if the port were closed, cannot be
    distinguished from a closed port. A packet filter that drops cannot be distinguished from a host
    that does not answer.
  - Routers and hosts limit the rate of ICMP messages to the same address (the sysctl
    C(net.ipv4.icmp_ratelimit)). If one host sends many packets that are all rejected, some are
    therefore reported as V(timed_out) and others as V(prohibited).
seealso:
  - module: redblue.netns.topology
    description: Runs the same probes, and rolls its changes back if a probe is not as expected.
  - module: redblue.netns.netns_doctor_info
    description: Finds the cause of a failure by inspecting the host.
  - module: redblue.netns.netns_info
"""

EXAMPLES = r"""
- name: Build a lab
  redblue.netns.topology:
    name: lab
    netns: [{name: red}, {name: blue}]
    linux_bridge: [{name: v-net-0, addresses: [192.168.15.5/24, "fd00:15::5/64"]}]
    veth:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24, fd00:15::1/64]
        peer: {name: veth-red-br, bridge: v-net-0}
      - name: veth-blue
        netns: blue
        addresses: [192.168.15.2/24, fd00:15::2/64]
        peer: {name: veth-blue-br, bridge: v-net-0}
    netns_route:
      - {netns: red, destination: default, gateway: 192.168.15.5}
    dnat:
      - {destination_port: 8080, to_destination: "192.168.15.2:80"}

- name: Probe every pair of namespaces, and the host
  redblue.netns.netns_probe_info:
    matrix: {lab: lab, with_host: true}
  register: probed

- name: Show the reachability matrix
  ansible.builtin.debug:
    msg: "{{ probed.matrix.splitlines() }}"

- name: Test connections, datagrams, a forwarded port and the path MTU
  redblue.netns.netns_probe_info:
    probes:
      - {netns: red, to: blue, family: ipv6, count: 3, path_mtu: true}
      - {netns: red, to: blue, port: 443, listen: true} # tests the path before a service exists
      - {netns: red, to: blue, port: 22, expect: unreachable}
      - {netns: red, to: blue, protocol: udp, port: 53, listen: true}
      - name: the published port leads to blue
        to: 192.168.15.5
        port: 8080
        listen_at: {netns: blue, address: 192.168.15.2, port: 80}
      - name: no host has that address
        netns: red
        to: 192.168.15.77
        timeout: 0.5
        expect: unreachable

- name: Test services without failing
  redblue.netns.netns_probe_info:
    fail_on_unexpected: false
    probes:
      - {to: 127.0.0.1, protocol: http, path: /health, status: [200, 204]}
      - {to: 127.0.0.1, protocol: dns, query: example.org, record: AAAA}
  register: services

- name: Show the failed probes
  ansible.builtin.debug:
    msg: "{{ services.failed_probes }}"
"""

RETURN = r"""
results:
  description: >-
    The result of each probe, in the order of O(probes). The results of O(matrix) follow, in the
    order of their sources.
  returned: success, and when a probe is not as expected
  type: list
  elements: dict
  contains:
    name:
      description: The name of the probe, if it has one.
      type: str
      sample: the published port leads to blue
    netns:
      description: The source namespace. Null for the host.
      type: str
      sample: red
    to:
      description: The target. In a matrix, C(host) is the host.
      type: str
      sample: blue
    address:
      description: The address that was probed. Null if the namespace has no address.
      type: str
      sample: 192.168.15.2
    protocol:
      description: The protocol of the probe.
      type: str
      sample: tcp
    port:
      description: The port that was probed. Null for C(icmp).
      type: int
      sample: 443
    expect:
      description: The expected result, C(reachable) or C(unreachable).
      type: str
      sample: reachable
    reached:
      description: Whether the target was reached.
      type: bool
      sample: false
    ok:
      description: Whether the result is as expected.
      type: bool
      sample: false
    reason:
      description:
        - The result as a stable identifier.
        - C(ok) - the answer is as it should be. C(wrong_answer) - the answer is not the expected
          one. C(somebody_else) - another program than the probe's listener answered. C(timed_out) -
          no answer. C(refused) - no program listens on the port. C(reset) - the connection was
          reset.
        - C(prohibited) - a packet filter, or a route of this type, rejected the packet.
          C(no_neighbour) - the next hop does not answer ARP or neighbour discovery.
        - C(no_route) - no route to the target, on the source or on the router RV(results[].by).
          C(unreachable), C(ttl_exceeded), C(too_big) - reported by RV(results[].by). C(unreachable)
          and C(blackhole) without RV(results[].by) - a route of this type.
        - C(no_address) - the namespace has no address that can be probed. C(no_source) - the source
          address or interface does not exist. C(no_listener) - the probe cannot listen where it
          should. C(no_buffers) - the kernel has no buffer space. These four results prove nothing,
          whatever was expected.
        - C(not_there) - in check mode only, a namespace does not exist yet. The module assumes that
          an earlier task would have created it. Such a probe is not run, and is not a failure.
      type: str
      sample: refused
    message:
      description: The result as a sentence.
      type: str
      sample: "refused: no program listens on the port"
    by:
      description: The address of the sender of the ICMP error, if there was one.
      type: str
      sample: 192.168.15.2
    latency:
      description: >-
        The milliseconds until an answer arrived, measured by the kernel. For C(tcp), the duration
        of the handshake. Null without an answer.
      type: dict
      contains:
        min:
          description: The minimum.
          type: float
          sample: 0.018
        avg:
          description: The average.
          type: float
          sample: 0.021
        max:
          description: The maximum.
          type: float
          sample: 0.03
    sent:
      description: The number of packets sent, or of connections tried.
      type: int
      sample: 1
    received:
      description: The number of answers.
      type: int
      sample: 0
    loss:
      description: The percentage that was not answered.
      type: float
      sample: 100.0
    path_mtu:
      description: >-
        The path MTU (the largest packet that arrives unfragmented), in bytes. Null if it was not
        requested or could not be determined.
      type: int
      sample: 1500
    status:
      description: The HTTP status code, for C(http).
      type: int
      sample: 200
    records:
      description: The DNS records of the requested type, for C(dns).
      type: list
      elements: str
      sample: []
ok:
  description: Whether all results are as expected.
  returned: success, and when a probe is not as expected
  type: bool
  sample: false
failed_probes:
  description: The probes that are not as expected, each as a sentence.
  returned: success, and when a probe is not as expected
  type: list
  elements: str
  sample: ["red to blue:443 is expected to be reachable: refused: no program listens on the port"]
matrix:
  description: >-
    The reachability matrix as text, with a line for each source and a column for each target. A
    large matrix uses single letters.
  returned: success, and when a probe is not as expected
  type: str
  sample: |
    FROM \ TO  red      blue     host
    red                 0.02 ms  0.02 ms
    blue       0.02 ms           0.02 ms
    host       0.02 ms  0.02 ms
report:
  description: A text report with a line for each probe.
  returned: success, and when a probe is not as expected
  type: str
  sample: |
    FROM  TO        EXPECTED   RESULT
    red   blue:443  reachable  refused: no program listens on the port  <-- WRONG
    1 probe, 1 not as expected
summary:
  description: A summary in one line.
  returned: success, and when a probe is not as expected
  type: str
  sample: 1 probe, 1 not as expected
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

from ansible_collections.redblue.netns.plugins.module_utils._module.probe import run_probe


def main() -> None:
    run_probe()


if __name__ == "__main__":
    main()
