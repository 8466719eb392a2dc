# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of what is set on a link, as parts of _options.py. For use in this collection only."""

from __future__ import annotations

VLANS = """\
vlan:
  description:
    - The VLAN of this port - frames without a tag that come in belong to it, and its own leave without one (C(bridge vlan ... pvid untagged)).
      From 1 to 4094, or 0 for none.
    - Exact - no other VLAN leaves without a tag. Left out, a port keeps the one that it has, and a new one gets the bridge's
      O(redblue.netns.linux_bridge#module:vlan_default_pvid).
    - A port has its VLANs before it is raised.
    - Needs O(bridge), and one that has O(redblue.netns.linux_bridge#module:vlan_filtering), for on another it would do nothing.
  type: int
vlans:
  description:
    - The VLANs whose frames come and go with their tags, numbers or ranges as V(10-19), as a trunk has them.
    - Exact, V([]) for none. Left out, they stay as they are. Needs what O(vlan) needs.
  type: list
  elements: str
"""

IMPAIRMENT = """\
impairment:
  description:
    - What is done on purpose to the packets that leave by this interface, in the words of C(tc-netem). Both ends of a cable have their own;
      what comes back is the other's.
    - Exact - what is not said is none of it, and V({}) removes it. Left out, it stays as it is. It changes while packets flow, the link is not touched.
    - Where only a rate is asked for and a lower one takes its place, what waits is dropped. C(tbf) would hold for ever what is more than it lets
      through at once now.
    - It is the queueing discipline C(netem) at the root of the link under the handle C(7262), and where only O(impairment.rate) is given, C(tbf) under C(7263).
      By that it is known as ours. One that somebody else put there is an error, and never replaced.
    - A kernel without C(netem) or C(tbf) is refused before anything is touched, as far as it tells what it has.
  type: dict
  suboptions:
    delay:
      description: How long each packet is held back, with a unit, as V(10ms), V(1.5s) or V(250us).
      type: str
    jitter:
      description: By how much O(impairment.delay) varies, evenly, as V(2ms). Packets may overtake each other then.
      type: str
    loss:
      description: How many are lost at random, as V(1%). A number without a unit is a percentage too.
      type: str
    corrupt:
      description: How many get one bit wrong, as V(0.1%).
      type: str
    duplicate:
      description: How many are sent twice, as V(1%).
      type: str
    reorder:
      description: How many are sent at once, and so overtake those that O(impairment.delay) holds back, as V(25%).
      type: str
    rate:
      description:
        - Bits a second, as V(10mbit), V(512kbit) or V(1.5gbit), or bytes a second, as V(1mbps). A number without a unit is bits a second.
        - Alone, bursts of 10 ms and at least 16 kB pass at once, and what would wait longer than 100 ms is dropped.
      type: str
    limit:
      description:
        - How many packets are held back at most, from 1; the others are dropped. 1000 where nothing is said.
        - With it O(impairment.rate) is C(netem)'s too.
      type: int
"""
