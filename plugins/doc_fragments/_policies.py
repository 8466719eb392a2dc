# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of policies and address sets, for topology."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

OF_ADDRESS_SET = """\
name:
  description: The name, of letters, digits and C(_ . -), at most 32.
  type: str
  required: true
addresses:
  description:
    - Addresses and networks of both families. A change of the list changes only the elements of a
      set, and touches no connection that it does not concern.
  type: list
  elements: str
  required: true
"""


def _peers(side: str, what: str) -> str:
    return f"""\
{side}:
  description:
    - {what} Each item has exactly one of the suboptions. If omitted, any address, that of the host
      included.
  type: list
  elements: dict
  suboptions:
    netns:
      description: The name of a namespace of the topology, or a pattern with C(*) and C(?).
      type: str
    lab:
      description:
        - Another topology of the host that is isolated, or the topology itself. It means its
          networks, as they are when the task runs.
      type: str
    network:
      description: An address or a network, such as V(192.0.2.0/24).
      type: str
    host:
      description: All addresses of the host. Only V(true) is supported.
      type: bool
    address_set:
      description: The name of an address set of the topology.
      type: str
"""


_RULE = """\
protocol:
  description: The protocol, or V(any).
  type: str
  choices:
    - tcp
    - udp
    - sctp
    - icmp
    - icmpv6
    - any
  default: any
ports:
  description:
    - Destination ports and ranges such as V(8000-8010). If omitted, all ports. They require one of
      the protocols V(tcp), V(udp) and V(sctp).
    - A port is that of the target. Behind port forwarding it is that to which the forward leads.
  type: list
  elements: str
log:
  description:
    - Whether the first packet of each flow is noted in the log of the kernel, with the name of the
      policy. In a network namespace other than the first one the kernel logs only if the parameter
      C(net.netfilter.nf_log_all_netns) is 1.
  type: bool
  default: false
action:
  description:
    - What happens to a packet. V(drop) and V(reject) come before V(allow), in all policies of a
      member.
  type: str
  choices:
    - allow
    - drop
    - reject
  default: allow
"""


def _direction(name: str, side: str, what: str, who: str) -> str:
    rules = below(f"{name}[]", _peers(side, who) + _RULE)
    return f"""\
{name}:
  description:
    - What {what} the members. If it is given, everything else is refused. An empty list refuses
      everything. If omitted, this policy does not limit it.
  type: list
  elements: dict
  suboptions:
{rules}\
"""


_HEAD = """\
name:
  description: The name, of letters, digits and C(_ . -), at most 32.
  type: str
  required: true
netns:
  description:
    - The members to which the policy applies, by name or by a pattern with C(*) and C(?). If
      omitted, all namespaces of the topology that have an address.
  type: list
  elements: str
"""
_REFUSE = """\
refuse:
  description:
    - How packets are refused. V(reject) sends a TCP reset, so that connections fail at once, or an
      ICMP error. Between members of one bridge the kernel holds most of the ICMP errors of IPv4
      back, unless it sends no redirects there. If the policies of a member differ, it is V(reject).
  type: str
  choices:
    - reject
    - drop
  default: reject
"""

OF_POLICY = (
    _HEAD
    + _direction("ingress", "from", "may be sent to", "Who may send.")
    + _direction("egress", "to", "may be sent by", "To whom may be sent.")
    + _REFUSE
)


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
