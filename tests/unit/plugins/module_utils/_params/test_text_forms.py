# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text in the place of a list or a dictionary is read as AnsibleModule reads it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specification import (
    Specification,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.specifications import MODULES

STRINGS: dict[str, Any] = {"type": "list", "elements": "str"}
INTEGERS: dict[str, Any] = {"type": "list", "elements": "int"}
CHOICES: dict[str, Any] = {"type": "list", "elements": "str", "choices": ["a", "b"]}
DICTIONARY: dict[str, Any] = {"type": "dict"}
OPTIONS: dict[str, Any] = {
    "type": "dict",
    "options": {"name": {"type": "str"}, "mtu": {"type": "int"}, "up": {"type": "bool"}},
}
ITEMS: dict[str, Any] = {**OPTIONS, "type": "list", "elements": "dict"}


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (STRINGS, "10.0.0.1/24"),
        (STRINGS, "10.0.0.1/24,fd00::1/64"),
        (STRINGS, ""),
        (STRINGS, "a,"),
        (STRINGS, ","),
        (INTEGERS, "200,301"),
        (INTEGERS, "200, 301"),
        (INTEGERS, 200),
        (CHOICES, "a,b"),
        (DICTIONARY, '{"net.ipv4.ip_forward": 1}'),
        (DICTIONARY, "{'net.ipv4.ip_forward': 1}"),
        (DICTIONARY, "net.ipv4.ip_forward=1"),
        (DICTIONARY, "a=1,b=2"),
        (DICTIONARY, "a=1, b=2"),
        (DICTIONARY, 'a="x y" b=2'),
        (DICTIONARY, r"a=x\ y"),
        (DICTIONARY, "a=b=c"),
        (OPTIONS, '{"name": "b", "mtu": 1400, "up": "no"}'),
        (OPTIONS, "name=b mtu=1400 up=false"),
        (ITEMS, "name=b"),
        (ITEMS, "name=b,name=c"),
        (ITEMS, ["name=b mtu=1400", {"name": "c"}, '{"name": "d"}']),
    ],
)
def test_a_text_is_read_as_by_ansiblemodule(option: dict[str, Any], text: Any) -> None:
    theirs = ArgumentSpecValidator({"x": option}).validate({"x": text})
    assert not theirs.error_messages
    ours = validate({"x": text}, Specification(dict[str, Any], {"x": option}))
    assert ours == theirs.validated_parameters


@pytest.mark.parametrize("option", [DICTIONARY, OPTIONS, ITEMS])
@pytest.mark.parametrize("text", ["red", "{red}", "[1]", "a=1,b", "{'a': f()}", "{", "{1, 2}"])
def test_a_text_that_ansiblemodule_refuses_is_refused(option: dict[str, Any], text: str) -> None:
    assert ArgumentSpecValidator({"x": option}).validate({"x": text}).error_messages
    with pytest.raises(Refused):
        validate({"x": text}, Specification(dict[str, Any], {"x": option}))


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (STRINGS, "a, b", ["a", "b"]),
        (STRINGS, '["a", "b"]', ["a", "b"]),
        (ITEMS, '[{"name": "a"}]', [{"name": "a", "mtu": None, "up": None}]),
    ],
)
def test_spaces_after_commas_and_json_lists_are_read_besides(
    option: dict[str, Any], text: str, value: Any
) -> None:
    assert validate({"x": text}, Specification(dict[str, Any], {"x": option})) == {"x": value}


@pytest.mark.parametrize(
    ("module", "raw", "value"),
    [
        ("linux_bridge", {"name": "br0", "addresses": "10.0.0.1/24"}, ["10.0.0.1/24"]),
        ("netns_info", {"gather_subset": "routes"}, ["routes"]),
        ("topology", {"name": "lab", "integrate": "forward"}, ["forward"]),
        ("topology", {"name": "lab", "host_access": "icmp,53/udp"}, ["icmp", "53/udp"]),
        ("netns", {"name": "red", "nameservers": "192.0.2.1,fd00::1"}, ["192.0.2.1", "fd00::1"]),
        ("masquerade", {"source": "10.0.0.0/8,fd00::/64"}, ["10.0.0.0/8", "fd00::/64"]),
    ],
)
def test_options_of_modules_take_texts(module: str, raw: dict[str, Any], value: Any) -> None:
    assert validate(raw, MODULES[module])[list(raw)[-1]] == value


def test_an_error_in_a_text_has_the_path_of_its_item() -> None:
    with pytest.raises(Refused, match=r"^gather_subset\[1\]: 'cats': is not one of "):
        validate({"gather_subset": "links,cats"}, MODULES["netns_info"])
    with pytest.raises(Refused, match=r"^peer\.mtu: 'big': is a string, not an integer"):
        validate({"name": "a", "peer": "name=b mtu=big"}, MODULES["veth"])
