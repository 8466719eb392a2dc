# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task wants of its topology after the next boot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.errors import Refused
from .._model.persistence import Persistence
from .._model.secrets import HIDDEN, SECRETS
from .._params.persist import parse_persist
from .._params.src_file import TASK_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            rule = f"would be copied into a file; with persist write {option}_file"
            raise Refused(path, HIDDEN, rule)
    return Persistence(wanted, options, watch=watch, prometheus=prometheus)


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
