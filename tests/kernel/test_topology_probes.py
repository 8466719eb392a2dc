# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of a topology, on the host in memory and on a real one: a failed probe rolls the
run back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused

from support.failing_host import fail_at_change
from support.fake_host import FakeHost
from support.private_host import private_host
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, Result, predicted_part, run, run_on

Task = Callable[..., Result]

GOOD: list[Raw] = [
    {"netns": "red", "to": "blue"},
    {"netns": "red", "to": "blue", "family": "ipv6", "count": 2},
    {"to": "192.168.15.1"},
    {"netns": "blue", "to": "192.168.15.5"},
    {"netns": "red", "to": "192.168.15.77", "expect": "unreachable"},
    {"to": "10.200.0.1", "expect": "unreachable"},
]
UNANSWERED: Raw = {"netns": "red", "to": "192.168.15.77", "name": "the printer"}
WORDS = (
    "1 probe, 1 not as expected: the printer: "
    "red to 192.168.15.77 is expected to be reachable: no_neighbour: "
)


@pytest.fixture(params=["fake", "kernel"])
def task(own_process: None, request: pytest.FixtureRequest) -> Iterator[Task]:
    """Return a function that runs a topology on a host under the contract."""
    with private_host():
        host: Any = FakeHost() if request.param == "fake" else LinuxHost()
        yield lambda check=False, **raw: run_on(host, "topology", check, **{**LAB, **raw})
        if request.param == "kernel":
            host.close()


def test_probes_are_sent_after_the_changes(task: Task) -> None:
    checked = task(check=True, probes=GOOD)
    assert checked["actions"][-6:] == [
        "probe red to blue, which is expected to be reachable",
        "probe red to blue ipv6, which is expected to be reachable",
        "probe the host to 192.168.15.1, which is expected to be reachable",
        "probe blue to 192.168.15.5, which is expected to be reachable",
        "probe red to 192.168.15.77, which is expected to be unreachable",
        "probe the host to 10.200.0.1, which is expected to be unreachable",
    ]
    assert checked["probes"] == []
    done = task(probes=GOOD)
    assert predicted_part(checked) == predicted_part(done)
    assert [(result["ok"], result["reason"], result["address"]) for result in done["probes"]] == [
        (True, "ok", "192.168.15.2"),
        (True, "ok", "fd00:15::2"),
        (True, "ok", "192.168.15.1"),
        (True, "ok", "192.168.15.5"),
        (True, "no_neighbour", "192.168.15.77"),
        (True, "no_route", "10.200.0.1"),
    ]


def test_probes_are_sent_without_changes_too(task: Task) -> None:
    task()
    again = task(probes=GOOD[:1])
    assert (
        not again["changed"]
        and again["commands"] == []
        and [result["reason"] for result in again["probes"]] == ["ok"]
    )
    with pytest.raises(Failed) as failure:
        task(probes=[UNANSWERED])
    assert str(failure.value).startswith(WORDS) and str(failure.value).endswith(
        ". nothing had been changed"
    )
    assert (
        failure.value.details["probes"][0]["reason"] == "no_neighbour"
        and "changed" not in failure.value.details
    )


def test_a_failed_probe_rolls_the_run_back(task: Task) -> None:
    with pytest.raises(Failed) as failure:
        task(probes=[*GOOD, UNANSWERED])
    message, details = str(failure.value), failure.value.details
    assert "7 probes, 1 not as expected: the printer: red to 192.168.15.77" in message
    assert "undone: create namespace red; " in message and "could not be undone" not in message
    assert [result["ok"] for result in details["probes"]] == [True] * 6 + [
        False
    ] and "changed" not in details
    assert task(check=True)["summary"]["made"] == task()["summary"]["made"] > 20


def test_without_rollback_on_probe_the_changes_remain(task: Task) -> None:
    with pytest.raises(
        Failed,
        match="left as it is, because rollback_on does not name probe: create namespace red; ",
    ) as failure:
        task(probes=[UNANSWERED], rollback_on=["error"])
    assert failure.value.details["changed"] is True
    assert not task()["changed"]


