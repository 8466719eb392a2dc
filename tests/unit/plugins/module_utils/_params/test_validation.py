# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options are validated strictly against a specification, and errors have the option's path."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Options,
    Specification,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import (
    UnsupportedOption,
    validate,
)
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

MINIMAL: dict[str, dict[str, Any]] = {
    "netns": {"name": "red"},
    "veth": {"name": "one", "state": "absent"},
    "linux_bridge": {"name": "br0"},
    "netns_link": {"name": "eth1"},
    "netns_route": {"destination": "default"},
    "netns_policy": {"topology": "lab", "name": "web"},
    "netns_service": {"name": "web.service", "netns": "blue"},
    "netns_cni": {"netns": "blue", "network": "dbnet"},
    "masquerade": {"source": ["10.0.0.0/8"]},
    "dnat": {"destination_port": "80", "state": "absent"},
    "topology": {"name": "lab"},
    "netns_confirm": {"name": "lab"},
    "netns_info": {},
    "netns_doctor_info": {},
    "ovs_bridge": {"name": "br0"},
    "netns_probe_info": {"probes": []},
    "netns_capture": {},
}
SECRET = "GAcJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJUY="


def validate_option(raw: Any, option: dict[str, Any]) -> Any:
    """The value of a single option ``x``."""
    return validate({"x": raw}, Specification(dict[str, Any], {"x": option}))["x"]


@pytest.mark.parametrize("module", MODULES)
def test_defaults_are_filled_in(module: str) -> None:
    options = MODULES[module].options
    params = validate(MINIMAL[module], MODULES[module])
    assert params.keys() == options.keys()
    for name, option in options.items():
        assert params[name] == MINIMAL[module].get(name, option.get("default"))


@pytest.mark.parametrize("module", MODULES)
def test_an_unsupported_option_is_refused(module: str) -> None:
    with pytest.raises(UnsupportedOption, match="^unsupported option 'zzz'; supported options: "):
        validate({**MINIMAL[module], "zzz": "blue"}, MODULES[module])


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            {"linux_bridge": [{"name": "br0", "address": "10.0.0.1/24"}]},
            r"^unsupported option 'linux_bridge\[0\]\.address'; did you mean 'addresses'\? ",
        ),
        ({"netnss": []}, r"^unsupported option 'netnss'; did you mean 'netns'\? "),
        (
            {"veth": [{"name": "a", "peer": {"name": "b", "brigde": "br0"}}]},
            r"^unsupported option 'veth\[0\]\.peer\.brigde'; did you mean 'bridge'\? supported ",
        ),
    ],
)
def test_a_similar_option_is_suggested(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedOption, match=message):
        validate({"name": "lab", **raw}, TOPOLOGY_SPEC)


def test_the_value_of_an_unsupported_option_is_not_shown() -> None:
    with pytest.raises(UnsupportedOption) as refusal:
        validate({"name": "wg0", "privat_key": SECRET}, MODULES["netns_link"])
    assert refusal.value.parameter == "privat_key" and SECRET not in str(refusal.value)


@pytest.mark.parametrize("key", [[SECRET], {"key": SECRET}, 7])
def test_a_secret_of_a_wrong_type_is_not_shown(key: Any) -> None:
    with pytest.raises(Refused, match=r"^private_key: '\(hidden\)': is a .*, not a string"):
        validate({"name": "wg0", "private_key": key}, MODULES["netns_link"])


@pytest.mark.parametrize(
    "module", ["netns", "veth", "linux_bridge", "netns_link", "netns_route", "masquerade", "dnat"]
)
def test_required_options_are_required(module: str) -> None:
    with pytest.raises(Refused, match="is required"):
        validate({}, MODULES[module])


@pytest.mark.parametrize(
    ("raw", "option", "value"),
    [
        ("80", {"type": "int"}, 80),
        (80, {"type": "int"}, 80),
        ("-1", {"type": "int"}, -1),
        ("0.5", {"type": "float"}, 0.5),
        (2, {"type": "float"}, 2.0),
        ("yes", {"type": "bool"}, True),
        ("no", {"type": "bool"}, False),
        (True, {"type": "bool"}, True),
        (1, {"type": "bool"}, True),
        (0, {"type": "bool"}, False),
        ("x", {"type": "str"}, "x"),
        (["x"], {"type": "list", "elements": "str"}, ["x"]),
        ({"a": 1}, {"type": "dict"}, {"a": 1}),
    ],
)
def test_values_of_the_right_type_pass(raw: Any, option: dict[str, Any], value: Any) -> None:
    assert validate_option(raw, option) == value


@pytest.mark.parametrize(
    ("raw", "option"),
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
        (2, {"type": "bool"}),
        ([1], {"type": "list", "elements": "str"}),
        ("x", {"type": "dict"}),
        ({1: "x"}, {"type": "dict"}),
        ("y", {"type": "str", "choices": ["x"]}),
    ],
)
def test_values_of_another_type_are_refused(raw: Any, option: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="^x"):
        validate_option(raw, option)


def test_some_options_accept_a_second_type() -> None:
    assert validate({"source": "10.0.0.0/8"}, MODULES["masquerade"])["source"] == ["10.0.0.0/8"]
    raw = {"destination_port": 80, "to_destination": "192.0.2.1"}
    assert validate(raw, MODULES["dnat"])["destination_port"] == "80"


OPTIONS: Options = {name: {"type": "str"} for name in ("a", "b", "c")}


@pytest.mark.parametrize(
    ("rules", "raw", "message"),
    [
        ({"mutually_exclusive": [["a", "b"]]}, {"a": "1", "b": "2"}, "a: '1': cannot be .* with b"),
        ({"mutually_exclusive": [["a", "b"]]}, {"a": "1", "b": None}, None),
        ({"required_one_of": [["a", "b"]]}, {"c": "1"}, "a: None: a or b is required"),
        ({"required_one_of": [["a", "b"]]}, {"b": "1"}, None),
        ({"required_if": [("a", "1", ["b"])]}, {"a": "1"}, "b: None: is required if a is 1"),
        ({"required_if": [("a", "1", ["b"])]}, {"a": "2"}, None),
        ({"required_by": {"a": ["b"]}}, {"a": "1"}, "a: '1': needs b"),
        ({"required_by": {"a": ["b"]}}, {"a": None}, None),
    ],
)
def test_rules_between_options(rules: Any, raw: dict[str, Any], message: str | None) -> None:
    spec = Specification(dict[str, Any], OPTIONS, **rules)
    if message is None:
        assert validate(raw, spec)
    else:
        with pytest.raises(Refused, match=f"^{message}$"):
            validate(raw, spec)


def test_rules_apply_to_the_items_of_lists() -> None:
    end = {"name": "a", "isolated": True}
    with pytest.raises(Refused, match=r"^veth\[0\]\.peer\.isolated: True: needs bridge$"):
        validate({"name": "lab", "veth": [{"name": "b", "peer": end}]}, TOPOLOGY_SPEC)


def test_an_error_has_the_path_of_the_option() -> None:
    raw = {
        "name": "lab",
        "veth": [
            {"name": "a", "peer": {"name": "b"}},
            {"name": "c", "peer": {"name": "d", "mtu": "big"}},
        ],
    }
    with pytest.raises(Refused, match=r"^veth\[1\]\.peer\.mtu: 'big'"):
        validate(raw, TOPOLOGY_SPEC)
