# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module topology."""

from __future__ import annotations

from typing import Any

from ..._model.fast_typing import TypedDict
from .. import src_file
from ..specification import STATE, Options, Specification
from .dnat import DNAT_ITEM, DnatParams
from .linux_bridge import LINUX_BRIDGE_ITEM, LinuxBridgeParams
from .masquerade import MASQUERADE_ITEM, MasqueradeParams
from .nat import NAT
from .netns import NETNS_ITEM, NetnsParams
from .netns_cni import CNI_ITEM, CniParams
from .netns_link import NETNS_LINK_ITEM, NetnsLinkParams
from .netns_policy import ADDRESS_SET_ITEM, POLICY_ITEM, AddressSetParams, PolicyParams
from .netns_probe_info import PROBE, ProbeParams
from .netns_route import NETNS_ROUTE_ITEM, NetnsRouteParams
from .ovs_bridge import OVS_BRIDGE_ITEM, OvsBridgeParams
from .processes import PROCESS_ITEM, ProcessParams
from .veth import VETH_ITEM, VethParams

ITEMS: dict[str, Specification[Any]] = {
    "netns": NETNS_ITEM,
    "linux_bridge": LINUX_BRIDGE_ITEM,
    "ovs_bridge": OVS_BRIDGE_ITEM,
    "veth": VETH_ITEM,
    "netns_link": NETNS_LINK_ITEM,
    "netns_route": NETNS_ROUTE_ITEM,
    "masquerade": MASQUERADE_ITEM,
    "dnat": DNAT_ITEM,
}
"""The resources of a topology by the name of their module, in the order of their creation."""


class ItemLists(TypedDict):
    """The lists of a topology or of a range."""

    netns: list[NetnsParams] | None
    linux_bridge: list[LinuxBridgeParams] | None
    ovs_bridge: list[OvsBridgeParams] | None
    veth: list[VethParams] | None
    netns_link: list[NetnsLinkParams] | None
    netns_route: list[NetnsRouteParams] | None
    masquerade: list[MasqueradeParams] | None
    dnat: list[DnatParams] | None
    address_sets: list[AddressSetParams] | None
    policy: list[PolicyParams] | None
    processes: list[ProcessParams] | None
    cni: list[CniParams] | None
    probes: list[ProbeParams] | None


class RangeParams(TypedDict):
    """A range. Its items are validated after their patterns are filled in."""

    first: int
    count: int
    netns: list[dict[str, Any]] | None
    linux_bridge: list[dict[str, Any]] | None
    ovs_bridge: list[dict[str, Any]] | None
    veth: list[dict[str, Any]] | None
    netns_link: list[dict[str, Any]] | None
    netns_route: list[dict[str, Any]] | None
    masquerade: list[dict[str, Any]] | None
    dnat: list[dict[str, Any]] | None
    address_sets: list[dict[str, Any]] | None
    policy: list[dict[str, Any]] | None
    processes: list[dict[str, Any]] | None
    cni: list[dict[str, Any]] | None
    probes: list[dict[str, Any]] | None


class TopologyParams(ItemLists):
    name: str | None
    range: list[RangeParams] | None
    backend: str
    integrate: list[str]
    purge: bool
    force: bool
    isolate: bool
    host_access: list[str]
    routed: list[str] | None
    rollback_on: list[str]
    confirm_timeout: int | None
    src: str | None
    remote_src: bool
    persist: Any | None
    hosts: bool
    dns: Any | None
    dhcp: Any | None
    ra: bool
    state: str


_ITEM_LISTS: Options = {
    **{kind: item.as_list() for kind, item in ITEMS.items()},
    "address_sets": ADDRESS_SET_ITEM.as_list(),
    "policy": POLICY_ITEM.as_list(),
    "processes": PROCESS_ITEM.as_list(),
    "cni": CNI_ITEM.as_list(),
    "probes": PROBE.as_list(),
}

ITEM_LISTS = Specification(ItemLists, _ITEM_LISTS)

RANGE = Specification(
    RangeParams,
    {
        "first": {"type": "int", "default": 1},
        "count": {"type": "int", "required": True},
        **{kind: {"type": "list", "elements": "dict"} for kind in _ITEM_LISTS},
    },
)

TOPOLOGY_SPEC = Specification(
    TopologyParams,
    {
        # A topology needs a name. It may be in the file of src, and a diagram does without.
        "name": {"type": "str"},
        **_ITEM_LISTS,
        "range": RANGE.as_list(),
        **NAT,
        "purge": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "isolate": {"type": "bool", "default": True},
        "host_access": {"type": "list", "elements": "str", "default": ["all"]},
        "routed": {"type": "list", "elements": "str"},
        "hosts": {"type": "bool", "default": False},
        "dns": {"type": "raw"},
        "dhcp": {"type": "raw"},
        "ra": {"type": "bool", "default": False},
        "rollback_on": {
            "type": "list",
            "elements": "str",
            "choices": ["error", "probe"],
            "default": ["error", "probe"],
        },
        "confirm_timeout": {"type": "int"},
        "src": {"type": "path"},
        "remote_src": {"type": "bool", "default": False},
        "persist": {"type": "raw"},
        **STATE,
    },
    source=src_file,
)
