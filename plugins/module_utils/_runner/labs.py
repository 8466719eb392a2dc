# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topologies that have a file on this host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._desired.topology import parse_topology
from .._host.files import FileState, read_file_state
from .._host.persistent_files import list_labs
from .._model.errors import Failed, Refused
from .._model.fast_dataclass import dataclass
from .._model.fast_replace import replace
from .._model.persistence import FORMAT, WATCH_MODES, path_of_lab
from .._params.files import UnusableFileError, read_text_file
from .._params.names import check_lab_name
from .._params.specs.topology import TOPOLOGY_SPEC
from .._params.validation import validate

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState

_MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class Lab:
    """What the file of a topology says."""

    name: str
    declared: dict[str, Any]
    applied: dict[str, Any]
    """Who applied it, when, and with which version of this collection."""
    watch: str | None = None
    """What a service does about differences, of ``WATCH_MODES``; None if there is no service."""
    state: FileState = None
    """That of its file when it was read."""


def select_labs(names: list[str]) -> list[str]:
    """Check names of topologies, and return each once; without any, all that have a file.

    :raises Refused: one is no name of a topology with a file.
    """
    known = list_labs()
    for name in names:
        check_lab_name("NAME", name)
        if name not in known:
            rule = f"has no file {path_of_lab(name)} (topologies: {', '.join(known) or 'none'})"
            raise Refused("NAME", name, rule)
    return list(dict.fromkeys(names)) or known


def read_lab(name: str) -> Lab:
    """Read the file of a topology.

    :raises Failed: it is unreadable, damaged, of a newer collection, or not only root's.
    """
    path = path_of_lab(name)
    state = read_file_state(path)
    try:
        content = json.loads(read_text_file(path, _MAX_BYTES, check_owner=True))
        if content["format"] > FORMAT:
            raise UnusableFileError(
                "was written by a newer version of redblue.netns than this command is of"
            )
        watch = content.get("watch")
        if watch not in (None, *WATCH_MODES):
            raise ValueError(watch)
        return Lab(name, dict(content["declared"]), dict(content.get("applied", {})), watch, state)
    except UnusableFileError as error:
        raise Failed(f"{path} {error}") from error
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(name) from error


def _damaged(name: str) -> Failed:
    path = path_of_lab(name)
    return Failed(f"{path} is damaged; run the playbook that declares {name} again")


def parse_lab(lab: Lab) -> DesiredState:
    """The desired state of a topology. Its probes are for the task that changes it.

    :raises NetnsError: its options are not valid, which no task has written.
    """
    try:
        options = validate({**lab.declared, "name": lab.name}, TOPOLOGY_SPEC)
    except Refused as error:
        raise Failed(f"{_damaged(lab.name)}; {error}") from error
    return replace(parse_topology(options), probes=(), persistence=None)


def parse_removal(name: str) -> DesiredState:
    """The desired state without a topology, and without its file."""
    return parse_topology(validate({"name": name, "state": "absent"}, TOPOLOGY_SPEC))
