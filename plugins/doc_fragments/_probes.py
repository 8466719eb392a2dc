# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of probes, for netns_probe_info and for topology."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

_HOW = """\
protocol:
  description:
    - What the probe sends. V(icmp) is an echo request (ICMPv6 for IPv6), V(tcp) a connection,
      V(udp) a datagram, V(http) the request of a page, and V(dns) a query to a name server over
      UDP.
    - If omitted, V(tcp) if O(port) is given, otherwise V(icmp).
  type: str
  choices:
    - icmp
    - tcp
    - udp
    - http
    - dns
port:
  description:
    - The port. Required for V(tcp) and V(udp). If omitted, 80 for V(http) and 53 for V(dns).
    - V(0) means any free port, and requires that the probe itself listens.
  type: int
family:
  description:
    - The address family of the target namespace. If omitted, the probe uses the target's first
      address that is in a network of the source, otherwise the first address of a family that both
      have. IPv4 comes before IPv6.
    - To test the other family as well, list the probe again.
  type: str
  choices:
    - ipv4
    - ipv6
expect:
  description:
    - Whether the target must be reached. A target that accepts the connection, or answers at all,
      counts as reached, whether the answer is right or wrong.
    - If nothing could be sent, or the listener could not be started, the probe proves nothing. It
      is then not as expected with either value.
  type: str
  choices:
    - reachable
    - unreachable
  default: reachable
count:
  description:
    - The number of packets to send, or of connections to open, from 1 to 1000, with an interval of
      a tenth of a second. The target counts as reached if one of them is answered. The result has
      the number of answers.
    - There are no retries in addition to this number.
  type: int
  default: 1
timeout:
  description:
    - The seconds to wait for the answer to each packet, or for a connection and the data that is
      exchanged over it, from 0.01 to 60.
    - In the default time the kernel sends two ARP requests (or neighbour solicitations), and two
      TCP SYN packets.
  type: float
  default: 1.25
path_mtu:
  description:
    - Determine the path MTU, which is the largest packet that arrives unfragmented, in bytes with
      the IP header. This requires that the probe is answered. V(icmp) only.
    - If a router on the path does not report its MTU, as it should, the path MTU is found by
      trying.
  type: bool
  default: false
listen:
  description:
    - Listen on O(port) in the target namespace while the probes run. The target counts as reached
      only if this listener answers. So a path can be tested before the service exists. V(tcp),
      V(udp) and V(http) only.
    - If another program already listens on that port, the probe does not listen, and any answer
      counts.
  type: bool
  default: false
payload:
  description: >-
    Text to send. With V(tcp) it is sent once the connection is open. At most 1400 bytes. V(tcp) and
    V(udp) only.
  type: str
answer:
  description:
    - Text that the answer must contain. For V(http) it must be in the page, and for V(dns) it must
      be one of the records. Not for V(icmp).
    - If omitted, a connection is sufficient for V(tcp), and any answer for the other protocols.
  type: str
path:
  description: The path of the page to request. V(http) only. If omitted, V(/).
  type: str
host:
  description: The C(Host) header of the request. V(http) only. If omitted, the address.
  type: str
status:
  description: The HTTP status codes that are accepted. V(http) only. If omitted, V([200]).
  type: list
  elements: int
query:
  description: The name to look up. V(dns) only, and required there.
  type: str
record:
  description: >-
    The type of the records to look up. The answer must contain at least one. V(dns) only. If
    omitted, V(A).
  type: str
  choices:
    - A
    - NS
    - CNAME
    - SOA
    - PTR
    - MX
    - TXT
    - AAAA
    - SRV
"""

OF_PROBE = f"""\
name:
  description: A name for the probe, which is used in messages.
  type: str
netns:
  description:
    - The source of the probe, as the name of a namespace, or as the path of a namespace file such
      as V(/proc/4711/ns/net). If omitted, the host.
  type: str
to:
  description:
    - The target of the probe, as an address, or as a namespace (its name or the path of its file).
      The addresses of a namespace are looked up when the probe runs (see O(family)).
    - A link-local address requires O(interface).
  type: str
  required: true
source:
  description: The source address. If omitted, the kernel chooses.
  type: str
interface:
  description: The outgoing interface, regardless of the routes.
  type: str
{_HOW}\
listen_at:
  description:
    - Like O(listen), in another place than the target. For a forwarded port, this is the place to
      which the port is forwarded.
  type: dict
  suboptions:
    netns:
      description: >-
        The namespace in which to listen (its name or the path of its file). If omitted, the host.
      type: str
    address:
      description: The address on which to listen. If omitted, the address of the target.
      type: str
    port:
      description: >-
        The port on which to listen. If omitted, the port of the target. 0 means any free port.
      type: int
"""

_OF_MATRIX = f"""\
netns:
  description: >-
    The namespaces, by their names or the paths of their files. Either this option or O(lab) is
    required.
  type: list
  elements: str
lab:
  description: All namespaces that the topology of this name created.
  type: str
with_host:
  description: Whether the host is part of the matrix too, as a source and as a target.
  type: bool
  default: false
{_HOW}\
"""

OF_NETNS_PROBE_INFO = f"""\
probes:
  description: The probes. This option or O(matrix) is required; both may be given.
  type: list
  elements: dict
  suboptions:
{below("probes[]", OF_PROBE)}\
matrix:
  description: Probe every pair of namespaces, after O(probes).
  type: dict
  suboptions:
{below("matrix", _OF_MATRIX)}\
fail_on_unexpected:
  description: Whether to fail if a probe is not as expected. Otherwise check RV(ok).
  type: bool
  default: true
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
