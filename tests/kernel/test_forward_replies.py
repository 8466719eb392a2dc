# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port forwards whose replies come back in no ordinary way, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

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
