# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of veth."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._ends import IMPAIRMENT, VLANS
from ansible_collections.redblue.netns.plugins.doc_fragments._links import (
    ADDRESSES,
    ARP,
    LINK,
    LINK_NAME,
    PORT,
    PORT_FLAGS,
    QUEUE,
    VRF,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

_OF_END = f"""\
name:
  description:
    - The name of this end.
{LINK_NAME}\
  type: str
  required: true
netns:
  description:
    - The namespace of this end, which must exist. If omitted, the host. An empty string is refused.
    - If the same veth pair exists with this end still on the host, the end is moved into the
      namespace. If this collection did not create the pair, and the end is in use, that is an error
      without C(force).
  type: str
{ADDRESSES}\
{PORT}{VRF}{LINK}{QUEUE}\
queues:
  description:
    - The number of receive queues, and of transmit queues, from 1 to 4096. The default for a new
      veth pair is 1. The kernel's own default would be one for each processor. More queues are
      useful for XDP programs on the interface.
    - The number cannot be changed later. Another number for an existing veth pair is refused.
  type: int
{ARP}\
spoofchk:
  description:
    - Whether only frames with the MAC address of the other end are accepted on this port. Other
      frames from the namespace are dropped, as a physical function does it for its virtual
      functions. Requires O(bridge), and C(nft) with the kernel's C(bridge) family.
    - Only the MAC address of the frame is checked. Packets with a source IP address that is not
      from the lab's networks do not leave an isolated topology in any case.
  type: bool
{PORT_FLAGS}\
{VLANS}{IMPAIRMENT}"""

OF_VETH = f"""\
{_OF_END}\
peer:
  description: >-
    The other end, with the same options as this end. Required, except to remove a veth pair.
  type: dict
  suboptions:
{below("peer", _OF_END)}\
force:
  description:
    - Move an end of a veth pair that this collection did not create even if it has addresses,
      routes, a master or other links on it, which it loses. It is recorded as moved, and is given
      back to the host with its settings and addresses, but without routes, when it is removed.
    - Move such an end even if it has classes or filters of C(tc), which it loses for good. A
      warning names them.
    - Take over such an end that is in a namespace of the topology already, so that it is removed
      with the namespace.
    - Remove addresses even if the kernel then removes routes that were not created by this
      collection, such as routes with one of the addresses as their source.
  type: bool
  default: false
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
