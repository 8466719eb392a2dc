# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts whose namespaces the inventory plugin adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError

if TYPE_CHECKING:
    from collections.abc import Iterable


def _is_netns(host: Any) -> bool:
    """Whether an inventory host is a namespace, which another file of this plugin added."""
    return "ansible_netns" in host.vars


def select_hosts(inventory: Any, names: Iterable[str]) -> dict[str, Any]:
    """The inventory hosts of these names of hosts and groups, by their own names.

    Namespaces that are hosts already are left out. ``localhost`` is the controller, also if the
    inventory does not define it, but only under its own name.

    :raises AnsibleParserError: the inventory contains no host or group of a name.
    """
    selected: dict[str, Any] = {}
    for name in names:
        if name == "all":  # the group has its hosts only after all sources have been read
            found = [host for host in inventory.hosts.values() if not _is_netns(host)]
        elif name in inventory.groups:
            found = [host for host in inventory.groups[name].get_hosts() if not _is_netns(host)]
        else:
            found = [inventory.get_host(name)]
        if None in found:
            raise AnsibleParserError(
                f"hosts: {name!r}: is neither a host nor a group of the inventory so far; the "
                "source that defines it must come before this one"
            )
        if name == "all" and not found:
            raise AnsibleParserError(
                "hosts: 'all': the inventory has no hosts so far. Sources are read in their order, "
                "and the files of a directory by name, so the name of this file must come after "
                "that of the file with the hosts. For the namespaces of the controller, set "
                "hosts: [localhost]"
            )
        selected.update((host.name, host) for host in found)
    return selected
