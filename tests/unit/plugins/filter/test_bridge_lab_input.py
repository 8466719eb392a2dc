# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input that the filter bridge_lab refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab


@pytest.mark.parametrize(
    "namespaces, keywords, message",
    [
        (7, {}, ["namespaces", "list"]),
        ({"red": {}}, {}, ["namespaces", "list"]),
        ([7], {}, ["namespaces[0]"]),
        ([{"addresses": []}], {}, ["namespaces[0].name", "required"]),
        (["a b"], {}, ["namespaces[0].name", "a b"]),
        (["red", "red"], {}, ["namespaces[1].name", "red"]),
        ([{"name": "red", "adress": "x"}], {}, ["namespaces[0].adress", "unsupported option"]),
        ([{"name": "red", "vlan": 10}], {}, ["namespaces[0].vlan", "unsupported option"]),
        (["red"], {"gateway": []}, ["routes[0]", "needs a gateway, and the lab has none"]),
        ([{"name": "red", "addresses": ["192.168.15.0/24"]}], {}, ["namespaces[0].addresses[0]"]),
        (
            [{"name": "red", "addresses": ["192.168.15.5/24"]}],
            {"gateway": "192.168.15.5"},
            ["namespaces[0].addresses[0]", "192.168.15.5/24", "already used"],
        ),
        (
            ["a", "b", "c"],
            {"network": "10.0.0.0/30", "gateway": "10.0.0.1"},
            ["network", "10.0.0.0/30", "namespace b"],
        ),
        (["red"], {"network": "192.168.15.5/24"}, ["network", "192.168.15.0/24"]),
        (["red"], {"network": ["10.0.0.0/8", "192.168.15.0/24"]}, ["network", "IPv4"]),
        (["red"], {"network": []}, ["network"]),
        (["red"], {"network": 7}, ["network"]),
        (["red"], {"network": "192.168.15.0"}, ["network", "write 192.168.15.0/24"]),
        (["red"], {"network": "192.168.15.7"}, ["network", "no prefix length"]),
        (["red"], {"gateway": "192.168.1.2"}, ["gateway", "192.168.1.2", "192.168.15.0/24"]),
        (["red"], {"gateway": "192.168.15.255"}, ["gateway", "192.168.15.255", "broadcast"]),
        (["red"], {"gateway": ["192.168.15.5", "192.168.15.6"]}, ["gateway", "192.168.15.6"]),
        (["red"], {"gateway": []}, ["routes[0]", "gateway"]),
        (
            ["red"],
            {"routes": [{"netns": "green", "destination": "default"}]},
            ["routes[0].netns", "green", "red"],
        ),
        (["red"], {"routes": [{"gateway": "192.168.15.5"}]}, ["routes[0].destination", "required"]),
        (["red"], {"routes": ["2001:db8::/32"]}, ["routes[0]", "family"]),
        (["red"], {"masquerade": "yes"}, ["masquerade", "yes"]),
        (["red"], {"masquerade": {"interface": "eth0"}}, ["masquerade.interface"]),
        (
            ["red"],
            {"forwards": [{"destination_port": 80, "namespace": "blue"}]},
            ["forwards[0].namespace", "blue", "red"],
        ),
        (["red"], {"forwards": [{"destination_port": 80}]}, ["forwards[0]", "namespace"]),
        (["red"], {"forwards": [{"namespace": "red"}]}, ["forwards[0].destination_port"]),
        (
            ["red"],
            {"forwards": [{"destination_port": 80, "namespace": "red", "destination": "fd00::2"}]},
            ["forwards[0].namespace", "family"],
        ),
        (
            ["red"],
            {
                "forwards": [
                    {"destination_port": 80, "to_destination": "192.168.15.1", "to_port": 8}
                ]
            },
            ["forwards[0].to_port"],
        ),
        (["red"], {"switch_netns": "red"}, ["switch_netns", "red"]),
        (["red"], {"switch_netns": ""}, ["switch_netns", "empty"]),
        (["red"], {"bridge": "a-bridge-of-a-long-name"}, ["bridge", "15"]),
        (["red"], {"in_interface": ""}, ["in_interface", "empty"]),
        (["red"], {"out_interface": "eth+"}, ["out_interface", "eth+"]),
        (["red"], {"name": None}, ["name", "required"]),
        (["red"], {"backend": 1}, ["backend"]),
        (["red"], {"state": "gone"}, ["state", "gone"]),
    ],
)
def test_invalid_input_is_refused(
    namespaces: Any, keywords: dict[str, Any], message: list[str]
) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        bridge_lab(namespaces, **keywords)
    for word in message:
        assert word in str(caught.value)
