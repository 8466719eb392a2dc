# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of each resource, for its own module and for the items of topology.

They are composed in the same way as the argument specifications in plugins/module_utils.
"""

from __future__ import annotations

from textwrap import indent

from ansible_collections.redblue.netns.plugins.doc_fragments._captures import OF_NETNS_CAPTURE
from ansible_collections.redblue.netns.plugins.doc_fragments._cni import OF_CNI
from ansible_collections.redblue.netns.plugins.doc_fragments._link_types import OF_NETNS_LINK
from ansible_collections.redblue.netns.plugins.doc_fragments._linux_bridge import OF_LINUX_BRIDGE
from ansible_collections.redblue.netns.plugins.doc_fragments._nat import (
    OF_DNAT,
    OF_MASQUERADE,
)
from ansible_collections.redblue.netns.plugins.doc_fragments._netns import OF_NETNS
from ansible_collections.redblue.netns.plugins.doc_fragments._netns_route import OF_NETNS_ROUTE
from ansible_collections.redblue.netns.plugins.doc_fragments._ovs_bridge import OF_OVS_BRIDGE
from ansible_collections.redblue.netns.plugins.doc_fragments._policies import OF_NETNS_POLICY
from ansible_collections.redblue.netns.plugins.doc_fragments._probes import OF_NETNS_PROBE_INFO
from ansible_collections.redblue.netns.plugins.doc_fragments._topology import OF_TOPOLOGY
from ansible_collections.redblue.netns.plugins.doc_fragments._veth import OF_VETH


def _fragment(text: str) -> str:
    return "options:\n" + indent(text, "  ")


class ModuleDocFragment:
    """One fragment for each module.

    The annotations are for ansible-test's yamllint. It expects plain assignments to be literals.
    """

    NETNS: str = _fragment(OF_NETNS)
    VETH: str = _fragment(OF_VETH)
    LINUX_BRIDGE: str = _fragment(OF_LINUX_BRIDGE)
    OVS_BRIDGE: str = _fragment(OF_OVS_BRIDGE)
    NETNS_LINK: str = _fragment(OF_NETNS_LINK)
    NETNS_ROUTE: str = _fragment(OF_NETNS_ROUTE)
    MASQUERADE: str = _fragment(OF_MASQUERADE)
    DNAT: str = _fragment(OF_DNAT)
    NETNS_POLICY: str = _fragment(OF_NETNS_POLICY)
    NETNS_CNI: str = _fragment(OF_CNI)
    TOPOLOGY: str = _fragment(OF_TOPOLOGY)
    NETNS_PROBE_INFO: str = _fragment(OF_NETNS_PROBE_INFO)
    NETNS_CAPTURE: str = _fragment(OF_NETNS_CAPTURE)
