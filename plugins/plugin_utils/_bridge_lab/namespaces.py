# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a lab. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import family_of
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.addresses import (
    check_interface_address,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.names import check_netns_name
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns import NETNS_ITEM
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.veth import END

from .options import Item, read_item, read_list, read_text

NETNS_OPTIONS = tuple(option for option in NETNS_ITEM.options if option != "name")
PORT_OPTIONS = tuple(
    option for option in END.options if option in ("isolated", "hairpin", "learning", "spoofchk")
)
# Without VLANs, because a namespace in another VLAN than the gateway would reach nothing outside.
_NOT_FOR_ENDS = ("name", "netns", "bridge", "vlan", "vlans", "addresses", *PORT_OPTIONS)
END_OPTIONS = tuple(option for option in END.options if option not in _NOT_FOR_ENDS)


@dataclass
class LabNamespace:
    """A namespace of a lab.

    ``addresses`` are ADDRESS/LENGTH, and None until they are assigned. The options are those of
    the namespace, of its end of the veth pair, and of the port at the bridge.
    """

    name: str
    addresses: list[str] | None = None
    netns_options: Item = field(default_factory=dict)
    end_options: Item = field(default_factory=dict)
    port_options: Item = field(default_factory=dict)

    def address_of_family(self, family: int) -> str | None:
        """The first address of an IP version, without the prefix length."""
        for text in self.addresses or ():
            address = text.split("/")[0]
            if family_of(address) == family:
                return address
        return None


def read_namespaces(value: Any) -> list[LabNamespace]:
    """The namespaces that a user listed, by name or with options.

    :raises Refused: with the path of the value that is wrong.
    """
    if isinstance(value, Mapping) or not isinstance(value, Sequence):
        raise Refused("namespaces", value, "is not a list of names, such as [red, blue]")
    namespaces: list[LabNamespace] = []
    for index, given in enumerate(read_list("namespaces", value)):
        namespace = _read_namespace(f"namespaces[{index}]", given)
        if any(other.name == namespace.name for other in namespaces):
            raise Refused(f"namespaces[{index}].name", namespace.name, "is listed twice")
        namespaces.append(namespace)
    return namespaces


def _read_namespace(path: str, given: Any) -> LabNamespace:
    options = ("name", "addresses", *NETNS_OPTIONS, *END_OPTIONS, *PORT_OPTIONS)
    item = {"name": given} if isinstance(given, str) else read_item(path, given, options)
    namespace = LabNamespace(
        check_netns_name(f"{path}.name", read_text(f"{path}.name", item.get("name"))),
        netns_options={option: item[option] for option in NETNS_OPTIONS if option in item},
        end_options={option: item[option] for option in END_OPTIONS if option in item},
        port_options={option: item[option] for option in PORT_OPTIONS if option in item},
    )
    if "addresses" in item:
        path = f"{path}.addresses"
        namespace.addresses = [
            check_interface_address(f"{path}[{number}]", read_text(f"{path}[{number}]", text))
            for number, text in enumerate(read_list(path, item["addresses"]))
        ]
    return namespace
