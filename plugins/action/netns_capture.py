# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of netns_capture: keeps the captured packets in a file of the controller."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.module_action import (
    ModuleAction,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import mark_unsafe
from ansible_collections.redblue.netns.plugins.plugin_utils._capture.received_file import (
    unpack_file,
    write_file,
)


class ActionModule(ModuleAction):
    """Runs the module, and writes the file that it returns."""

    # A task in the background would return the packets to whatever asks for its result.
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the module on the host, and write its file on the controller."""
        path = self._find_path()
        if path is not None and os.path.isdir(path):
            result: dict[str, Any] = ActionBase.run(self, tmp, task_vars)
            message = f"dest: '{path}': is a directory; write the path of a file"
            return {**result, "failed": True, "msg": message}
        return super().run(tmp, task_vars)

    def _find_path(self) -> str | None:
        """Where the file is going to be; None if none is to be kept."""
        dest = self._task.args.get("dest")
        if not isinstance(dest, str) or not dest.strip():
            return None
        return str(self._loader.path_dwim(dest))

    def take_result(self, result: dict[str, Any]) -> dict[str, Any]:
        """Write the file. The packets are no part of the result of the task."""
        path, packed = self._find_path(), result.pop("pcapng", None)
        result.pop("dest", None)  # Only what was written here has a path.
        result = mark_unsafe(result)
        if path is None or packed is None:
            return result
        try:
            write_file(path, unpack_file(packed))
        except (OSError, ValueError) as error:
            return {**result, "failed": True, "changed": False, "msg": f"dest: '{path}': {error}"}
        return {**result, "dest": path}
