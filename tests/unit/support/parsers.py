# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options and the parser of each module that declares a state."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.redblue.netns.plugins.module_utils._desired.attachments import (
    parse_netns_cni,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.bridges import (
    parse_linux_bridge,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.namespaces import parse_netns
from ansible_collections.redblue.netns.plugins.module_utils._desired.nat import (
    parse_dnat,
    parse_masquerade,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.netns_links import (
    parse_netns_link,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.ovs import parse_ovs_bridge
from ansible_collections.redblue.netns.plugins.module_utils._desired.policies import (
    parse_netns_policy,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.routes import parse_netns_route
from ansible_collections.redblue.netns.plugins.module_utils._desired.services import (
    parse_netns_service,
)
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._desired.veths import parse_veth
from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.kinds import carry
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Specification,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DNAT_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.linux_bridge import (
    LINUX_BRIDGE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
    MASQUERADE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns import NETNS_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_cni import (
    NETNS_CNI_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_link import (
    NETNS_LINK_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_policy import (
    NETNS_POLICY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_route import (
    NETNS_ROUTE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_service import (
    NETNS_SERVICE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.ovs_bridge import (
    OVS_BRIDGE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.veth import VETH_SPEC

carry(*ALL_KINDS)

PARSERS: dict[str, tuple[Specification[Any], Callable[[Any], DesiredState]]] = {
    "netns": (NETNS_SPEC, parse_netns),
    "veth": (VETH_SPEC, parse_veth),
    "linux_bridge": (LINUX_BRIDGE_SPEC, parse_linux_bridge),
    "ovs_bridge": (OVS_BRIDGE_SPEC, parse_ovs_bridge),
    "netns_link": (NETNS_LINK_SPEC, parse_netns_link),
    "netns_route": (NETNS_ROUTE_SPEC, parse_netns_route),
    "masquerade": (MASQUERADE_SPEC, parse_masquerade),
    "dnat": (DNAT_SPEC, parse_dnat),
    "netns_policy": (NETNS_POLICY_SPEC, parse_netns_policy),
    "netns_cni": (NETNS_CNI_SPEC, parse_netns_cni),
    "netns_service": (NETNS_SERVICE_SPEC, parse_netns_service),
    "topology": (TOPOLOGY_SPEC, parse_topology),
}
