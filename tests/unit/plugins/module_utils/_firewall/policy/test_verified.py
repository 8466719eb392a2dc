# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from importlib import import_module
from types import FrameType
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.abilities import (
    list_examples,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    TABLES,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.verified import (
    RENDERING_MODULES,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    AddressSet,
    NetworkPolicy,
    PortGuard,
    SourceCheck,
)

ROOT = "ansible_collections.redblue.netns.plugins.module_utils."


def test_a_note_depends_on_all_code_that_renders() -> None:
    examples = list_examples(with_connections=True)
    assert {type(part) for part in examples} == {NetworkPolicy, AddressSet, SourceCheck, PortGuard}
    called = set()

    def note(frame: FrameType, _event: str, _argument: Any) -> None:
        called.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        for table in TABLES:
            table.render(tuple(table.select(examples)))
    finally:
        sys.setprofile(None)
    ours = {name for name in called if "/plugins/module_utils/" in name and "/tests/" not in name}
    assert len(ours) > 5
    assert ours <= {
        path for name in RENDERING_MODULES if (path := import_module(ROOT + name).__file__)
    }
