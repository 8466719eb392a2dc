# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of the option persist."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.persist import (
    may_persist,
    parse_persist,
)


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        (None, (None, None)),
        (True, (True, None)),
        ("yes", (True, None)),
        (False, (False, None)),
        ("off", (False, None)),
        ({}, (True, None)),
        ({"watch": None}, (True, None)),
        ({"watch": False}, (True, None)),
        ({"watch": "no"}, (True, None)),
        ({"watch": "report"}, (True, "report")),
        ({"watch": "restore"}, (True, "restore")),
        ('{"watch": "restore"}', (True, "restore")),
        ("watch=report", (True, "report")),
    ],
)
def test_forms(value: Any, parsed: tuple[bool | None, str | None]) -> None:
    assert parse_persist(value)[:2] == parsed
    assert may_persist(value) is bool(parsed[0])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("maybe", "persist: 'maybe': is neither a boolean nor a dictionary; write true, false, or"),
        (2, "persist: 2: is a number, neither a boolean nor a dictionary"),
        (["watch"], "is a list, neither a boolean nor a dictionary"),
        ("{watch", "persist: '{watch': is a string, not a dictionary; write {watch: report}"),
        ({"watch": "mend"}, "persist.watch: 'mend': is not one of false, report, restore"),
        ({"watch": True}, "persist.watch: True: is not one of false, report, restore"),
        ({"watch": ["report"]}, "is not one of false, report, restore"),
        ({"wacth": "report"}, "unsupported option 'persist.wacth'; did you mean 'watch'?"),
        ({1: "report"}, "this key is a number"),
        ({"prometheus": "netns.prom"}, "persist.prometheus: 'netns.prom': is not an absolute path"),
        ({"prometheus": "/var/lib/netns.txt"}, "that ends in .prom"),
        ({"prometheus": "/var/lib/a b.prom"}, "of letters, digits and _ . -"),
    ],
)
def test_other_values_are_refused(value: Any, message: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_persist(value)
    assert message in str(caught.value)


def test_a_file_for_metrics() -> None:
    assert parse_persist({"prometheus": "/var/lib/a.prom"}) == (True, None, "/var/lib/a.prom")
