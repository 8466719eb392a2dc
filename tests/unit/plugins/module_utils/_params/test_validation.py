# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module promises of its options: the specification, the strict reading of it, and the paths in its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.argspec import (
    ITEM_SPECS,
    NETNS_DOCTOR_SPEC,
    NETNS_INFO_SPEC,
    NETNS_PROBE_SPEC,
    STATE,
    TOPOLOGY_SPEC,
    Spec,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

SPECS: dict[str, Spec] = {
    "netns": ITEM_SPECS["netns"],
    "veth": ITEM_SPECS["veth"],
    "linux_bridge": ITEM_SPECS["linux_bridge"],
    "netns_link": ITEM_SPECS["netns_link"],
    "netns_route": ITEM_SPECS["netns_route"],
    "masquerade": ITEM_SPECS["masquerade"],
    "dnat": ITEM_SPECS["dnat"],
    "topology": TOPOLOGY_SPEC,
    "netns_info": NETNS_INFO_SPEC,
    "netns_doctor": NETNS_DOCTOR_SPEC,
    "netns_probe": NETNS_PROBE_SPEC,
}
LEAST: dict[str, dict[str, Any]] = {
    "netns": {"name": "red"},
    "veth": {"name": "one"},
    "linux_bridge": {"name": "br0"},
    "netns_link": {"name": "eth1"},
    "netns_route": {"destination": "default"},
    "masquerade": {"source": ["10.0.0.0/8"]},
    "dnat": {"destination_port": "80"},
    "topology": {"name": "lab"},
    "netns_info": {},
    "netns_doctor": {},
    "netns_probe": {},
}


@pytest.mark.parametrize("module", SPECS)
def test_defaults_are_filled_in(module: str) -> None:
    params = validate(LEAST[module], SPECS[module])
    assert params.keys() == SPECS[module].keys()
    for option, spec in SPECS[module].items():
        assert params[option] == LEAST[module].get(option, spec.get("default"))


@pytest.mark.parametrize("module", SPECS)
def test_an_option_that_does_not_exist_is_refused(module: str) -> None:
    with pytest.raises(Refused, match="^colour: 'blue': there is no such option; there are "):
        validate({**LEAST[module], "colour": "blue"}, SPECS[module])


@pytest.mark.parametrize(
    "module", [name for name, raw in LEAST.items() if raw and name != "topology"]
)
def test_what_is_required_is_required(module: str) -> None:
    with pytest.raises(Refused, match="is required"):
        validate({}, SPECS[module])


@pytest.mark.parametrize(
    ("raw", "spec", "value"),
    [
        ("80", {"type": "int"}, 80),
        (80, {"type": "int"}, 80),
        ("-1", {"type": "int"}, -1),
        ("0.5", {"type": "float"}, 0.5),
        (2, {"type": "float"}, 2.0),
        ("yes", {"type": "bool"}, True),
        ("no", {"type": "bool"}, False),
        (True, {"type": "bool"}, True),
        ("x", {"type": "str"}, "x"),
        (["x"], {"type": "list", "elements": "str"}, ["x"]),
        ({"a": 1}, {"type": "dict"}, {"a": 1}),
    ],
)
def test_values_of_the_right_type_pass(raw: Any, spec: Spec, value: Any) -> None:
    assert validate({"option": raw}, {"option": spec}) == {"option": value}


@pytest.mark.parametrize(
    ("raw", "spec"),
    [
        (1000.0, {"type": "str"}),
        (False, {"type": "str"}),
        (7, {"type": "str"}),
        (["x"], {"type": "str"}),
        ("1.5", {"type": "int"}),
        (True, {"type": "int"}),
        ("", {"type": "int"}),
        (1.0, {"type": "int"}),
        ("1e3", {"type": "float"}),
        (False, {"type": "float"}),
        ("maybe", {"type": "bool"}),
        (1, {"type": "bool"}),
        ("a,b", {"type": "list", "elements": "str"}),
        ([1], {"type": "list", "elements": "str"}),
        ("x", {"type": "dict"}),
        ({1: "x"}, {"type": "dict"}),
        ("y", {"type": "str", "choices": ["x"]}),
    ],
)
def test_values_of_another_type_are_refused(raw: Any, spec: Spec) -> None:
    with pytest.raises(Refused, match="^option"):
        validate({"option": raw}, {"option": spec})


def test_one_string_will_do_where_it_is_said() -> None:
    assert validate({"source": "10.0.0.0/8"}, SPECS["masquerade"])["source"] == ["10.0.0.0/8"]
    assert validate({"destination_port": 80}, SPECS["dnat"])["destination_port"] == "80"


def test_a_path_leads_to_the_option() -> None:
    raw = {
        "name": "lab",
        "veth": [
            {"name": "a", "peer": {"name": "b"}},
            {"name": "c", "peer": {"name": "d", "mtu": "big"}},
        ],
    }
    with pytest.raises(Refused, match=r"^veth\[1\]\.peer\.mtu: 'big'"):
        validate(raw, {**TOPOLOGY_SPEC, **STATE})
