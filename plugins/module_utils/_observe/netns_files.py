# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observes the files of namespaces in /etc/netns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns_files import list_with_files, read_hosts, read_resolver

if TYPE_CHECKING:
    from .._model.current_state import CurrentState


def observe_netns_files(names: frozenset[str], lab: str | None, current: CurrentState) -> None:
    """Read the files of namespaces. Those of a topology may have outlived their namespaces."""
    for name in names.union(list_with_files() if lab is not None else ()):
        resolver = read_resolver(name)
        if resolver is not None:
            current.resolvers[name] = resolver
        file = read_hosts(name)
        if file is not None:
            current.hosts_files[name] = file
