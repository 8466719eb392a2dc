# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options for the VLANs and the impairment of a link."""

from __future__ import annotations

VLANS = """\
vlan:
  description:
    - The port VLAN ID (PVID) of this bridge port, from 1 to 4094, or 0 for none. Untagged frames
      that enter the port belong to this VLAN, and its frames leave the port untagged (C(bridge vlan
      ... pvid untagged)).
    - If given, no other VLAN leaves the port untagged. If omitted, an existing port keeps its PVID,
      and a new port gets the bridge's O(redblue.netns.linux_bridge#module:vlan_default_pvid).
    - The VLANs of a port are set before the port is set up.
    - Requires O(bridge), and a bridge with O(redblue.netns.linux_bridge#module:vlan_filtering).
      Without VLAN filtering the option would have no effect.
    - On a bridge of Open vSwitch it is the tag of the port. A new port without O(vlan) and O(vlans)
      has all VLANs there.
  type: int
vlans:
  description:
    - The tagged VLANs of this bridge port (a trunk), as VLAN IDs or as ranges such as V(10-19).
    - The complete set. Other VLANs are removed, and V([]) removes all. If omitted, the VLANs stay
      as they are.
    - Has the same requirements as O(vlan).
  type: list
  elements: str
"""

IMPAIRMENT = """\
impairment:
  description:
    - Impairs the packets that leave through this interface (traffic control), with the parameters
      of C(tc-netem). Each end of a veth pair has its own impairment. Packets in the other direction
      are impaired at the other end.
    - The complete set. Parameters that are omitted are removed, and V({}) removes the impairment.
      If the whole option is omitted, the impairment stays as it is. It can change while packets
      flow. The link itself is not touched.
    - If only a rate is given, and a lower rate replaces it, the queued packets are dropped.
      Otherwise C(tbf) would stall on packets larger than its new burst.
    - The impairment is the queueing discipline C(netem) at the root of the link, with the handle
      C(7262). If only O(impairment.rate) is given, it is C(tbf) with the handle C(7263). A
      discipline with such a handle is one of this collection. A root queueing discipline that was
      added by another program is an error, and is never replaced.
    - If the kernel lacks C(netem) or C(tbf), the task fails before anything is changed, as far as
      this can be determined in advance.
  type: dict
  suboptions:
    delay:
      description: The delay of each packet, with a unit, such as V(10ms), V(1.5s) or V(250us).
      type: str
    jitter:
      description: >-
        The variation of O(impairment.delay), uniformly distributed, such as V(2ms). Packets may
        then overtake each other.
      type: str
    loss:
      description: >-
        The share of packets that are lost at random, such as V(1%). A number without a unit is a
        percentage too.
      type: str
    corrupt:
      description: The share of packets in which one bit is changed, such as V(0.1%).
      type: str
    duplicate:
      description: The share of packets that are sent twice, such as V(1%).
      type: str
    reorder:
      description: >-
        The share of packets that are sent immediately, and so overtake the packets that
        O(impairment.delay) delays, such as V(25%).
      type: str
    rate:
      description:
        - The rate in bits per second, such as V(10mbit), V(512kbit) or V(1.5gbit), or in bytes per
          second, such as V(1mbps). A number without a unit is in bits per second.
        - If no other parameter is given, bursts of 10 ms and at least 16 kB pass immediately, and
          packets that would wait longer than 100 ms are dropped.
      type: str
    limit:
      description:
        - The maximum number of packets in the queue, from 1. Further packets are dropped. The
          default is 1000.
        - If given, C(netem) applies O(impairment.rate) as well.
      type: int
"""
