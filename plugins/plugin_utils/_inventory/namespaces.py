# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a topology as the inventory plugin adds them. Pure.

A topology may be the answer of a host, which is not trusted. So names and
addresses are taken only in the forms that the modules accept: these contain no template.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import is_link_local
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.names import (
    check_link_name,
    check_netns_name,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.processes import (
    check_process_name,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.ranges import (
    list_items,
    list_sources,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
    TopologyParams,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.unit_names import (
    check_unit_name,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.processes import (
        ProcessParams,
    )

Item = dict[str, Any]
"""A validated item of a topology, by option."""


@dataclass
class NetnsEntry:
    """A namespace.

    ``bridges`` are the bridges to which its veth pairs lead, and on which its links are;
    ``addresses`` are ADDRESS/LENGTH; ``processes`` are names of those of topologies, and
    ``services`` names of units of systemd.
    """

    name: str
    bridges: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)


NetnsResult = Union[list[NetnsEntry], str]
"""The namespaces of a host, or an error message."""

Taken = TypeVar("Taken")
_UNIT = ("netns", "name")
"""The options of netns_service that say which unit is where."""
Check = Callable[[str, str], str]
"""Takes the path of an option and its value. Returns the value, or raises Refused."""


def _check_address(path: str, value: str) -> str:
    """Check an address with its prefix length, and return it in its canonical form."""
    try:
        # ipaddress takes any text as the scope of an IPv6 address.
        if "/" not in value or "%" in value:
            raise ValueError
        return str(ipaddress.ip_interface(value))
    except ValueError:
        raise Refused(path, value, "is not an address with a prefix length") from None


def _take(kind: type[Taken], path: str, value: Any) -> Taken:
    """A value of a kind.

    :raises Refused: it is of another one.
    """
    if not isinstance(value, kind):
        raise Refused(path, value, f"is not a {kind.__name__}")
    return value


def _ignore(message: str) -> None:
    """Show no warning."""


class _NetnsList:
    """Collects the namespaces of a topology.

    ``observed`` says that it is the answer of a host, where other programs may have made names that
    are not valid here. These are left out, with a warning. In a topology of a user they are errors.
    """

    def __init__(self, params: TopologyParams, observed: bool, warn: Callable[[str], None]) -> None:
        self.observed, self.warn = observed, warn
        self.rejected: set[str] = set()
        self.found: dict[str, NetnsEntry] = {}
        sources = list_sources(params)
        items = list_items(sources)
        bridges = [item for _path, kind, item in items if kind == "linux_bridge"]
        switches = [item for _path, kind, item in items if kind == "ovs_bridge"]
        self.bridges = {(item.get("netns"), item["name"]) for item in (*bridges, *switches)}
        self.ports = {
            (item["netns"], port): item["name"] for item in bridges for port in item["ports"] or ()
        }
        for path, kind, item in items:
            self._add_item(path, kind, item)
        for prefix, source in sources:
            for index, process in enumerate(source["processes"] or ()):
                self._add_process(f"{prefix}processes[{index}]", process)

    def _add_item(self, path: str, kind: str, item: Item) -> None:
        if kind == "netns":
            self._add(f"{path}.name", item["name"])
        elif kind == "veth":
            peer = item["peer"] or {}
            self._add_end(path, item, peer)
            self._add_end(f"{path}.peer", peer, item)
        elif item.get("netns") is not None:
            entry = self._add(f"{path}.netns", item["netns"])
            self._add_addresses(path, entry, item.get("addresses"))
            if (item.get("link_netns"), item.get("link")) in self.bridges:
                self._add_bridge(path, entry, item["link"])

    def _check(self, check: Check, path: str, values: Iterable[str]) -> list[str]:
        """The valid ones of values. An invalid one that a user wrote is refused."""
        valid = []
        for value in values:
            try:
                valid.append(check(path, value))
            except Refused as error:
                if not self.observed:
                    raise
                if value not in self.rejected:
                    self.rejected.add(value)
                    self.warn(str(error))
        return valid

    def _add(self, path: str, name: str) -> NetnsEntry:
        """The entry of that name. A new one is only added if the name is valid."""
        entry = self.found.get(name) or NetnsEntry(name)
        if self._check(check_netns_name, path, [name]):
            self.found[name] = entry
        return entry

    def _add_addresses(self, path: str, entry: NetnsEntry, addresses: Any) -> None:
        found = self._check(_check_address, f"{path}.addresses", addresses or ())
        # A link-local address leads nowhere without the interface.
        entry.addresses += [address for address in found if not is_link_local(address)]

    def _add_process(self, path: str, process: ProcessParams) -> None:
        if process["netns"] is not None:
            entry = self._add(f"{path}.netns", process["netns"])
            entry.processes += self._check(check_process_name, f"{path}.name", [process["name"]])

    def add_services(self, services: Any) -> None:
        """Add the units of systemd that a host puts into its namespaces.

        :raises Refused: the value is not what netns_info returns.
        """
        for index, service in enumerate(_take(list, "services", services)):
            path = f"services[{index}]"
            options = _take(dict, path, service).get("options")
            found = _take(dict, f"{path}.options", options)
            netns, unit = (_take(str, f"{path}.options.{key}", found.get(key)) for key in _UNIT)
            entry = self._add(f"{path}.options.netns", netns)
            entry.services += self._check(check_unit_name, f"{path}.options.name", [unit])

    def _add_end(self, path: str, end: Item, peer: Item) -> None:
        """Add the namespace of an end of a veth pair."""
        if end.get("netns") is None:
            return
        entry = self._add(f"{path}.netns", end["netns"])
        self._add_addresses(path, entry, end["addresses"])
        bridge = peer.get("bridge") or self.ports.get((peer.get("netns"), peer.get("name")))
        if bridge:
            self._add_bridge(path, entry, bridge)

    def _add_bridge(self, path: str, entry: NetnsEntry, bridge: str) -> None:
        if bridge in entry.bridges:
            return
        entry.bridges += self._check(check_link_name, f"{path}.bridge", [bridge])


def list_namespaces(topology: Any, warn: Callable[[str], None] = _ignore) -> list[NetnsEntry]:
    """The namespaces of a topology or of a result of the module netns_info, in its order.

    :param warn: is called with each name and address of a result that is left out as invalid.
    :raises Refused: the value is neither; with the path of the wrong option.
    """
    observed = isinstance(topology, dict) and "topology" in topology
    found = topology["topology"] if observed else topology
    if not isinstance(found, dict):
        raise Refused("topology", found, "is not a dictionary of the topology's options")
    params = validate(found, TOPOLOGY_SPEC)
    if observed:
        # A result of netns_info has no ranges. A short one could name a million namespaces.
        params["range"] = None
    listed = _NetnsList(params, observed, warn)
    if observed:
        listed.add_services(topology.get("services") or [])
    return list(listed.found.values())


def try_list_namespaces(topology: Any, warn: Callable[[str], None] = _ignore) -> NetnsResult:
    """The namespaces of a topology, or the message of the error in it."""
    try:
        return list_namespaces(topology, warn)
    except Refused as error:
        return str(error)


def recall_namespaces(entries: Any) -> list[NetnsEntry]:
    """The namespaces of a host in the cache.

    :raises Refused: a name or an address is not valid.
    :raises TypeError: the cache contains something else.
    """
    recalled = [NetnsEntry(**entry) for entry in entries]
    for entry in recalled:
        check_netns_name("cache", entry.name)
        for bridge in entry.bridges:
            check_link_name("cache", bridge)
        for address in entry.addresses:
            _check_address("cache", address)
        for process in entry.processes:
            check_process_name("cache", process)
        for unit in entry.services:
            check_unit_name("cache", unit)
    return recalled
