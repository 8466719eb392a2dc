# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A string that is marked as a template is rendered."""

from __future__ import annotations

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.redblue.netns.plugins.plugin_utils._ansible.templates import (
    trust_as_template,
)


def test_a_template_is_rendered() -> None:
    templar = Templar(loader=DataLoader(), variables={"color": "red"})
    assert templar.template(trust_as_template("{{ color }}")) == "red"
