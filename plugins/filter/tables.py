# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tables: ARP and routing tables as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.module_utils._describe.routes import describe_route
from ansible_collections.redblue.netns.plugins.module_utils._describe.table import align
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import (
    MAIN_TABLE,
    OF_EACH_LINK,
    Nexthop,
    Route,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe

Item = dict[str, Any]


def _describe_neighbour(entry: Item) -> str:
    mac = f" lladdr {entry['mac']}" if entry.get("mac") else ""
    return f"{entry['address']} dev {entry['device']}{mac} {entry['state'].upper()}"


def _describe_route(item: Item) -> str:
    """A route of a result of netns_info."""
    hops = item.get("nexthops")
    nexthops = tuple(Nexthop(**hop) for hop in hops) if hops else None
    route = Route(None, **{**item, "nexthops": nexthops})
    return describe_route(route) + (f" src {route.source}" if route.source else "")


def _rows(info: Mapping[str, Any], name: str) -> Iterator[list[str]]:
    for entry in info["neighbours"].get(name, ()):
        if entry["state"] != "noarp":
            yield [name, "NDP" if ":" in entry["address"] else "ARP", _describe_neighbour(entry)]
    for item in info["routes"].get(name, ()):
        if item["table"] == MAIN_TABLE and item["destination"] not in OF_EACH_LINK:
            yield [name, "route", _describe_route(item)]


def tables(info: Any, netns: Sequence[str | None] | None = None) -> str:
    """The neighbours and the main routing table of namespaces, with one line for each entry.

    :param info: a result of ``netns_info`` with neighbours and routes.
    :param netns: the namespaces to show, None for the host; all if omitted.
    :raises AnsibleFilterError: the input is not such a result.
    """
    if not isinstance(info, Mapping) or not {"neighbours", "routes"} <= info.keys():
        raise AnsibleFilterError(
            "tables: the input is not a result of netns_info with neighbours and routes"
        )
    if netns is None:
        names = list(info["routes"])
    else:
        names = [name or "host" for name in dict.fromkeys(netns) if "/" not in (name or "")]
    rows = [["WHERE", "TABLE", "ENTRY"]]
    for name in names:
        rows += list(_rows(info, name)) or [[name, "", "no neighbours, no routes"]]
    # The texts come from the host: no escape sequences, and no templates.
    text = "\n".join(align([[escape_text(cell) for cell in row] for row in rows])) + "\n"
    return mark_unsafe(text)


class FilterModule:
    """The filters of this file, for Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file, by name."""
        return {"tables": tables}
