#!/usr/bin/python
# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: dnat
short_description: Manage port forwarding (destination NAT)
version_added: 1.0.0
description:
  - Forwards a port of the host to an address behind it, such as the address of a namespace. This is
    also known as publishing a port.
  - Only traffic to the host's own addresses is forwarded. Traffic from a namespace to the same port
    of another host is not changed.
  - Traffic to loopback addresses is never forwarded. On the host itself, use one of its other
    addresses, such as its LAN address.
  - A port forward is identified by O(protocol), O(destination_port), O(in_interface),
    O(destination), O(source), and the address family of its target. These are sufficient to remove
    it.
  - The target needs a route back, such as a default route through the host.
  - Works on the host and, with O(netns), in a namespace that acts as a router.
author:
  - redblue.netns contributors (@redblue)
extends_documentation_fragment:
  - redblue.netns._options.dnat
  - redblue.netns._common
  - redblue.netns._common.pyroute2
  - redblue.netns._common.nat
  - redblue.netns._common.state
  - redblue.netns._common.single
  - redblue.netns._attributes
  - redblue.netns._attributes.state
  - redblue.netns._attributes.nat
seealso:
  - module: redblue.netns.masquerade
"""

EXAMPLES = r"""
- name: Create a namespace
  redblue.netns.netns:
    name: blue

- name: Connect it to the host with a veth pair
  redblue.netns.veth:
    name: veth-blue
    netns: blue
    addresses:
      - 192.168.15.2/24
      - fd00:15::2/64
    peer:
      name: to-blue
      addresses:
        - 192.168.15.5/24
        - fd00:15::5/64

- name: Add default routes, so that answers find the way back
  redblue.netns.netns_route:
    netns: blue
    destination: default
    gateway: "{{ item }}"
  loop:
    - 192.168.15.5
    - fd00:15::5

- name: Forward port 80 from the LAN to the web server in the namespace
  redblue.netns.dnat:
    protocol: tcp
    destination_port: "80"
    to_destination: "192.168.15.2:80"
    in_interface: eth0

- name: Forward port 80 to another port over IPv6
  redblue.netns.dnat:
    destination_port: 80
    to_destination: "[fd00:15::2]:8080"
    in_interface: eth0

- name: Forward a range of ports for a single client
  redblue.netns.dnat:
    protocol: udp
    destination_port: 5000:5010
    to_destination: 192.168.15.2:6000-6010
    destination: 192.168.1.2
    source: 192.168.1.10

- name: Forward a port for all clients, including the namespace itself (hairpin NAT)
  redblue.netns.dnat:
    destination_port: 8443
    to_destination: 192.168.15.2:443
    hairpin: true

- name: Remove a port forward
  redblue.netns.dnat:
    destination_port: 8443
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
    - add forward of tcp port 80 from eth0 to 192.168.15.2:80 on the host
    - open IPv4 forwarding for the lab's traffic from eth0 of the host
    - open IPv4 forwarding for the lab's traffic from to-blue of the host
    - set net.ipv4.conf.eth0.forwarding = 2 on the host
    - set net.ipv4.conf.to-blue.forwarding = 2 on the host
    - set net.ipv4.conf.eth0.src_valid_mark = 2 on the host
    - set net.ipv4.conf.to-blue.src_valid_mark = 2 on the host
