# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridge ports as netlink messages."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.bridge_vlans import (
    PortVlans,
    format_ranges,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.bridge_vlans import (
    alter_vlans,
    read_port_vlans,
)
from ansible_collections.redblue.netns.tests.unit.support.netlink import HEADER


def test_vlans_are_packed_as_ranges() -> None:
    before = PortVlans(None, "far", 1, frozenset(range(30, 40)))
    requests = alter_vlans(3, before, PortVlans(None, "far", 9, frozenset({5, *range(10, 20)})))
    assert [request.type for request in requests] == [19, 19, 17]
    assert read_port_vlans(None, {3: "far"}, HEADER + requests[0].body) == PortVlans(
        None, "far", 0, frozenset({5, *range(10, 20)})
    )
    assert read_port_vlans(None, {3: "far"}, HEADER + requests[1].body) == PortVlans(
        None, "far", 9, frozenset()
    )
    assert format_ranges(frozenset({1, 2, 3, 7, 9, 10})) == ["1-3", "7", "9-10"]
