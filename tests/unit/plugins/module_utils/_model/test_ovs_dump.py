# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed
from ansible_collections.redblue.netns.plugins.module_utils._model.ovs import OvsPort
from ansible_collections.redblue.netns.plugins.module_utils._model.ovs_dump import LISTED, read_dump


def uuid(name: str) -> list[str]:
    return ["uuid", name]


EMPTY: list[Any] = ["set", []]
NO_KEYS: list[Any] = ["map", []]
DEFAULTS: dict[str, dict[str, Any]] = {
    "Bridge": {
        **dict.fromkeys(LISTED["Bridge"], EMPTY),
        "name": "br0",
        "datapath_type": "",
        "other_config": NO_KEYS,
        "external_ids": ["map", [["redblue.netns", "lab"]]],
        "stp_enable": False,
        "rstp_enable": False,
        "mcast_snooping_enable": False,
        "ports": ["set", [uuid("p0"), uuid("p1")]],
    },
    "Port": {
        **dict.fromkeys(LISTED["Port"], EMPTY),
        "other_config": NO_KEYS,
        "external_ids": NO_KEYS,
    },
    "Interface": {
        **dict.fromkeys(LISTED["Interface"], EMPTY),
        "type": "",
        "options": NO_KEYS,
    },
    "Controller": {},
    "Mirror": {},
}
ROWS: dict[str, list[dict[str, Any]]] = {
    "Bridge": [{}],
    "Port": [
        {"_uuid": uuid("p0"), "name": "br0", "interfaces": uuid("i0")},
        {"_uuid": uuid("p1"), "name": "eth1", "interfaces": uuid("i1"), "tag": 7},
    ],
    "Interface": [
        {"_uuid": uuid("i0"), "name": "br0", "type": "internal", "mtu": 1400, "mtu_request": 1400},
        {"_uuid": uuid("i1"), "name": "eth1", "link_state": "down"},
    ],
    "Controller": [],
    "Mirror": [],
}


def dump(**changes: list[dict[str, Any]]) -> str:
    """What ovs-vsctl writes for these rows."""
    lines = []
    for table, columns in LISTED.items():
        rows = [{**DEFAULTS[table], **row} for row in {**ROWS, **changes}[table]]
        data = [[row[column] for column in columns] for row in rows]
        lines.append(json.dumps({"headings": list(columns), "data": data}))
    return "\n".join(lines)


def port(**columns: Any) -> OvsPort:
    """The second port, with these columns."""
    rows = [ROWS["Port"][0], {**ROWS["Port"][1], "tag": EMPTY, **columns}]
    return read_dump(dump(Port=rows)).ports["eth1"]


def test_a_bridge_has_an_owner_and_its_interface_is_no_port() -> None:
    state = read_dump(dump())
    bridge = state.bridges["br0"]
    assert (bridge.owner, bridge.mtu, bridge.datapath) == ("lab", 1400, "system")
    assert set(state.ports) == {"eth1"} and state.down == {"eth1"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, (0, frozenset(), None)),
        ({"tag": 7}, (7, frozenset(), None)),
        ({"tag": 7, "trunks": 9}, (7, frozenset(), None)),
        ({"tag": 7, "trunks": ["set", [8, 9]], "vlan_mode": "trunk"}, (0, frozenset({8, 9}), None)),
        ({"tag": 7, "trunks": 9, "vlan_mode": "native-untagged"}, (7, frozenset({9}), None)),
        ({"tag": 7, "vlan_mode": "dot1q-tunnel"}, (7, frozenset(), "dot1q-tunnel")),
    ],
)
def test_the_vlans_of_a_port(columns: dict[str, Any], expected: tuple[Any, ...]) -> None:
    found = port(**columns)
    assert (found.vlan, found.tagged, found.odd_mode) == expected


@pytest.mark.parametrize("mark", ["../x", "a b", "x" * 65, "\n"])
def test_a_mark_that_is_no_name_is_no_owner(mark: str) -> None:
    assert port(external_ids=["map", [["redblue.netns", mark]]]).owner is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "not json",
        dump(Bridge=[{"name": 7}]),
        dump(Bridge=[{"ports": uuid("unknown")}]),
        dump(Bridge=[{"external_ids": ["set", []]}]),
        dump(Port=[ROWS["Port"][0], {**ROWS["Port"][1], "tag": "seven"}]),
        dump(Port=[{**ROWS["Port"][0], "interfaces": "i0"}, ROWS["Port"][1]]),
    ],
)
def test_what_has_another_form_is_refused(text: str) -> None:
    with pytest.raises(Failed, match="unexpected form"):
        read_dump(text)
