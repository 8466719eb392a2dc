# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validates options against an argument specification, and fills in defaults.

It is stricter than AnsibleModule, which turns the number 1e3 or the boolean ``no`` into a name,
and does not name the item of a list that is wrong. It is also faster: the 3,000 items of a topology
of 1,000 namespaces take 10 ms here, and 70 ms there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .._model.errors import Refused
from .._model.secrets import redact
from .option_rules import RULE_CHECKS
from .option_types import (
    Validator,
    make_scalar_validator,
    validate_dict,
    validate_list,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .specification import Options, Specification

Params = TypeVar("Params")

_SUPPORTED = "supported options: "


class UnsupportedOption(Refused):
    """An unsupported option. Its value is not shown: it may be a secret with a misspelt name."""

    def __str__(self) -> str:
        return f"unsupported option '{redact(self.parameter)}'; {self.rule}"

    def brief(self) -> str:
        suggestion = self.rule.partition(_SUPPORTED)[0]
        return str(self).replace(self.rule, suggestion).rstrip(" ;") if suggestion else str(self)


class Pattern:
    """A text that differs for each number of a range.

    :param text: returns the text for a number.
    """

    def __init__(self, text: Callable[[int], str]) -> None:
        self.text = text

    def value(self, number: int, prefix: str, template_prefix: str) -> Any:
        """Return the value for a number. ``prefix`` replaces ``template_prefix`` in errors."""
        return self.text(number)


class _OptionPattern(Pattern):
    """A pattern as the value of an option, whose type and choices it must have."""

    def __init__(self, pattern: Pattern, validator: Validator, path: str) -> None:
        super().__init__(pattern.text)
        self._validator = validator
        self._path = path

    def value(self, number: int, prefix: str, template_prefix: str) -> Any:
        text = self.text(number)
        try:
            return self._validator(self._path, text)
        except Refused:
            return self._validator(prefix + self._path[len(template_prefix) :], text)


def _make_validator(name: str, option: Mapping[str, Any]) -> Validator:
    """Return the validator of an option of a specification."""
    if option["type"] == "list":
        return _make_list_validator(name, option)
    if "options" in option:
        return _make_dict_validator(option)
    return make_scalar_validator(name, option)


def _make_list_validator(name: str, option: Mapping[str, Any]) -> Validator:
    validate_item = _make_validator(name, {**option, "type": option["elements"]})

    def validate_items(path: str, value: Any) -> list[Any]:
        return [
            _validate_value(validate_item, f"{path}[{index}]", item)
            for index, item in enumerate(validate_list(path, value))
        ]

    return validate_items


def _make_dict_validator(option: Mapping[str, Any]) -> Validator:
    validator = _OptionsValidator(option["options"], option)

    def validate_options(path: str, value: Any) -> dict[str, Any]:
        return validator.validate(validate_dict(path, value), path + ".")

    return validate_options


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
        self._checks = [check for rule, check in RULE_CHECKS.items() if rules.get(rule)]
        self._rules = rules

    def validate(self, raw: Mapping[str, Any], prefix: str) -> dict[str, Any]:
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
    """Return the error for an option that is not one of ``options``. It suggests a similar one."""
    from .suggestions import suggest  # only an unsupported option needs it

    supported = f"{_SUPPORTED}{', '.join(sorted(options))}"
    return UnsupportedOption(path, value, suggest(path.rpartition(".")[2], options) + supported)


@cache
def _compile(spec: Specification[Any]) -> _OptionsValidator:
    return _OptionsValidator(spec.options, spec.rules)


def validate(raw: Mapping[str, Any], spec: Specification[Params], prefix: str = "") -> Params:
    """Return the options as the specification's type, each option present, with defaults filled in.

    :param prefix: what the paths of options in errors begin with, such as ``topology.``.
    :raises Refused: with the path of the wrong option, such as ``veth[1].peer.mtu``.
    """
    # A unit test compares each specification with its TypedDict.
    params: Any = _compile(spec).validate(raw, prefix)
    validated: Params = params
    return validated
