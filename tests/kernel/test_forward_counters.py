# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each port forward counts the connections that it takes, with each backend."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host import programs

from support.info import gather_info
from support.netns import in_netns
from support.tasks import LAB_WITHOUT_DNAT, run, run_as_predicted

FORWARDS: list[dict[str, Any]] = [
    {"destination_port": "80", "to_destination": "192.168.15.2:8000", "hairpin": True},
    {
        "destination_port": "90:92",
        "to_destination": "192.168.15.2:9000-9002",
        "source": ["192.168.15.1/32", "192.168.16.0/24"],
        "hairpin": True,
    },
    {"destination_port": "80", "to_destination": "[fd00:15::2]:8000", "hairpin": True},
    {
        "destination_port": "70:72",
        "to_destination": "192.168.15.2",
        "destination": "192.168.15.5",
        "in_interface": "v-net-0",
    },
]
ADDRESSES = {4: "192.168.15.5", 6: "fd00:15::5"}


def connect(family: int, port: int, netns: str | None = None) -> None:
    """Try to connect to the host: nobody listens at the target."""
    with in_netns(netns):
        made = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
    with made, contextlib.suppress(OSError):
        made.settimeout(0.3)
        made.connect((ADDRESSES[family], port))


def count() -> dict[str, int]:
    """The packets of each forward, by its target."""
    counters = gather_info(gather_subset=["nat"])["nat"]["host"]["counters"]
    return {item["to_destination"]: item["packets"] for item in counters}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_each_forward_counts_its_connections(host: None, backend: str) -> None:
    task = {**LAB_WITHOUT_DNAT, "backend": backend, "dnat": FORWARDS}
    run("topology", **task)
    assert set(count().values()) == {0}
    for family, port in ((4, 80), (4, 80), (4, 91), (6, 80), (4, 71)):
        connect(family, port, "red")
    connect(4, 80)
    connect(4, 72)
    expected = {
        "192.168.15.2:8000": 3,
        "192.168.15.2:9000-9002": 1,
        "[fd00:15::2]:8000": 1,
        "192.168.15.2:70-72": 2,
    }
    assert count() == expected
    # It is no change, and a change of other forwards sets no counter of the first backend back.
    assert not run("topology", **task)["changed"]
    added = {"destination_port": "81", "to_destination": "192.168.15.2:8001"}
    run("topology", **{**task, "dnat": [*FORWARDS, added]})
    if backend == "nftables":
        assert count()["192.168.15.2:8000"] == 3


WITHOUT_COUNTERS = """\
#!/bin/sh
case $* in *"-f -") ;; *) exec /usr/sbin/nft "$@" ;; esac
script=$(cat)
case $script in *"
\t\tcounter
"*) echo "syntax error, unexpected counter" >&2; exit 1 ;; esac
printf '%s\\n' "$script" | /usr/sbin/nft "$@"
"""
"""An nft that does not know counters in maps."""


def test_an_nft_without_counters_in_maps_gets_none(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nft = tmp_path / "nft"
    nft.write_text(WITHOUT_COUNTERS, "utf-8")
    nft.chmod(0o755)
    monkeypatch.setattr(programs, "DIRECTORIES", (str(tmp_path), *programs.DIRECTORIES))
    task = {**LAB_WITHOUT_DNAT, "backend": "nftables", "dnat": FORWARDS}
    for forwards in (FORWARDS[:1], FORWARDS):
        run_as_predicted("topology", **{**task, "dnat": forwards})
    connect(4, 91, "red")
    assert count() == {"192.168.15.2:9000-9002": 1}


def test_a_table_without_counters_stays_and_works(host: None) -> None:
    """Older versions of this collection wrote it, and kernels without counters in maps have it."""
    task = {**LAB_WITHOUT_DNAT, "backend": "nftables", "dnat": FORWARDS[::2]}
    run("topology", **task)
    listed = subprocess.run(
        ["nft", "-s", "list", "table", "inet", "redblue_netns"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = [line.replace(" counter ", " ") for line in listed.splitlines()]
    without = "\n".join(line for line in lines if line.strip() != "counter")
    script = f"delete table inet redblue_netns\n{without}\n"
    subprocess.run(["nft", "-f", "-"], input=script, text=True, check=True)
    assert not run("topology", **task)["changed"] and count() == {}
    run("topology", **{**task, "dnat": FORWARDS[:1]})
    assert not gather_info()["nat"]["host"]["damaged"]
