#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_capture
short_description: Capture packets in a namespace with tcpdump
version_added: 1.0.0
description:
  - Captures packets with C(tcpdump) in a namespace or on the host, on one interface or on all of
    them, for some seconds or while probes run. Returns who talked to whom, and writes the packets to
    a file on the controller, in the format pcapng, which Wireshark and C(tcpdump -r) read.
  - With O(probes) the module starts to capture, then sends the packets, and ends the capture when
    the last probe is done. So the file has what a probe sent, and what was answered.
  - Nothing is changed on the host. No file is written there, and C(tcpdump) ends with the module,
    even if the module is killed. An interface becomes promiscuous only with O(promisc).
  - The file on the controller belongs to the user who runs Ansible, and only that user can read it.
    It holds what others sent, which may include secrets. The result has only addresses, ports,
    protocols, counts and names of interfaces.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_capture
  - redblue.netns._common
  - redblue.netns._attributes
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    details:
      - Nothing is captured, and no probe is run. The options, the namespace, the interface and the
        filter are checked, unless an earlier task would have created what is missing.
  diff_mode:
    support: N/A
    details: The content of the file is not shown.
  idempotent:
    support: none
    details:
      - Each run makes a new capture. With O(dest) it reports a change, because it writes the file on
        the controller. Without O(dest) it reports none.
requirements:
  - C(tcpdump) on the host
  - The capabilities CAP_SYS_ADMIN and CAP_NET_RAW, which root has (run with C(become))
notes:
  - C(tcpdump) resolves names of hosts in O(filter) with the resolver of the host.
  - Packets are held in the memory of the host until the capture ends, and sent in the result of the
    module, so O(size) is also what that takes. If packets arrive faster than C(tcpdump) keeps them,
    RV(dropped) has how many are missing.
seealso:
  - module: redblue.netns.netns_probe_info
    description: Sends packets, and reports the reasons of failures without a capture.
  - module: redblue.netns.netns_doctor_info
    description: Finds the cause of a failure by inspecting the host.
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

- name: Capture what a probe sends, on all interfaces of blue
  redblue.netns.netns_capture:
    netns: blue
    dest: "/tmp/captures/{{ inventory_hostname }}-blue.pcapng"
    probes:
      - {netns: red, to: blue, port: 80, listen: true}
  register: captured

- name: Show who talked to whom
  ansible.builtin.debug:
    msg: "{{ captured.report.splitlines() }}"

- name: Count the DNS queries of red in a second, and keep no file
  redblue.netns.netns_capture:
    netns: red
    interface: veth-red
    filter: udp port 53
    seconds: 1

- name: Keep at most a hundred packets of the host's bridge that are not SSH
  redblue.netns.netns_capture:
    interface: v-net-0
    filter: not tcp port 22
    packets: 100
    seconds: 1
    dest: /tmp/captures/bridge.pcapng
"""

RETURN = r"""
dest:
  description: The path of the file on the controller.
  returned: with O(dest), except in check mode
  type: str
  sample: /tmp/captures/r1-blue.pcapng
packets:
  description: The number of captured packets.
  returned: success, and when a probe is not as expected
  type: int
  sample: 12
conversations:
  description: >-
    Who talked to whom, in the order of the first packets. Of more than 1000 conversations, those with
    the most bytes.
  returned: success, and when a probe is not as expected
  type: list
  elements: dict
  contains:
    protocol:
      description: >-
        The protocol, such as C(tcp), C(udp), C(icmp), C(icmpv6), C(arp), C(ip protocol 41) or
        C(ethertype 0x88cc). C(truncated) if the headers are not complete.
      type: str
      sample: tcp
    source:
      description: >-
        The sender of the first packet, as an IP address, or as a MAC address if the packet is neither
        IP nor ARP. Null if it is not known.
      type: str
      sample: 192.168.15.1
    source_port:
      description: Its port. Null for protocols without ports.
      type: int
      sample: 40000
    destination:
      description: The receiver of the first packet.
      type: str
      sample: 192.168.15.2
    destination_port:
      description: Its port.
      type: int
      sample: 80
    packets:
      description: >-
        The number of packets from the source to the destination. On all interfaces (V(any)) a packet
        counts at each interface where it was seen.
      type: int
      sample: 6
    bytes:
      description: Their bytes, with the IP header and without that of the link.
      type: int
      sample: 340
    reply_packets:
      description: The number of packets from the destination to the source.
      type: int
      sample: 4
    reply_bytes:
      description: Their bytes.
      type: int
      sample: 232
    interfaces:
      description: >-
        The interfaces where the packets were seen, in this order. Empty if C(libpcap) is older than
        1.10 and captures on all interfaces.
      type: list
      elements: str
      sample: [veth-blue]
conversations_left_out:
  description: The number of conversations that are not listed.
  returned: success, and when a probe is not as expected
  type: int
  sample: 0
report:
  description: A text report with a line for each of the first 50 conversations.
  returned: success, and when a probe is not as expected
  type: str
  sample: |
    PROTOCOL  FROM                TO               PACKETS  REPLIES  BYTES  INTERFACES
    arp       192.168.15.1        192.168.15.2     1        1        56     veth-blue
    tcp       192.168.15.1:40000  192.168.15.2:80  6        4        572    veth-blue
dropped:
  description: Packets that passed the filter and are not in the capture.
  returned: success, and when a probe is not as expected
  type: dict
  contains:
    kernel:
      description: Dropped because the buffer of the capture was full.
      type: int
      sample: 0
    interface:
      description: Dropped by the network interface or its driver.
      type: int
      sample: 0
ended_by:
  description: >-
    What ended the capture. C(probes), or the limit that was reached (C(seconds), C(size),
    C(packets)). C(tcpdump) if it ended by itself, as when its interface is removed; a warning has the
    reason then. C(check_mode) if nothing was captured.
  returned: success, and when a probe is not as expected
  type: str
  sample: probes
probes:
  description: The results of the probes, as M(redblue.netns.netns_probe_info) returns them.
  returned: with O(probes), except in check mode
  type: dict
  sample: {ok: true, failed_probes: [], summary: "1 probe, as expected"}
errors:
  description: >-
    All messages in full length, if the task fails with several errors or with a message of more
    than 600 characters.
  returned: failure
  type: list
  elements: str
  sample:
    - "seconds: 0: is not a number of seconds between 0.1 and 3600"
    - "unsupported option 'device'; did you mean 'dest'?"
"""

from ansible_collections.redblue.netns.plugins.module_utils import _ansiballz

_ansiballz.prepare()

from ansible_collections.redblue.netns.plugins.module_utils._module.capture import run_capture


def main() -> None:
    run_capture()


if __name__ == "__main__":
    main()
