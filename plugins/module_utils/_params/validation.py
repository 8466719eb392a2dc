# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings raw parameters into the form that an argument specification promises, and refuses what does not fit.

Stricter than Ansible's own validation, which turns the number 1e3 or the boolean ``no`` into a name, splits any string
into a list and does not say which item of a list was wrong.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Callable, Dict, List, Optional, Tuple

from .._model.errors import Refused
from .argspec import INTEGER_WILL_DO, NUMBER_WILL_DO, ONE_STRING_WILL_DO, Spec

_TRUE, _FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def _take_str(path: str, value: Any) -> str:
    name = path.rpartition(".")[2].partition("[")[0]
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and name in INTEGER_WILL_DO + NUMBER_WILL_DO
    ):
        return str(value)
    if isinstance(value, float) and name in NUMBER_WILL_DO:
        return f"{Decimal(repr(value)):f}"
    if not isinstance(value, str):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a string; put it in quotes")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused(
            path, value, "has bytes that are no text, or half of a character (a surrogate)"
        )
    return value


def _take_int(path: str, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a whole number")
    return value


def _take_float(path: str, value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a number")
    return float(value)


def _take_bool(path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise Refused(path, value, "is not a boolean; write true or false")


def _take_dict(path: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a dictionary")
    for key in value:
        if not isinstance(key, str):
            raise Refused(
                path, key, f"this key is a {_describe_type(key)}, not a string; put it in quotes"
            )
    return value


def _take_list(path: str, value: Any) -> List[Any]:
    if isinstance(value, str) and path.rpartition(".")[2] in ONE_STRING_WILL_DO:
        return [value]
    if not isinstance(value, list):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a list")
    return value


_TAKE: Dict[str, Callable[[str, Any], Any]] = {
    "str": _take_str,
    "path": _take_str,
    "int": _take_int,
    "float": _take_float,
    "bool": _take_bool,
    "dict": _take_dict,
    "list": _take_list,
}

_TYPE_NAMES = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    dict: "dictionary",
    type(None): "null",
}


def _describe_type(value: Any) -> str:
    for kind, name in _TYPE_NAMES.items():
        if isinstance(value, kind):
            return name
    return type(value).__name__


class Later:
    """A value that is another for each number, and how it has to be conformed."""

    def __init__(
        self, fill: Callable[[int], Any], spec: Optional[Spec] = None, path: str = ""
    ) -> None:
        self.fill = fill
        self._spec, self._path = spec, path

    def bind(self, spec: Spec, path: str) -> Later:
        return Later(self.fill, spec, path)

    def settle(self, number: int, prefix: str, met: str) -> Any:
        """What it is for that number. Its path begins with ``prefix`` then, and with ``met`` where it was bound."""
        value = self.fill(number)
        return (
            value
            if self._spec is None
            else _validate_value(value, self._spec, prefix + self._path[len(met) :])
        )


def _validate_value(value: Any, spec: Spec, path: str) -> Any:
    if isinstance(value, Later):
        return value.bind(spec, path)
    value = _TAKE[spec["type"]](path, value)
    if spec["type"] == "list":
        item = {**spec, "type": spec["elements"]}
        return [_validate_value(one, item, f"{path}[{index}]") for index, one in enumerate(value)]
    if "choices" in spec and value not in spec["choices"]:
        raise Refused(path, value, f"is not one of {', '.join(spec['choices'])}")
    if "options" in spec:
        return validate(value, spec["options"], path + ".")
    return value


def validate(raw: Dict[str, Any], spec: Spec, prefix: str = "") -> Dict[str, Any]:
    """The parameters with every option of the specification, defaults filled in.

    :raises Refused: with the path of the option, as ``veth[1].peer.mtu``.
    """
    for key, value in raw.items():
        if key not in spec:
            raise Refused(
                f"{prefix}{key}",
                value,
                f"there is no such option; there are {', '.join(sorted(spec))}",
            )
    defaults, required = _read_spec(spec)
    for key in required:
        if raw.get(key) is None:
            raise Refused(f"{prefix}{key}", None, "is required")
    result = defaults.copy()
    for key, value in raw.items():
        if value is not None:
            result[key] = _validate_value(value, spec[key], f"{prefix}{key}")
    return result


_read: Dict[int, Tuple[Spec, Dict[str, Any], List[str]]] = {}
"""By the identity of a specification, which stays taken as long as it is held here: there are few, and each is read for thousands of items."""


def _read_spec(spec: Spec) -> Tuple[Dict[str, Any], List[str]]:
    """The defaults of all options, and which are required."""
    if id(spec) not in _read:
        _read[id(spec)] = (
            spec,
            {key: option.get("default") for key, option in spec.items()},
            [key for key, option in spec.items() if option.get("required")],
        )
    return _read[id(spec)][1:]
