# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs plugins of CNI. What they write is limited in size, and never an order."""

from __future__ import annotations

import contextlib
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .._model.cni_results import PluginError, parse_error, parse_versions
from .._model.errors import Failed
from .flocks import acquire_flock, find_holder
from .programs import PATIENCE, run_limited
from .state_directory import UnsafeState, open_state_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._model.cni import CniAttachment

_LOCK_FILE = "cni-plugins"


class PluginFailed(Failed):
    """A plugin answered with an error, or with something else than the specification says."""

    def __init__(self, plugin: str, command: str, error: PluginError) -> None:
        details = {"plugin": plugin, "command": command, "code": error.code}
        details.update(msg=error.message, details=error.details)
        super().__init__(f"plugin {plugin} failed ({command}): {error}", plugin_error=details)
        self.answer = str(error)


def find_plugin(name: str, directories: Sequence[str]) -> str | None:
    """The absolute path of a plugin; None if none of the directories has it."""
    for directory in directories:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def describe_missing_plugin(name: str, directories: Sequence[str]) -> str:
    """That a plugin is missing, and the package of this distribution with the usual ones."""
    from .._model.packages import CNI_PLUGINS, describe_package
    from .requirements import read_distribution

    advice = describe_package(CNI_PLUGINS, read_distribution())
    return f"no plugin {name} in {', '.join(directories)}; {advice}"


def run_plugin(
    attachment: CniAttachment, plugin: str, command: str, netns: str, request: Mapping[str, Any]
) -> bytes:
    """Run a plugin in the network namespace of the host, and return what it wrote.

    :param netns: the path of the namespace, or empty.
    :raises PluginFailed: it failed.
    :raises Failed: it is not installed, or did not end in time.
    """
    directories = attachment.plugin_path
    path = find_plugin(plugin, directories)
    if path is None:
        raise Failed(describe_missing_plugin(plugin, directories))
    parameters = {"CNI_COMMAND": command, "CNI_PATH": ":".join(directories)}
    if command in ("ADD", "CHECK", "DEL"):
        parameters.update(
            CNI_CONTAINERID=attachment.container_id,
            CNI_NETNS=netns,
            CNI_IFNAME=attachment.ifname,
            CNI_ARGS=";".join(f"{name}={value}" for name, value in attachment.args),
        )
    status, output, errors = _run(path, parameters, json.dumps(request).encode())
    if status:
        word = f"ended with status {status}" if status > 0 else f"was killed by signal {-status}"
        raise PluginFailed(plugin, command, parse_error(output, errors, word))
    return output


@lru_cache(maxsize=64)
def read_versions(plugin: str, directories: tuple[str, ...]) -> tuple[str, ...]:
    """The versions of the specification that a plugin supports; none if it is not installed.

    :raises Failed: it does not say.
    """
    path = find_plugin(plugin, directories)
    if path is None:
        return ()
    parameters = {"CNI_COMMAND": "VERSION", "CNI_PATH": ":".join(directories)}
    # Plugins of version 1.0 and older want these, although the specification does not.
    parameters.update(CNI_NETNS="dummy", CNI_IFNAME="dummy", CNI_CONTAINERID="dummy")
    status, output, errors = _run(path, parameters, b'{"cniVersion":"1.0.0"}')
    if status:
        error = parse_error(output, errors, f"ended with status {status}")
        raise PluginFailed(plugin, "VERSION", error)
    try:
        return parse_versions(output)
    except ValueError as reason:
        raise Failed(f"what plugin {plugin} answered to VERSION {reason}") from None


def _run(path: str, parameters: Mapping[str, str], text: bytes) -> tuple[int, bytes, bytes]:
    """(exit status, output, error output) of a plugin."""
    with _lock_plugins() as lock:
        return run_limited(path, parameters, text, lock)


@contextlib.contextmanager
def _lock_plugins() -> Iterator[tuple[int, ...]]:
    """Hold a lock that a plugin inherits, so that it lasts as long as the plugin runs.

    A plugin goes on when its task is killed. What the next task runs must not meet it.
    """
    try:
        descriptor = open_state_file(_LOCK_FILE, create=True)
    except (UnsafeState, OSError):
        descriptor = None  # Root of a user namespace that has no place of its own in /run.
    if descriptor is None:
        yield ()
        return
    try:
        if not acquire_flock(descriptor, PATIENCE):
            holder = find_holder(descriptor)
            raise Failed(f"a plugin that a killed task had started still runs: {holder}; end it")
        yield (descriptor,)
    finally:
        os.close(descriptor)
