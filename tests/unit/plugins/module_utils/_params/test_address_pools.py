# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools of source addresses."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._params.address_pools import check_pool


@pytest.mark.parametrize(
    ("written", "pool"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7-192.0.2.9", "192.0.2.7-192.0.2.9"),
        ("192.0.2.7 - 192.0.2.9", "192.0.2.7-192.0.2.9"),
        ("192.0.2.7-192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.16/29", "192.0.2.16-192.0.2.23"),
        ("2001:DB8::1-2001:db8:0::9", "2001:db8::1-2001:db8::9"),
        ("2001:db8::10/126", "2001:db8::10-2001:db8::13"),
    ],
)
def test_a_pool_has_one_form(written: str, pool: str) -> None:
    assert check_pool("to_source", written) == pool
