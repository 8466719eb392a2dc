# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options, requirements and notes that several modules share. Private to this collection."""

from __future__ import annotations


class ModuleDocFragment:
    """DOCUMENTATION is for every module, NAT for modules with NAT rules.

    PYROUTE2 is for modules some of whose tasks need it.

    STATE is for modules that change the host, SINGLE for all of those except topology.
    """

    DOCUMENTATION = r"""
options: {}
requirements:
  - Python >= 3.9
notes:
  - A list may be written as a string with commas, and a dictionary as JSON or as C(key=value), as
    in C(-a 'addresses=10.0.0.1/24,fd00::1/64').
  - Invalid options are reported all at once. A message has at most 600 characters. If it is longer,
    C(errors) in the result has all of it.
"""

    PYROUTE2 = r"""
options: {}
requirements:
  - >-
    pyroute2 >= 0.7.2 (C(python3-pyroute2) in Debian and Ubuntu), only for links of type ipvlan,
    macvlan, tap, tun, vlan, vrf, vxlan and wireguard, for impairments, and for port forwarding of
    UDP
"""

    STATE = r"""
options:
  state:
    description: >-
      Whether the object should exist. Removing an object that does not exist is not an error, and
      reports no change.
    type: str
    choices:
      - present
      - absent
    default: present
requirements:
  - The capabilities CAP_NET_ADMIN and CAP_SYS_ADMIN, which root has (run with C(become))
notes:
  - If an option is omitted, an existing object keeps its value. A new object gets the default that
    is documented here, or else the kernel's default.
  - Values are checked before anything is changed. An invalid value is refused with an error that
    names the option. No value is ever passed to a shell.
  - The module holds one lock per host from beginning to end. It is a file that only root can open,
    C(/run/redblue-netns/lock). After a change it reads the state of the host again, and fails if
    the state differs from the plan. On any error the changes of the task are rolled back, newest
    first. The message says what could not be rolled back.
  - What this collection creates is on record in C(/run/redblue-netns), which only root of the host
    can read, until the next boot. Links also have an alias that tells their owner, routes the
    protocol number 82 (100 to 163 for a topology), and rules a comment. An alias that another
    program has overwritten is restored. Everything else is left alone, unless the task names that
    very object.
  - While a task changes what this collection did not make, that is recorded there, too. If the task
    is killed, the next one of any module that may change something restores it first, with a
    warning. Check mode only warns.
"""

    SINGLE = r"""
options: {}
notes:
  - For a whole lab use M(redblue.netns.topology), which creates everything in one task. A loop over
    this module runs one task for each item, which is slow for hundreds of items.
seealso:
  - module: redblue.netns.topology
  - module: redblue.netns.netns_info
"""

    NAT = r"""
options: {}
requirements:
  - C(nft) (package C(nftables)) or C(iptables)
notes:
  - All rules of a namespace are replaced in one transaction, so no packet ever meets half of the
    rules. With nftables the rules are in a table of their own, with iptables in chains of their
    own. Rules of other programs are not changed.
  - When a UDP port forward is added, removed or changed, the connection tracking entries for
    exactly that port are deleted. A client that keeps sending then reaches the target that the
    rules name now. TCP connections keep their target until they end.
  - IP forwarding is enabled only on the interfaces through which this traffic enters and leaves.
    Other traffic that enters through such an interface, and that no rule of this collection allows,
    is dropped in the forward path. So the host does not become a router for others. Forwarding is
    disabled again when the last rule that needs it is removed.
  - In IPv6 the kernel has one forwarding switch for a whole namespace. While it is on, an interface
    takes its default route from router advertisements only if the sysctl C(accept_ra) is 2. On
    every interface that takes its default route from there, C(accept_ra=2) is therefore set first,
    and restored when forwarding is disabled. The C(forwarding) sysctls of single interfaces, which
    the switch changes as well, are restored too.
"""
