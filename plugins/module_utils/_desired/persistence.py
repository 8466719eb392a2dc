# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task wants of its topology after the next boot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.persistence import Persistence
from .._model.secrets import ENVIRONMENT, HIDDEN, SECRETS
from .._params.persist import parse_persist
from .._params.src_file import TASK_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._params.specs.topology import TopologyParams


def parse_persistence(params: TopologyParams) -> Persistence:
    """Return what becomes of the file of the topology.

    :raises Refused: a secret would have to be copied into the file.
    """
    wanted, watch, prometheus = parse_persist(params["persist"])
    if params["state"] == "absent" or wanted is False:
        return Persistence(False, {})
    of_task = (*TASK_ONLY, "state", "name")
    options = {name: value for name, value in params.items() if name not in of_task}
    if wanted:
        for path, option in _find_secrets(options, ""):
            instead = "have the command read a file, or write [env, NAME=VALUE, ...] in command"
            instead = instead if option == ENVIRONMENT else f"with persist write {option}_file"
            rule = f"would be copied into a file; {instead}"
            raise Refused(path, HIDDEN, rule)
        _check_no_process_attached(params)
    return Persistence(wanted, options, watch=watch, prometheus=prometheus)


def _check_no_process_attached(params: TopologyParams) -> None:
    """Check that what a topology attaches can be found again after a boot.

    :raises Refused: it is a process.
    """
    sources: list[tuple[str, Mapping[str, Any]]] = [("", params)]
    sources += [(f"range[{index}].", item) for index, item in enumerate(params["range"] or ())]
    for prefix, source in sources:
        for index, netns in enumerate(source["netns"] or ()):
            pid = (netns.get("attach") or {}).get("pid")
            if pid is not None:
                rule = (
                    "cannot be persistent: after a boot a process has another ID; name a container,"
                    " or put what it needs into a topology of its own, without persist"
                )
                raise Refused(f"{prefix}netns[{index}].attach.pid", pid, rule)


def _find_secrets(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The paths of secret options, each with the name of the option."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_secrets(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            inner = f"{path}.{name}" if path else name
            if name in SECRETS and item is not None:
                yield inner, name
            yield from _find_secrets(item, inner)
