# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the file of a persistent topology says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import attaches


def netns(container: str) -> list[dict[str, Any]]:
    return [{"name": "red"}, {"name": "web", "attach": {"container": container}}]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"netns": netns("web-1")}, True),
        ({"netns": netns("web")}, False),
        ({"netns": netns("web.1")}, False),
        ({"netns": [{"name": "web", "attach": {"pid": 7}}]}, False),
        ({"netns": None, "range": [{"count": 3, "netns": netns("web-{{n}}")}]}, True),
        ({"range": [{"count": 3, "netns": netns("web-{{n:03}}")}]}, True),
        ({"range": [{"count": 3, "netns": netns("db-{{n}}")}]}, False),
        ({}, False),
        # A file that something else damaged attaches nothing.
        (None, False),
        ({"netns": 3}, False),
        ({"netns": [["web-1"]]}, False),
        ({"netns": [{"attach": {"container": 3}}]}, False),
    ],
)
def test_a_container_that_is_attached_after_a_boot_is_found(options: Any, expected: bool) -> None:
    assert attaches(options, "web-1") is expected
