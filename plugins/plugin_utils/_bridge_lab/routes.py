# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of a lab. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import family_of
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_route import (
    NETNS_ROUTE_ITEM,
)

from .options import Item, read_item, read_list, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .networks import Gateways


def compose_routes(value: Any, names: Sequence[str], gateways: Gateways) -> list[Item]:
    """The routes that a user listed, by destination or with options.

    A route without a namespace is added to each namespace of ``names``. A route without a gateway
    uses that of the lab, and ``default`` each of them.

    :raises Refused: with the path of the value that is wrong.
    """
    routes: list[Item] = []
    for index, given in enumerate(read_list("routes", value)):
        path = f"routes[{index}]"
        item = {"destination": given}
        if not isinstance(given, str):
            item = read_item(path, given, tuple(NETNS_ROUTE_ITEM.options))
        if "netns" in item and item["netns"] not in names:
            raise Refused(
                f"{path}.netns",
                item["netns"],
                f"is not a namespace of the lab; its namespaces: {', '.join(names)}",
            )
        read_text(f"{path}.destination", item.get("destination"))
        for netns in [item["netns"]] if "netns" in item else names:
            for target in _list_targets(path, given, item, gateways):
                routes.append({**item, "netns": netns, **target})
    return routes


def _list_targets(path: str, given: Any, item: Item, gateways: Gateways) -> list[Item]:
    """The options that complete a route: one dictionary for each route that it becomes."""
    destination = item["destination"]
    has_target = not {"gateway", "device", "nexthops"}.isdisjoint(item)
    if has_target or item.get("type", "unicast") != "unicast":
        return [{}]
    found = [
        {"gateway": gateway}
        for family, gateway in gateways.items()
        if destination == "default" or family == family_of(destination)
    ]
    if not found:
        raise Refused(path, given, "needs a gateway, and the lab has none of its address family")
    return found
