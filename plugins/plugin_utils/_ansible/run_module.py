# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module on a host without a play.

An inventory is read before there is a play, and Ansible has no public interface to run a module
then. The alternatives are worse. ``TaskQueueManager`` is documented, but needs a complete
inventory, and its worker processes would survive the process of a query that is killed. The command
``ansible`` would need the variables of the host, with passwords, in a file. So this file builds
what the executor of Ansible builds for a task.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.plugins.action import ActionBase
from ansible.template import Templar

Variables = Mapping[str, Any]


class _ModuleAction(ActionBase):
    """Runs the module of its task, with the task's options."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        try:
            result: dict[str, Any] = self._execute_module(
                self._task.action, self._task.args, task_vars=task_vars
            )
            return result
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)


class _Templates:
    """Renders templates with the variables of a host."""

    def __init__(self, loader: Any, variables: Variables) -> None:
        self.variables = variables
        self.templar = Templar(loader=loader, variables=variables)

    def render(self, name: str, default: Any = None) -> Any:
        """The value of a variable."""
        return self.templar.template(self.variables.get(name) or default)

    def set_options(self, plugin: Any, kind: str, keywords: dict[str, Any]) -> Any:
        """Set a plugin's options from variables, the command line and the configuration."""
        names = constants.config.get_plugin_vars(kind, plugin._load_name)
        options = {
            name: self.templar.template(self.variables[name])
            for name in names
            if name in self.variables
        }
        plugin.set_options(task_keys=keywords, var_options=options)
        return plugin


def _connect(task: Any, context: Any, templates: _Templates) -> Any:
    """The connection of a task. It uses become unless the variables of the host say otherwise."""
    keywords = task.dump_attrs()
    for name in ("retries", "timeout"):  # of the task, and not of the connection
        keywords.pop(name, None)
    name = templates.render("ansible_connection", task.connection or constants.DEFAULT_TRANSPORT)
    connection = plugins.connection_loader.get(name, context, os.devnull)
    if connection is None:
        raise AnsibleError(f"connection plugin {name!r} not found")
    templates.set_options(connection, "connection", keywords)
    templates.set_options(connection._shell, "shell", keywords)
    if boolean(templates.templar.template(templates.variables.get("ansible_become", True))):
        method = templates.render(
            "ansible_become_method", task.become_method or constants.DEFAULT_BECOME_METHOD
        )
        become = plugins.become_loader.get(method)
        if become is None:
            raise AnsibleError(f"become plugin {method!r} not found")
        connection.set_become_plugin(templates.set_options(become, "become", keywords))
    return connection


def run_module(
    loader: Any, variables: Variables, module: str, options: dict[str, Any]
) -> dict[str, Any]:
    """Run a module on the host with these variables, as root, and return its result.

    :raises AnsibleError: a plugin is missing, the host is unreachable, or a template is undefined.
    """
    task = Task.load({"name": "Query", module: options}, loader=loader)
    context = PlayContext()
    templates = _Templates(loader, variables)
    connection = _connect(task, context, templates)
    try:
        action = _ModuleAction(task, connection, context, loader, templates.templar, plugins)
        return action.run(task_vars={"ansible_facts": {}, **variables})
    finally:
        connection.close()
