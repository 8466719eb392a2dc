# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of thousands of forwards: to load them, to add one, to connect; the throughput of NAT.

Each backend runs in a network of its own, in a process of its own: `forwards.py BACKEND`.
"""

from __future__ import annotations

import gc
import json
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MANY = 5000
ROUNDS, CONNECTIONS = 5, 3000
STREAM_ROUNDS, STREAM_SECONDS = 3, 1
HOST, LAN, RED, BLUE = "192.0.2.2", "192.0.2.99", "192.168.15.1", "192.168.15.2"
FIRST_PORT, SERVER_PORT = 20001, 8080
HOST_LINKS = (
    "link add eth0 type veth peer name eth0 netns lan",
    "link set eth0 up",
    f"addr add {HOST}/24 dev eth0",
    "link add direct type veth peer name direct netns lan",
    "link set direct up",
    "addr add 198.51.100.1/24 dev direct",
)
LAN_LINKS = (
    "link set lo up",
    "link set eth0 up",
    f"addr add {LAN}/24 dev eth0",
    "link set direct up",
    "addr add 198.51.100.2/24 dev direct",
)
STREAMS = {
    "a direct veth pair": (None, "lan", "198.51.100.2", 5201),
    "through the bridge": ("blue", "red", RED, 5201),
    "masqueraded": ("red", "lan", LAN, 5201),
    "through a forward": ("lan", "red", HOST, FIRST_PORT),
}
"""By title: the namespaces of sender and listener, and the address and port."""


def write_lab(backend: str, count: int, target: str = f"{BLUE}:{SERVER_PORT}") -> dict[str, Any]:
    """Red, blue, and so many forwards to one server."""
    pairs = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"{address}/24"],
            "peer": {"name": f"{name}0", "bridge": "v-net-0"},
        }
        for name, address in (("red", RED), ("blue", BLUE))
    ]
    routes = [
        {"netns": name, "destination": "default", "gateway": "192.168.15.5"}
        for name in ("red", "blue")
    ]
    forwards = {
        "count": count,
        "dnat": [{"destination_port": f"{{{FIRST_PORT - 1}+n}}", "to_destination": target}],
    }
    return {
        "name": "lab",
        "backend": backend,
        "purge": True,
        "netns": [{"name": "red"}, {"name": "blue"}],
        "veth": pairs,
        "netns_route": routes,
        "linux_bridge": [{"name": "v-net-0", "addresses": ["192.168.15.5/24"]}],
        "masquerade": [{"source": "192.168.15.0/24"}],
        "range": [forwards],
    }


def within(netns: str | None, *command: str) -> list[str]:
    return [*(["ip", "netns", "exec", netns] if netns else []), *command]


def build_lan() -> None:
    """A neighbour with two cables: one by which it writes to the host, and one to compare with."""
    subprocess.run(["ip", "netns", "add", "lan"], check=True)
    subprocess.run(["ip", "-batch", "-"], input="\n".join(HOST_LINKS), text=True, check=True)
    subprocess.run(
        ["ip", "-n", "lan", "-batch", "-"], input="\n".join(LAN_LINKS), text=True, check=True
    )


def serve() -> None:
    """Take every connection, and let it go."""
    server = socket.create_server(("0.0.0.0", SERVER_PORT), backlog=1024)
    print("ready", flush=True)
    while True:
        server.accept()[0].close()


def connect(port: int) -> None:
    """Seconds of so many connections, each closed at once and for good."""
    start = time.monotonic()
    for _number in range(CONNECTIONS):
        with socket.create_connection((HOST, port), timeout=5) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    print(time.monotonic() - start)


def measure_rate(port: int) -> float:
    """New connections in a second from the neighbour to a port of the host."""
    done = subprocess.run(
        within("lan", sys.executable, "-B", __file__, "connect", str(port)),
        check=True,
        capture_output=True,
        text=True,
    )
    return CONNECTIONS / float(done.stdout)


def measure_forwards(backend: str) -> dict[str, float]:
    """One forward and thousands in turn, so that load on the machine affects both."""
    from support.tasks import run

    gc.disable()  # as the modules do

    def timed(count: int) -> float:
        start = time.monotonic()
        result = run("topology", **write_lab(backend, count))
        assert result["summary"]["dnat"] == count
        return time.monotonic() - start

    measured: dict[str, list[float]] = {}
    timed(1)
    with subprocess.Popen(
        within("blue", sys.executable, "-B", __file__, "serve"), stdout=subprocess.PIPE
    ) as server:
        assert server.stdout and server.stdout.readline() == b"ready\n"
        for number in range(ROUNDS + 1):
            timed(1)
            single = measure_rate(FIRST_PORT)
            row = {
                f"seconds to load {MANY}": timed(MANY),
                "a second through the last of them": measure_rate(FIRST_PORT + MANY - 1),
            }
            row |= {
                "seconds to add one": timed(MANY + 1),
                "a second through the only one": single,
                "seconds to check again": timed(MANY + 1),
            }
            row["the last to the only one"] = row["a second through the last of them"] / single
            if number:  # the first round warms up
                for title, value in row.items():
                    measured.setdefault(title, []).append(value)
        server.send_signal(signal.SIGTERM)
    return {title: statistics.median(values) for title, values in measured.items()}


def measure_stream(sender: str | None, listener: str, address: str, port: int) -> float:
    """Gigabits in a second."""
    with subprocess.Popen(
        within(listener, "iperf3", "--server", "--one-off", "--forceflush"),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout
        while "listening" not in (line := server.stdout.readline()):
            assert line, "iperf3 does not listen"
        client = within(
            sender,
            "iperf3",
            "--client",
            address,
            "--port",
            str(port),
            "--time",
            str(STREAM_SECONDS),
            "--json",
        )
        done = subprocess.run(client, check=True, capture_output=True, text=True)
        server.communicate()
    return float(json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"]) / 1e9


def measure_streams(backend: str) -> dict[str, float]:
    """Throughput of each path beside that of a direct veth pair, in turn."""
    from support.tasks import run

    run("topology", **write_lab(backend, 1, f"{RED}:5201"))
    rates: dict[str, list[float]] = {title: [] for title in STREAMS}
    for _round in range(STREAM_ROUNDS):
        for title, stream in STREAMS.items():
            rates[title].append(measure_stream(*stream))
    return {title: statistics.median(values) for title, values in rates.items()}


def main() -> None:
    from scale import run_alone

    results = {
        backend: json.loads(run_alone([sys.executable, "-B", __file__, backend]))
        for backend in ("nftables", "iptables")
    }
    print(
        f"\n{MANY} forwards, {ROUNDS} rounds, median\n\n{'':36}"
        + "".join(f"{backend:>10}" for backend in results)
    )
    for title in results["nftables"]["forwards"]:
        print(
            f"{title:36}"
            + "".join(f"{result['forwards'][title]:10.2f}" for result in results.values())
        )
    print("\nThroughput (iperf3), Gbit/s and its ratio to that of a direct veth pair\n")
    for title in STREAMS:
        cells = [
            (
                result["streams"][title],
                result["streams"][title] / result["streams"]["a direct veth pair"],
            )
            for result in results.values()
        ]
        print(f"{title:36}" + "".join(f"{rate:10.2f}{ratio:6.2f}" for rate, ratio in cells))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    elif sys.argv[1] == "connect":
        connect(int(sys.argv[2]))
    else:
        sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "kernel"), "/run/tree"]
        build_lan()
        print(
            json.dumps(
                {"forwards": measure_forwards(sys.argv[1]), "streams": measure_streams(sys.argv[1])}
            )
        )
