# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the kernel parameters that a link loses when it is deleted or leaves its namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._host.sysctl import is_writable, read_directory
from .._model.changes import list_leaving_links
from .._model.links import Link, Veth
from .._model.netns import Netns, Sysctl
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import read_parameters
from .._netlink.neighbours import dump_neighbour_tables, read_neighbour_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.changes import Change

_DIRECTORIES = ("net/ipv4/conf", "net/ipv6/conf", "net/ipv4/neigh", "net/ipv6/neigh")
"""Where each link has a directory of parameters."""
_LEFT_OUT = frozenset(
    "mtu addr_gen_mode stable_secret unres_qlen base_reachable_time retrans_time".split()
)
"""Parameters that attributes of the link set, and those that others have in finer units."""

_LINKS_PER_READING = 50
"""The parameters of so many links are dumped while the files of one are read."""


def read_lost_sysctls(changes: Sequence[Change], handles: NetnsHandles) -> list[Sysctl]:
    """The parameters of links that the changes delete, or move to another namespace.

    Only those are returned that differ from the default, which a link has when it comes. A link
    that is deleted by the end of its namespace stays as it is until then.
    """
    lost: list[Sysctl] = []
    for netns, names in _list_leaving(changes).items():
        handle = handles.open(netns)
        if handle is None:
            continue
        is_cheaper = len(names) * _LINKS_PER_READING > len(handle.indexes)
        packed = _dump_parameters(handle) if len(names) > 1 and is_cheaper else {}
        reader = _Reader(netns)
        with inside_netns(handle.descriptor):
            for name in names:
                if name in handle.indexes:
                    lost += reader.read(name, packed.get(handle.indexes[name]))
    return lost


def _dump_parameters(handle: NetnsHandle) -> dict[int, object]:
    """What the kernel tells of the parameters of each link in one message, by its index."""
    neighbours: dict[int, list[object]] = {}
    for data in handle.socket.dump(dump_neighbour_tables()):
        found = read_neighbour_parameters(data)
        if found is not None:
            neighbours.setdefault(found[0], []).append(found[1])
    replies = map(read_parameters, handle.socket.dump(dump_links()))
    return {index: (ipv4, ipv6, tuple(neighbours.get(index, ()))) for index, ipv4, ipv6 in replies}


def _list_leaving(changes: Sequence[Change]) -> dict[str | None, dict[str, None]]:
    """The links that leave their place, by namespace, each once."""
    found: dict[str | None, dict[str, None]] = {}
    removed = {change.before.name for change in changes if isinstance(change.before, Netns)}
    for change in changes:
        if not isinstance(change.before, (Link, Veth)):
            continue
        links = list_leaving_links(change)
        if not change.implied or removed.isdisjoint(link.netns for link in links):
            for link in links:
                found.setdefault(link.netns, {})[link.name] = None
    return found


class _Reader:
    """Reads parameters in the calling thread's namespace, which is ``netns``.

    A link has 150. Those of links with the same parameters, as most have, are read once.
    """

    def __init__(self, netns: str | None) -> None:
        self._netns = netns
        self._defaults: dict[str, dict[str, str | None]] = {}
        self._known: dict[object, list[tuple[str, str, str]]] = {}

    def read(self, name: str, packed: object) -> list[Sysctl]:
        """The parameters of a link that differ from the default.

        :param packed: all of them, as the kernel packs them.
        """
        if packed is None or packed not in self._known:
            self._known[packed] = self._read_files(name)
        return [
            Sysctl(self._netns, f"{directory}/{name}/{parameter}", value)
            for directory, parameter, value in self._known[packed]
        ]

    def _read_files(self, name: str) -> list[tuple[str, str, str]]:
        """(directory, parameter, value) of each that differs."""
        found: list[tuple[str, str, str]] = []
        for directory in _DIRECTORIES:
            values = read_directory(f"{directory}/{name}")
            for parameter in _LEFT_OUT & values.keys():
                del values[parameter]
            if directory not in self._defaults:
                self._defaults[directory] = _read_defaults(directory, values)
            for parameter, value in values.items():
                if value is None or value == self._defaults[directory].get(parameter):
                    continue
                if is_writable(f"{directory}/{name}/{parameter}"):
                    found.append((directory, parameter, value))
        return found


def _read_defaults(directory: str, names: Iterable[str]) -> dict[str, str | None]:
    """The parameters of new links, which have some of these names.

    Only the host has defaults for neighbours. Elsewhere the loopback has those of the host.
    """
    defaults = read_directory(f"{directory}/default")
    if any(defaults.get(parameter) is None for parameter in names):
        return read_directory(f"{directory}/lo")
    return defaults
