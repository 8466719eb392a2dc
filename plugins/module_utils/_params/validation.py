# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates options against an argument specification, and fills in defaults.

It is stricter than AnsibleModule, which turns the number 1e3 or the boolean ``no`` into a name,
splits any string into a list, and does not name the item of a list that is wrong. It is also
faster: the 3,000 items of a topology of 1,000 namespaces take 10 ms here, and 70 ms there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Callable, Collection, Dict, List, Mapping, Sequence, TypeVar

from .._model.errors import Refused
from .specification import SECRETS, Options, Specification

Params = TypeVar("Params")

Validator = Callable[[str, Any], Any]
"""Takes the path of an option and its value. Returns the value in the type of the specification."""

STRING_OR_LIST = ("source", "destination_except")
"""Lists that often have a single item. A plain string is accepted as a list of it."""

STRING_OR_INTEGER = ("destination_port", "vlans", "rate", "user", "group")
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


class UnsupportedOption(Refused):
    """An unsupported option. Its value is not shown: it may be a secret with a misspelt name."""

    def __str__(self) -> str:
        return f"unsupported option '{self.parameter}'; {self.rule}"

    @property
    def may_be_secret(self) -> bool:
        """Whether the option's name is similar to that of a secret option."""
        return bool(_find_similar(self.parameter, SECRETS))


class Pattern:
    """A text that differs for each number of a range.

    :param text: returns the text for a number.
    """

    def __init__(self, text: Callable[[int], str]) -> None:
        self.text = text

    def value(self, number: int, prefix: str, template_prefix: str) -> Any:
        """The value for a number. Errors have ``prefix`` where the template's paths have theirs."""
        return self.text(number)


class _OptionPattern(Pattern):
    """A pattern as the value of an option, whose type and choices it must have."""

    def __init__(self, pattern: Pattern, validator: Validator, path: str) -> None:
        super().__init__(pattern.text)
        self._validator = validator
        self._path = path

    def value(self, number: int, prefix: str, template_prefix: str) -> Any:
        return self._validator(prefix + self._path[len(template_prefix) :], self.text(number))


def _describe_type(value: Any) -> str:
    for python_type, name in _TYPE_NAMES.items():
        if isinstance(value, python_type):
            return name
    return type(value).__name__


