# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module as Ansible does, shows its progress, and shows a short form of a long result.

With ``-v`` Ansible prints each result on one line. The key ``_ansible_verbose_override``, with
which Ansible hides the facts of a host, leaves that out. The registered result is complete.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from .progress import create_token, showing_progress

LONG_RESULT = 20_000
"""Characters of a result that people still look through."""
_SHOWN_LENGTH = 4_000
_SHOWN_ITEMS = 5
_SHOWN_TEXT = 300
_VERY_VERBOSE = 3
"""From this number of ``-v`` on, the whole result is shown."""


def abridge(value: Any, depth: int = 0) -> Any:
    """A value with the first items of its lists and dictionaries, and beginnings of its texts."""
    if isinstance(value, str):
        return value if len(value) <= _SHOWN_TEXT else f"{value[:_SHOWN_TEXT]} ..."
    if isinstance(value, dict):
        shown = list(value.items())[: None if depth == 0 else _SHOWN_ITEMS]
        short = {key: abridge(item, depth + 1) for key, item in shown}
        return {**short, "...": f"{len(value):,} keys"} if len(shown) < len(value) else short
    if isinstance(value, list):
        items = [abridge(item, depth + 1) for item in value[:_SHOWN_ITEMS]]
        return [*items, f"... {len(value):,} items"] if len(value) > _SHOWN_ITEMS else items
    return value


class ModuleAction(ActionBase):
    """Runs the module of the task."""

    _supports_async = True

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module of the task, with its options."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        del tmp  # Ansible no longer uses it
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        result.update(self.run_module(self._task.action, dict(self._task.args), task_vars))
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def run_module(
        self, module: str, options: dict[str, Any], task_vars: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Run a module and return its result.

        A task that runs in the background is not watched.
        """
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        host = (task_vars or {}).get("inventory_hostname", "")
        lab = "" if self._task.no_log else options.get("name") or ""
        label = f"[{host}] {module.rpartition('.')[2]} {lab}".rstrip()
        if wrap_async:
            return dict(self._execute_module(module, options, task_vars=task_vars, wrap_async=True))
        token = create_token()
        watched = {**options, "_ansible_redblue_progress": token}
        with showing_progress(self, label, describe_contents(options), token):
            result = dict(self._execute_module(module, watched, task_vars=task_vars))
        return self._shorten_display(self.take_result(result), label)

    def take_result(self, result: dict[str, Any]) -> dict[str, Any]:
        """The result of the task, made of what the module returned, before any of it is shown."""
        return result

    def _shorten_display(self, result: dict[str, Any], label: str) -> dict[str, Any]:
        is_hidden = self._task.no_log or result.get("_ansible_no_log") or result.get("failed")
        if is_hidden or not 0 < Display().verbosity < _VERY_VERBOSE:
            return result
        length = len(json.dumps(result, default=str))
        if length > LONG_RESULT:
            short = {key: item for key, item in result.items() if not key.startswith("_ansible_")}
            short.pop("diff", None)
            text = json.dumps(abridge(short), default=str)[:_SHOWN_LENGTH]
            Display().display(
                f"{label}: the result has {length:,} characters. -vvv shows all of them. {text}",
                stderr=True,
            )
            result["_ansible_verbose_override"] = True
        return result


def describe_contents(options: dict[str, Any]) -> str:
    """How many items the lists of a task have, with those that its ranges generate."""
    counts: Counter[str] = Counter()
    ranges = options.get("range")
    entries = ranges if isinstance(ranges, list) else []
    for entry in (options, *entries):
        if isinstance(entry, dict):
            times = 1 if entry is options else _read_count(entry.get("count"))
            for name, value in entry.items():
                items = value if isinstance(value, list) and name != "range" else []
                counts[name] += times * sum(isinstance(item, dict) for item in items)
    listed = [f"{count:,} {name}" for name, count in counts.items() if count]
    return ", ".join(listed) or "no result yet"


def _read_count(value: Any) -> int:
    """A number as users write it; the module says what is wrong with another one."""
    return int(value) if str(value).isdecimal() else 1
