# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plugins of CNI get of a network configuration, and what they may answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.cni_networks import (
    choose_version,
    compose_request,
    parse_network,
    with_addresses,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.cni_results import (
    parse_error,
    parse_result,
)

PORTMAP = {"type": "portmap", "capabilities": {"portMappings": True, "bandwidth": False}}
NETWORK: dict[str, Any] = {"cniVersion": "1.0.0", "name": "pods", "plugins": [PORTMAP]}


def test_a_plugin_gets_the_capabilities_that_it_has() -> None:
    given = {"portMappings": [1], "bandwidth": {}, "ips": []}
    assert compose_request(NETWORK, 0, "0.4.0", given, {"ips": []}) == {
        "type": "portmap",
        "name": "pods",
        "cniVersion": "0.4.0",
        "runtimeConfig": {"portMappings": [1]},
        "prevResult": {"ips": []},
    }


def test_the_newest_common_version_is_chosen() -> None:
    network = {**NETWORK, "cniVersion": "0.4.0", "cniVersions": ["1.1.0", "1.0.0"]}
    assert choose_version(network, []) == "1.1.0"
    assert choose_version(network, [("0.4.0", "1.0.0"), ("1.0.0", "1.1.0")]) == "1.0.0"
    assert choose_version(network, [("0.4.0",), ("1.0.0",)]) is None


def test_the_configuration_of_a_single_plugin_is_a_list_of_one() -> None:
    name, config = parse_network("network", {"cniVersion": "1.0.0", "name": "pods", "type": "ptp"})
    assert name == "pods" and [each["type"] for each in json.loads(config)["plugins"]] == ["ptp"]


def test_the_same_addresses_are_asked_for() -> None:
    result = json.dumps({"ips": [{"address": "10.0.0.2/24"}, {"address": "fd00::2/64"}]})
    request = with_addresses({"args": {"cni": {"a": 1}}}, result)
    assert request == {"args": {"cni": {"a": 1, "ips": ["10.0.0.2", "fd00::2"]}}}
    assert with_addresses({"type": "ptp"}, None) == {"type": "ptp"}


@pytest.mark.parametrize(
    "result, reason",
    [
        ({"interfaces": {}, "cniVersion": "1.0.0"}, None),
        ({"interfaces": "eth0", "cniVersion": "1.0.0"}, "interfaces that are no list"),
        ({"interfaces": [1], "cniVersion": "1.0.0"}, "one is no object"),
        ({"interfaces": [{"mac": 1}], "cniVersion": "1.0.0"}, "mac is no text"),
        ({"ips": [{"address": "10.0.0.1"}], "cniVersion": "1.0.0"}, "'10.0.0.1' in the place"),
        ({"ips": [{"address": "::1/8", "interface": 1}], "cniVersion": "1.0.0"}, "not listed"),
        ({"routes": [{"dst": "everywhere"}], "cniVersion": "1.0.0"}, "'everywhere'"),
        ({"dns": [1], "cniVersion": "1.0.0"}, "dns"),
        ({"cniVersion": "7"}, "cniVersion '7'"),
    ],
)
def test_a_result_is_checked(result: dict[str, Any], reason: str | None) -> None:
    if reason is None:
        assert parse_result(json.dumps(result).encode(), "1.0.0") == result
        return
    with pytest.raises(ValueError, match=reason):
        parse_result(json.dumps(result).encode(), "1.0.0")


def test_an_error_is_read_as_the_specification_says() -> None:
    written = b'{"code": 7, "msg": "Invalid", "details": "too \\u001b[31msmall"}'
    assert str(parse_error(written, b"", "ended")) == r"Invalid: too \x1b[31msmall (code 7)"
    assert str(parse_error(b"", b"no such file", "ended with status 1")) == (
        "ended with status 1: no such file"
    )
