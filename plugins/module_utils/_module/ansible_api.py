# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that modules use of Ansible. A test runs it with each supported version of ansible-core.

AnsibleModule declares the options, logs the task and returns the result. It does not validate:
that is done before, from the same specification (see ``_params/validation.py`` for the reasons).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils import basic

from .._model.secrets import CONTAINERS, hide_environments
from .._model.text import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._params.specification import Specification


PROGRESS_TOKEN = "_ansible_redblue_progress"
"""What the action plugin calls this run, if it asks how far it is."""
CONTROLLER = "_ansible_redblue_controller"
"""What the action plugin tells about the controller."""
_HIDDEN = (PROGRESS_TOKEN, CONTROLLER)
"""Options of our action plugins alone, which no user sees."""
MAX_MESSAGE = 600
"""Letters of a message that people still read."""


class TaskModule(basic.AnsibleModule):
    """An AnsibleModule that shows none of the given secrets, neither in its log nor in its result.

    ``no_log`` of an option hides its value only if AnsibleModule validates the option, which it
    does not do with the items of lists. AnsibleModule sets ``no_log_values`` before it logs.
    """

    def __init__(self, secrets: set[str], **arguments: Any) -> None:
        self._secrets = secrets
        super().__init__(supports_check_mode=True, **arguments)

    def _load_params(self) -> None:
        super()._load_params()
        for name in _HIDDEN:  # AnsibleModule would refuse them.
            self.params.pop(name, None)
        for name in CONTAINERS & self.params.keys():
            self.params[name] = hide_environments(self.params[name])

    @property
    def no_log_values(self) -> set[str]:
        return self._no_log_values

    @no_log_values.setter
    def no_log_values(self, values: set[str]) -> None:
        self._no_log_values = values | self._secrets

    def exit_json(self, **result: Any) -> NoReturn:
        super().exit_json(**_make_printable(result))
        raise AssertionError("exit_json returned")

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        super().fail_json(**_make_printable({**result, **limit_message(msg, result)}))
        raise AssertionError("fail_json returned")

    def warn(self, warning: str) -> None:
        super().warn(_make_printable(warning))


def limit_message(message: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return ``msg`` of a failure. If it is long, ``errors`` has all messages in full length."""
    if len(message) <= MAX_MESSAGE:
        return {"msg": message}
    end = "\n... (complete in the result's key errors)"
    lines, beginning = message.split("\n"), ""
    for line in lines:
        if len(beginning) + len(line) + len(end) >= MAX_MESSAGE:
            break
        beginning += f"\n{line}" if beginning else line
    if "\n" not in beginning:
        beginning = message[: MAX_MESSAGE - len(end)].rstrip()
    return {"msg": beginning + end, "errors": result.get("errors", [message])}


def _make_printable(value: Any) -> Any:
    """The value with printable texts: terminals show them, and Ansible refuses other encodings.

    Names are escaped where they are read. This is for all other texts, such as the messages of
    programs and the content of files. Line breaks and tabs stay.
    """
    if isinstance(value, str):
        return escape_text(value, "\n\t")
    if isinstance(value, dict):
        return {_make_printable(key): _make_printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = list(value)
        # The usual case, in less time than a call for each of the commands of a large topology.
        if all(isinstance(item, str) for item in items) and "".join(items).isprintable():
            return items
        return [_make_printable(item) for item in items]
    return value


def load_options() -> dict[str, Any] | None:
    """Return the options as the task has them; None if a tool only reads the specification.

    AnsibleModule has no public attribute with them: it converts 1e3 and ``no`` to strings. The
    documentation of ``_load_params`` permits its use by modules that process their options.
    """
    loaded = basic._load_params()
    if loaded is None:
        return None
    return {name: value for name, value in loaded.items() if not name.startswith("_ansible_")}


def load_hidden(name: str) -> Any:
    """Return an option of our action plugin; None if the plugin did not set it."""
    return (basic._load_params() or {}).get(name)


def declare(spec: Specification[Any]) -> TaskModule:
    """Return the module with its whole specification, for ansible-test's validate-modules."""
    return TaskModule(set(), **spec.module_arguments())


def create_module(names: Iterable[str], secrets: set[str]) -> TaskModule:
    """Return the module with these options, which have been validated or refused already."""
    return TaskModule(secrets, argument_spec={name: {"type": "raw"} for name in names})


def wants_diff(module: basic.AnsibleModule) -> bool:
    """Whether the task runs with ``--diff``. Ansible documents this attribute for modules."""
    return bool(module._diff)


def verbosity(module: basic.AnsibleModule) -> int:
    """Return the number of ``-v``. Ansible documents this attribute for modules."""
    return int(module._verbosity)


def missing_library_message(name: str, reason: str) -> str:
    """Ansible's message for a Python library that the managed host lacks, and what needs it."""
    from .._model.packages import ROLE

    return f"{basic.missing_required_lib(name, reason)}. You may install it with {ROLE}."