def _validate_str(path: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a string; put it in quotes")
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
        raise Refused(path, value, f"is a {_describe_type(value)}, not an integer")
    return value


def _validate_float(path: str, value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a number")
    return float(value)


def _validate_bool(path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise Refused(path, value, "is not a boolean; write true or false")


def _validate_dict(path: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(path, value, f"is a {_describe_type(value)}, not a dictionary")
    for key in value:
        if not isinstance(key, str):
            rule = f"this key is a {_describe_type(key)}, not a string; put it in quotes"
            raise Refused(path, key, rule)
    return value


_VALIDATORS: Dict[str, Validator] = {
    "str": _validate_str,
    "path": _validate_str,
    "int": _validate_int,
    "float": _validate_float,
    "bool": _validate_bool,
    "dict": _validate_dict,
}


def _make_validator(name: str, option: Mapping[str, Any]) -> Validator:
    """The validator of an option of a specification."""
    if option["type"] == "list":
        return _make_list_validator(name, option)
    if "options" in option:
        return _make_dict_validator(option)
    validator = _VALIDATORS[option["type"]]
    if option["type"] == "str" and name in STRING_OR_INTEGER:
        validator = _validate_integer_string
    elif option["type"] == "str" and name in PERCENTAGES:
        validator = _validate_percentage
    if "choices" in option:
        validator = _make_choice_validator(validator, option["choices"])
    return _make_secret_validator(validator) if option.get("no_log") else validator


def _make_list_validator(name: str, option: Mapping[str, Any]) -> Validator:
    validate_item = _make_validator(name, {**option, "type": option["elements"]})

    def validate_list(path: str, value: Any) -> List[Any]:
        if isinstance(value, str) and name in STRING_OR_LIST:
            value = [value]
        if not isinstance(value, list):
            raise Refused(path, value, f"is a {_describe_type(value)}, not a list")
        return [
            _validate_value(validate_item, f"{path}[{index}]", item)
            for index, item in enumerate(value)
        ]

    return validate_list


def _make_dict_validator(option: Mapping[str, Any]) -> Validator:
    validator = _OptionsValidator(option["options"], option)

    def validate_dict(path: str, value: Any) -> Dict[str, Any]:
        return validator.validate(_validate_dict(path, value), path + ".")

    return validate_dict


def _make_choice_validator(validator: Validator, choices: Sequence[Any]) -> Validator:
    def validate_choice(path: str, value: Any) -> Any:
        value = validator(path, value)
        if value not in choices:
            raise Refused(path, value, f"is not one of {', '.join(choices)}")
        return value

    return validate_choice


def _make_secret_validator(validator: Validator) -> Validator:
    def validate_secret(path: str, value: Any) -> Any:
        try:
            return validator(path, value)
        except Refused as error:
            raise Refused(path, "(hidden)", error.rule) from None

    return validate_secret


def _validate_value(validator: Validator, path: str, value: Any) -> Any:
    if isinstance(value, Pattern):
        return _OptionPattern(value, validator, path)
    return validator(path, value)


class _OptionsValidator:
    """Validates a dictionary of options.

    :param rules: the rules between the options, by the names that AnsibleModule has for them.
    """

    def __init__(self, options: Options, rules: Mapping[str, Any]) -> None:
        self._options = options
        self._validators = {name: _make_validator(name, item) for name, item in options.items()}
        self._defaults = {name: option.get("default") for name, option in options.items()}
        self._required = [name for name, option in options.items() if option.get("required")]
        self._checks = [check for rule, check in _RULE_CHECKS.items() if rules.get(rule)]
        self._rules = rules

    def validate(self, raw: Mapping[str, Any], prefix: str) -> Dict[str, Any]:
        for name in raw:
            if name not in self._options:
                raise unsupported_option(f"{prefix}{name}", raw[name], self._options)
        for name in self._required:
            if raw.get(name) is None:
                raise Refused(f"{prefix}{name}", None, "is required")
        result = self._defaults.copy()
        for name, value in raw.items():
            if value is not None:
                path = f"{prefix}{name}"
                result[name] = _validate_value(self._validators[name], path, value)
        for check in self._checks:
            check(self._rules, result, prefix)
        return result


def unsupported_option(path: str, value: Any, options: Collection[str]) -> UnsupportedOption:
    """The error for an option that is not one of ``options``, with a similar one suggested."""
    similar = _find_similar(path, options)
    suggestion = f"did you mean '{similar[0]}'? " if similar else ""
    supported = f"supported options: {', '.join(sorted(options))}"
    return UnsupportedOption(path, value, suggestion + supported)


def _find_similar(path: str, options: Collection[str]) -> List[str]:
    import difflib  # takes 3 ms, and only an unsupported option needs it

    return difflib.get_close_matches(path.rpartition(".")[2], options, 1)


def _shown(name: str, value: Any) -> Any:
    return "(hidden)" if name in SECRETS else value


def _check_mutually_exclusive(
    rules: Mapping[str, Any], params: Dict[str, Any], prefix: str
) -> None:
    for names in rules["mutually_exclusive"]:
        given = [name for name in names if params[name] is not None]
        if len(given) > 1:
            rule = f"cannot be combined with {given[1]}"
            raise Refused(f"{prefix}{given[0]}", _shown(given[0], params[given[0]]), rule)


def _check_required_one_of(rules: Mapping[str, Any], params: Dict[str, Any], prefix: str) -> None:
    for names in rules["required_one_of"]:
        if all(params[name] is None for name in names):
            raise Refused(f"{prefix}{names[0]}", None, f"{' or '.join(names)} is required")


def _check_required_if(rules: Mapping[str, Any], params: Dict[str, Any], prefix: str) -> None:
    for option, value, names in rules["required_if"]:
        for name in names:
            if params[option] == value and params[name] is None:
                shown = str(value).lower() if isinstance(value, bool) else value
                raise Refused(f"{prefix}{name}", None, f"is required if {option} is {shown}")


def _check_required_by(rules: Mapping[str, Any], params: Dict[str, Any], prefix: str) -> None:
    for option, names in rules["required_by"].items():
        for name in names:
            if params[option] is not None and params[name] is None:
                raise Refused(f"{prefix}{option}", _shown(option, params[option]), f"needs {name}")


_RULE_CHECKS: Dict[str, Callable[[Mapping[str, Any], Dict[str, Any], str], None]] = {
    "mutually_exclusive": _check_mutually_exclusive,
    "required_one_of": _check_required_one_of,
    "required_if": _check_required_if,
    "required_by": _check_required_by,
}


@lru_cache(maxsize=None)
def _compile(spec: Specification[Any]) -> _OptionsValidator:
    return _OptionsValidator(spec.options, spec.rules)


def validate(raw: Mapping[str, Any], spec: Specification[Params], prefix: str = "") -> Params:
    """The options as the specification's type, each option present, with defaults filled in.

    :param prefix: what the paths of options in errors begin with, such as ``topology.``.
    :raises Refused: with the path of the wrong option, such as ``veth[1].peer.mtu``.
    """
    # A unit test compares each specification with its TypedDict.
    params: Any = _compile(spec).validate(raw, prefix)
    validated: Params = params
    return validated
