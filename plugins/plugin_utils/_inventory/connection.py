# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables with which Ansible connects to a namespace: those of its host, and become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import (
    trust_as_template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BECOME_METHOD = "redblue.netns.netns"

FIXED = ("ansible_become", "ansible_become_method", "ansible_netns")
"""These decide where a task runs, so they are neither those of the host nor composed."""

# Without the become plugin, nothing of this collection takes part in running a task, and the task
# would run on the host. So the connection is undefined if another become plugin is set.
_CONNECTION = (
    '{{ %s if ansible_become | bool and ansible_become_method == "' + BECOME_METHOD + '" else '
    'undef("ansible_become or ansible_become_method is overridden, so the task would run on the '
    'host and not inside the network namespace; nothing was run") }}'
)


def guard_connection(expression: str) -> str:
    """A template of the connection plugin's name, which is undefined without our become plugin.

    :param expression: a Jinja2 expression of the name.
    """
    return trust_as_template(_CONNECTION % expression)


def connection_variables(
    variables: Mapping[str, Any],
    host: str,
    default_connection: str,
    is_template: Callable[[Any], bool],
) -> dict[str, Any]:
    """The variables of a namespace's inventory host. Some are templates.

    :param variables: those of the host.
    :param host: the inventory name of the host.
    :param default_connection: the name of the connection plugin if no variable sets it.
    :param is_template: whether a value is a template.
    """
    own = {
        name: value
        for name, value in variables.items()
        if name.startswith("ansible_") and name not in FIXED
    }
    own.setdefault("ansible_host", host)
    connection = json.dumps(own.get("ansible_connection") or default_connection)
    for name, value in own.items():
        if is_template(value):
            # It may use variables that only the host has.
            expression = f"hostvars[{json.dumps(host)}][{json.dumps(name)}]"
            own[name] = trust_as_template("{{ " + expression + " }}")
            if name == "ansible_connection":
                connection = expression
    own["ansible_connection"] = guard_connection(connection)
    return {**own, "ansible_become": True, "ansible_become_method": BECOME_METHOD}
