# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates the rules between options: which exclude each other, and which need others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._model.errors import Refused
from .._model.secrets import HIDDEN, SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping


def _shown(name: str, value: Any) -> Any:
    return HIDDEN if name in SECRETS else value


def _check_mutually_exclusive(
    rules: Mapping[str, Any], params: dict[str, Any], prefix: str
) -> None:
    for names in rules["mutually_exclusive"]:
        present = [name for name in names if params[name] is not None]
        if len(present) > 1:
            rule = f"cannot be combined with {present[1]}"
            raise Refused(f"{prefix}{present[0]}", _shown(present[0], params[present[0]]), rule)


def _check_required_one_of(rules: Mapping[str, Any], params: dict[str, Any], prefix: str) -> None:
    for names in rules["required_one_of"]:
        if all(params[name] is None for name in names):
            raise Refused(f"{prefix}{names[0]}", None, f"{' or '.join(names)} is required")


def _check_required_if(rules: Mapping[str, Any], params: dict[str, Any], prefix: str) -> None:
    for option, value, names in rules["required_if"]:
        for name in names:
            if params[option] == value and params[name] is None:
                shown = str(value).lower() if isinstance(value, bool) else value
                raise Refused(f"{prefix}{name}", None, f"is required if {option} is {shown}")


def _check_required_by(rules: Mapping[str, Any], params: dict[str, Any], prefix: str) -> None:
    for option, names in rules["required_by"].items():
        for name in names:
            if params[option] is not None and params[name] is None:
                raise Refused(f"{prefix}{option}", _shown(option, params[option]), f"needs {name}")


RULE_CHECKS: dict[str, Callable[[Mapping[str, Any], dict[str, Any], str], None]] = {
    "mutually_exclusive": _check_mutually_exclusive,
    "required_one_of": _check_required_one_of,
    "required_if": _check_required_if,
    "required_by": _check_required_by,
}
