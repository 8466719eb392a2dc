# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications: what AnsibleModule takes, with the type of the validated options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

Options = dict[str, dict[str, Any]]
"""An ``argument_spec`` of AnsibleModule, or the ``options`` of one of its options."""

Params = TypeVar("Params")

STATE: Options = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
NETNS: Options = {"netns": {"type": "str"}}


class Source(Protocol):
    """Reads the file in which a task may have its options; see ``src_file``."""

    def read_source(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the options of a task together with those in its file."""

    def reporting_recursion(self, raw: Mapping[str, Any]) -> AbstractContextManager[None]:
        """Report values that are nested too deeply."""


class Specification(Generic[Params]):
    """The options of a module, or of an item of a list, and the rules between them.

    The rules have the names and forms that AnsibleModule gives them. In contrast to AnsibleModule,
    an option that is null counts as omitted in all of them.

    :param params: the TypedDict that the validated options are. It has each option as a key. An
        option that is omitted has its default, or None.
    :param source: reads the file that a task names, if the module has the option ``src``.
    """

    def __init__(
        self,
        params: type[Params],
        options: Options,
        *,
        mutually_exclusive: Sequence[Sequence[str]] = (),
        required_one_of: Sequence[Sequence[str]] = (),
        required_if: Sequence[tuple[str, Any, list[str]]] = (),
        required_by: Mapping[str, Sequence[str]] | None = None,
        source: Source | None = None,
    ) -> None:
        self.params = params
        self.source = source
        self.options = options
        rules: dict[str, Any] = {
            "mutually_exclusive": [list(names) for names in mutually_exclusive],
            "required_one_of": [list(names) for names in required_one_of],
            "required_if": [list(rule) for rule in required_if],
            "required_by": {name: list(names) for name, names in (required_by or {}).items()},
        }
        self.rules = {name: rule for name, rule in rules.items() if rule}

    def module_arguments(self) -> dict[str, Any]:
        """Return the arguments of AnsibleModule that declare these options."""
        return {"argument_spec": self.options, **self.rules}

    def as_dict(self) -> dict[str, Any]:
        """Return an option that is a dictionary of these options."""
        return {"type": "dict", "options": self.options, **self.rules}

    def as_list(self) -> dict[str, Any]:
        """Return an option that is a list of such dictionaries."""
        return {"type": "list", "elements": "dict", "options": self.options, **self.rules}
