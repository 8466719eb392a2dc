# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every function that is dispatched by a kind knows every kind that it declares."""

from __future__ import annotations

import importlib
import inspect
import re
import typing
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest
from ansible_collections.redblue.netns.plugins import module_utils
from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._model import (
    kinds,
    link_options,
    resources,
)
from ansible_collections.redblue.netns.plugins.module_utils._planned.all import ALL_PLANNED
from ansible_collections.redblue.netns.tests.unit.support.kinds import (
    NOT_IN_TASKS,
    RESOURCES,
    list_kinds,
)

LoadFiles = Callable[[], list[ModuleType]]

kinds.carry(*ALL_KINDS)


def package_of(module: str) -> str:
    return module.rpartition(".")[0]


PACKAGE = module_utils.__name__
CORE = Path(next(iter(module_utils.__path__)))
SOURCES = {
    ".".join(path.relative_to(CORE).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in CORE.rglob("*.py")
}
DISPATCHED = sorted(
    (module, name)
    for module, source in SOURCES.items()
    for name in re.findall(r"^@singledispatch\ndef (\w+)", source, re.MULTILINE)
)
STAGES = sorted(package_of(module) for module in SOURCES if module.endswith(".kinds"))
PLANNERS = ("find_planner", "find_removal_planner")
LINK_OPTIONS = typing.get_args(link_options.LinkOptions)


def load(module: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{module}")


GROUPS = (
    resources.LocalResource,
    resources.NetlinkResource,
    resources.OvsResource,
    resources.RulesetPart,
)


@cache
def load_dispatched(module: str, name: str) -> Any:
    """The function, after the stage has registered all kinds."""
    if package_of(module) in STAGES:
        load(f"{package_of(module)}.kinds")
    return getattr(load(module), name)


def declared_kinds(function: Any) -> set[type]:
    """The kinds with whose base or union the first parameter is annotated."""
    first = next(iter(inspect.signature(function).parameters.values()))
    # Modules import types for annotations only while types are checked.
    names = dict(vars(typing))
    for module in SOURCES:
        if package_of(module) == "_model":
            names.update(vars(load(module)))
    names.update(vars(importlib.import_module(function.__module__)))
    annotated = eval(first.annotation, names)
    kinds_of = [list_kinds(base) for base in typing.get_args(annotated) or [annotated]]
    declared: set[type] = set().union(*kinds_of)
    return declared - NOT_IN_TASKS if function.__name__ in PLANNERS else declared


def test_there_are_functions_for_description_rendering_and_application() -> None:
    names = {name for _module, name in DISPATCHED}
    assert {"describe_resource", "describe_action", "compose_commands", "find_state"} <= names
    assert {"_apply", "_render"} <= set(STAGES)


@pytest.mark.parametrize(("module", "name"), DISPATCHED)
def test_a_function_declares_kinds_of_resources_or_of_link_options(module: str, name: str) -> None:
    declared = declared_kinds(load_dispatched(module, name))
    assert declared and (declared <= RESOURCES or declared <= set(LINK_OPTIONS))


@pytest.mark.parametrize(("module", "name"), DISPATCHED)
def test_a_function_knows_every_kind_that_it_declares(module: str, name: str) -> None:
    function = load_dispatched(module, name)
    base = function.registry[object]
    forgotten = [
        kind.__name__ for kind in declared_kinds(function) if function.dispatch(kind) is base
    ]
    assert not forgotten


@pytest.mark.parametrize(("module", "name"), DISPATCHED)
def test_a_function_refuses_any_other_kind(module: str, name: str) -> None:
    function = load_dispatched(module, name)
    more = len(inspect.signature(function).parameters) - 1
    with pytest.raises(TypeError, match="str|no resource"):
        function("no resource", *[None] * more)


@pytest.mark.parametrize(
    ("stage", "load_files"), [("_apply", kinds.load_appliers), ("_render", kinds.load_renderers)]
)
def test_the_kinds_load_all_files_of_a_stage(stage: str, load_files: LoadFiles) -> None:
    registering = {
        module
        for module, source in SOURCES.items()
        if package_of(module) == stage and ".register(" in source
    }
    assert {file.__name__[len(PACKAGE) + 1 :] for file in load_files()} == registering


def test_the_doctor_plans_with_all_kinds() -> None:
    applied, planned = (
        [kind.__name__.rpartition(".")[2] for kind in listed] for listed in (ALL_KINDS, ALL_PLANNED)
    )
    assert applied == planned


def test_the_doctor_loads_the_sections_of_all_resources() -> None:
    registering = {
        module
        for module, source in SOURCES.items()
        if package_of(module) == "_doctor.resources" and ".register(" in source
    }
    listed = {
        module.__name__[len(PACKAGE) + 1 :]
        for module in load("_doctor.resources.kinds").IMPLEMENTATIONS
    }
    assert listed == registering


def test_every_class_that_has_a_key_is_a_kind_of_resource() -> None:
    keyed = set()
    for module in SOURCES:
        if package_of(module) == "_model" and module != "_model.resources":
            classes = inspect.getmembers(load(module), inspect.isclass)
            keyed |= {
                found for _name, found in classes if isinstance(vars(found).get("key"), property)
            }
    assert keyed == RESOURCES


def test_every_kind_is_of_one_group() -> None:
    assert {kind: sum(issubclass(kind, group) for group in GROUPS) for kind in RESOURCES} == (
        dict.fromkeys(RESOURCES, 1)
    )
