# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queueing disciplines: requests and replies."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.impairments import (
    Impairment,
    with_tbf_sizes,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.impairments import (
    QdiscReply,
    read_impairment,
    read_qdisc,
    replace_qdisc,
)
from ansible_collections.redblue.netns.tests.unit.support.netlink import HEADER


@pytest.mark.parametrize(
    "impairment",
    [
        with_tbf_sizes(Impairment("red", "end", rate=1250000), 1500),
        with_tbf_sizes(Impairment("red", "end", rate=2**33), 1500),
        Impairment(
            "red",
            "end",
            delay=10**7,
            jitter=10**6,
            loss=1,
            corrupt=2,
            duplicate=3,
            reorder=4,
            rate=5,
            limit=6,
        ),
        Impairment("red", "end", delay=2**40, rate=2**40, limit=1000),
        Impairment("red", "end", limit=7),
    ],
)
def test_a_request_is_read_back_as_sent(impairment: Impairment) -> None:
    request = replace_qdisc(3, impairment)
    qdisc = read_qdisc({3: "end"}, HEADER + request.body)
    assert qdisc is not None and qdisc.is_ours and not qdisc.is_default
    assert read_impairment("red", qdisc) == impairment
    assert read_qdisc({4: "other"}, HEADER + request.body) is None


def test_own_disciplines_are_recognized_by_their_handle() -> None:
    body = replace_qdisc(3, Impairment(None, "a", limit=7)).body

    def with_handle(handle: int) -> QdiscReply:
        data = HEADER + body[:8] + struct.pack("=I", handle) + body[12:]
        qdisc = read_qdisc({3: "a"}, data)
        assert qdisc is not None
        return qdisc

    foreign = with_handle(0x80010000)
    assert (foreign.link, foreign.describe(), foreign.is_ours) == ("a", "netem 8001:", False)
    assert with_handle(0).is_default
