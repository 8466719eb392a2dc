# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of the modules with _info: shows their progress, and a long result shortened.

meta/runtime.yml names it for those with other names.
"""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.module_action import (
    ModuleAction,
)


class ActionModule(ModuleAction):
    """Runs the module of the task."""
