# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a topology, with what an inventory tells of each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import TOPOLOGY_SPEC
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import (
    list_items,
    list_sources,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.plugins.module_utils._params.validators import (
    check_link_name,
    check_netns_name,
)


@dataclass
class Listed:
    """A namespace. ``bridges``: those at which the other ends of its cables are, and on which its links sit; ``addresses``: ADDRESS/LENGTH."""

    name: str
    bridges: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


class _Listing:
    """``stands``: it was seen on a host, where others may have made things under names that none of ours has. Those are passed over."""

    def __init__(self, params: dict[str, Any], stands: bool) -> None:
        self.stands = stands
        self.found: dict[str, Listed] = {}
        items = list_items(list_sources(params))
        self.ports = {
            (item["netns"], port): item["name"]
            for _path, kind, item in items
            if kind == "linux_bridge"
            for port in item["ports"] or ()
        }
        bridges = {
            (item["netns"], item["name"]) for _path, kind, item in items if kind == "linux_bridge"
        }
        for path, kind, item in items:
            if kind == "netns":
                self._list(f"{path}.name", item["name"])
            elif kind == "veth":
                peer = item["peer"] or {}
                self._list_end(path, item, peer)
                self._list_end(f"{path}.peer", peer, item)
            elif item.get("netns") is not None:
                listed = self._list(f"{path}.netns", item["netns"])
                listed.addresses += item.get("addresses") or []
                if (item.get("link_netns"), item.get("link")) in bridges:
                    self._list_bridge(path, listed, item["link"])

    def _is_name(self, check: Callable[[str, str], str], path: str, name: str) -> bool:
        try:
            return bool(check(path, name))
        except Refused:
            if self.stands:
                return False
            raise

    def _list(self, path: str, name: str) -> Listed:
        listed = self.found.get(name) or Listed(name)
        if self._is_name(check_netns_name, path, name):
            self.found[name] = listed
        return listed

    def _list_end(self, path: str, end: dict[str, Any], other: dict[str, Any]) -> None:
        if end.get("netns") is None:
            return
        listed = self._list(f"{path}.netns", end["netns"])
        listed.addresses += end["addresses"] or []
        bridge = other.get("bridge") or self.ports.get((other.get("netns"), other.get("name")))
        if bridge:
            self._list_bridge(path, listed, bridge)

    def _list_bridge(self, path: str, listed: Listed, bridge: str) -> None:
        if bridge not in listed.bridges and self._is_name(
            check_link_name, f"{path}.bridge", bridge
        ):
            listed.bridges.append(bridge)


def list_namespaces(topology: Any) -> list[Listed]:
    """The namespaces of a topology, or of a result of the module ``netns_info``, in its order.

    :raises Refused: it is no topology; with the path of the option that is wrong.
    """
    stands = isinstance(topology, dict) and "topology" in topology
    found = topology["topology"] if stands else topology
    if not isinstance(found, dict):
        raise Refused("topology", found, "is not a dictionary of the topology's options")
    return list(_Listing(validate(found, TOPOLOGY_SPEC), stands).found.values())
