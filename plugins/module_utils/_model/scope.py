# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be observed of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .fast_dataclass import dataclass

if TYPE_CHECKING:
    from .cni import CniAttachment
    from .desired_state import DesiredState
    from .links import LinkRef
    from .netns import Attachment, Sysctl

NetnsSet = frozenset[Optional[str]]
"""Namespaces, None for the host."""


@dataclass(frozen=True)
class Scope:
    """What to observe. Of ``namespaces`` the links and addresses, of all others what is named."""

    namespaces: NetnsSet = frozenset()
    routes: NetnsSet = frozenset()
    sysctls: frozenset[tuple[str | None, str]] = frozenset()
    wanted_sysctls: tuple[Sysctl, ...] = ()
    """The sysctls that the task sets, in its order."""
    wanted_names: tuple[tuple[str, Attachment], ...] = ()
    """The names that the task wants for namespaces of containers and processes."""
    resolvers: frozenset[str] = frozenset()
    nat: NetnsSet = frozenset()
    nat6: NetnsSet = frozenset()
    """Those with IPv6 rules, which depend on more sysctls."""
    listeners: NetnsSet = frozenset()
    processes: frozenset[str] = frozenset()
    all_namespaces: bool = False
    """Also the namespaces in which the topology has something."""
    of_lab: bool = False
    """Also the namespaces of the topology, without their routes and rules."""
    narrow: DesiredState | None = None
    """With ``of_lab``: the task of a policy that names its members, so that of the namespaces of
    the topology only these are observed, if what the tables of policies hold stands for the
    others."""
    members: frozenset[str] = frozenset()
    """With ``narrow``: the members that it names."""
    everywhere: bool = False
    """Also all other namespaces."""
    lab: str | None = None
    """With ``all_namespaces``: rules are not read in other namespaces of this topology."""
    local_routes: bool = False
    """Also the routes of table local: most routes are there, and no plan needs them."""
    vlans: NetnsSet = frozenset()
    impairments: NetnsSet = frozenset()
    features: frozenset[str] = frozenset()
    """Kernel features that are needed, by their names in ``kernel_features``."""
    creates: frozenset[tuple[LinkRef, str]] = frozenset()
    """Links that are created if they do not exist, with their kinds."""
    removes: frozenset[LinkRef] = frozenset()
    """Links that are removed. Their options are needed to restore them."""
    link_options: bool = False
    """The options of every link, also of others' links on the host."""
    udp_forwards: bool = False
    takes: frozenset[str] = frozenset()
    """Links of the host that are moved to a namespace."""
    veth_ends: frozenset[LinkRef] = frozenset()
    """Ends of wanted veth pairs. One that exists elsewhere is moved."""
    serves_names: bool = False
    """Whether a DNS server is wanted, for which it matters that its program is installed."""
    feeds_sets: bool = False
    """Whether one is wanted that fills sets of policies, which few versions can."""
    process_users: frozenset[str | None] = frozenset()
    """The users of the wanted processes, None for root. If there are some, it matters what can run
    processes."""
    persistent: str | None = None
    """The topology whose files are read that outlive a boot, if it has one."""
    persists: bool = False
    """Read these files also if it has none yet."""
    prometheus: str | None = None
    """The file to which a timer is to write the metrics of the topology."""
    backend: str | None = None
    """The NAT backend that the user asks for; None if none is needed."""
    ovs: bool = False
    """Whether bridges of Open vSwitch are wanted, or are to be removed."""
    attachments: tuple[CniAttachment, ...] = ()
    """Wanted attachments to networks of CNI, whose plugins are asked whether they are sound."""
    services: frozenset[tuple[str, str | None]] = frozenset()
    """The units that a task puts into namespaces, each with its namespace."""
