# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands over the file that src names on the controller, as JSON: the target need not know YAML, nor the vault."""

from __future__ import annotations

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


def _collect_nothing() -> None:
    """To look through all of Ansible for garbage again and again takes half a second; this process is a worker, and ends with the task."""
    if multiprocessing.parent_process() is not None:
        gc.freeze()
        gc.disable()


def _is_json(text: str) -> bool:
    """Whether the target can read it as it is. What is encrypted within it only Ansible can read."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return "__ansible_" not in text


def _is_plain(value: Any) -> bool:
    """Whether there is nothing in it for Jinja to do. A pattern of a range has single braces."""
    if isinstance(value, str):
        return (
            "{{" not in value and "{%" not in value and "{#" not in value and "#jinja2" not in value
        )
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(one) for key, one in value.items())
    return (
        all(map(_is_plain, value))
        if isinstance(value, list)
        else value is None or isinstance(value, (bool, int, float))
    )


def _decrypt(value: Any) -> str:
    """What is encrypted within a file: an AnsibleVaultEncryptedUnicode, or since ansible-core 2.19 an EncryptedString."""
    if type(value).__name__ not in ("AnsibleVaultEncryptedUnicode", "EncryptedString"):
        raise TypeError(f"{value!r} is neither a string, a number, a list nor a dictionary")
    return str(value)


class ActionModule(ActionBase):
    """The module of the same name, with its file brought to it."""

    MODULE = "redblue.netns.topology"

    @classmethod
    def finalize_task_arg(cls, *given: Any, **named: Any) -> Any:
        """Called since ansible-core 2.19 to fill in the templates of an option, which looks at each word of a thousand items with great care."""
        value = named.get("value", given[1] if len(given) > 1 else None)
        return (
            value
            if isinstance(value, list) and _is_plain(value)
            else super().finalize_task_arg(*given, **named)
        )

    def run(
        self, tmp: Optional[str] = None, task_vars: Optional[Dict[str, Any]] = None
    ) -> Dict[str, Any]:
        result: Dict[str, Any] = super().run(tmp, task_vars)
        del tmp  # has had no effect for long
        _collect_nothing()
        arguments = self._task.args = _strip(dict(self._task.args))
        source, remote = arguments.get("src"), None
        try:
            if isinstance(source, str) and not boolean(arguments.get("remote_src") or False):
                remote = self._hand_over(
                    self._loader.get_real_file(self._find_needle("files", source))
                )
                arguments = {**arguments, "src": remote}
        except (AnsibleError, OSError, TypeError, ValueError) as error:
            return {**result, "failed": True, "msg": f"src: {source}: {error}"}
        except RecursionError:
            return {
                **result,
                "failed": True,
                "msg": f"src: {source}: is nested too deeply, or in itself",
            }
        try:
            result.update(
                self._execute_module(
                    module_name=self.MODULE, module_args=arguments, task_vars=task_vars
                )
            )
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        if remote is not None and isinstance(result.get("msg"), str):
            # Nobody knows the copy on the target by its name.
            result["msg"] = result["msg"].replace(remote, str(source))
        return result

    def _hand_over(self, path: str) -> str:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if _is_json(text):
            return self._transfer(path)
        # Not by load_from_file, which remembers what the file was the first time.
        found = self._loader.load(text, file_name=path)
        descriptor, local = tempfile.mkstemp(suffix=".json")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(found, file, default=_decrypt)
            return self._transfer(local)
        finally:
            os.remove(local)

    def _transfer(self, local: str) -> str:
        remote = self._connection._shell.join_path(self._remote_directory(), "topology.json")
        self._transfer_file(local, remote)
        self._fixup_perms2((os.path.dirname(remote), remote))
        return str(remote)

    def _remote_directory(self) -> str:
        known = self._connection._shell.tmpdir
        return str(self._make_tmp_path() if known is None else known)
