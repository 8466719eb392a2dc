# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module is run without a play, with the plugins and options that the host's variables name."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.run_module import (
    run_module,
)
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import (
    trust_as_template,
)

HOST: dict[str, Any] = {
    "inventory_hostname": "web1",
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "ansible_become": False,
}


def ping(**variables: Any) -> dict[str, Any]:
    return run_module(DataLoader(), {**HOST, **variables}, "ansible.builtin.ping", {"data": "red"})


def test_the_result_is_that_of_the_module() -> None:
    assert ping()["ping"] == "red"


def test_variables_may_be_templates() -> None:
    connection = trust_as_template("{{ how }}")
    assert ping(ansible_connection=connection, how="local")["ping"] == "red"


def test_become_is_used_unless_a_variable_says_otherwise() -> None:
    method = "redblue.netns.netns"
    with pytest.raises(AnsibleError, match="ansible_netns: '-all'"):
        ping(ansible_become=True, ansible_become_method=method, ansible_netns="-all")


def test_a_module_that_fails_says_why() -> None:
    result = ping(ansible_python_interpreter="/nowhere/python")
    assert result["failed"] and "/nowhere/python" in str(result)


@pytest.mark.parametrize(
    "variables, message",
    [
        ({"ansible_connection": "no.such.one"}, "connection plugin 'no.such.one' not found"),
        (
            {"ansible_become": True, "ansible_become_method": "no.such.one"},
            "become plugin 'no.such.one' not found",
        ),
        ({"ansible_connection": trust_as_template("{{ nowhere }}")}, "nowhere"),
    ],
)
def test_a_plugin_that_is_not_found_is_named(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError, match=message):
        ping(**variables)
