# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for units of systemd in namespaces: their files, and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict, Refused
from .._model.host_units import name_lab_unit
from .._model.persistence import MARK, HostFile
from .._model.service_units import (
    compose_drop_in,
    compose_lab_drop_in,
    compose_publication,
    find_publication,
    is_proxy,
    name_publication,
    path_of_drop_in,
    read_published_unit,
)
from .._model.services import NOWHERE, UNKNOWN, Service, path_of_unit_netns
from .._model.unit_states import UnitState
from .host_files import plan_file
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def plan_service(projection: Projection, wanted: Service) -> None:
    """Plan that a unit runs in a namespace.

    :raises Refused: if there is no such namespace or unit, or systemd cannot do it.
    :raises Conflict: if a file or a socket of someone else is in the way.
    """
    projection.need_netns(wanted.netns, wanted.unit)
    state = _check_unit(projection, wanted)
    lab = _find_lab(projection, wanted.netns)
    files = _list_files(projection, wanted, lab, state)
    _check_ports(projection, wanted)
    changes = [plan_file(projection, file, "name", wanted.unit) for file in files]
    is_changed = changes[0]
    if not is_changed:
        _check_effect(projection, wanted, files[0], state)
    if not any(changes) and _has_unread_files(projection, wanted, lab, state):
        projection.replace(files[0], files[0], Phase.PERSIST)
    _remove_files(projection, wanted.unit, {file.path for file in files})
    if state.is_active or state.lost_netns:
        is_outside = state.place not in (wanted.netns, UNKNOWN)
        if is_changed or is_outside or state.sees_other_files or state.lost_netns:
            _plan_restart(projection, wanted, state)
    _plan_restarts_of_publications(projection, wanted, lab)


def plan_no_service(projection: Projection, unwanted: Service) -> None:
    """Plan that a unit runs where its own files say.

    :raises Refused: if it is asked for by an alias.
    :raises Conflict: if the drop-in is not of this collection.
    """
    current = projection.current
    drop_in = current.files.get(path_of_drop_in(unwanted.unit))
    if drop_in is not None and not drop_in.is_ours:
        rule = f"{drop_in.path} was not written by this collection; remove it yourself"
        raise Conflict("name", unwanted.unit, rule)
    state = current.units.get(unwanted.unit, UnitState(unwanted.unit))
    if state.name != unwanted.unit:
        raise Refused("name", unwanted.unit, f"is an alias; write {state.name}")
    _remove_files(projection, unwanted.unit, set())
    if drop_in is None and state.has_loaded:
        # A run was killed after it had removed it, before systemd read its units again.
        drop_in = HostFile(path_of_drop_in(unwanted.unit), f"{MARK}\n".encode())
        projection.remove(drop_in, Phase.PERSIST)
    if not state.is_active and not (drop_in is not None and state.lost_netns):
        return
    is_left_behind = state.place not in (None, UNKNOWN) and not (
        state.configured or state.has_private_network
    )
    if drop_in is not None or is_left_behind:
        _plan_restart(projection, unwanted, state)


def _check_unit(projection: Projection, wanted: Service) -> UnitState:
    """Return what systemd says about a unit; check mode assumes a missing one.

    :raises Refused: if it cannot be put into a namespace.
    """
    current, unit = projection.current, wanted.unit
    if current.no_units_reason is not None:
        raise Refused("name", unit, current.no_units_reason)
    state = current.units[unit]
    if state.load == "not-found":
        if not projection.request.assume:
            raise Refused("name", unit, "there is no such unit; create it first")
        projection.builder.notes.append(f"assume unit {unit}, which does not exist yet")
    elif state.load not in ("loaded", ""):
        raise Refused("name", unit, f"systemd cannot start this unit: it is {state.load}")
    if state.name != unit:
        raise Refused("name", unit, f"is an alias; write {state.name}")
    joined = state.explain_joined(wanted.netns or "")
    if joined:
        raise Refused("name", unit, joined)
    return state


def _check_effect(
    projection: Projection, wanted: Service, drop_in: HostFile, state: UnitState
) -> None:
    """Check that systemd does what the drop-in says, once it has read it.

    :raises Conflict: if another file of the unit says something else.
    """
    if state.load != "loaded" or state.needs_reload:
        return  # _has_unread_files() is going to find it.
    for setting in state.lost_settings:
        rule = (
            f"another file of {wanted.unit} takes back {setting} of {drop_in.path}, by which it "
            "sees the names of its namespace and not those of the host; "
            f"systemctl cat {wanted.unit} shows it"
        )
        raise Conflict("netns", wanted.netns, rule)
    if state.sees_other_files and state.covered:
        rule = (
            f"another file of {wanted.unit} puts something else in the place of "
            f"{' and '.join(state.covered)}; systemctl cat {wanted.unit} shows it"
        )
        raise Conflict("netns", wanted.netns, rule)
    if state.configured == path_of_unit_netns(wanted.netns or ""):
        return
    rule = (
        f"another file of {wanted.unit} sets NetworkNamespacePath={state.configured} after "
        f"{drop_in.path}; systemctl cat {wanted.unit} shows it"
    )
    raise Conflict("netns", wanted.netns, rule)


