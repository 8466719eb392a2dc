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


_DNS_NAME = """\
    dns:
      description:
        - A DNS name such as V(www.example.org), or a pattern such as V(*.example.net) for all names
          below a domain, with C(*) only in front. IDNs are written as punycode. Only in C(egress),
          and for the C(action) V(allow).
        - It means the addresses that the DNS server of the topology, its option C(dns), has
          answered for the name. A policy needs no rule to query that server. Members with such a
          policy may query no other one, by DNS or DNS over TLS, unless a rule names its address.
        - An address counts for an hour after an answer, and as long as a connection of the member
          to it is in use. Members keep an answer for five minutes at most. Answers with addresses
          of the host or of members let nothing through.
        - In M(redblue.netns.netns_policy) it must be a name that a policy of the topology itself
          has, since only the topology tells its DNS server about names.
        - It requires dnsmasq 2.87 or later, with C(nftset) in C(dnsmasq --version).
      type: str
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
{_DNS_NAME}\
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
      policy before it, as in C(policy NAME:). See C(nflog). In a network namespace other than the
      first one the kernel logs only if the parameter
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
limit:
  description:
    - How many flows this rule lets begin. What is above the limit is refused, unless another rule
      lets it through. Packets that are not yet answered count too.
    - At least one of C(rate) and C(connections) is required.
  type: dict
  suboptions:
    rate:
      description:
        - A number in each second, minute, hour or day, such as V(10/second), of all senders
          together.
      type: str
    burst:
      description: How many may begin at once before the rate applies.
      type: int
      default: 5
    connections:
      description:
        - How many connections each sender may have at once by this rule, whichever of its ports and
          members they lead to. A sender is an address. Flows of UDP and ICMP count as long as the
          kernel tracks them.
        - Of more than 65535 senders with connections at once, the others are refused.
      type: int
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
      ICMP error. The kernel sends an address at most six of these errors at once, and then one a
      second. If the policies of a member differ, it is V(reject).
  type: str
  choices:
    - reject
    - drop
  default: reject
audit:
  description:
    - Whether the policy refuses nothing, and logs the first packet of each flow that it would
      refuse, together with the other policies of the member. Its rules count what they would let
      through.
  type: bool
  default: false
nflog:
  description:
    - The group of NFLOG for what the policy logs, from 0 to 65535, for programs such as ulogd. It
      works in every network namespace. If omitted, the log of the kernel.
  type: int
"""

OF_POLICY = (
    _HEAD
    + _direction("ingress", "from", "may be sent to", "Who may send.")
    + _direction("egress", "to", "may be sent by", "To whom may be sent.")
    + _REFUSE
)

OF_NETNS_POLICY = f"""\
topology:
  description: The name of the topology whose namespaces the policy is for.
  type: str
  required: true
{OF_POLICY}\
address_sets:
  description:
    - Address sets that rules of the policy name. They are sets of the topology, so that its other
      policies see a change, too. The last policy that names one takes it along.
  type: list
  elements: dict
  suboptions:
{below("address_sets[]", OF_ADDRESS_SET)}\
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
