# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin topology: copies to the host what a task of topology needs of the controller.

It also shows how far the module is, and a short form of a long result.

The file that ``src`` names is copied as JSON, so that the host needs neither PyYAML nor the vault's
password. With ``persist``, the command ``redblue-netns`` is copied, unless the host has it.
"""

from __future__ import annotations

import gc
import getpass
import hashlib
import json
import multiprocessing
import os
import socket
import tempfile
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import RUNNER
from ansible_collections.redblue.netns.plugins.module_utils._model.text import escape_text
from ansible_collections.redblue.netns.plugins.module_utils._params.files import (
    UnusableFileError,
    read_text_file,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.persist import may_persist
from ansible_collections.redblue.netns.plugins.module_utils._params.src_file import MAX_BYTES
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.confirmation import (
    confirm_change,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.load_errors import (
    explain_load_error,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.module_action import (
    ModuleAction,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.task_args import PlainTaskArgs
from ansible_collections.redblue.netns.plugins.plugin_utils._persistence.archive import (
    build_archive,
    read_version,
)


def _untag(options: dict[str, Any]) -> dict[str, Any]:
    """The options as plain Python values, if they can be.

    Ansible tags each value with its origin, and returns the tags with the result. For 1,000 veth
    pairs that takes a second.
    """
    try:
        untagged: dict[str, Any] = json.loads(json.dumps(options))
    except (TypeError, ValueError):
        return options
    return untagged


def _stop_garbage_collection() -> None:
    """In a worker process of Ansible, which ends with the task.

    To search all objects of Ansible for garbage takes half a second for a large topology.
    """
    if multiprocessing.parent_process() is not None:
        gc.freeze()
        gc.disable()


def _is_plain_json(text: str) -> bool:
    """Whether the host can read the text as it is: it is JSON, and no value is encrypted."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return "__ansible_" not in text


def _decrypt(value: Any) -> str:
    """The text of a value that is encrypted in a file.

    Its type is EncryptedString, and AnsibleVaultEncryptedUnicode before ansible-core 2.19.
    """
    if type(value).__name__ not in ("AnsibleVaultEncryptedUnicode", "EncryptedString"):
        kind = type(value).__name__
        raise TypeError(f"a {kind} is neither a string, a number, a list nor a dictionary")
    return str(value)


def _name_source(result: dict[str, Any], copied: str | None, source: str) -> None:
    """Name the user's file in the messages of a failure, and not its copy on the host.

    The module has made them printable, but something else may have answered in its place.
    """

    def clean(text: str) -> str:
        return escape_text(text.replace(copied, source) if copied else text, "\n\t")

    if isinstance(result.get("msg"), str):
        result["msg"] = clean(result["msg"])
    if isinstance(result.get("errors"), list):
        result["errors"] = [clean(str(message)) for message in result["errors"]]


def _is_to_persist(options: dict[str, Any]) -> bool:
    """Whether the host needs the command. A topology that is absent has no file."""
    return may_persist(options.get("persist")) and options.get("state") != "absent"


def _name_user() -> str:
    """Who runs the playbook, for the record on the host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


class ActionModule(PlainTaskArgs, ModuleAction):
    """Runs the module topology, with what it needs of the controller copied to the host."""

    MODULE = "redblue.netns.topology"

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module topology on the host, and hand it over the options that are in a file."""
        result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
        del tmp  # Ansible no longer uses it
        _stop_garbage_collection()
        options = self._task.args = _untag(dict(self._task.args))
        source, remote = options.get("src"), None
        is_in_background = bool(self._task.async_val)
        try:
            if isinstance(source, str) and not boolean(options.get("remote_src") or False):
                if is_in_background:
                    raise AnsibleError("a task in the background reads only files of the host")
                path = self._loader.get_real_file(self._find_needle("files", source))
                remote = self._copy_as_json(path)
                options = {**options, "src": remote}
        except AnsibleConnectionFailure:
            raise  # The host is unreachable, whatever is copied to it.
        except (AnsibleError, OSError, TypeError, ValueError) as error:
            return {**result, "failed": True, "msg": f"src: {source}: {error}"}
        except RecursionError:
            message = f"src: {source}: is nested too deeply, or contains itself"
            return {**result, "failed": True, "msg": message}
        try:
            if _is_to_persist(options):
                options = {**options, "_ansible_redblue_controller": self._send_runner()}
            answer = self.run_module(self.MODULE, options, task_vars)
            result.update(answer if is_in_background else confirm_change(self, answer, task_vars))
        finally:
            if not is_in_background:  # It ends by itself, and removes what it needs.
                self._remove_tmp_path(self._connection._shell.tmpdir)
        _name_source(result, remote, str(source))
        return result

    def _send_runner(self) -> dict[str, Any]:
        """Copy the command to the host if it has another one, and tell the module about it."""
        content = build_archive()
        digest = hashlib.sha256(content).hexdigest()
        found = self._low_level_execute_command(f"sha256sum {RUNNER}")
        facts = {"by": _name_user(), "version": read_version(), "sha256": digest}
        if found.get("stdout", "").split()[:1] == [digest]:
            return {**facts, "runner": None}
        descriptor, local = tempfile.mkstemp(suffix=".pyz")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            return {**facts, "runner": self._copy(local, "redblue-netns.pyz")}
        finally:
            os.remove(local)

    def _copy_as_json(self, path: str) -> str:
        """Copy a JSON or YAML file to the host as JSON, and return its path there."""
        text = read_text_file(path, MAX_BYTES)
        if _is_plain_json(text):
            return self._copy(path)
        # Not load_from_file, which caches the content of the file.
        try:
            content = self._loader.load(text, file_name=path)
        except (AnsibleError, ValueError) as error:
            raise UnusableFileError(explain_load_error(error)) from None
        descriptor, local = tempfile.mkstemp(suffix=".json")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, default=_decrypt)
            return self._copy(local)
        finally:
            os.remove(local)

    def _copy(self, local: str, name: str = "topology.json") -> str:
        remote = self._connection._shell.join_path(self._remote_directory(), name)
        self._transfer_file(local, remote)
        self._fixup_perms2((os.path.dirname(remote), remote))
        return str(remote)

    def _remote_directory(self) -> str:
        """The temporary directory of the task on the host."""
        directory = self._connection._shell.tmpdir
        return str(self._make_tmp_path() if directory is None else directory)
