# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the namespaces of containers and processes that a task wants to give names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._host.netns import NetnsIdentity, file_identity, identify_netns, list_netns_names, path_of
from .._host.process_netns import ProcessNetns, open_process_netns
from .._model.current_state import AttachTarget
from .._model.fast_typing import NamedTuple
from .._model.netns import ANY_ENGINE, Attachment
from .._model.persistence import HostFile, attaches, path_of_lab, read_declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState

_TRIES = 3
"""A container may be started again while it is asked about."""


class _Found(NamedTuple):
    """What was found of a container or process: its open namespace, or why there is none."""

    namespace: ProcessNetns | None = None
    engine: str | None = None
    fault: str = ""
    is_gone: bool = False


def open_targets(
    wanted: Sequence[tuple[str, Attachment]],
    handles: NetnsHandles,
    observed: Handles,
    known: Mapping[str, Attachment],
    lab: str | None,
    current: CurrentState,
) -> None:
    """Open the namespaces, so that they are observed as if they had their names already.

    :param known: what was attached before this run, by name.
    :param lab: the topology that wants them.
    :param observed: the namespaces to observe, to which they are added.
    """
    named = _list_identities()
    for name, attachment in wanted:
        before = known.get(name)
        if before is not None and not before.is_of_same(attachment):
            before = None
        found = _find(attachment, before)
        if found.namespace is None:
            target = _describe_missing(found, attachment, before, lab)
        else:
            target = _open(
                name, attachment, found.namespace, found.engine, handles, observed, named
            )
        current.attach_targets[name] = target


def _describe_missing(
    found: _Found, attachment: Attachment, before: Attachment | None, lab: str | None
) -> AttachTarget:
    """What has no namespace now: it has ended, or has not been started since the boot.

    Nothing is on record since the boot then, so an engine that does not answer takes nothing away.
    """
    if before is not None:
        return AttachTarget(None, found.fault, has_ended=found.is_gone)
    return AttachTarget(None, found.fault, is_awaited=_is_declared(attachment.container, lab))


def _is_declared(container: str | None, lab: str | None) -> bool:
    """Whether a topology attaches a container again after each boot."""
    if container is None or lab is None:
        return False
    path = path_of_lab(lab)
    try:
        with open(path, "rb") as file:
            declared = read_declared(HostFile(path, file.read()))
    except OSError:
        return False
    return declared is not None and attaches(declared.options, container)


def _open(
    name: str,
    attachment: Attachment,
    namespace: ProcessNetns,
    engine: str | None,
    handles: NetnsHandles,
    observed: Handles,
    named: dict[NetnsIdentity, list[str]],
) -> AttachTarget:
    descriptor = namespace.descriptor
    try:
        identity = identify_netns(descriptor)
        if identity == handles.host_identity:
            what = "uses" if attachment.container is not None else "is in"
            fault = f"{what} the host's own network namespace, which gets no name"
            return AttachTarget(None, fault)
        found = attachment._replace(
            engine=engine, pid=namespace.pid, start_time=namespace.start_time
        )
        names = named.setdefault(identity, [])
        others = [other for other in names if other != name]
        is_in_place = name in names
        if not is_in_place:
            names.append(name)
            observed[name] = handles.expect(name, descriptor)
            descriptor = -1
        return AttachTarget(
            found, is_in_place=is_in_place, other_name=others[0] if others else None
        )
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _find(attachment: Attachment, known: Attachment | None) -> _Found:
    if attachment.container is None:
        return _find_process(attachment.pid, known)
    former = None if known is None else known.engine
    return _find_container(attachment.container, attachment.engine or ANY_ENGINE, former)


def _find_process(pid: int, known: Attachment | None) -> _Found:
    namespace = open_process_netns(pid)
    if namespace is None:
        return _Found(fault="there is no such process", is_gone=True)
    if known is not None and known.start_time != namespace.start_time:
        os.close(namespace.descriptor)
        return _Found(fault="has ended, and another process has its ID now", is_gone=True)
    return _Found(namespace)


def _find_container(name: str, engine: str, former: str | None) -> _Found:
    """Open the namespace of a container; the engine has to confirm which process it was."""
    from .._host.containers import inspect_container  # which no process needs

    state = inspect_container(name, engine, former)
    for _try in range(_TRIES):
        if not state.pid:
            return _Found(fault=state.fault, is_gone=state.is_known)
        namespace = open_process_netns(state.pid) if state.is_proved else None
        again = inspect_container(name, state.engine or engine, former)
        if namespace is not None:
            if again == state:
                return _Found(namespace, state.engine)
            os.close(namespace.descriptor)
        state = again
    process = f"process {state.pid}, which {state.engine} names as its first"
    return _Found(
        fault=f"cannot be opened: {process}, has ended, is of something else, or is not visible "
        "from here"
    )


def _list_identities() -> dict[NetnsIdentity, list[str]]:
    """The names that lead to each file."""
    found: dict[NetnsIdentity, list[str]] = {}
    for name in list_netns_names():
        try:
            identity = file_identity(os.stat(path_of(name)))
        except OSError:
            continue
        found.setdefault(identity, []).append(name)
    return found
