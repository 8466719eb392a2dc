# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masquerading and port forwards of a lab. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    family_of,
    join_port,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.dnat import DNAT_ITEM
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.masquerade import (
    MASQUERADE_ITEM,
)

from .options import Item, read_item, read_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .namespaces import LabNamespace
    from .networks import Gateways, Network

_FORWARD_OPTIONS = (*DNAT_ITEM.options, "namespace", "to_port")


def compose_masquerade(
    value: Any, networks: Sequence[Network], gateways: Gateways, out_interface: str | None
) -> list[Item]:
    """The masquerading rule, if there is one: of all networks with a gateway, unless given.

    :raises Refused: the value is neither a boolean nor a dictionary of supported options.
    """
    if value is None or value is False:
        return []
    item = {} if value is True else read_item("masquerade", value, tuple(MASQUERADE_ITEM.options))
    if out_interface is not None:
        item.setdefault("out_interface", out_interface)
    sources = [str(network) for network in networks if network.version in gateways]
    item.setdefault("source", sources)
    return [item] if item["source"] else []


def compose_forwards(
    value: Any, namespaces: Sequence[LabNamespace], in_interface: str | None
) -> list[Item]:
    """The port forwards that a user listed. A forward to a namespace becomes one to its address.

    :raises Refused: with the path of the value that is wrong.
    """
    by_name = {namespace.name: namespace for namespace in namespaces}
    forwards: list[Item] = []
    for index, given in enumerate(read_list("forwards", value)):
        path = f"forwards[{index}]"
        item = read_item(path, given, _FORWARD_OPTIONS)
        if ("namespace" in item) == ("to_destination" in item):
            raise Refused(path, given, "needs either namespace or to_destination")
        if "destination_port" not in item:
            raise Refused(f"{path}.destination_port", None, "is required")
        if in_interface is not None:
            item.setdefault("in_interface", in_interface)
        if "namespace" in item:
            forwards += _forward_to_namespace(path, item, by_name)
        elif "to_port" in item:
            raise Refused(
                f"{path}.to_port",
                item["to_port"],
                "requires namespace; to_destination contains its own port",
            )
        else:
            forwards.append(item)
    return forwards


def _forward_to_namespace(
    path: str, item: Item, namespaces: Mapping[str, LabNamespace]
) -> list[Item]:
    """A forward to the first address of the namespace in each address family."""
    namespace = namespaces.get(item["namespace"])
    if namespace is None:
        names = ", ".join(namespaces)
        raise Refused(
            f"{path}.namespace",
            item["namespace"],
            f"is not a namespace of the lab; its namespaces: {names}",
        )
    port = str(item.get("to_port", item["destination_port"])).replace(":", "-")
    targets = [
        join_port(address, port)
        for family in _families(path, item)
        for address in [namespace.address_of_family(family)]
        if address is not None
    ]
    if not targets:
        raise Refused(
            f"{path}.namespace", namespace.name, "has no address of the forward's address family"
        )
    rest: dict[str, Any] = {
        option: item[option] for option in item if option not in ("namespace", "to_port")
    }
    return [{**rest, "to_destination": target} for target in targets]


def _families(path: str, item: Item) -> list[int]:
    """The IP versions of a forward: those of its ``destination`` and ``source``, or else both."""
    limits = [
        *read_list(f"{path}.destination", item.get("destination")),
        *read_list(f"{path}.source", item.get("source")),
    ]
    return sorted({family_of(str(limit)) for limit in limits} or {4, 6})
