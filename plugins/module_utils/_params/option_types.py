# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates that the value of an option has the type and the choices of its specification."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable

from .._model.errors import Refused
from .._model.secrets import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Validator = Callable[[str, Any], Any]
"""Takes the path of an option and its value. Returns the value in the type of the specification."""

STRING_OR_INTEGER = ("destination_port", "host_access", "ports", "vlans", "rate", "user", "group")
"""Strings that often are a number. An integer is accepted."""

PERCENTAGES = ("loss", "corrupt", "duplicate", "reorder")
"""Strings that are a percentage. Any number is accepted."""

_TRUE, _FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")

_TYPE_NAMES = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "list",
    dict: "dictionary",
    type(None): "null",
}


def describe_type(value: Any) -> str:
    for python_type, name in _TYPE_NAMES.items():
        if isinstance(value, python_type):
            return name
    return type(value).__name__


def _validate_str(path: str, value: Any) -> str:
    if not isinstance(value, str):
        from .value_forms import explain_no_string  # only an error needs it

        rule = f"is a {describe_type(value)}, not a string; {explain_no_string(path, value)}"
        raise Refused(path, value, rule)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused(path, value, "is not valid text: it has a surrogate or undecodable bytes")
    return value


def _validate_integer_string(path: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _validate_str(path, value)


def _validate_percentage(path: str, value: Any) -> str:
    if isinstance(value, float):
        from decimal import Decimal  # few tasks need it

        return f"{Decimal(repr(value)):f}"
    return _validate_integer_string(path, value)


def _validate_int(path: str, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        from .value_forms import explain_no_integer  # only an error needs it

        rule = f"is a {describe_type(value)}, not an integer{explain_no_integer(path, value)}"
        raise Refused(path, value, rule)
    return value


def _validate_float(path: str, value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused(path, value, f"is a {describe_type(value)}, not a number")
    return float(value)


def find_boolean(value: Any) -> bool | None:
    """The boolean that a value is, also as one of Ansible's words for it; None if it is none."""
    # 0 and 1 are truth values of Ansible, and True == 1.
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    return None


def _validate_bool(path: str, value: Any) -> bool:
    boolean = find_boolean(value)
    if boolean is not None:
        return boolean
    raise Refused(path, value, "is not a boolean; write true or false")


def validate_list(path: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        from .text_forms import read_list  # few tasks have such a text

        if value.lstrip().startswith("['"):
            rule = "is a list as Python prints it; write it as a list, or in JSON as to_json does"
            raise Refused(path, value, rule)
        return read_list(value)
    # A number becomes its only item, as in AnsibleModule.
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    rule = f"is a {describe_type(value)}, not a list"
    if isinstance(value, dict):
        rule += _list_form(value)
    raise Refused(path, value, rule)


def _list_form(value: dict[Any, Any]) -> str:
    """The right form of a dictionary where a list is expected."""
    if value and all(item is None or isinstance(item, dict) for item in value.values()):
        return f"; write an item for each, such as - name: {next(iter(value))}"
    return "; write it as an item of one, with - before its first line"


def validate_dict(path: str, value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        from .text_forms import read_dict  # few tasks have such a text

        value = read_dict(path, value)
    if not isinstance(value, dict):
        from .text_forms import EXAMPLES  # only an error needs it

        example = EXAMPLES.get(path.rpartition(".")[2].partition("[")[0])
        form = f"; write {example}" if example else ""
        raise Refused(path, value, f"is a {describe_type(value)}, not a dictionary{form}")
    for key in value:
        if not isinstance(key, str):
            rule = f"this key is a {describe_type(key)}, not a string; put it in quotes"
            raise Refused(path, key, rule)
    return value


_VALIDATORS: dict[str, Validator] = {
    "str": _validate_str,
    "path": _validate_str,
    "int": _validate_int,
    "float": _validate_float,
    "bool": _validate_bool,
    "dict": validate_dict,
    "raw": lambda _path, value: value,
}


def make_scalar_validator(name: str, option: Mapping[str, Any]) -> Validator:
    """Return the validator of an option that is neither a list nor a dictionary of options."""
    validator = _VALIDATORS[option["type"]]
    if option["type"] == "str" and name in STRING_OR_INTEGER:
        validator = _validate_integer_string
    elif option["type"] == "str" and name in PERCENTAGES:
        validator = _validate_percentage
    if "choices" in option:
        validator = _make_choice_validator(validator, option["choices"])
    return _make_secret_validator(validator) if option.get("no_log") else validator


def _make_choice_validator(validator: Validator, choices: Sequence[Any]) -> Validator:
    def validate_choice(path: str, value: Any) -> Any:
        value = validator(path, value)
        if value not in choices:
            from .suggestions import suggest_choice  # only an error needs it

            rule = f"is not one of {', '.join(choices)}{suggest_choice(path, value, choices)}"
            raise Refused(path, value, rule)
        return value

    return validate_choice


def _make_secret_validator(validator: Validator) -> Validator:
    def validate_secret(path: str, value: Any) -> Any:
        try:
            return validator(path, value)
        except Refused as error:
            raise Refused(path, HIDDEN, error.rule) from None

    return validate_secret
