# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules are replaced under traffic: no connection fails, and no foreign rule is lost."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from support.flows import flow_lab
from support.patience import patience
from support.tasks import run

RUNS, CONNECTIONS = 100, 10_000
SERVE = """\
import contextlib, socket, threading
def echo(made):
    with made, contextlib.suppress(ConnectionResetError):
        while text := made.recv(100):
            made.sendall(text)
server = socket.create_server(("0.0.0.0", 80), backlog=1000)
print("ready", flush=True)
while True:
    threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
"""
USE = """\
import select, socket, struct, sys
target, port, least = sys.argv[1], 80, int(sys.argv[2])
lasting = socket.create_connection((target, port), timeout=60)
print("ready", flush=True)
tried = failed = exchanged = 0
while tried < least or not select.select([sys.stdin], [], [], 0)[0]:
    tried += 1
    try:
        with socket.create_connection((target, port), timeout=60) as made:
            made.sendall(b"?")
            failed += made.recv(1) != b"?"
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        failed += 1
    if tried % 50 == 0:
        lasting.sendall(b"still there")
        exchanged += lasting.recv(100) == b"still there"
print(tried, failed, exchanged)
"""


def start(netns: str, program: str, *arguments: str) -> subprocess.Popen[str]:
    command = ["ip", "netns", "exec", netns, sys.executable, "-c", program, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def vary_rules(lab: dict[str, Any], number: int) -> dict[str, Any]:
    """The same lab with other rules: more forwards, another masquerade, none of both."""
    extra = [
        {"destination_port": 1000 + index, "to_destination": "10.15.0.1:80"}
        for index in range(number % 5)
    ]
    others = [{"source": "10.15.0.0/24", "out_interface": "eth0"}] if number % 2 else []
    return {
        **lab,
        "dnat": lab["dnat"] + extra,
        "masquerade": lab["masquerade"] + others,
        "purge": True,
    }


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_no_connection_fails_during_a_hundred_runs(lan: None, backend: str) -> None:
    lab = flow_lab("lab", 15, ("red", "blue"), backend)
    run("topology", **lab)
    server = start("blue", SERVE)
    users = [start("lan", USE, "192.0.2.2", str(CONNECTIONS // 2)) for _number in range(2)]
    changed = 0
    for number in range(RUNS):
        changed += run("topology", **vary_rules(lab, number))["changed"]
    counts = []
    for user in users:
        output_text, _nothing = user.communicate("enough\n", timeout=patience(60))
        counts.append(tuple(map(int, output_text.split())))
    server.kill()
    server.communicate()
    tried, failed, exchanged = (sum(count) for count in zip(*counts))
    assert changed >= RUNS // 2
    assert (
        failed == 0
        and tried >= CONNECTIONS
        and exchanged == sum(count[0] // 50 for count in counts)
    ), counts


def test_rules_added_by_other_programs_meanwhile_are_kept(lan: None) -> None:
    subprocess.run(["nft", "add table inet theirs; add chain inet theirs own"], check=True)
    lab = flow_lab("lab", 15, ("red", "blue"), "nftables")
    commands = [
        (
            f"for n in $(seq 60); do nft add rule inet theirs own tcp dport $(({1000 * writer} "
            f"+ n)) accept; done"
        )
        for writer in (1, 2)
    ]
    commands.append(
        "for n in $(seq 40); do iptables -A FORWARD -p tcp --dport $((3000 + n)) -j ACCEPT; done"
    )
    writers = [subprocess.Popen(["bash", "-euc", command]) for command in commands]
    number = 0
    while any(writer.poll() is None for writer in writers) or number < 20:
        run("topology", **vary_rules(lab, number))
        number += 1
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    foreign_table = subprocess.run(
        ["nft", "list", "table", "inet", "theirs"], check=True, capture_output=True, text=True
    ).stdout
    forward = subprocess.run(
        ["iptables-save", "-t", "filter"], check=True, capture_output=True, text=True
    ).stdout
    assert foreign_table.count(" accept") == 120 and forward.count("-A FORWARD -p tcp") == 40
    assert not run("topology", **vary_rules(lab, number - 1))["changed"]
