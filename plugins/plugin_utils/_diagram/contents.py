# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What namespaces have besides links: processes, containers, services, attachments of CNI. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._params.option_types import find_boolean

from .interfaces import netns_of
from .labels import words
from .model import NatRule

if TYPE_CHECKING:
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_cni import (
        CniParams,
    )

    from .items import TopologyItems
    from .model import NetnsName

_ATTACHED = (None, "attached")
"""States of attachments that are sound. Of those of other programs nothing is known."""


def read_contents(info: Mapping[str, Any], items: TopologyItems) -> Iterator[tuple[NetnsName, str]]:
    """Whose a namespace is, and what runs in it.

    :param info: a result of netns_info, or a topology in the form of one.
    """
    return chain(
        _read_attached(items),
        _read_attachments(info, items),
        _read_processes(items),
        _read_services(info),
        _read_servers(info["topology"], items),
    )


def _read_attached(items: TopologyItems) -> Iterator[tuple[NetnsName, str]]:
    """Whose namespaces the names lead to that this collection did not create."""
    for item in items.namespaces:
        attach = item["attach"]
        if attach is not None:
            container = attach["container"]
            whose = f"process {attach['pid']}" if container is None else f"container {container}"
            yield item["name"], f"of {whose}"


def _read_processes(items: TopologyItems) -> Iterator[tuple[NetnsName, str]]:
    for _prefix, lists in items.sources:
        for process in lists["processes"] or ():
            program = " ".join(process["command"][:1])
            yield process["netns"], f"process: {process['name']} ({program})"


def _read_servers(
    topology: Mapping[str, Any], items: TopologyItems
) -> Iterator[tuple[NetnsName, str]]:
    """The DNS and DHCP servers, each at the interface that the members of a bridge ask."""
    words = [
        word
        for option, word in (("dns", "DNS"), ("dhcp", "DHCP"))
        if find_boolean(topology.get(option) or False) is not False
    ]
    if not words:
        return
    server = f"{' and '.join(words)} server on"
    for _prefix, lists in items.sources:
        silent: set[tuple[Any, Any]] = set()
        bridges = [
            *(
                (each["netns"], each["name"], each["addresses"])
                for each in lists["linux_bridge"] or ()
            ),
            *((None, each["name"], each["addresses"]) for each in lists["ovs_bridge"] or ()),
        ]
        for netns, name, addresses in bridges:
            if addresses:
                yield netns, f"{server} {name}"
            else:
                silent.add((netns, name))
        for pair in lists["veth"] or ():
            ends: list[Any] = [pair, pair["peer"]]
            for end, other in (ends, ends[::-1]) if pair["peer"] else ():
                is_router = end["netns"] is None and end["addresses"]
                if is_router and (other["netns"], other["bridge"]) in silent:
                    yield None, f"{server} {end['name']}"


def _read_services(info: Mapping[str, Any]) -> Iterator[tuple[NetnsName, str]]:
    for service in info.get("services") or ():
        state = "" if service["active"] else "(not active)"
        yield service["options"]["netns"], words("service:", service["options"]["name"], state)


def read_published(info: Mapping[str, Any]) -> Iterator[tuple[NetnsName, NatRule]]:
    """The ports of services that are reached from the host's own loopback addresses."""
    for service in info.get("services") or ():
        options = service["options"]
        for published in options.get("publish") or ():
            address = published["address"]
            place = f"[{address}]" if ":" in address else address
            match = f"tcp {place}:{published['host_port']}"
            text = f"publish: {match} -> port {published['port']} in {options['netns']}"
            yield None, NatRule(text, match, options["netns"], target_known=True)


def _read_attachments(
    info: Mapping[str, Any], items: TopologyItems
) -> Iterator[tuple[NetnsName, str]]:
    """Attachments to networks of CNI: those of the topology, and those that were only observed."""
    known = set()
    for _prefix, lists in items.sources:
        for item in lists["cni"] or ():
            known.add((item["netns"], item["ifname"]))
            yield item["netns"], f"CNI: {item['ifname']} {_describe_network(item)}"
    for attachment in info.get("attachments") or ():
        if (attachment["netns"], attachment["ifname"]) not in known:
            yield attachment["netns"], f"CNI: {attachment['ifname']} in {attachment['network']}"


def _describe_network(item: CniParams) -> str:
    """The network with its plugins, and the ports of the host that lead to the namespace."""
    network = item["network"]
    if not isinstance(network, Mapping):
        return f"in {network}"
    plugins = [str(plugin.get("type")) for plugin in network.get("plugins") or [network]]
    mappings = (item["capabilities"] or {}).get("portMappings") or ()
    ports = [
        f"{mapping.get('protocol', 'tcp')} {mapping['hostPort']} to {mapping['containerPort']}"
        for mapping in mappings
    ]
    return words("in", network.get("name"), f"({', '.join([*plugins, *ports])})")


def read_faults(info: Mapping[str, Any]) -> Iterator[tuple[NetnsName, str]]:
    """What netns_info says is wrong with services, processes and attachments."""
    for service in info.get("services") or ():
        if service.get("fault"):
            yield service["options"]["netns"], service["fault"]
    for process in info.get("topology_processes") or ():
        netns, name = netns_of(process["netns"]), process["name"]
        if process["state"] != "running":
            status = process["status"] and f"({process['status']})"
            yield netns, words(f"process {name}:", process["state"], status)
            continue
        for address in process["asked_at"]:
            if address not in process["listens_at"]:
                yield netns, f"process {name} does not listen on {address}"
    for attachment in info.get("attachments") or ():
        if attachment["state"] not in _ATTACHED:
            text = f"CNI: {attachment['ifname']} in {attachment['network']} is"
            yield attachment["netns"], f"{text} {attachment['state']}"
