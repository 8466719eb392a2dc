# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port forwards whose replies come back in no ordinary way, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.services import Listeners
from support.shell import ip, sh
from support.tasks import LAB, run

HOST = {4: "192.0.2.2", 6: "fd00:2::2"}
FAR = {4: "203.0.113.9", 6: "2001:db8::9"}


def target(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def forward(backend: str, port: int, to: str, **options: Any) -> dict[str, Any]:
    name = "nftables" if backend == "nftables" else "iptables"
    return {"destination_port": port, "to_destination": to, "backend": name, **options}


@pytest.mark.parametrize("family", [4, 6])
def test_a_forward_to_the_host_itself_is_a_redirection(
    lan: None, backend: str, family: int
) -> None:
    task = forward(backend, 80, target(HOST[family], 8080))
    checked, done = run("dnat", check=True, **task), run("dnat", **task)
    assert checked["actions"] == done["actions"] and not any(
        "forwarding" in action for action in done["actions"]
    )
    assert done["warnings"] == [] and not run("dnat", **task)["changed"]
    listeners = Listeners()
    listeners.listen("host", None, HOST[family], 8080)
    for client in ("lan", None):
        answer = listeners.connect(client, HOST[family], 80)
        assert answer is not None and answer[0] == "host"
    listeners.close()


@pytest.mark.parametrize("family", [4, 6])
def test_a_forward_back_to_where_clients_come_from_needs_a_hairpin(
    lan: None, backend: str, family: int
) -> None:
    ip(f"addr add {FAR[family]} dev lo nodad", "-n", "lan")
    sh("ip route add default via 192.0.2.99; ip -6 route add default via fd00:2::99")
    task = forward(backend, 8080, target(FAR[family], 80))
    for check in (True, False):
        [warning] = run("dnat", check, **task)["warnings"]
        assert warning.startswith("forward of tcp port 8080 to ")
        assert "the default route of eth0" in warning and "set hairpin: true" in warning
    task["hairpin"] = True
    checked, done = run("dnat", check=True, **task), run("dnat", **task)
    assert checked["warnings"] == done["warnings"] == [] and done["changed"]
    assert not run("dnat", **task)["changed"]
    listeners = Listeners()
    listeners.listen("far", "lan", FAR[family], 80)
    assert listeners.connect("lan", HOST[family], 8080) == ("far", HOST[family])
    listeners.close()


def test_a_namespace_without_a_way_back_is_told(lan: None) -> None:
    stranded = {**LAB, "netns_route": []}
    for check in (True, False):
        found = run("topology", check, **stranded)["warnings"]
        assert len(found) == 2
        assert all("blue has no route with a gateway" in text for text in found)
    assert run("topology", **LAB)["warnings"] == []


def end(netns: str | None, name: str, *addresses: str) -> dict[str, Any]:
    return {"netns": netns, "name": name, "addresses": list(addresses)}


def default(netns: str | None, gateway: str, destination: str = "default") -> dict[str, Any]:
    return {"netns": netns, "destination": destination, "gateway": gateway}


HIDDEN: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "r"}, {"name": "srv"}],
    "veth": [
        {
            **end("r", "wan", "10.50.1.2/24", "fd00:51::2/64"),
            "peer": end(None, "to-r", "10.50.1.1/24", "fd00:51::1/64"),
        },
        {
            **end("r", "lan", "10.50.0.1/24", "fd00:50::1/64"),
            "peer": end("srv", "eth0", "10.50.0.2/24", "fd00:50::2/64"),
        },
    ],
    "masquerade": [{"source": ["10.50.0.0/16", "fd00:50::/64", "fd00:51::/64"]}],
    "dnat": [
        {"destination_port": 80, "to_destination": "10.50.0.2:80"},
        {"destination_port": 80, "to_destination": "[fd00:50::2]:80"},
    ],
}
WAYS_BACK = [
    default("r", "10.50.1.1"),
    default("r", "fd00:51::1"),
    default("srv", "10.50.0.1"),
    default("srv", "fd00:50::1"),
]
WAYS_THERE = [
    default(None, "10.50.1.2", "10.50.0.0/24"),
    default(None, "fd00:51::2", "fd00:50::/64"),
]


def test_a_target_to_which_this_host_has_no_route_is_told(lan: None) -> None:
    sh("ip route add default via 192.0.2.99; ip -6 route add default via fd00:2::99")
    for check in (True, False):
        warnings = run("topology", check, **HIDDEN, netns_route=WAYS_BACK)["warnings"]
        told = [text for text in warnings if text.startswith("forward of tcp port 80 to ")]
        rule = "namespace srv has this address, and the host has no route to it"
        assert len(told) == 2 and all(rule in text for text in told)
    result = run("topology", **HIDDEN, netns_route=[*WAYS_BACK, *WAYS_THERE])
    assert not any("forward of" in text for text in result["warnings"])


@pytest.mark.parametrize("address", ["192.168.15.0", "192.168.15.255", "192.0.2.255"])
def test_a_target_that_is_no_host_of_its_network_is_refused(lan: None, address: str) -> None:
    run("topology", **LAB)
    for check in (True, False):
        with pytest.raises(Refused, match=r"is the (network|broadcast) address of .* and not that"):
            run("dnat", check, destination_port=8080, to_destination=f"{address}:80")


NOBODY = {
    "dnat": [
        {"destination_port": 8080, "to_destination": "192.168.15.77:80"},
        {"destination_port": 8080, "to_destination": "[fd00:15::77]:80"},
    ]
}


def warnings_of_nobody(**changes: Any) -> list[str]:
    """Return what is told of targets that nobody has, in check mode and then."""
    checked, done = (run("topology", check, **{**LAB, **changes}) for check in (True, False))
    assert checked["warnings"] == done["warnings"]
    return [text for text in done["warnings"] if "has this address" in text]


def test_a_target_that_nobody_has_is_told(lan: None) -> None:
    told = warnings_of_nobody(**NOBODY)
    assert len(told) == 2 and all("nobody in the network of v-net-0 on the host" in t for t in told)
    assert "the others there have 192.168.15.1, 192.168.15.2" in told[0]


@pytest.mark.parametrize(
    "other",
    [
        # A virtual machine behind it, a namespace that is set up from inside.
        {"netns_link": [{"name": "tap0", "type": "tap", "bridge": "v-net-0"}]},
        {"veth": [*LAB["veth"], {"name": "x", "bridge": "v-net-0", "peer": end("red", "eth9")}]},
    ],
)
def test_what_may_have_an_address_is_not_told(lan: None, other: dict[str, Any]) -> None:
    assert warnings_of_nobody(**NOBODY, **other) == []


@pytest.mark.parametrize("pool", ["192.0.2.7", "192.0.2.6-192.0.2.9", "fd00:2::7"])
def test_a_source_address_that_the_host_lacks_is_told(lan: None, pool: str) -> None:
    source = "fd00:15::/64" if ":" in pool else "192.168.15.0/24"
    task: dict[str, Any] = {"source": source, "out_interface": "eth0", "to_source": pool}
    for check in (True, False):
        [warning] = run("masquerade", check, **task)["warnings"]
        assert "in the network of eth0 on the host, whose address it is not" in warning
        assert (" and 3 more in" in warning) == ("-" in pool)
    if "-" not in pool:
        ip(f"addr add {pool}/{64 if ':' in pool else 24} dev eth0 nodad")
        assert run("masquerade", **task)["warnings"] == []
