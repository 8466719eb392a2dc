# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of resources and runs: speed, no leaks, and foreign namespaces that are not read."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.module_process import run_process
from support.patience import patience
from support.pings import reaches
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run

FARM_SIZE = 1000
ROUNDS = int(os.environ.get("ROUNDS", "60"))
"""How often a lab is made and removed; ROUNDS=250 makes it a thousand runs."""


def range_of_namespaces(
    letter: str, second: int, count: int = FARM_SIZE
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A bridge, and a range of namespaces on it."""
    port = {"name": f"farm-{letter}{{n}}", "bridge": f"farm-{letter}"}
    leg = {
        "name": "eth0",
        "netns": f"{letter}{{n}}",
        "addresses": [f"{{10.{second}.1.0+n}}/16"],
        "peer": port,
    }
    return {"name": f"farm-{letter}", "addresses": [f"10.{second}.0.1/16"]}, {
        "count": count,
        "netns": [{"name": f"{letter}{{n}}"}],
        "veth": [leg],
    }


PATIENCE = patience(40)
"""Seconds. A broadcast to 1,000 ports fills a CPU's backlog of 1,000 packets, and later
packets are dropped.
"""


def test_two_thousand_namespaces_on_two_bridges(host: None) -> None:
    before = take_snapshot()
    bridges, ranges = zip(range_of_namespaces("a", 1), range_of_namespaces("b", 2))
    lab: dict[str, Any] = {"name": "lab", "linux_bridge": list(bridges), "range": list(ranges)}
    foreseen = run("topology", check=True, **lab)
    assert differences(before, take_snapshot()) == {}
    built = run("topology", **lab)
    assert (
        foreseen["actions"] == built["actions"] and len(os.listdir("/run/netns")) == 2 * FARM_SIZE
    )
    # The host pings: its own reply to such a broadcast would be one of the dropped packets.
    for netns, target in (
        ("a1", "10.1.4.232"),
        ("a1000", "10.1.1.1"),
        (None, "10.2.4.232"),
        ("b500", "10.2.4.232"),
    ):
        assert reaches(netns, target, patience=PATIENCE)
    assert run("topology", **lab)["actions"] == []
    assert run("topology", **LAB_ABSENT)["changed"]
    assert differences(before, take_snapshot()) == {}


def test_long_results_are_abridged(host: None) -> None:
    """Ansible reads, copies and passes on every word of a result."""
    bridge, ports = range_of_namespaces("a", 1, 300)
    lab = {
        "name": "lab",
        "linux_bridge": [bridge],
        "range": [ports],
        "netns": [{"name": f"more{number}"} for number in range(101)],
    }
    for options in ({}, {"diff": True}):
        result, _log = run_process("topology", lab, check=True, **options)
        assert len(result["actions"]) > 1000 and len(result["commands"]) > 1000
    assert "diff" in result
    quiet, _log = run_process("topology", lab)
    assert (
        quiet["changed"]
        and "actions" not in quiet
        and "commands" not in quiet
        and "diff" not in quiet
    )
    assert {key: quiet["summary"][key] for key in ("netns", "veth")} == {
        "netns": 401,
        "veth": 300,
    } and quiet["summary"]["made"] > 1000
    assert quiet["invocation"]["module_args"]["netns"] == "101 items" and quiet["invocation"][
        "module_args"
    ]["range"] == [ports]
    again, _log = run_process("topology", lab, verbosity=3)
    assert (
        again["actions"] == again["commands"] == []
        and len(again["invocation"]["module_args"]["netns"]) == 101
    )
    removed, _log = run_process("topology", LAB_ABSENT, verbosity=1)
    assert len(removed["actions"]) == 403 and len(removed["commands"]) > 400


def test_one_port_too_many_is_refused_before_any_change(host: None) -> None:
    before = take_snapshot()
    bridge, ports = range_of_namespaces("a", 1, 1024)
    for check in (True, False):
        with pytest.raises(Refused, match=r"farm-a.*a Linux bridge takes 1023 ports"):
            run("topology", check, name="lab", linux_bridge=[bridge], range=[ports])
    assert differences(before, take_snapshot()) == {}


def ports(lab: str, count: int, first: int = 1) -> dict[str, Any]:
    """A topology of veth pairs on the host, one end of each a port of br0."""
    pair = {"name": f"{lab}{{n}}", "up": False, "peer": {"name": f"{lab}-{{n}}", "bridge": "br0"}}
    return {"name": lab, "range": [{"count": count, "first": first, "veth": [pair]}]}


def test_ports_of_two_topologies_on_one_bridge_are_counted_together(host: None) -> None:
    bridge: dict[str, Any] = {"linux_bridge": [{"name": "br0"}]}
    run("topology", **ports("a", 700), **bridge)
    for check in (True, False):
        with pytest.raises(
            Refused,
            match=(
                "bridge: 'br0': would have 1024 ports on the host; "
                "a Linux bridge takes 1023 ports; use a second bridge"
            ),
        ):
            run("topology", check, **ports("b", 324))
    assert (
        len(run("topology", **ports("b", 323), check=True)["actions"])
        == len(run("topology", **ports("b", 323))["actions"])
        > 323
    )
    # Forty others in place of as many: the old ones are deleted first, to make room.
    run("topology", **ports("a", 700, first=41), **bridge, purge=True)
    shown = subprocess.run(
        ["ip", "-o", "link", "show", "master", "br0"], capture_output=True, text=True, check=True
    ).stdout
    assert len(shown.splitlines()) == 1023 and "a-740@" in shown and "a-40@" not in shown


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_forward_is_added_to_five_thousand(host: None, backend: str) -> None:
    before = take_snapshot()
    many = {
        "count": 5000,
        "dnat": [{"destination_port": "{10000+n}", "to_destination": "192.168.15.2:{20000+n}"}],
    }
    lab = {**LAB, "backend": backend, "range": [many]}
    run("topology", **lab)
    assert run("topology", **lab)["actions"] == []
    more = run("topology", **{**lab, "range": [{**many, "count": 5001}]})
    assert len(more["actions"]) == 1 and "15001" in more["actions"][0]
    listed = (
        ["nft", "list", "table", "inet", "redblue_netns"]
        if backend == "nftables"
        else ["iptables-save", "-t", "nat"]
    )
    rules = subprocess.run(listed, check=True, capture_output=True, text=True).stdout
    assert all(
        f"192.168.15.2:{port}" in rules.replace(" . ", ":") for port in (20001, 25000, 25001)
    )
    run("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


def count_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_hundreds_of_runs_leave_no_descriptor_open(own_process: None, host: None) -> None:
    plain = {
        key: LAB[key] for key in ("name", "netns", "linux_bridge", "veth", "netns_route")
    }  # without nft, which is a program to start
    for _warm in range(20):
        run("topology", **plain)
        run("topology", **LAB_ABSENT)
    descriptors, resident = count_descriptors(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _round in range(ROUNDS):
        for wanted, check, changed in (
            (plain, True, True),
            (plain, False, True),
            (plain, False, False),
            (LAB_ABSENT, False, True),
        ):
            assert run("topology", check, **wanted)["changed"] == changed
    assert count_descriptors() == descriptors
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
    assert grown < max(2048, 32 * ROUNDS)  # KiB


def test_no_child_process_and_no_thread_outlives_a_run(host: None) -> None:
    program = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from support.tasks import LAB, run
for wanted in ({{**LAB, "backend": "nftables"}}, {{**LAB, "backend": "iptables"}}, {LAB_ABSENT}):
    assert run("topology", **wanted)["changed"]
    assert os.listdir("/proc/self/task") == [str(os.getpid())]
    try:
        raise SystemExit(f"a child is left: {{os.waitpid(-1, os.WNOHANG)}}")
    except ChildProcessError:
        pass
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_netns_info_of_one_of_a_thousand_namespaces_is_fast(host: None) -> None:
    bridge, ports = range_of_namespaces("a", 1)
    run("topology", name="lab", linux_bridge=[bridge], range=[ports])
    info = gather_info(netns=["a7"], gather_subset=["links"])
    assert list(info["links"]) == ["a7"]
    topology = gather_info()
    assert (
        len(topology["topology"]["netns"]) == FARM_SIZE
        and not run("topology", **topology["topology"])["changed"]
    )


def test_foreign_namespaces_are_not_opened(host: None, tmp_path: Path) -> None:
    script = (
        "for one in $(seq 20); do ip netns add theirs$one; done; "
        "ip -n theirs7 link add v-net-0 type bridge"
    )
    subprocess.run(["bash", "-euc", script], check=True)
    before = take_snapshot()
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import LAB, run; "
        f"run('topology', **LAB); assert not run('topology', **LAB)['changed']"
    )
    log = tmp_path / "calls"
    subprocess.run(
        [
            "strace",
            "-f",
            "-o",
            str(log),
            "-e",
            "trace=openat,open,readlink",
            sys.executable,
            "-B",
            "-c",
            program,
        ],
        check=True,
    )
    calls = log.read_text(encoding="utf-8")
    assert "/run/netns/red" in calls and "/run/netns/theirs" not in calls
    run("topology", **LAB_ABSENT)
    assert differences(before, take_snapshot()) == {}


def test_a_switch_in_a_namespace_leaves_one_link_on_the_host(host: None) -> None:
    before = take_snapshot()
    lab = bridge_lab(
        [f"n{number}" for number in range(1, 31)],
        network="10.9.0.0/24",
        gateway="10.9.0.254",
        bridge="farm0",
        switch_netns="switch",
    )
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    links = subprocess.run(
        ["ip", "-br", "link"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert sorted(line.split("@")[0].split()[0] for line in links) == ["farm0", "lo"]
    assert reaches("n1", "10.9.0.30", patience=PATIENCE) and reaches(
        "n1", "10.9.0.254", patience=PATIENCE
    )
    run("topology", name=lab["name"], state="absent")
    assert differences(before, take_snapshot()) == {}
