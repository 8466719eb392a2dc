# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates names of units of systemd."""

from __future__ import annotations

from .._model.errors import Refused
from .._model.lazy_pattern import compile_lazily

_NAME = compile_lazily(r"[A-Za-z0-9:_.\\@-]+")
_MAX_BYTES = 255
_SUFFIXES = (".service", ".socket")
_OTHER_SUFFIXES = (
    ".automount",
    ".device",
    ".mount",
    ".path",
    ".scope",
    ".slice",
    ".swap",
    ".target",
    ".timer",
)
_TRIGGERS = (".path", ".timer")
_OURS = "redblue-netns"


def check_unit_name(parameter: str, value: str) -> str:
    """Check and return the name of a service or socket, which is never a path or a template.

    The letters and the length are those of systemd.unit(5).
    """
    if not value:
        raise Refused(parameter, value, "is empty; write the name of a unit, such as web.service")
    if "/" in value:
        rule = (
            f"is a path; write the name of the unit{_suggest(value.rstrip('/').rpartition('/')[2])}"
        )
        raise Refused(parameter, value, rule)
    if not _NAME.fullmatch(value):
        rule = "the name of a unit has only letters, digits and : _ . \\ @ -"
        raise Refused(parameter, value, f"{rule}; systemd-escape makes such a name of any text")
    if len(value) > _MAX_BYTES:
        rule = f"is {len(value)} bytes long; the name of a unit has at most {_MAX_BYTES} bytes"
        raise Refused(parameter, value, rule)
    _check_suffix(parameter, value)
    prefix, at, instance = value.rpartition(".")[0].partition("@")
    if at and not instance:
        rule = f"is a template, which does not run; name an instance of it, such as {prefix}@1"
        raise Refused(parameter, value, f"{rule}{value[value.rindex('.') :]}")
    if not prefix or set(prefix) == {"."}:
        raise Refused(parameter, value, "has no name before its suffix")
    if value.startswith(_OURS):
        raise Refused(parameter, value, "is a unit of this collection, which has to be on the host")
    return value


def _check_suffix(parameter: str, value: str) -> None:
    if value.endswith(_SUFFIXES):
        return
    suffix = next(filter(value.endswith, _OTHER_SUFFIXES), None)
    if suffix is None:
        raise Refused(parameter, value, f"has no suffix; write {value}.service or {value}.socket")
    kind = suffix[1:]
    rule = f"is a {kind}, and only a service or a socket can be in a namespace"
    if suffix in _TRIGGERS:
        rule += f"; name what it starts, such as {value[: -len(suffix)]}.service"
    raise Refused(parameter, value, rule)


def _suggest(name: str) -> str:
    return f", {name}" if _NAME.fullmatch(name) and name.endswith(_SUFFIXES) else ""
