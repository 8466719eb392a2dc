# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: what a run is going to change of others, on disk as long as the run lasts.

A run that is killed leaves it. The next run restores what it lists before it does anything else.
There is one for each host that shares /run, valid until the next boot.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from .._model.addresses import Address
from .._model.errors import Failed, describe_error
from .._model.foreign_state import ForeignState, decode_link, encode_link
from .._model.netns import Sysctl
from .._model.raw_state import RawState
from .machine import identify_host, is_in_user_namespace
from .state_directory import (
    DAMAGE,
    UnsafeState,
    name_journal,
    path_of_journal,
    read_state_file,
    replace_state_file,
)

if TYPE_CHECKING:
    from .netns import NetnsIdentity


def read_journal(host: NetnsIdentity) -> ForeignState | None:
    """What a run that was killed has changed of others; None if there was none since the last boot.

    :raises Failed: there is a file, and it cannot be used.
    """
    try:
        content = read_state_file(name_journal(host))
        if content is None:
            return None
        decoded = json.loads(content)
        if decoded["host"] != identify_host(host):
            return None
        return _decode(decoded)
    except UnsafeState:
        if is_in_user_namespace():
            return None
        raise
    except DAMAGE as error:
        raise damaged(host) from error


def damaged(host: NetnsIdentity) -> Failed:
    """The error about a journal with another content than this collection writes."""
    return Failed(
        f"{path_of_journal(host)}, which lists what a task that was killed has changed, is "
        "damaged; remove it, and put right by hand what that task has left behind"
    )


def write_journal(host: NetnsIdentity, state: ForeignState) -> None:
    """Write the journal of a host in one step.

    Root of a user namespace that sees the host's /run has no place for one.

    :raises Failed: it could not be written.
    """
    content = {"host": identify_host(host), **_encode(state)}
    try:
        replace_state_file(name_journal(host), json.dumps(content, separators=(",", ":")).encode())
    except (UnsafeState, OSError) as error:
        if is_in_user_namespace():
            return
        if isinstance(error, UnsafeState):
            raise
        raise Failed(
            f"what this task changes of others cannot be recorded in {path_of_journal(host)}: "
            f"{describe_error(error)}"
        ) from error


def remove_journal(host: NetnsIdentity) -> None:
    """Remove the journal of a host. If that fails, it is emptied."""
    path = path_of_journal(host)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError:
        with contextlib.suppress(OSError):
            replace_state_file(name_journal(host), b'{"host":null}')


def _encode(state: ForeignState) -> dict[str, Any]:
    return {
        "links": [encode_link(link) for link in state.links],
        "addresses": [[item.netns, item.link, item.address] for item in state.addresses],
        "sysctls": [[item.netns, item.key_path, item.value] for item in state.sysctls],
        "raw": [raw.to_json() for raw in state.raw],
        "namespaces": state.namespaces,
    }


def _decode(decoded: dict[str, Any]) -> ForeignState:
    return ForeignState(
        [decode_link(link) for link in decoded["links"]],
        [Address(netns, link, address) for netns, link, address in decoded["addresses"]],
        [_decode_sysctl(*sysctl) for sysctl in decoded["sysctls"]],
        [RawState.from_json(raw) for raw in decoded["raw"]],
        {name: (device, inode) for name, (device, inode) in decoded["namespaces"].items()},
    )


def _decode_sysctl(netns: str | None, key_path: str, value: str) -> Sysctl:
    parts = key_path.split("/")
    if parts[0] != "net" or ".." in parts or not isinstance(value, str):
        raise ValueError(f"{key_path} is no kernel parameter of a network")
    return Sysctl(netns, key_path, value)
