# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a topology as the inventory plugin adds them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Union

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.names import (
    check_link_name,
    check_netns_name,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import (
    list_items,
    list_sources,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
    TopologyParams,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

Item = dict[str, Any]
"""A validated item of a topology, by option."""


@dataclass
class NetnsEntry:
    """A namespace.

    ``bridges`` are the bridges to which its veth pairs lead, and on which its links are;
    ``addresses`` are ADDRESS/LENGTH.
    """

    name: str
    bridges: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


NetnsResult = Union[list[NetnsEntry], str]
"""The namespaces of a host, or an error message."""


class _NetnsList:
    """Collects the namespaces of a topology.

    ``observed`` says that it is the state of a host, where other programs may have made names that
    are not valid here. These are skipped. In a topology of a user they are errors.
    """

    def __init__(self, params: TopologyParams, observed: bool) -> None:
        self.observed = observed
        self.found: dict[str, NetnsEntry] = {}
        items = list_items(list_sources(params))
        bridges = [item for _path, kind, item in items if kind == "linux_bridge"]
        self.bridges = {(item["netns"], item["name"]) for item in bridges}
        self.ports = {
            (item["netns"], port): item["name"] for item in bridges for port in item["ports"] or ()
        }
        for path, kind, item in items:
            self._add_item(path, kind, item)

    def _add_item(self, path: str, kind: str, item: Item) -> None:
        if kind == "netns":
            self._add(f"{path}.name", item["name"])
        elif kind == "veth":
            peer = item["peer"] or {}
            self._add_end(path, item, peer)
            self._add_end(f"{path}.peer", peer, item)
        elif item.get("netns") is not None:
            entry = self._add(f"{path}.netns", item["netns"])
            entry.addresses += item.get("addresses") or []
            if (item.get("link_netns"), item.get("link")) in self.bridges:
                self._add_bridge(path, entry, item["link"])

    def _is_name(self, check: Callable[[str, str], str], path: str, name: str) -> bool:
        """Whether a name is valid. An invalid one that a user wrote is refused."""
        try:
            return bool(check(path, name))
        except Refused:
            if self.observed:
                return False
            raise

    def _add(self, path: str, name: str) -> NetnsEntry:
        """The entry of that name. A new one is only added if the name is valid."""
        entry = self.found.get(name) or NetnsEntry(name)
        if self._is_name(check_netns_name, path, name):
            self.found[name] = entry
        return entry

    def _add_end(self, path: str, end: Item, peer: Item) -> None:
        """Add the namespace of an end of a veth pair."""
        if end.get("netns") is None:
            return
        entry = self._add(f"{path}.netns", end["netns"])
        entry.addresses += end["addresses"] or []
        bridge = peer.get("bridge") or self.ports.get((peer.get("netns"), peer.get("name")))
        if bridge:
            self._add_bridge(path, entry, bridge)

    def _add_bridge(self, path: str, entry: NetnsEntry, bridge: str) -> None:
        if bridge in entry.bridges:
            return
        if self._is_name(check_link_name, f"{path}.bridge", bridge):
            entry.bridges.append(bridge)


def list_namespaces(topology: Any) -> list[NetnsEntry]:
    """The namespaces of a topology or of a result of the module netns_info, in its order.

    :raises Refused: the value is neither; with the path of the wrong option.
    """
    observed = isinstance(topology, dict) and "topology" in topology
    found = topology["topology"] if observed else topology
    if not isinstance(found, dict):
        raise Refused("topology", found, "is not a dictionary of the topology's options")
    return list(_NetnsList(validate(found, TOPOLOGY_SPEC), observed).found.values())


def try_list_namespaces(topology: Any) -> NetnsResult:
    """The namespaces of a topology, or the message of the error in it."""
    try:
        return list_namespaces(topology)
    except Refused as error:
        return str(error)
