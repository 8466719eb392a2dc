# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of the files of persistent topologies."""

from __future__ import annotations

import os
import shlex

from .._model.persistence import RUNNER, HostFile, without_record
from .._model.service_units import find_publication, is_proxy, is_service_file
from .dispatch import compose_commands, describe_action, describe_details
from .text import choose_verb


@describe_action.register(HostFile)
def _describe_action(file: HostFile, before: HostFile | None, after: HostFile | None) -> str:
    verb = choose_verb(before, after, "write", alter="replace")
    if file.path != RUNNER:
        return f"{verb} {file.path}"
    if before is not None and after is not None:
        return f"replace {RUNNER} of version {before.version} by version {after.version}"
    return f"{verb} {RUNNER} of version {file.version}"


@compose_commands.register(HostFile)
def _compose_commands(file: HostFile, before: HostFile | None, after: HostFile | None) -> list[str]:
    path = shlex.quote(file.path)
    if is_service_file(file.path):
        return _compose_unit_commands(file, after)
    if after is None:
        return [f"rm {path}"]
    if after.target is not None:
        directory = shlex.quote(os.path.dirname(file.path))
        return [f"mkdir -p {directory}", f"ln -sfn {shlex.quote(after.target)} {path}"]
    if file.path == RUNNER:
        return [f"# {path} is an archive that only the collection can make"]
    return [_compose_writing(after)]


def _compose_writing(file: HostFile) -> str:
    lines = " ".join(map(shlex.quote, without_record(file).decode().splitlines()))
    path = shlex.quote(file.path)
    return f"printf '%s\\n' {lines} | install -D -m {file.mode:04o} /dev/stdin {path}"


def _compose_unit_commands(file: HostFile, after: HostFile | None) -> list[str]:
    """The commands for a file that systemd has to read again."""
    path, directory = shlex.quote(file.path), shlex.quote(os.path.dirname(file.path))
    unit = shlex.quote(os.path.basename(file.path))
    if file.target is not None and after is not None:
        link = f"ln -sfn {shlex.quote(file.target)} {path}"
        return [f"mkdir -p {directory}", link, "systemctl daemon-reload", f"systemctl start {unit}"]
    if file.target is not None:
        return [f"systemctl stop {unit}", f"rm {path}"]
    if find_publication(file.path):
        stop = [f"systemctl stop {unit}"] if is_proxy(file.path) else []
        return [*stop, f"rm {path}"] if after is None else [_compose_writing(after)]
    if after is None:
        tidy = f"rmdir --ignore-fail-on-non-empty {directory}"
        return [f"rm -f {path}", tidy, "systemctl daemon-reload"]
    return [_compose_writing(after), "systemctl daemon-reload"]


@describe_details.register(HostFile)
def _describe_details(file: HostFile) -> list[str]:
    if file.target is not None:
        return [f"  target: {file.target}"]
    details = [f"  mode: {file.mode:04o}"]
    if file.path == RUNNER:
        return [*details, f"  version: {file.version}", f"  bytes: {len(file.content)}"]
    return [*details, *(f"  {line}" for line in _list_lines(without_record(file)))]


def _list_lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    return ["".join(c if c.isprintable() else "?" for c in line) for line in text.splitlines()]