commands:
  description: The same changes as commands that can be pasted into a root shell (bash), in order.
  returned: success
  type: list
  elements: str
  sample:
    - |-
      nft -f - <<'EOF'
      create table inet redblue_netns
      table inet redblue_netns {
        comment "redblue.netns"
        map forward4_in {
          type ifname . inet_proto . inet_service : ipv4_addr . inet_service
          counter
          elements = {
            "eth0" . 6 . 80 comment "redblue.netns 80-80 to-blue host" : 192.168.15.2 . 80,
          }
        }
        map host4 {
          type inet_proto . inet_service : ipv4_addr . inet_service
          counter
          elements = {
            6 . 80 : 192.168.15.2 . 80,
          }
        }
        set opened4 {
          type ifname
          elements = {
            "eth0" comment "redblue.netns",
            "to-blue" comment "redblue.netns",
          }
        }
        set bridged4 {
          type ifname . ifname
          elements = {
            "eth0" . "eth0",
            "to-blue" . "to-blue",
          }
        }
        chain prerouting {
          type nat hook prerouting priority -100; policy accept;
          fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to iifname . meta l4proto . th dport map @forward4_in comment "redblue.netns"
        }
        chain output {
          type nat hook output priority -100; policy accept;
          fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to meta l4proto . th dport map @host4 comment "redblue.netns"
        }
        chain forward {
          type filter hook forward priority -1001; policy accept;
          ct state established,related accept comment "redblue.netns"
          ct status dnat accept comment "redblue.netns"
          meta nfproto ipv4 meta iifkind "bridge" iifname . oifname @bridged4 accept comment "redblue.netns"
          meta nfproto ipv4 iifname @opened4 drop comment "redblue.netns"
        }
        chain marked {
          type filter hook prerouting priority 1000; policy accept;
          meta mark 0 ct state established,related meta mark set 4096 comment "redblue.netns"
          meta mark 0 ct status dnat meta mark set 4096 comment "redblue.netns"
        }
        chain unmarked_input {
          type filter hook input priority -1000; policy accept;
          meta mark 4096 meta mark set 0 comment "redblue.netns"
        }
        chain unmarked_forward {
          type filter hook forward priority -1000; policy accept;
          meta mark 4096 meta mark set 0 comment "redblue.netns"
        }
      }
      EOF
    - ip rule add pref 8 protocol 82 nop
    - ip rule add pref 3 protocol 82 lookup local
    - ip rule add pref 2 iif lo protocol 82 goto 8
    - ip rule add pref 5 iif eth0 protocol 82 fwmark 0/0xffffffff blackhole
    - ip rule add pref 5 iif to-blue protocol 82 fwmark 0/0xffffffff blackhole
    - sysctl -qw net.ipv4.conf.eth0.forwarding=2
    - sysctl -qw net.ipv4.conf.to-blue.forwarding=2
    - sysctl -qw net.ipv4.conf.eth0.src_valid_mark=2
    - sysctl -qw net.ipv4.conf.to-blue.src_valid_mark=2
diff:
  description: The objects that the task touches, before and after.
  returned: with C(--diff)
  type: dict
  sample:
    before: |
      net.ipv4.conf.eth0.forwarding = 0 on the host
      net.ipv4.conf.to-blue.forwarding = 0 on the host
      net.ipv4.conf.eth0.src_valid_mark = 0 on the host
      net.ipv4.conf.to-blue.src_valid_mark = 0 on the host
    after: |
      forward of tcp port 80 from eth0 on the host
        to: 192.168.15.2:80
        protocol: tcp
        in_interface: eth0
        hairpin: off
        from_host: on
      forwarding of IPv4 opened for eth0 of the host
      forwarding of IPv4 opened for to-blue of the host
      net.ipv4.conf.eth0.forwarding = 2 on the host
      net.ipv4.conf.to-blue.forwarding = 2 on the host
      net.ipv4.conf.eth0.src_valid_mark = 2 on the host
      net.ipv4.conf.to-blue.src_valid_mark = 2 on the host
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
    lock: 0.0002
    observe: 0.0068
    plan: 0.0004
    apply: 0.0038
    verify: 0.0123
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

from ansible_collections.redblue.netns.plugins.module_utils._desired.nat import parse_dnat
from ansible_collections.redblue.netns.plugins.module_utils._kinds import rules
from ansible_collections.redblue.netns.plugins.module_utils._module.state import run_module
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DNAT_SPEC


def main() -> None:
    run_module(DNAT_SPEC, parse_dnat, (rules,))


if __name__ == "__main__":
    main()