def _has_unread_files(
    projection: Projection, wanted: Service, lab: str | None, state: UnitState
) -> bool:
    """Whether a run was killed after it had written files, before systemd read them."""
    bound_to = "" if lab is None else name_lab_unit(lab)
    is_other = state.configured != path_of_unit_netns(wanted.netns or "")
    if state.needs_reload and (is_other or state.bound_to_lab != bound_to):
        return True
    names = [name_publication(published) for published in wanted.publish]
    ours = [f"{name}.{suffix}" for name in names for suffix in ("service", "socket")]
    units = projection.current.units
    return any(units[unit].needs_reload for unit in (*ours, bound_to) if unit in units)


def _find_lab(projection: Projection, netns: str | None) -> str | None:
    """The persistent topology that a namespace belongs to."""
    found = projection.namespaces.get(netns or "")
    owner = found.owner if found is not None else None
    return owner if owner in projection.current.persistent_labs else None


def _list_files(
    projection: Projection, wanted: Service, lab: str | None, state: UnitState
) -> list[HostFile]:
    """The files of a unit, the drop-in first."""
    files = [compose_drop_in(wanted, lab)]
    proxy = projection.current.socket_proxy
    if wanted.publish and proxy is None:
        rule = "needs the program systemd-socket-proxyd, which this host does not have"
        raise Refused("publish", len(wanted.publish), rule)
    started = [wanted.unit] if state.is_enabled else []
    started += [f"{name_publication(published)}.socket" for published in wanted.publish]
    if lab is not None and started:
        files.append(compose_lab_drop_in(wanted.unit, lab, started))
    for published in wanted.publish:
        files += compose_publication(wanted, published, lab, proxy or "")
    return files


def _check_ports(projection: Projection, wanted: Service) -> None:
    """Check that the ports of the host are free, or publish a port of this unit already.

    :raises Conflict: if one is not.
    """
    files = projection.current.files
    owners = {
        publication[0]: read_published_unit(file)
        for path, file in files.items()
        if (publication := find_publication(path)) is not None and publication[1] == "socket"
        if file.target is None
    }
    for index, published in enumerate(wanted.publish):
        path = f"publish[{index}].host_port"
        owner = owners.get(name_publication(published))
        if owner == wanted.unit:
            continue
        if owner is not None:
            raise Conflict(path, published.host_port, f"publishes a port of {owner} already")
        taken = (published.address, "::" if ":" in published.address else "0.0.0.0", "::")
        for listener in projection.current.listeners.get(None, ()):
            is_same = (listener.protocol, listener.port) == ("tcp", published.host_port)
            if is_same and listener.address in taken:
                rule = f"a program on the host listens on {listener.address} port {listener.port}"
                raise Conflict(path, published.host_port, rule)


def _remove_files(projection: Projection, unit: str, wanted: set[str]) -> None:
    """Plan to remove the files of a unit that are not wanted.

    What starts a socket goes first, and the socket before the service that it starts.
    """
    unwanted = []
    publications = set()
    for path, file in projection.current.files.items():
        publication = find_publication(path)
        if publication is None:
            if path not in wanted and file.is_ours:
                unwanted.append(file)
        elif path not in wanted and read_published_unit(file) == unit:
            publications.add(publication[0])
            unwanted.append(file)
    for path, file in projection.current.files.items():
        publication = find_publication(path)
        if publication and publication[0] in publications and file.target is not None:
            unwanted.insert(0, file)
    for file in sorted(unwanted, key=lambda file: is_proxy(file.path)):
        projection.remove(file, Phase.PERSIST)


def _plan_restart(projection: Projection, wanted: Service, state: UnitState) -> None:
    """Plan a restart if the task permits it; otherwise warn that one is needed."""
    where = "where its files say" if wanted.netns is None else f"in namespace {wanted.netns}"
    if not wanted.restart:
        projection.builder.warnings.append(
            f"{wanted.unit} has to be restarted to run {where}; set restart: true, or restart it "
            "yourself"
        )
        return
    lab = _find_lab(projection, wanted.netns)
    _check_lab_is_active(projection, wanted, lab, "restart")
    _move(projection, wanted.unit, state.place, wanted.netns)


def _move(projection: Projection, unit: str, place: str | None, wanted: str | None) -> None:
    """Plan to restart a unit in another place."""
    projection.replace(Service(unit, place), Service(unit, wanted), Phase.PERSIST)


def _check_lab_is_active(
    projection: Projection, wanted: Service, lab: str | None, parameter: str
) -> None:
    """Check that no start of the topology's unit has to be waited for: it needs our lock.

    :raises Refused: if it is not active.
    """
    if lab is None:
        return
    state = projection.current.units.get(name_lab_unit(lab))
    if state is not None and state.load == "loaded" and not state.is_active:
        rule = (
            f"{name_lab_unit(lab)}, without which {wanted.unit} cannot run, is not active; start it"
        )
        raise Refused(parameter, True, rule)


def _plan_restarts_of_publications(
    projection: Projection, wanted: Service, lab: str | None
) -> None:
    """Plan to start sockets that have failed, and programs that are in another namespace."""
    if not wanted.publish:
        return
    _check_lab_is_active(projection, wanted, lab, "publish")
    units, netns = projection.current.units, wanted.netns
    for published in wanted.publish:
        name = name_publication(published)
        program, socket = units.get(f"{name}.service"), units.get(f"{name}.socket")
        if program is not None and program.is_active and program.place not in (netns, UNKNOWN):
            _move(projection, f"{name}.service", program.place, netns)
        if socket is not None and socket.load and not socket.is_active:
            # It has failed, or a run was killed before systemd had read its file.
            _move(projection, f"{name}.socket", NOWHERE, None)
