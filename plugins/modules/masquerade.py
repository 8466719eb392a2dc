#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: masquerade
short_description: Networks that leave under the host's address
version_added: 0.1.0
description:
  - Traffic of a network leaves under the address of the interface by which it leaves (or under O(to_source)), so that answers find the way back
    where nobody knows that network.
  - Traffic within a network, to O(destination_except), and to many (multicast and broadcast) keeps its sender's address.
  - A masquerade is known by O(source), each network by itself, and O(out_interface). To remove it these are enough.
  - It works on the host and, with O(netns), in a namespace that is a router.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.masquerade
  - redblue.netns._common
  - redblue.netns._common.nat
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
seealso:
  - module: redblue.netns.dnat
  - module: redblue.netns.netns_route
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: blue

- name: Create a bridge
  redblue.netns.linux_bridge:
    name: v-net-0
    addresses:
      - 192.168.15.5/24
      - fd00:15::5/64

- name: Plug the namespace into the bridge
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    addresses:
      - 192.168.15.2/24
      - fd00:15::2/64
    peer:
      name: veth-blue-br
      bridge: v-net-0

- name: Set the default route of the namespace
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: 192.168.15.5

- name: Let the network out to the LAN
  redblue.netns.masquerade:
    source: 192.168.15.0/24
    out_interface: eth0

- name: Let it out by every interface in IPv6, but under its own addresses to one network
  redblue.netns.masquerade:
    source: fd00:15::/64
    destination_except: fd00:77::/64

- name: Let another network out under a fixed address
  redblue.netns.masquerade:
    source: 192.168.16.0/24
    out_interface: eth0
    to_source: 192.168.1.2

- name: Do not let the network out any more
  redblue.netns.masquerade:
    source: 192.168.15.0/24
    out_interface: eth0
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, a sentence each, in order.
  returned: success
  type: list
  elements: str
  sample:
    - add masquerade of 192.168.15.0/24 out of eth0 on the host
    - open IPv4 forwarding for the lab's traffic from eth0 of the host
    - open IPv4 forwarding for the lab's traffic from v-net-0 of the host
    - set net.ipv4.conf.eth0.forwarding = 2 on the host
    - set net.ipv4.conf.v-net-0.forwarding = 2 on the host
commands:
  description: The same as the commands that a person would have typed, in order, ready to paste into bash as root.
  returned: success
  type: list
  elements: str
  sample:
    - |-
      nft -f - <<'EOF'
      create table inet redblue_netns
      table inet redblue_netns {
        comment "redblue.netns"
        set opened4 {
          type ifname
          elements = {
            "eth0" comment "redblue.netns",
            "v-net-0" comment "redblue.netns",
          }
        }
        set bridged4 {
          type ifname . ifname
          elements = {
            "eth0" . "eth0",
            "v-net-0" . "v-net-0",
          }
        }
        chain postrouting {
          type nat hook postrouting priority 100; policy accept;
          ip saddr 192.168.15.0/24 ip daddr != 192.168.15.0/24 ip daddr != 224.0.0.0/4 ip daddr != 255.255.255.255 \
            oifname "eth0" masquerade comment "redblue.netns v-net-0"
        }
        chain forward {
          type filter hook forward priority 0; policy accept;
          ct state established,related accept comment "redblue.netns"
          ct status dnat accept comment "redblue.netns"
          iifname "v-net-0" ip saddr 192.168.15.0/24 oifname "eth0" accept comment "redblue.netns"
          meta nfproto ipv4 meta iifkind "bridge" iifname . oifname @bridged4 accept comment "redblue.netns"
          meta nfproto ipv4 iifname @opened4 drop comment "redblue.netns"
        }
      }
      EOF
    - sysctl -qw net.ipv4.conf.eth0.forwarding=2
    - sysctl -qw net.ipv4.conf.v-net-0.forwarding=2
diff:
  description: What the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      net.ipv4.conf.eth0.forwarding = 0 on the host
      net.ipv4.conf.v-net-0.forwarding = 0 on the host
    after: |
      masquerade of 192.168.15.0/24 out of eth0 on the host
        out_interface: eth0
      forwarding of IPv4 opened for eth0 of the host
      forwarding of IPv4 opened for v-net-0 of the host
      net.ipv4.conf.eth0.forwarding = 2 on the host
      net.ipv4.conf.v-net-0.forwarding = 2 on the host
backends:
  description: What holds the rules in each namespace where some are wanted (C(host) is the host), and why that.
  returned: when rules are wanted
  type: dict
  sample:
    host:
      backend: nftables
      reason: it works here
timings:
  description: Seconds that each step took. C(apply) and C(verify) are there where something was changed.
  returned: success
  type: dict
  sample:
    lock: 0.0001
    observe: 0.007
    plan: 0.0004
    apply: 0.0046
    verify: 0.0145
"""

from ansible_collections.redblue.netns.plugins.module_utils._desired.nat import wish_masquerade
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    MASQUERADE_SPEC,
    STATE,
)


def main() -> None:
    run_module({**MASQUERADE_SPEC, **STATE}, wish_masquerade)


if __name__ == "__main__":
    main()
