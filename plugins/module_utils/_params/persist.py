# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``persist``: a boolean, or a dictionary that says more."""

from __future__ import annotations

import re
from typing import Any

from .._model.errors import Refused
from .._model.fast_typing import NamedTuple, TypedDict
from .._model.lazy_pattern import compile_lazily
from .._model.persistence import WATCH_MODES
from .option_types import find_boolean
from .specification import Specification
from .switches import read_switch

_FORMS = "write true, false, or {watch: report}"


_METRICS_FILE = compile_lazily(r"/[A-Za-z0-9_./-]*[A-Za-z0-9_-]\.prom")


class _PersistParams(TypedDict):
    watch: Any
    prometheus: str | None


_PERSIST = Specification(_PersistParams, {"watch": {"type": "raw"}, "prometheus": {"type": "str"}})


class Persist(NamedTuple):
    """The option as it was parsed."""

    wanted: bool | None
    """None: as it is."""
    watch: str | None = None
    """How the topology is watched."""
    prometheus: str | None = None
    """The file for its metrics."""


def may_persist(value: Any) -> bool:
    """Whether a task with this value, which may be invalid, may make its topology persistent."""
    return value is not None and find_boolean(value) is not False


def parse_persist(value: Any) -> Persist:
    """Whether a topology is to be persistent, and what is done about it meanwhile.

    :raises Refused: the value is neither a boolean nor a dictionary with these options.
    """
    options = read_switch("persist", value, _PERSIST, _FORMS)
    if options is None or isinstance(options, bool):
        return Persist(options)
    path = options["prometheus"]
    if path is not None and (not _METRICS_FILE.fullmatch(path) or ".." in path):
        rule = "is not an absolute path of letters, digits and _ . - that ends in .prom"
        raise Refused("persist.prometheus", path, rule)
    normal = None if path is None else re.sub(r"/(\./|/)+", "/", path)
    return Persist(True, _parse_watch(options["watch"]), normal)


def _parse_watch(value: Any) -> str | None:
    if value is None or find_boolean(value) is False:
        return None
    if value not in WATCH_MODES:
        rule = f"is not one of false, {', '.join(WATCH_MODES)}"
        raise Refused("persist.watch", value, rule)
    return str(value)
