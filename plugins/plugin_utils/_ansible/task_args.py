# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a task that Ansible does not search for templates.

Since ansible-core 2.19 Ansible passes each option of a task to the method ``finalize_task_arg`` of
the action plugin, which renders the templates in it. Ansible calls the method experimental. There
is no public way to say that an option has no templates, and to search the options of a topology
with 1,000 namespaces takes 0.2 s. Earlier versions do not call the method.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

_TEMPLATE_MARKERS = ("{{", "{%", "{#", "#jinja2")


def has_templates(value: Any) -> bool:
    """Whether a value may contain a template. The pattern of a range has single braces."""
    if isinstance(value, str):
        return any(marker in value for marker in _TEMPLATE_MARKERS)
    if isinstance(value, dict):
        return any(has_templates(key) or has_templates(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(has_templates, value))
    return not (value is None or isinstance(value, (bool, int, float)))


class PlainTaskArgs(ActionBase):
    """An action plugin whose lists without templates stay as they are."""

    @classmethod
    def finalize_task_arg(cls, *args: Any, **kwargs: Any) -> Any:
        """The final value of an option.

        The parameters are (name, value, templar, context). They are passed on as they come, because
        the method may change.
        """
        value = kwargs.get("value", args[1] if len(args) > 1 else None)
        if isinstance(value, list) and not has_templates(value):
            return value
        return super().finalize_task_arg(*args, **kwargs)
