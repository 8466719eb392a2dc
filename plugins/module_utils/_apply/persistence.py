# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of the files of persistent topologies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._host.network_managers import reload_network_manager
from .._host.persistent_files import remove_file, write_file
from .._host.systemd import reload_units, start_wanted, stop_service, stop_wanted
from .._model.errors import Failed, InDoubt
from .._model.host_units import UNIT_DIRECTORY
from .._model.metrics_units import is_metrics_file, is_metrics_service
from .._model.network_managers import find_manager
from .._model.persistence import HostFile
from .._model.service_units import is_proxy, is_publication
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(HostFile)
def _apply_locally(
    file: HostFile, before: HostFile | None, after: HostFile | None, host: LocalHost
) -> None:
    if after is None and is_metrics_file(file.path):
        host.at_end(partial(remove_file, file.path))  # What writes it is stopped by then.
    elif after is None:
        if is_publication(file.path):
            # No later run would know of it. Its port would stay open, if this one is killed.
            try:
                stop_service(file.path)
            except Failed as error:
                raise InDoubt(str(error)) from error  # It may have been stopped.
        remove_file(file.path)
    else:
        write_file(after)
    manager = find_manager(file.path)
    if manager is not None:
        reload_network_manager(manager)
    if not file.path.startswith(UNIT_DIRECTORY + "/"):
        return
    # systemd reads its units once for all files.
    host.at_end(reload_units)
    if file.target is not None:
        host.at_end(partial(stop_wanted if after is None else start_wanted, file.path))
    elif before is not None and (is_metrics_service(file.path) or is_proxy(file.path)):
        # A timer or a socket starts it anew.
        host.at_end(partial(stop_service, file.path))


@dispatch.list_namespaces.register(HostFile)
def _list_namespaces(_file: HostFile) -> list[str | None]:
    return []


@dispatch.find_state.register(HostFile)
def _find_state(file: HostFile, current: CurrentState) -> object:
    return current.files.get(file.path)


dispatch.invert.register(HostFile, dispatch.swap)
