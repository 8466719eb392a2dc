# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts whose namespaces the inventory plugin adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError

if TYPE_CHECKING:
    from collections.abc import Iterable


def select_hosts(inventory: Any, names: Iterable[str]) -> dict[str, Any]:
    """The inventory hosts of these names of hosts and groups, by their own names.

    ``all`` of an inventory without hosts is the controller.

    :raises AnsibleParserError: the inventory contains no host or group of a name.
    """
    selected: dict[str, Any] = {}
    for name in names:
        if name == "all" and inventory.hosts:
            found = list(inventory.hosts.values())
        elif name != "all" and name in inventory.groups:
            found = inventory.groups[name].get_hosts()
        else:
            found = [inventory.get_host("localhost" if name == "all" else name)]
        if None in found:
            raise AnsibleParserError(
                f"hosts: {name!r}: is neither a host nor a group of the inventory so far; the "
                "source that defines it must come before this one"
            )
        selected.update((host.name, host) for host in found)
    return selected
