# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes between the ports of large bridges: no good pair counts as unreachable.

A bridge copies each ARP request to all ports, and a CPU's backlog holds 1,000 packets.
PROBE_RUNS=20 probes 20 times, and also a farm of two such bridges.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from support.probes import Raw, probe
from support.shell import sh
from support.tasks import run

PORTS = 1000
RUNS = int(os.environ.get("PROBE_RUNS", "1"))


def build_farm(bridges: int) -> list[Raw]:
    """Build bridges with 1,000 ports each; return probes of all pairs of 30 namespaces."""
    run(
        "topology",
        name="farm",
        linux_bridge=[
            {"name": f"br{bridge}", "addresses": [f"10.{bridge}.0.1/16"]}
            for bridge in range(bridges)
        ],
        range=[
            {
                "count": PORTS,
                "netns": [{"name": f"b{bridge}n{{n:04}}"}],
                "veth": [
                    {
                        "name": "eth0",
                        "netns": f"b{bridge}n{{n:04}}",
                        "addresses": [f"{{10.{bridge}.1.0+n}}/16"],
                        "peer": {"name": f"p{bridge}-{{n}}", "bridge": f"br{bridge}"},
                    }
                ],
            }
            for bridge in range(bridges)
        ],
    )
    sh("sysctl -qw net.ipv4.ip_forward=1")
    step = PORTS * bridges // 30
    chosen = [
        (f"b{bridge}n{number:04}", bridge)
        for bridge in range(bridges)
        for number in range(1, PORTS + 1, step)
    ][:30]
    for name, bridge in chosen:
        sh(f"ip -n {name} route add default via 10.{bridge}.0.1")
    return [
        {"netns": source, "to": target}
        for source, _bridge in chosen
        for target, _bridge in chosen
        if source != target
    ]


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy."""
    with contextlib.ExitStack() as stack:
        for _core in range(os.cpu_count() or 1):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


@pytest.mark.parametrize("bridges", [1, 2] if RUNS > 1 else [1])
def test_only_bad_pairs_of_a_crowd_are_unreachable(host: None, bridges: int) -> None:
    probes = build_farm(bridges)
    assert len(probes) == 870
    namespaces = sorted({str(options["netns"]) for options in probes})
    for load in (contextlib.nullcontext(), busy_cores()):
        with load:
            for _run in range(RUNS):
                for netns in namespaces:
                    sh(f"ip -n {netns} neigh flush all")
                assert Counter(result.reply.reason for result in probe(*probes)) == {"ok": 870}
    sh("ip -n b0n0001 link set eth0 down")
    with busy_cores():
        found = probe(*[options for options in probes if options["to"] == "b0n0001"])
    assert [result for result in found if result.ok] == [] and len(found) == 29
