# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands over the file that src names on the controller, as JSON: the target need not know YAML, nor the vault."""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import tempfile
from typing import Any, Dict, Optional

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase


def _strip(arguments: Dict[str, Any]) -> Dict[str, Any]:
    """The bare values. Ansible remembers of each where it was written, and sends that along with the result: for a thousand cables, a second."""
    try:
        stripped: Dict[str, Any] = json.loads(json.dumps(arguments))
    except (TypeError, ValueError):
        return arguments
    return stripped


def _spare_the_collector() -> None:
    """To look through all of Ansible for garbage again and again takes half a second; this process is a worker, and ends with the task."""
    if multiprocessing.parent_process() is not None:
        gc.freeze()


def _is_plain(value: Any) -> bool:
    """Whether there is nothing in it for Jinja to do. A pattern of a range has single braces."""
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value and "{#" not in value and "#jinja2" not in value
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(one) for key, one in value.items())
    return all(map(_is_plain, value)) if isinstance(value, list) else value is None or isinstance(value, (bool, int, float))


class ActionModule(ActionBase):
    """The module of the same name, with its file brought to it."""

    MODULE = "redblue.netns.topology"

    @classmethod
    def finalize_task_arg(cls, *given: Any, **named: Any) -> Any:
        """Called since ansible-core 2.19 to fill in the templates of an option, which looks at each word of a thousand items with great care."""
        value = named["value"] if "value" in named else given[1] if len(given) > 1 else "{{"
        return value if isinstance(value, list) and _is_plain(value) else super().finalize_task_arg(*given, **named)

    def run(self, tmp: Optional[str] = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result: Dict[str, Any] = super().run(tmp, task_vars)
        del tmp  # has had no effect for long
        _spare_the_collector()
        arguments = self._task.args = _strip(dict(self._task.args))
        source = arguments.get("src")
        try:
            if isinstance(source, str) and not boolean(arguments.get("remote_src") or False):
                arguments = {**arguments, "src": self._hand_over(source)}
        except (AnsibleError, OSError, TypeError, ValueError) as error:
            return {**result, "failed": True, "msg": f"src: {source}: {error}"}
        try:
            result.update(self._execute_module(module_name=self.MODULE, module_args=arguments, task_vars=task_vars))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _hand_over(self, source: str) -> str:
        found = self._read(self._find_needle("files", source))
        descriptor, local = tempfile.mkstemp(suffix=".json")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(found, file)
            remote = self._connection._shell.join_path(self._remote_directory(), "topology.json")
            self._transfer_file(local, remote)
        finally:
            os.remove(local)
        self._fixup_perms2((os.path.dirname(remote), remote))
        return str(remote)

    def _read(self, path: str) -> Any:
        with open(self._loader.get_real_file(path), encoding="utf-8") as file:
            text = file.read()
        # Plain JSON the loader reads as well, and remembers where each word of it stood; what is encrypted in it only the loader can read.
        with contextlib.suppress(ValueError):
            if "__ansible_" not in text:
                return json.loads(text)
        # Not by load_from_file, which remembers what the file was the first time.
        return self._loader.load(text, file_name=path)

    def _remote_directory(self) -> str:
        known = self._connection._shell.tmpdir
        return str(self._make_tmp_path() if known is None else known)
