# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The specification of each module."""

from __future__ import annotations

from typing import Any

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
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_capture import (
    NETNS_CAPTURE_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_cni import (
    NETNS_CNI_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_confirm import (
    NETNS_CONFIRM_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_doctor_info import (
    NETNS_DOCTOR_INFO_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_info import (
    NETNS_INFO_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_link import (
    NETNS_LINK_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_policy import (
    NETNS_POLICY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    NETNS_PROBE_INFO_SPEC,
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

MODULES: dict[str, Specification[Any]] = {
    "netns": NETNS_SPEC,
    "veth": VETH_SPEC,
    "linux_bridge": LINUX_BRIDGE_SPEC,
    "ovs_bridge": OVS_BRIDGE_SPEC,
    "netns_link": NETNS_LINK_SPEC,
    "netns_route": NETNS_ROUTE_SPEC,
    "netns_cni": NETNS_CNI_SPEC,
    "netns_service": NETNS_SERVICE_SPEC,
    "masquerade": MASQUERADE_SPEC,
    "dnat": DNAT_SPEC,
    "netns_policy": NETNS_POLICY_SPEC,
    "topology": TOPOLOGY_SPEC,
    "netns_info": NETNS_INFO_SPEC,
    "netns_doctor_info": NETNS_DOCTOR_INFO_SPEC,
    "netns_capture": NETNS_CAPTURE_SPEC,
    "netns_confirm": NETNS_CONFIRM_SPEC,
    "netns_probe_info": NETNS_PROBE_INFO_SPEC,
}
