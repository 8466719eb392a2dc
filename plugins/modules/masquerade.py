#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: masquerade
short_description: Manage masquerading (source NAT) for a network
version_added: 1.0.0
description:
  - Masquerades traffic from a source network. The traffic leaves with the address of the outgoing
    interface (or with O(to_source)) as its source address, so that answers find the way back even
    where that network is not known.
  - Traffic within the source network, to O(destination_except), and to multicast and broadcast
    addresses keeps its source address.
  - With O(translate=false) the networks leave with their own addresses, for other networks that have
    routes back to them.
  - A masquerade rule is identified by O(source), separately for each network, and by
    O(out_interface). These are sufficient to remove it.
  - Works on the host and, with O(netns), in a namespace that acts as a router.
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
  - redblue.netns._attributes.nat
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

- name: Connect the namespace to the bridge with a veth pair
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    addresses:
      - 192.168.15.2/24
      - fd00:15::2/64
    peer:
      name: veth-blue-br
      bridge: v-net-0

- name: Add the default route of the namespace
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: 192.168.15.5

- name: Masquerade traffic from the network to the LAN
  redblue.netns.masquerade:
    source: 192.168.15.0/24
    out_interface: eth0

- name: Masquerade IPv6 traffic on every outgoing interface, except to one network
  redblue.netns.masquerade:
    source: fd00:15::/64
    destination_except: fd00:77::/64

- name: Use a fixed source address for another network (SNAT)
  redblue.netns.masquerade:
    source: 192.168.16.0/24
    out_interface: eth0
    to_source: 192.168.1.2

- name: Use a pool of source addresses, whose packets the router sends to this host
  redblue.netns.masquerade:
    source: 192.168.17.0/24
    to_source: 203.0.113.16-203.0.113.23

- name: Stop masquerading traffic from the network to the LAN
  redblue.netns.masquerade:
    source: 192.168.15.0/24
    out_interface: eth0
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
    - add masquerade of 192.168.15.0/24 out of eth0 on the host
    - open IPv4 forwarding for the lab's traffic from eth0 of the host
    - open IPv4 forwarding for the lab's traffic from v-net-0 of the host
    - set net.ipv4.conf.eth0.forwarding = 2 on the host
    - set net.ipv4.conf.v-net-0.forwarding = 2 on the host
    - set net.ipv4.conf.eth0.src_valid_mark = 2 on the host
    - set net.ipv4.conf.v-net-0.src_valid_mark = 2 on the host
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - "nft -f - <<'EOF'\n\
      create table inet redblue_netns\n\
      table inet redblue_netns {\n\
      \  comment \"redblue.netns\"\n\
      \  set opened4 {\n\
      \    type ifname\n\
      \    elements = {\n\
      \      \"eth0\" comment \"redblue.netns\",\n\
      \      \"v-net-0\" comment \"redblue.netns\",\n\
      \    }\n\
      \  }\n\
      \  set bridged4 {\n\
      \    type ifname . ifname\n\
      \    elements = {\n\
      \      \"eth0\" . \"eth0\",\n\
      \      \"v-net-0\" . \"v-net-0\",\n\
      \    }\n\
      \  }\n\
      \  chain postrouting {\n\
      \    type nat hook postrouting priority 100; policy accept;\n\
      \    ip saddr 192.168.15.0/24 ip daddr != 192.168.15.0/24 ip daddr != 224.0.0.0/4 ip daddr != 255.255.255.255\
      \ oifname \"eth0\" masquerade comment \"redblue.netns v-net-0\"\n\
      \  }\n\
      \  chain forward {\n\
      \    type filter hook forward priority -1001; policy accept;\n\
      \    ct state established,related accept comment \"redblue.netns\"\n\
      \    ct status dnat accept comment \"redblue.netns\"\n\
      \    iifname \"v-net-0\" ip saddr 192.168.15.0/24 oifname \"eth0\" accept comment \"redblue.netns\"\n\
      \    meta nfproto ipv4 meta iifkind \"bridge\" iifname . oifname @bridged4 accept comment \"redblue.netns\"\n\
      \    meta nfproto ipv4 iifname @opened4 drop comment \"redblue.netns\"\n\
      \  }\n\
      \  chain marked {\n\
      \    type filter hook prerouting priority 1000; policy accept;\n\
      \    meta mark 0 ct state established,related meta mark set 4096 comment \"redblue.netns\"\n\
      \    meta mark 0 ct status dnat meta mark set 4096 comment \"redblue.netns\"\n\
      \    meta mark 0 iifname \"v-net-0\" ip saddr 192.168.15.0/24 meta mark set 4096 comment \"redblue.netns\"\n\
      \  }\n\
      \  chain unmarked_input {\n\
      \    type filter hook input priority -1000; policy accept;\n\
      \    meta mark 4096 meta mark set 0 comment \"redblue.netns\"\n\
      \  }\n\
      \  chain unmarked_forward {\n\
      \    type filter hook forward priority -1000; policy accept;\n\
      \    meta mark 4096 meta mark set 0 comment \"redblue.netns\"\n\
      \  }\n\
      }\n\
      EOF"
    - ip rule add pref 8 protocol 82 nop
    - ip rule add pref 3 protocol 82 lookup local
    - ip rule add pref 2 iif lo protocol 82 goto 8
    - ip rule add pref 5 iif eth0 protocol 82 fwmark 0/0xffffffff blackhole
    - ip rule add pref 5 iif v-net-0 protocol 82 fwmark 0/0xffffffff blackhole
    - sysctl -qw net.ipv4.conf.eth0.forwarding=2
    - sysctl -qw net.ipv4.conf.v-net-0.forwarding=2
    - sysctl -qw net.ipv4.conf.eth0.src_valid_mark=2
    - sysctl -qw net.ipv4.conf.v-net-0.src_valid_mark=2
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      net.ipv4.conf.eth0.forwarding = 0 on the host
      net.ipv4.conf.v-net-0.forwarding = 0 on the host
      net.ipv4.conf.eth0.src_valid_mark = 0 on the host
      net.ipv4.conf.v-net-0.src_valid_mark = 0 on the host
    after: |
      masquerade of 192.168.15.0/24 out of eth0 on the host
        out_interface: eth0
        translated: on
      forwarding of IPv4 opened for eth0 of the host
      forwarding of IPv4 opened for v-net-0 of the host
      net.ipv4.conf.eth0.forwarding = 2 on the host
      net.ipv4.conf.v-net-0.forwarding = 2 on the host
      net.ipv4.conf.eth0.src_valid_mark = 2 on the host
      net.ipv4.conf.v-net-0.src_valid_mark = 2 on the host
backends:
  description: >-
    The backend that holds the rules in each namespace with rules, and the reason for it. C(host) is
    the host.
  returned: when the task has rules
  type: dict
  sample:
    host:
      backend: nftables
      reason: it works here
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.nat import parse_masquerade
from ansible_collections.redblue.netns.plugins.module_utils._kinds import rules
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
    MASQUERADE_SPEC,
)


def main() -> None:
    run_module(MASQUERADE_SPEC, parse_masquerade, (rules,))


if __name__ == "__main__":
    main()
