# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of a topology's members, and the hosts files with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import address_of
from .._model.errors import Refused
from .._model.netns import HostsFile, Netns
from .._model.netns_files import LOCALHOST
from .._params.names import is_host_name
from .lab_interfaces import links_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._model.resources import Resource

_LOCALHOST = {name for line in LOCALHOST for name in line.split()[1:]}

Members = dict[str, "list[str]"]
"""The addresses of each namespace by its name, in a fixed order, without their lengths."""


def list_members(resources: Iterable[Resource]) -> Members:
    """The namespaces of a topology, with the addresses that it declares for their links."""
    resources = list(resources)
    members: Members = {resource.name: [] for resource in resources if isinstance(resource, Netns)}
    for resource in resources:
        for _end, link in links_of(resource):
            if link.netns in members:
                members[link.netns] += link.addresses or ()
    return {name: _order(members[name]) for name in sorted(members)}


def _order(addresses: list[str]) -> list[str]:
    found = {address_of(address.partition("/")[0]) for address in addresses}
    return [str(ip) for ip in sorted(found, key=lambda ip: (ip.version, int(ip)))]


def check_host_names(parameter: str, names: Iterable[str]) -> None:
    """Check that the names of namespaces can be names of hosts, which ignore case.

    :raises Refused: one cannot be, or two are the same.
    """
    seen: dict[str, str] = {}
    for name in names:
        same = seen.setdefault(name.lower(), name)
        if same != name:
            rule = f"gives namespaces {same} and {name} the same host name; rename one"
            raise Refused(parameter, True, rule)
        if name.lower() in _LOCALHOST or not is_host_name(name):
            rule = f"namespace {name} cannot have its name as a host; a host name has labels of"
            rule += " letters, digits, - and _ that begin and end with a letter or digit, has at"
            rule += " most 63 of these between two dots, and is no number, address or localhost"
            raise Refused(parameter, True, rule)


def hosts_files(parameter: str, members: Mapping[str, list[str]]) -> list[HostsFile]:
    """A hosts file for each member, with the names and addresses of all.

    :raises Refused: the name of one cannot be that of a host.
    """
    check_host_names(parameter, members)
    entries = tuple(f"{address} {name}" for name in members for address in members[name])
    return [HostsFile(name, entries) for name in members]
