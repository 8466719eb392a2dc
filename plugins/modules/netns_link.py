#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: netns_link
short_description: Links of namespaces that are no veth pairs
version_added: 0.1.0
description:
  - Takes an interface of the host into a namespace and gives it back, and makes, alters or removes links of other kinds, on the host or in a
    namespace - V(macvlan), V(ipvlan), V(vlan), V(vxlan), V(tap), V(tun), V(dummy), V(vrf), V(wireguard).
  - Gives addresses to the loopback of a namespace.
  - An interface of another kind under the same name is an error, and so is one that was made with something that it has for good, as
    the number of a VLAN. What is asked for would take it away from whoever uses it; remove it first.
  - Router advertisements are turned off (C(accept_ra=0)) on what is made, unless it is a port, so that nobody on its network can give
    a namespace or the host a route. A link that was only taken keeps the kernel's setting.
  - What sits on a link goes with it.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.netns_link
  - redblue.netns._common
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
options:
  state:
    description:
      - Whether it shall be there. V(absent) gives back what was taken from the host, takes from C(lo) the O(addresses) that are named, or all,
        and removes any other.
notes:
  - A link that was taken goes back to the host when its namespace is removed by this collection, too. An interface of another kind than
    hardware that stands in for a port dies with a namespace that is deleted by others.
  - A Wi-Fi interface, a bridge or a vrf, and whatever else the kernel binds to its namespace, cannot be taken.
  - A task looks into the namespaces that it names. Where an interface in another one has the same number of V(vxlan) or V(vlan), or the link for
    itself (V(passthru)), only the kernel knows. It then refuses what check mode had promised, and nothing is left of it.
  - In RV(commands) a key of a wireguard is read from a file, which has to be there to run them, as has C(wg). The module itself needs neither.
seealso:
  - module: redblue.netns.veth
  - module: redblue.netns.linux_bridge
  - name: ip-link(8)
    description: What the types and their options mean to the kernel.
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
  - name: wg(8)
    description: What the options of a wireguard mean.
    link: https://man7.org/linux/man-pages/man8/wg.8.html
"""

EXAMPLES = r"""
- name: Create namespaces
  redblue.netns.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue

- name: Set red on the host's own network, as a station beside the host
  redblue.netns.netns_link:
    name: lan
    netns: red
    type: macvlan
    link: eth0
    addresses:
      - 192.168.1.51/24

- name: Take a port into blue, under another name
  redblue.netns.netns_link:
    name: wan
    netns: blue
    type: physical
    device: enp3s0
    mtu: 1400
    addresses:
      - 203.0.113.2/30

- name: Give it back to the host, as it was there
  redblue.netns.netns_link:
    name: wan
    netns: blue
    state: absent

- name: Join red to a namespace of another machine, by an Ethernet in UDP that the host sends
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

- name: Give blue an address that is on none of its networks
  redblue.netns.netns_link:
    name: lo
    netns: blue
    addresses:
      - 10.255.0.2/32

- name: Create a bridge
  redblue.netns.linux_bridge:
    name: v-net-0

- name: Plug a virtual machine into it that an ordinary user runs
  redblue.netns.netns_link:
    name: vm0
    type: tap
    user: nobody
    bridge: v-net-0

- name: Set blue on a VLAN of the host's network
  redblue.netns.netns_link:
    name: office
    netns: blue
    type: vlan
    link: eth0
    id: 10
    addresses:
      - 10.10.0.2/24

- name: Create a routing table for a customer
  redblue.netns.netns_link:
    name: customer
    type: vrf
    table: 100

- name: Create an encrypted tunnel in red, whose packets the host sends
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
  description: What was done, or in check mode would be done, a sentence each, in order.
  returned: success
  type: list
  elements: str
  sample:
    - "enp3s0: note beside it what it is here"
    - move enp3s0 from the host to namespace blue as wan
    - "wan in namespace blue: set mtu 1400"
    - add address 203.0.113.2/30 of wan in namespace blue
    - "wan in namespace blue: set up"
commands:
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
  returned: success
  type: list
  elements: str
  sample:
    - ip link set dev enp3s0 alias 'redblue.netns was enp3s0 up mtu 1500 txqueuelen 1000 address 52:54:00:12:34:56 198.51.100.2/24'
    - ip link set dev enp3s0 netns blue name wan
    - ip -n blue link set dev wan mtu 1400
    - ip -n blue addr add 203.0.113.2/30 dev wan
    - ip -n blue link set dev wan up
diff:
  description: What the task touches, before and after.
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
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.0061
    plan: 0.0004
    apply: 0.0252
    verify: 0.0058
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.netns_link import (
    wish_netns_link,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    NETNS_LINK_SPEC,
    STATE,
)


def main() -> None:
    run_module({**NETNS_LINK_SPEC, **STATE}, wish_netns_link)


if __name__ == "__main__":
    main()
