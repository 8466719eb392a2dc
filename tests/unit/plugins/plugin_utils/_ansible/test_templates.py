# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A string that is marked as a template is rendered, and an unsafe one is not."""

from __future__ import annotations

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import (
    mark_unsafe,
    trust_as_template,
)


def test_a_template_is_rendered() -> None:
    templar = Templar(loader=DataLoader(), variables={"color": "red"})
    assert templar.template(trust_as_template("{{ color }}")) == "red"


def test_an_unsafe_value_is_not_rendered() -> None:
    templar = Templar(loader=DataLoader(), variables={"value": mark_unsafe(["{{ 1 + 1 }}"])})
    template = trust_as_template("{{ value | first }}")
    assert templar.template(template) == "{{ 1 + 1 }}"
    templar.available_variables = {"value": templar.template(template)}
    assert templar.template(template) == "{"
