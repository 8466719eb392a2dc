# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of options without templates stays as it is. Ansible renders all others."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible.plugins.action import ActionBase
from ansible_collections.redblue.netns.plugins.action.topology import ActionModule
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.task_args import (
    PlainTaskArgs,
)

PLAIN: list[Any] = [
    {
        "name": "n{n}",
        "mtu": 1400,
        "up": True,
        "addresses": ["{10.0.0.0+n}/24", None],
        "peer": {"name": "p", "loss": 0.5},
    }
]


def with_name(name: Any) -> list[Any]:
    return [{"name": "red"}, {"peer": {"addresses": [name]}}]


class Templar:
    """In place of the one that Ansible passes to the method."""

    def template(self, value: Any) -> Any:
        return ("rendered", value)


@pytest.mark.skipif(not hasattr(ActionBase, "finalize_task_arg"), reason="since ansible-core 2.19")
@pytest.mark.parametrize(
    "value",
    [
        with_name("{{ lab }}"),
        with_name("x{% if y %}"),
        with_name("{# nothing #}"),
        with_name("#jinja2: variable_start_string:'[%'\n[% x %]"),
        [{"{{ key }}": 1}],
        "{{ lab }}",
        "plain",
        {"name": "red"},
        with_name(datetime.date(2026, 1, 1)),
        with_name(object()),
    ],
)
def test_ansible_renders_what_may_be_a_template(value: Any) -> None:
    assert PlainTaskArgs.finalize_task_arg("veth", value, Templar(), None) == ("rendered", value)


@pytest.mark.parametrize("value", [PLAIN, [], with_name("a}}b")])
def test_a_list_without_templates_stays_as_it_is(value: Any) -> None:
    assert PlainTaskArgs.finalize_task_arg("veth", value, Templar(), None) is value
    assert (
        PlainTaskArgs.finalize_task_arg(name="veth", value=value, templar=Templar(), context=None)
        is value
    )


def test_the_action_plugin_has_the_method() -> None:
    assert issubclass(ActionModule, PlainTaskArgs)
