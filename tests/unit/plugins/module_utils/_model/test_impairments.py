# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments: the discipline, and the sizes of a tbf."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.impairments import (
    Impairment,
    with_tbf_sizes,
)


@pytest.mark.parametrize(
    ("mtu", "rate", "burst"),
    [
        (1500, 125000, 16000),
        (65535, 125000, 65553),
        (1500, 125000000, 1250000),
        (1500, 2**63, 2**32 - 1),
    ],
)
def test_a_burst_is_at_least_one_packet(mtu: int, rate: int, burst: int) -> None:
    done = with_tbf_sizes(Impairment(None, "a", rate=rate), mtu)
    assert done.burst == burst and done.queue == min(rate // 10 + burst, 2**32 - 1)
