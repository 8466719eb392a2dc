# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of netns_capture."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.doc_fragments._probes import OF_PROBE
from ansible_collections.redblue.netns.plugins.doc_fragments._suboptions import below

OF_NETNS_CAPTURE = f"""\
netns:
  description:
    - Where to capture, as the name of a namespace, or as the path of a namespace file such as
      V(/proc/4711/ns/net). If omitted, on the host.
  type: str
interface:
  description:
    - The interface. V(any) is all interfaces, also those that are created meanwhile.
  type: str
  default: any
filter:
  description:
    - Capture only packets that match this expression (see C(pcap-filter(7))). If omitted, all
      packets.
    - If C(tcpdump) cannot compile it, the task fails before anything is captured or sent.
  type: str
dest:
  description:
    - The file on the controller to write. A relative path begins at the directory of the playbook.
      An existing file is replaced, and missing directories are created.
    - Include C(inventory_hostname) in it if the play has several hosts. If omitted, the module only
      returns who talked to whom.
  type: str
size:
  description:
    - The bytes after which the capture ends, with 16 for each packet, from 4096 to 67108864.
  type: int
  default: 10485760
packets:
  description: The number of packets after which the capture ends, from 1 to 1000000.
  type: int
seconds:
  description:
    - The seconds after which the capture ends, from 0.1 to 3600, whether O(probes) are done or not.
  type: float
  default: 10.0
snaplen:
  description:
    - The bytes that are kept of each packet, from 64 to 262144. With small values the file has only
      headers.
  type: int
  default: 65535
promisc:
  description:
    - Whether to make the interface promiscuous during the capture. It then also captures packets
      for other MAC addresses. Not for all interfaces (V(any)).
  type: bool
  default: false
probes:
  description: Probes to run during the capture, which ends with them.
  type: list
  elements: dict
  suboptions:
{below("probes[]", OF_PROBE)}\
fail_on_unexpected:
  description:
    - Whether to fail if a probe is not as expected. The file is written in either case.
  type: bool
  default: true
"""


class ModuleDocFragment:
    """Empty: this file only holds parts of others."""

    DOCUMENTATION = "options: {}"