def test_a_failed_probe_restores_an_existing_lab(host: None) -> None:
    run("topology", **LAB)
    before = take_snapshot()
    changed = {
        **LAB,
        "purge": True,
        "netns": LAB["netns"][1:],
        "veth": [{**LAB["veth"][1], "addresses": ["192.168.15.9/24"], "mtu": 1400}],
        "netns_route": [],
    }
    with pytest.raises(
        Failed,
        match=(
            "blue to 192.168.15.1 is expected to be reachable: no_neighbour: "
            "192.168.15.1 does not answer ARP"
        ),
    ) as failure:
        run(
            "topology",
            **changed,
            probes=[
                {"netns": "blue", "to": "192.168.15.5"},
                {"netns": "blue", "to": "192.168.15.1"},
            ],
        )
    message = str(failure.value)
    assert "delete namespace red" in message and "could not be undone" not in message
    assert "namespace red had to be created anew: its kernel parameters, " in message
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_failed_probe_removes_a_new_lab(host: None, backend: str) -> None:
    sh("ip link add theirs type bridge; nft add table inet theirs")
    before = take_snapshot()
    at = {"netns": "blue", "address": "192.168.15.2", "port": 80}
    with pytest.raises(
        Failed,
        match=(
            "the host to 192.168.15.5:82 is expected to be reachable: refused: "
            "no program listens on the port. undone: "
        ),
    ):
        run(
            "topology",
            **LAB,
            backend=backend,
            probes=[{"to": "192.168.15.5", "port": 82, "listen_at": at}],
        )
    assert differences(before, take_snapshot()) == {}


def test_a_forward_is_probed_with_a_listener(host: None) -> None:
    at = {"netns": "blue", "address": "192.168.15.2", "port": 80}
    six = {"netns": "blue", "address": "fd00:15::2", "port": 80}
    done = run(
        "topology",
        **LAB,
        probes=[
            {"to": "192.168.15.5", "port": 80, "listen_at": at},
            {"to": "fd00:15::5", "port": 81, "listen_at": six},
        ],
    )
    assert [result["reason"] for result in done["probes"]] == ["ok", "ok"]


def test_without_rollback_on_error_the_changes_remain(host: None) -> None:
    message = fail_at_change(
        0, "ip link add veth-blue-br type bridge", **LAB, rollback_on=["probe"]
    )
    assert (
        "File exists" in message
        and "left as it is, because rollback_on does not name error: create namespace red"
        in message
    )
    sh("ip link del veth-blue-br; ip netns exec red true")
    assert run("topology", **LAB)["changed"]


def test_a_probe_of_a_missing_namespace_is_refused_before_any_change(host: None) -> None:
    before = take_snapshot()
    for probe, parameter in (
        ({"netns": "green", "to": "blue"}, r"probes\[1\]\.netns"),
        ({"netns": "red", "to": "green"}, r"probes\[1\]\.to"),
    ):
        with pytest.raises(
            Refused,
            match=(
                rf"^{parameter}: 'green': there is no such namespace, and red|^{parameter}: "
                rf"'green': there is no such namespace"
            ),
        ):
            run("topology", **LAB, probes=[GOOD[0], probe])
        assert differences(before, take_snapshot()) == {}
        assert any(
            "assume namespace green, which does not exist yet, for" in note
            for note in run("topology", check=True, **LAB, probes=[probe])["actions"]
        )


def test_a_topology_with_probes_is_removed_by_its_description(host: None) -> None:
    run("topology", **LAB, probes=GOOD)
    removed = run("topology", **LAB, probes=GOOD, state="absent")
    assert removed["changed"] and removed["probes"] == []


def test_a_range_has_probes(host: None) -> None:
    farm: dict[str, Any] = {
        "name": "farm",
        "linux_bridge": [{"name": "br0", "addresses": ["10.9.0.1/16"]}],
        "range": [
            {
                "count": 5,
                "netns": [{"name": "n{n}"}],
                "probes": [{"netns": "n{n}", "to": "10.9.0.1"}],
                "veth": [
                    {
                        "name": "eth0",
                        "netns": "n{n}",
                        "addresses": ["10.9.1.{n}/16"],
                        "peer": {"name": "p{n}", "bridge": "br0"},
                    }
                ],
            }
        ],
    }
    assert [result["netns"] for result in run("topology", **farm)["probes"]] == [
        "n1",
        "n2",
        "n3",
        "n4",
        "n5",
    ]
    farm["range"][0]["probes"] = [{"netns": "n{n}", "to": "10.9.0.{n}", "port": 0}]
    with pytest.raises(Refused, match=r"^range\[0\]\{n=1\}\.probes\[0\]\.port: 0: "):
        run("topology", **farm)
