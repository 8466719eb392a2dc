# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of the files of namespaces in /etc/netns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns_files import remove_file, write_file
from .._model.netns import HostsFile, NetnsFile, Resolver
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Resolver)
@dispatch.apply_locally.register(HostsFile)
def _apply_locally(
    file: NetnsFile, before: NetnsFile | None, after: NetnsFile | None, host: LocalHost
) -> None:
    if after is None:
        remove_file(file)
    else:
        write_file(after)


@dispatch.find_state.register(Resolver)
def _find_resolver(resolver: Resolver, current: CurrentState) -> object:
    return current.resolvers.get(resolver.netns)


@dispatch.find_state.register(HostsFile)
def _find_hosts(file: HostsFile, current: CurrentState) -> object:
    return current.hosts_files.get(file.netns)


for _kind in (Resolver, HostsFile):
    dispatch.list_namespaces.register(_kind, dispatch.list_own_namespace)
    dispatch.invert.register(_kind, dispatch.swap)
