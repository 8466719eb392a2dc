# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the units that files of this collection put into namespaces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .._model.declared_services import DeclaredService
from .._model.host_units import UNIT_DIRECTORY
from .._model.service_units import (
    PUBLISH_PREFIX,
    find_started_unit,
    is_of_lab,
    path_of_drop_in,
    read_declared_options,
    read_published_unit,
    would_compose,
)
from .._model.services import Service
from .persistent_files import list_labs, list_units, read_file
from .service_files import read_drop_ins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.netns import Netns
    from .._model.persistence import HostFile
    from .netns_handles import NetnsHandle


def read_declared_services(
    handles: Mapping[str | None, NetnsHandle], namespaces: Mapping[str, Netns]
) -> list[DeclaredService]:
    """The units, each with what systemd says about it. Without such units, nothing is run.

    :param handles: those of the namespaces to look at, and of the host.
    :param namespaces: those that exist.
    :raises Failed: the files, or what systemd says, cannot be read.
    """
    found = {
        unit: (options, file)
        for unit, (options, file) in _read_declared().items()
        if options.get("netns") in handles or None in handles
    }
    sockets = _read_sockets()
    lost = (_list_started_by_labs() | {*sockets.values()}) - found.keys() if None in handles else ()
    if not found and not lost:
        return []
    from .units import read_units  # which only hosts with such units need

    wanted: dict[str, str | None] = dict.fromkeys([*lost, *sockets])
    wanted.update({unit: options["netns"] for unit, (options, _file) in found.items()})
    states = read_units(wanted, handles)
    services = [DeclaredService(unit, None, {}, states[unit]) for unit in sorted(lost)]
    labs = list_labs()
    for unit, (options, file) in found.items():
        netns = namespaces.get(options["netns"])
        lab = netns.owner if netns is not None and netns.owner in labs else None
        services.append(
            DeclaredService(
                unit,
                options["netns"],
                options,
                states[unit],
                tuple(states[name] for name, owner in sockets.items() if owner == unit),
                has_netns=netns is not None,
                is_altered=not would_compose(file, Service(unit, options["netns"]), lab),
            )
        )
    return services


def _read_declared() -> dict[str, tuple[dict[str, Any], HostFile]]:
    """By unit, the options that its drop-in was made of, and the drop-in."""
    declared = {}
    for file in read_drop_ins():
        options = read_declared_options(file)
        if options is None or not isinstance(options.get("netns"), str):
            continue
        unit = str(options.get("name"))
        if file.path == path_of_drop_in(unit):
            declared[unit] = (options, file)
    return declared


def _read_sockets() -> dict[str, str]:
    """The sockets that publish ports, each with the unit whose port it is."""
    found = {}
    for name in list_units():
        if name.startswith(PUBLISH_PREFIX) and name.endswith(".socket"):
            file = read_file(f"{UNIT_DIRECTORY}/{name}")
            unit = read_published_unit(file) if file is not None else None
            if unit is not None:
                found[name] = unit
    return found


def _list_started_by_labs() -> set[str]:
    """The units that units of topologies start, as they are in namespaces of these."""
    directories = [f"{UNIT_DIRECTORY}/{name}" for name in list_units() if is_of_lab(name)]
    paths = [f"{path}/{name}" for path in directories for name in os.listdir(path)]
    files = filter(None, map(read_file, paths))
    return {unit for file in files if (unit := find_started_unit(file)) is not None}
