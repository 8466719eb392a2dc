#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_link
short_description: "Manage other links: dummy, VLAN, macvlan, WireGuard, physical interfaces"
version_added: 1.0.0
description:
  - Creates, changes or removes links other than veth pairs and bridges, on the host or in a
    namespace. The types are V(macvlan), V(ipvlan), V(vlan), V(vxlan), V(tap), V(tun), V(dummy),
    V(ifb), V(vrf) and V(wireguard).
  - Moves an existing interface of the host, such as a network card, into a namespace, and back.
  - Sets addresses on the loopback interface of a namespace.
  - An interface of another type with the same name is an error. So is a link that was created with
    an attribute that cannot be changed later, such as the VLAN ID, and that differs. Replacing the
    link would interrupt its users, so remove it first.
  - On new links router advertisements are ignored (C(accept_ra=0)), so that nothing on the network
    can set a route in a namespace or on the host. Bridge ports, and interfaces that were only
    moved, keep the kernel's setting.
  - Links that are stacked on a link are removed together with it.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_link
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.links
options:
  state:
    description:
      - Whether the link should exist. V(absent) moves an interface that came from the host back to
        the host. From C(lo) it removes the O(addresses) that are given, or all addresses. Any other
        link is deleted.
notes:
  - An interface that was moved from the host also goes back to the host when this collection
    removes its namespace. When another program deletes the namespace, the kernel moves hardware
    back to the host, and deletes virtual interfaces.
  - Interfaces that the kernel binds to their namespace, such as Wi-Fi interfaces, bridges and VRFs,
    cannot be moved.
  - A task inspects only the namespaces that it names. If an interface in another namespace has the
    same V(vxlan) or V(vlan) ID, or exclusive use of the parent link (V(passthru)), only the kernel
    knows this. The kernel then refuses a link that check mode announced, and the task is rolled
    back.
  - The kernel does not tell where the packets of an existing V(wireguard) link travel. Of links that
    this collection created, it is on record until the next boot. With O(link_netns), the task fails
    if the record says otherwise, and warns of a link of which it says nothing.
  - RV(commands) read WireGuard keys from files, which must exist when the commands are run. The
    commands also need C(wg). The module itself needs neither.
seealso:
  - module: redblue.netns.veth
  - module: redblue.netns.linux_bridge
  - name: ip-link(8)
    description: Explains the link types and their options.
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
  - name: wg(8)
    description: Explains the WireGuard options.
    link: https://man7.org/linux/man-pages/man8/wg.8.html
"""

EXAMPLES = r"""
- name: Create namespaces
  redblue.netns.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Connect red to the host's network with a macvlan interface
  redblue.netns.netns_link:
    name: lan
    netns: red
    type: macvlan
    link: eth0
    addresses:
      - 192.168.1.51/24

- name: Move a physical interface into blue, under another name
  redblue.netns.netns_link:
    name: wan
    netns: blue
    type: physical
    device: enp3s0
    force: true  # It has an address.
    mtu: 1400
    addresses:
      - 203.0.113.2/30

- name: Move it back to the host, with its former settings
  redblue.netns.netns_link:
    name: wan
    netns: blue
    state: absent

- name: Connect red to a namespace on another machine through a VXLAN tunnel of the host
  redblue.netns.netns_link:
    name: far
    netns: red
    type: vxlan
    id: 42
    local: 192.168.1.2
    remote: 192.168.1.7
    mtu: 1450
    addresses:
      - 10.42.0.1/24

- name: Add an address to the loopback interface of blue
  redblue.netns.netns_link:
    name: lo
    netns: blue
    addresses:
      - 10.255.0.2/32

- name: Create a bridge
  redblue.netns.linux_bridge:
    name: v-net-0

- name: Create a tap device on it for a virtual machine of an unprivileged user
  redblue.netns.netns_link:
    name: vm0
    type: tap
    user: nobody
    bridge: v-net-0

- name: Connect blue to a VLAN of the host's network
  redblue.netns.netns_link:
    name: office
    netns: blue
    type: vlan
    link: eth0
    id: 10
    addresses:
      - 10.10.0.2/24

- name: Create a VRF with a routing table for a customer
  redblue.netns.netns_link:
    name: customer
    type: vrf
    table: 100

- name: Create a WireGuard interface in red, whose packets the host sends
  redblue.netns.netns_link:
    name: wg0
    netns: red
    type: wireguard
    private_key_file: /etc/wireguard/wg0.key
    listen_port: 51820
    addresses:
      - 10.99.0.1/24
    peers:
      - public_key: HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=
        endpoint: 192.168.1.7:51820
        allowed_ips:
          - 10.99.0.2/32
        persistent_keepalive: 25
"""

RETURN = r"""
actions:
  description: >-
    The changes, in order, each as a sentence. In check mode, the changes that would be made.
  returned: success
  type: list
  elements: str
  sample:
    - "enp3s0: record its settings on the host"
    - move enp3s0 from the host to namespace blue as wan
    - "wan in namespace blue: set mtu 1400"
    - add address 203.0.113.2/30 of wan in namespace blue
    - "wan in namespace blue: set up"
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - ip link set dev enp3s0 alias 'redblue.netns was enp3s0'
    - ip link set dev enp3s0 netns blue name wan
    - ip -n blue link set dev wan mtu 1400
    - ip -n blue addr add 203.0.113.2/30 dev wan
    - ip -n blue link set dev wan up
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      physical enp3s0 on the host
        up: on
        mtu: 1500
        mac: 52:54:00:12:34:56
        txqueuelen: 1000
        arp: on
        promisc: off
        accept_ra: on
        accept_dad: on
        link_local: on
      address 198.51.100.2/24 of enp3s0 on the host
    after: |
      physical wan in namespace blue
        home: name enp3s0, up on, mtu 1500, mac 52:54:00:12:34:56, txqueuelen 1000, arp on, promisc off, addresses 198.51.100.2/24
        up: on
        mtu: 1400
        mac: 52:54:00:12:34:56
        txqueuelen: 1000
        arp: on
        promisc: off
        link_local: on
      address 203.0.113.2/30 of wan in namespace blue
timings:
  description: >-
    The duration of each step in seconds. C(apply) and C(verify) are present if something was
    changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0061
    plan: 0.0004
    apply: 0.0252
    verify: 0.0058
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.netns_links import (
    parse_netns_link,
)
from ansible_collections.redblue.netns.plugins.module_utils._kinds import (
    links,
    other_links,
    ovs,
    wanted_links,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_link import (
    NETNS_LINK_SPEC,
)


def main() -> None:
    run_module(NETNS_LINK_SPEC, parse_netns_link, (links, other_links, ovs, wanted_links))


if __name__ == "__main__":
    main()
