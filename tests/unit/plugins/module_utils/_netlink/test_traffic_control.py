# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which classes count as those of others, of queueing disciplines that few kernels have."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._netlink import uapi
from ansible_collections.redblue.netns.plugins.module_utils._netlink.attributes import pack_text
from ansible_collections.redblue.netns.plugins.module_utils._netlink.headers import BODY, TCMSG
from ansible_collections.redblue.netns.plugins.module_utils._netlink.traffic_control import (
    read_class,
)


@pytest.mark.parametrize(
    ("kind", "number", "description"),
    [
        ("hfsc", 0x10000, None),  # its root, which comes with it
        ("hfsc", 0x1001F, "class hfsc 1:1f"),
        ("drr", 0x80010002, "class drr 8001:2"),
        ("fq_codel", 0x80010002, None),  # a flow
        ("mq", 1, None),  # a transmit queue
        ("prio", 0x10001, None),  # a band
    ],
)
def test_a_class_counts_if_it_was_added(kind: str, number: int, description: str | None) -> None:
    message = bytes(BODY) + TCMSG.pack(0, 1, number, 0, 0) + pack_text(uapi.TCA_KIND, kind)
    assert read_class(message) == (description and (number, description))
