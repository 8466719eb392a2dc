# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Topologies that outlive a boot: the files on the host, and what they are made from."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass, field
from .fast_typing import NamedTuple
from .lazy_pattern import compile_lazily
from .resources import LocalResource

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""The version of the format of a topology's file."""
LAB_DIRECTORY = "/etc/redblue-netns"
RUNNER_DIRECTORY = "/usr/local/lib/redblue-netns"
RUNNER = f"{RUNNER_DIRECTORY}/redblue-netns.pyz"
COMMAND = "/usr/local/bin/redblue-netns"
PYTHON = "/usr/bin/python3"
REPORT, RESTORE = WATCH_MODES = ("report", "restore")
"""What the service that watches a topology does about differences."""
MARK = "# Written by the Ansible collection redblue.netns. Its next run overwrites changes."
"""The first line of files in directories of others."""
_PATTERN = compile_lazily(r"\\{\\{.*?\\}\\}")
"""A pattern in an escaped template of ``range``."""
VERSION_FILE = "VERSION"
"""The file in the archive of the runner that has the version of its collection."""


def path_of_lab(name: str) -> str:
    """The file of a topology."""
    return f"{LAB_DIRECTORY}/{name}.json"


@dataclass(frozen=True)
class HostFile(LocalResource):
    """A file of this collection that outlives a boot; a symbolic link if it has a ``target``.

    ``version`` is that of the collection which an archive was made of.
    """

    path: str
    content: bytes = b""
    mode: int = 0o644
    target: str | None = None
    version: str | None = None
    is_ours: bool = True
    """Whether this collection wrote it."""

    @property
    def key(self) -> tuple[Any, ...]:
        return ("file", self.path)


@dataclass(frozen=True)
class Persistence:
    """What a task says about the topology after the next boot."""

    wanted: bool | None
    """None: its file stays as it is."""
    options: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The options of the topology, as validated. There are several ways to write one topology."""
    applied: Mapping[str, Any] = field(default_factory=dict)
    """Who applies it, when, and with which version of this collection."""
    runner: HostFile | None = None
    """The command; None if the one on the host is to stay."""
    watch: str | None = None
    """What a service does about differences, of ``WATCH_MODES``; None if there is no service."""
    prometheus: str | None = None
    """The file to which a timer writes metrics; None if there is no timer."""

    @property
    def declared(self) -> dict[str, Any]:
        """The options as the file has them: without those that were omitted."""
        return compose_declared(self.options)


def compose_declared(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a topology without those that were omitted."""
    return {name: _without_none(value) for name, value in options.items() if value is not None}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return compose_declared(value)
    if isinstance(value, (list, tuple)):
        return [_without_none(item) for item in value]
    return value


def compose_lab_file(name: str, persistence: Persistence) -> HostFile:
    """The file of a topology."""
    content = {
        "format": FORMAT,
        "applied": dict(persistence.applied),
        "declared": persistence.declared,
        **_compose_watch(persistence.watch),
    }
    return HostFile(path_of_lab(name), _encode(content), 0o600)


def _compose_watch(watch: str | None) -> dict[str, str]:
    return {} if watch is None else {"watch": watch}


def _encode(content: dict[str, Any]) -> bytes:
    return f"{json.dumps(content, indent=1)}\n".encode()


def without_record(file: HostFile) -> bytes:
    """The content of a file; that of a topology without who applied it, which no task declares."""
    declared = read_declared(file) if file.path.startswith(f"{LAB_DIRECTORY}/") else None
    if declared is None:
        return file.content
    shown = {"format": declared.format, "declared": declared.options}
    return _encode({**shown, **_compose_watch(declared.watch)})


class Declared(NamedTuple):
    """What a topology's file declares."""

    format: Any
    options: Any
    watch: Any


def attaches(options: Any, container: str) -> bool:
    """Whether the declared options of a topology attach a container, also by a pattern."""
    try:
        sources = [options, *(options.get("range") or ())]
        attached = [item.get("attach") for each in sources for item in each.get("netns") or ()]
        names = [each.get("container") for each in attached if each]
        patterns = [_PATTERN.sub(".*", re.escape(name)) for name in names if name]
        return any(re.fullmatch(pattern, container) for pattern in patterns)
    except (TypeError, AttributeError):
        return False


def read_applied(file: HostFile) -> dict[str, Any]:
    """Who applied a topology, when, and with which version, as its file says it."""
    try:
        return dict(json.loads(file.content)["applied"])
    except (ValueError, TypeError, KeyError):
        return {}


def read_declared(file: HostFile) -> Declared | None:
    """What a topology's file declares; None if it is no such file."""
    try:
        content = json.loads(file.content)
        return Declared(content["format"], content["declared"], content.get("watch"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
