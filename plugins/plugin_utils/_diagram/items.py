# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The items of a topology that a diagram shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import list_sources
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
    MASQUERADE_ITEM,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
    ItemLists,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

if TYPE_CHECKING:
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DnatParams
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.linux_bridge import (
        LinuxBridgeParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
        MasqueradeParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns import (
        NetnsParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_link import (
        NetnsLinkParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_route import (
        NetnsRouteParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.ovs_bridge import (
        OvsBridgeParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.veth import EndParams


@dataclass
class TopologyItems:
    """Validated items, those of ranges after the others. Each forward comes with its target."""

    namespaces: list[NetnsParams] = field(default_factory=list)
    bridges: list[LinuxBridgeParams] = field(default_factory=list)
    ovs_bridges: list[OvsBridgeParams] = field(default_factory=list)
    veth_pairs: list[tuple[EndParams, EndParams]] = field(default_factory=list)
    links: list[NetnsLinkParams] = field(default_factory=list)
    routes: list[NetnsRouteParams] = field(default_factory=list)
    masquerades: list[MasqueradeParams] = field(default_factory=list)
    forwards: list[tuple[DnatParams, str]] = field(default_factory=list)
    sources: list[tuple[str, ItemLists]] = field(default_factory=list)
    """The lists of which these are the items, each with the prefix of its paths."""

    def add(self, prefix: str, lists: ItemLists) -> None:
        """Add the items of a topology or of a range.

        :param prefix: of the paths in error messages.
        :raises Refused: a veth pair has no peer, or a forward has no target.
        """
        self.sources.append((prefix, lists))
        self.namespaces += lists["netns"] or ()
        self.bridges += lists["linux_bridge"] or ()
        self.ovs_bridges += lists["ovs_bridge"] or ()
        for index, veth in enumerate(lists["veth"] or ()):
            if veth["peer"] is None:
                raise Refused(f"{prefix}veth[{index}].peer", None, "is required")
            self.veth_pairs.append((veth, veth["peer"]))
        self.links += lists["netns_link"] or ()
        self.routes += lists["netns_route"] or ()
        self.masquerades += lists["masquerade"] or ()
        for index, forward in enumerate(lists["dnat"] or ()):
            target = forward["to_destination"]
            if target is None:
                raise Refused(f"{prefix}dnat[{index}].to_destination", None, "is required")
            self.forwards.append((forward, target))


def read_items(topology: Any, prefix: str) -> TopologyItems:
    """The items of a topology, with ranges expanded.

    :param prefix: of the paths in error messages.
    :raises Refused: it is no topology; with the path of the wrong option.
    """
    if not isinstance(topology, Mapping):
        raise Refused(
            prefix.rstrip(".") or "_input",
            topology,
            "is neither a topology nor a result of netns_info",
        )
    params = validate(dict(topology), TOPOLOGY_SPEC, prefix)
    if params["src"] is not None:
        raise Refused(
            f"{prefix}src",
            params["src"],
            "is not read by this filter; use the filter from_yaml on the text of the file instead",
        )
    items = TopologyItems()
    for source_prefix, lists in list_sources(params):
        items.add(prefix + source_prefix, lists)
    routed = [{"source": [network], "translate": False} for network in params["routed"] or ()]
    items.masquerades += [validate(item, MASQUERADE_ITEM, prefix) for item in routed]
    return items
