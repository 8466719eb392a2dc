# -*- coding: utf-8 -*-
# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for several modules. For use in this collection only."""

from __future__ import annotations


class ModuleDocFragment:
    """DOCUMENTATION is for every module, STATE for those that change something, SINGLE for all of these but topology, NAT where rules are made."""

    DOCUMENTATION = r"""
options: {}
requirements:
  - Python >= 3.9
  - pyroute2 >= 0.7.2 (C(python3-pyroute2) in Debian and Ubuntu)
"""

    STATE = r"""
options:
  state:
    description: Whether it shall be there. Removing what is not there is no error, and no change.
    type: str
    choices:
      - present
      - absent
    default: present
requirements:
  - CAP_NET_ADMIN and CAP_SYS_ADMIN, as root has them (run with C(become))
notes:
  - An option that is left out leaves as it is what exists. What is made gets the default stated here, or else the kernel's.
  - Values are checked before anything is touched, and those that break a rule are refused with the option's name. No value ever
    reaches a shell.
  - One lock per host is held from the first look to the last. After a change the host is looked at again, and what is not as
    planned is an error. On any error what the task has done is undone, newest first, and the message tells what could not be.
  - What is made is marked in the kernel - links by their alias, routes by protocol number 82 (100 to 163 for a topology's),
    rules by their comment. What bears no mark is somebody else's, and is left alone unless the task names that very thing.
"""

    SINGLE = r"""
options: {}
notes:
  - For a whole lab use M(redblue.netns.topology), which makes all of it in one task. Hundreds of things in a loop over this module
    cost hundreds of tasks.
seealso:
  - module: redblue.netns.topology
  - module: redblue.netns.netns_info
"""

    NAT = r"""
options: {}
requirements:
  - C(nft) (package C(nftables)) or C(iptables)
notes:
  - All rules of a namespace are replaced in one transaction, so that no packet ever meets half of them. With nftables they are in a table of
    their own, with iptables in chains of their own; everybody else's rules stay as they are.
  - When a forward of UDP comes, goes or changes, the kernel is told to forget the flows to exactly that port, so that a client which goes on
    sending reaches whom the rules say now. TCP connections keep their way until they end.
  - Forwarding is switched on for just the interfaces by which this traffic comes and goes. What else comes in by an interface that was
    switched on here, and is nobody's here, is dropped on the forward path, so the host does not become a router for others.
    With the last rule that needs it, forwarding is switched off again.
  - In IPv6 the kernel has one forwarding switch for a whole namespace. Where it is on, an interface takes its default route from router
    advertisements only with the sysctl C(accept_ra=2), so that is set first on every interface that takes it from there now, and set back
    with the switch. So is what the switch takes along - C(forwarding) of single interfaces.
"""
