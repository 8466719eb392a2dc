# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random rules: without a finding every connection works, and with an error one does not."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.doctor import diagnose_host
from support.nat_lab import set_bridge_filtering
from support.netns import in_netns
from support.shell import sh
from support.tasks import LAB, run

PORT = 5555
ADDRESSES = {"red": "192.168.15.1", "blue": "192.168.15.2", "lan": "192.0.2.99"}
CONNECTIONS = [("red", "lan"), ("blue", "lan"), ("red", "blue"), ("blue", "red")]
LIMITS = {
    0.4: ("-i v-net-0", "-i v-net-+", "-i eth0", "! -i v-net-0", "-i eth9", "! -i eth0"),
    0.3: ("-o v-net-0", "-o eth0", "! -o v-net-0", "-o eth9", "-o v+"),
    0.35: (
        "-s 192.168.15.0/24",
        "-s 192.168.15.1",
        "-s 192.168.15.2",
        "-s 10.0.0.0/8",
        "! -s 192.168.15.0/24",
        "-s 192.168.15.0/30",
    ),
    0.25: (
        "-d 192.168.15.0/24",
        "-d 192.168.15.1",
        "! -d 192.168.15.0/24",
        "-d 192.168.15.2",
        "-d 10.0.0.0/8",
    ),
    0.36: (
        "-m conntrack --ctstate RELATED,ESTABLISHED",
        "-m conntrack --ctstate NEW",
        "-p tcp",
        "-p icmp",
        f"-p tcp --dport {PORT}",
        "-p udp",
    ),
}
"""How often a rule has each of these matches."""
TARGETS = {
    "FORWARD": (
        "-j ACCEPT",
        "-j ACCEPT",
        "-j DROP",
        "-j DROP",
        "-j RETURN",
        "-g y",
        "-j y",
        "-j z",
    ),
    "y": ("-j ACCEPT", "-j DROP", "-j RETURN", "-j z"),
    "z": ("-j ACCEPT", "-j DROP", "-j RETURN"),
}


def draw_rules(source: random.Random) -> list[str]:
    counts = {"FORWARD": source.randint(1, 5), "y": source.randint(0, 2), "z": source.randint(0, 2)}
    chains = [chain for chain, count in counts.items() for _number in range(count)]
    return [
        " ".join(
            [
                "-A",
                chain,
                *(
                    source.choice(message)
                    for often, message in LIMITS.items()
                    if source.random() < often
                ),
                source.choice(TARGETS[chain]),
            ]
        )
        for chain in chains
    ]


@pytest.fixture
def lab_with_listeners(lan: None) -> Iterator[None]:
    """The lab and a host on the LAN, each with a listener."""
    sh("ip route add default via 192.0.2.99")
    run("topology", **LAB)
    with contextlib.ExitStack() as stack:
        for name, address in ADDRESSES.items():
            with in_netns(name):
                listener = stack.enter_context(socket.create_server((address, PORT)))
            threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
        yield


def accept_all(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


def connects(fault: tuple[str, str], patience: float) -> bool:
    with in_netns(fault[0]):
        client = socket.socket()
    client.settimeout(patience)
    with client:
        return client.connect_ex((ADDRESSES[fault[1]], PORT)) == 0


def count_connections(patience: float) -> int:
    with ThreadPoolExecutor(len(CONNECTIONS)) as pool:
        return sum(pool.map(lambda fault: connects(fault, patience), CONNECTIONS))


@pytest.mark.parametrize("filtered", [0, 1])
def test_findings_agree_with_connections(lab_with_listeners: None, filtered: int) -> None:
    set_bridge_filtering(filtered)
    assert count_connections(10) == len(CONNECTIONS)
    for seed in range(30):
        source = random.Random(seed)
        rules = draw_rules(source)
        policy = source.choice(("ACCEPT", "DROP"))
        text = "\n".join(
            [
                "*filter",
                f":FORWARD {policy} [0:0]",
                ":y - [0:0]",
                ":z - [0:0]",
                *rules,
                "COMMIT",
                "",
            ]
        )
        subprocess.run(["iptables-nft-restore"], input=text, text=True, check=True)
        found = diagnose_host()
        worst = found[0].severity if found else None
        if worst is None:
            assert count_connections(10) == len(CONNECTIONS), text
        elif worst == "error":
            assert count_connections(0.25) < len(CONNECTIONS), text
