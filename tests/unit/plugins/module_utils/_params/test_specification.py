# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each specification and its TypedDict are the same, and a type checker knows the options."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, Optional, get_type_hints

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.secrets import (
    CONTAINERS,
    SECRETS,
    may_be_secret,
)
from ansible_collections.redblue.netns.plugins.module_utils._params import specs
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Options,
    Specification,
)
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

TYPES: dict[str, Any] = {
    "str": str,
    "path": str,
    "int": int,
    "float": float,
    "bool": bool,
    "raw": Any,
}


def find_specifications() -> Iterator[tuple[str, Specification[Any]]]:
    for module in pkgutil.iter_modules(specs.__path__):
        for name, value in vars(importlib.import_module(f"{specs.__name__}.{module.name}")).items():
            if isinstance(value, Specification):
                yield f"{module.name}.{name}", value


SPECIFICATIONS = dict(find_specifications())


def type_of(option: dict[str, Any]) -> Any:
    """The type of an option's value; that of a dictionary of options is its specification's."""
    if option["type"] == "list":
        return list[type_of({**option, "type": option["elements"]})]  # type: ignore[misc]  # computed
    if "options" in option:
        return next(
            spec.params for spec in SPECIFICATIONS.values() if spec.options is option["options"]
        )
    return dict[str, Any] if option["type"] == "dict" else TYPES[option["type"]]


@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=SPECIFICATIONS)
def test_the_type_has_the_options_of_the_specification(spec: Specification[Any]) -> None:
    expected = {}
    for name, option in spec.options.items():
        is_set = option.get("required") or option.get("default") is not None
        expected[name] = type_of(option) if is_set else Optional[type_of(option)]
    assert get_type_hints(spec.params) == expected


@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=SPECIFICATIONS)
def test_rules_name_options(spec: Specification[Any]) -> None:
    named = {*spec.rules.get("required_by", {})}
    for rule in ("mutually_exclusive", "required_one_of"):
        named |= {name for names in spec.rules.get(rule, ()) for name in names}
    for names in spec.rules.get("required_by", {}).values():
        named |= set(names)
    for option, _value, names in spec.rules.get("required_if", ()):
        named |= {option, *names}
    assert named <= spec.options.keys()


@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=SPECIFICATIONS)
def test_an_option_for_a_file_comes_with_what_reads_it(spec: Specification[Any]) -> None:
    assert (spec.source is not None) == ("src" in spec.options)


def find_secrets(options: Options) -> set[str]:
    found = set()
    for name, option in options.items():
        found |= {name} if option.get("no_log") else find_secrets(option.get("options", {}))
    return found


def test_secrets_are_the_options_with_no_log() -> None:
    assert set().union(*(find_secrets(spec.options) for spec in MODULES.values())) == SECRETS


def find_containers(options: Options) -> set[str]:
    found = set()
    for name, option in options.items():
        inner = option.get("options", {})
        found |= find_containers(inner) | ({name} if find_secrets(inner) else set())
    return found


def test_containers_are_the_options_with_secrets_in_their_items() -> None:
    found = set().union(*(find_containers(spec.options) for spec in MODULES.values()))
    # The items of these are validated when the topology is read or its ranges are expanded.
    assert found | {"range", "topology"} == CONTAINERS


def list_names(options: Options) -> set[str]:
    inner = (list_names(option.get("options", {})) for option in options.values())
    return set(options).union(*inner)


def test_no_other_option_is_taken_for_a_secret() -> None:
    names = set().union(*(list_names(spec.options) for spec in MODULES.values()))
    assert {name for name in names if may_be_secret(name)} == SECRETS
