# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible calls the become plugin of this collection, also if the become user logs in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible_collections.redblue.netns.tests.unit.support.become import make_plugin, make_shell


class Connection:
    """A connection as ActionBase uses it, which keeps the command that it gets."""

    transport, allow_executable = "ssh", False

    def __init__(self, become: Any, user: Any) -> None:
        self.become, self.user, self._shell, self.command = become, user, make_shell(), ""

    def get_option(self, option: str) -> Any:
        return {"remote_user": self.user}[option]

    def exec_command(
        self, cmd: str, in_data: Any = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        self.command = cmd
        return 0, b"", b""


class Action(ActionBase):
    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        return {}


def make_action(login: str | None, become_user: str | None) -> Action:
    connection = Connection(make_plugin(become_user=become_user), login)
    return Action(
        SimpleNamespace(action="raw", args={}),
        connection,
        SimpleNamespace(executable=None),
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "login, become_user",
    [
        ("root", "root"),
        ("deploy", "deploy"),
        ("deploy", "root"),
        ("root", None),
        (None, None),
        (None, "root"),
        ("", ""),
    ],
)
def test_ansible_calls_the_become_plugin_for_every_login_user(
    login: str | None, become_user: str | None
) -> None:
    action = make_action(login, become_user)
    action._low_level_execute_command("true")
    assert " redblue.netns.netns red " in action._connection.command


@pytest.mark.parametrize(
    "login, become_user, unprivileged",
    [
        ("deploy", "deploy", False),
        ("deploy", "root", False),
        ("deploy", "app", True),
        ("root", "app", True),
    ],
)
def test_ansible_still_knows_who_must_be_able_to_read_files(
    login: str | None, become_user: str | None, unprivileged: bool
) -> None:
    action = make_action(login, become_user)
    assert action._is_become_unprivileged() is unprivileged
    assert action.get_become_option("become_user") == become_user
