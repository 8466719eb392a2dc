# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who reaches whom: every flow between a LAN, the host and two labs, against what the topologies declare."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pytest
from support.nat_lab import filter_bridges, inside, ip, sysctl
from support.tasks import run

SOON, LATEST = 0.4, 10.0
"""Seconds in which who must not answer would have done it, and in which who must has done it on the busiest machine."""
HOST = {4: "192.0.2.2", 6: "fd00:2::2"}
ADDRESSES = {
    "lan": {4: "192.0.2.99", 6: "fd00:2::99"},
    "host": HOST,
    "red": {4: "10.15.0.1", 6: "fd00:15::1"},
    "blue": {4: "10.15.0.2", 6: "fd00:15::2"},
    "green": {4: "10.16.0.1", 6: "fd00:16::1"},
}
LABS = {"red": "lab", "blue": "lab", "green": "other"}
PUBLISHED = {80: ("blue", 80), 90: ("green", 80)}
"""By port of the host: who answers, at which port."""
PLACES = [*ADDRESSES]
OPEN_PORTS = {"lan": (80,), "host": (7000,), "red": (80,), "blue": (80, 8080), "green": (80,)}


def lab(
    name: str, number: int, members: tuple[str, ...], backend: str, **more: Any
) -> dict[str, Any]:
    """A topology with both families, masqueraded, its first published port as PUBLISHED says."""
    gates = {f"10.{number}.0.254": 24, f"fd00:{number}::fe": 64}
    forwards = [
        {"destination_port": port, "to_destination": target}
        for port, (member, to) in PUBLISHED.items()
        if member in members
        for target in (f"{ADDRESSES[member][4]}:{to}", f"[{ADDRESSES[member][6]}]:{to}")
    ]
    return {
        "name": name,
        "backend": backend,
        "netns": [{"name": member} for member in members],
        "linux_bridge": [
            {
                "name": f"br{number}",
                "addresses": [f"{gate}/{length}" for gate, length in gates.items()],
            }
        ],
        "veth": [
            {
                "name": "eth0",
                "netns": member,
                "addresses": [f"{ADDRESSES[member][4]}/24", f"{ADDRESSES[member][6]}/64"],
                "peer": {"name": f"p-{member}", "bridge": f"br{number}"},
            }
            for member in members
        ],
        "netns_route": [
            {"netns": member, "destination": "default", "gateway": gate}
            for member in members
            for gate in gates
        ],
        "masquerade": [{"source": [f"10.{number}.0.0/24", f"fd00:{number}::/64"]}],
        "dnat": forwards,
        **more,
    }


@dataclass(frozen=True)
class Flow:
    """A connection that somebody tries: to whose address, and at which port."""

    client: str
    to: str
    port: int
    family: int

    @property
    def address(self) -> tuple[str | int, ...]:
        """As a socket takes it."""
        if self.to == "link-local":
            lines = Path("/proc/thread-self/net/if_inet6").read_text(encoding="ascii").splitlines()
            [digits] = [
                line.split()[0]
                for line in lines
                if line.startswith("fe80") and line.endswith(" eth0")
            ]
            with inside(self.client):
                return (
                    socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits)),
                    self.port,
                    0,
                    socket.if_nametoindex("eth0"),
                )
        return (
            {4: "127.0.0.1", 6: "::1"}[self.family]
            if self.to == "loopback"
            else ADDRESSES[self.to][self.family],
            self.port,
        )


def flows(family: int) -> list[Flow]:
    """Everybody to everybody, published or not, directly or not, to the own loopback, and to the host by what is valid on one link only."""
    targets = (
        [(place, port) for place in PLACES for port in OPEN_PORTS[place]]
        + [("host", port) for port in (*PUBLISHED, 8080)]
        + [("loopback", 80)]
    )
    neighbours = (
        [Flow("lan", "link-local", port, 6) for port in (7000, *PUBLISHED, 8080)]
        if family == 6
        else []
    )
    return [
        Flow(client, to, port, family) for client in PLACES for to, port in targets
    ] + neighbours


def expected(flow: Flow, dropping: bool, filtered: bool, isolated: bool = True) -> Optional[str]:
    """Who answers, by what is declared: the labs' members and ports, and what others do on the forward path."""
    client, to, port = flow.client, flow.to, flow.port
    if to == "loopback":
        return client if port in OPEN_PORTS[client] else None
    if to == "link-local":
        # Nothing from or to such an address is ever forwarded (RFC 4291, 2.5.6), so nothing is published there.
        return "host" if port in OPEN_PORTS["host"] else None
    published = to == "host" and port in PUBLISHED
    target, port = PUBLISHED[port] if published else (to, port)
    if port not in OPEN_PORTS[target]:
        return None
    if client == target and not published:
        return target
    if "host" in (client, target):
        return target
    if LABS.get(client) is not None and LABS.get(client) == LABS.get(target):
        # Over the bridge, not through the host; published to one's own lab is a hairpin, which nobody asked for.
        return None if published or (dropping and filtered) else target
    allowed = published or target == "lan" or (not isolated and target in LABS)
    return target if allowed and not dropping else None


def _listen(place: str, family: int, port: int) -> socket.socket:
    with inside(None if place == "host" else place):
        made = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind(("", port))
    made.listen(100)
    return made


def _call(flow: Flow) -> socket.socket:
    with inside(None if flow.client == "host" else flow.client):
        made = socket.socket(socket.AF_INET if flow.family == 4 else socket.AF_INET6)
    made.setblocking(False)
    with contextlib.suppress(BlockingIOError, OSError):
        made.connect(flow.address)
    return made


def try_all(wanted: dict[Flow, Optional[str]]) -> dict[Flow, Optional[str]]:
    """All connections at once, and who answered each: everybody who listens says his name. Who is wanted is waited for."""
    families = {flow.family for flow in wanted}
    listeners = {
        _listen(place, family, port): place
        for place in PLACES
        for family in families
        for port in OPEN_PORTS[place]
    }
    calls = {_call(flow): flow for flow in wanted}
    answers: dict[Flow, Optional[str]] = dict.fromkeys(wanted)
    start, pending = time.monotonic(), set(calls)
    while pending and time.monotonic() < start + (
        LATEST if any(wanted[calls[one]] for one in pending) else SOON
    ):
        ready, _writable, _failed = select.select([*listeners, *pending], [], [], 0.05)
        for one in ready:
            if one in listeners:
                connection, _peer = one.accept()
                with connection:
                    connection.send(listeners[one].encode())
            else:
                pending.discard(one)
                with contextlib.suppress(OSError):
                    answers[calls[one]] = one.recv(100).decode() or None
    for one in (*listeners, *calls):
        one.close()
    return answers


@pytest.mark.parametrize(("isolated", "router"), [(True, False), (True, True), (False, True)])
@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_everybody_reaches_whom_the_topologies_say(
    lan: None, backend: str, isolated: bool, router: bool
) -> None:
    """``router``: the host forwards for everybody already, for reasons of its own."""
    if router:
        sysctl("net/ipv4/ip_forward", 1)
        sysctl("net/ipv6/conf/all/forwarding", 1)
    run("topology", **lab("lab", 15, ("red", "blue"), backend, isolate=isolated))
    run("topology", **lab("other", 16, ("green",), backend, isolate=isolated))
    wrong, tried = [], 0
    for dropping, filtered in itertools.product((False, True), (0, 1)):
        for command in ("iptables", "ip6tables"):
            subprocess.run([command, "-P", "FORWARD", "DROP" if dropping else "ACCEPT"], check=True)
        filter_bridges(filtered)
        for family in (4, 6):
            wanted = {
                flow: expected(flow, dropping, bool(filtered), isolated) for flow in flows(family)
            }
            answers = try_all(wanted)
            tried += len(answers)
            wrong += [
                (flow, f"{dropping=} {filtered=}", f"wanted {wanted[flow]}", f"got {got}")
                for flow, got in answers.items()
                if got != wanted[flow]
            ]
    assert tried >= 160 and not wrong, wrong


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("isolated", [True, False])
def test_a_senders_address_of_the_lab_from_elsewhere_is_dropped(
    lan: None, backend: str, isolated: bool
) -> None:
    run("topology", **lab("lab", 15, ("red", "blue"), backend, isolate=isolated))
    sysctl("net/ipv4/conf/all/rp_filter", 0)
    sysctl("net/ipv4/conf/eth0/rp_filter", 0)
    ip("addr add 10.15.0.77/32 dev lo\naddr add fd00:15::77/128 dev lo nodad", "-n", "lan")
    for family, source in ((4, "10.15.0.77"), (6, "fd00:15::77")):
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        with (
            socket.socket(kind, socket.SOCK_DGRAM) as server,
            inside("lan"),
            socket.socket(kind, socket.SOCK_DGRAM) as client,
        ):
            server.bind((HOST[family], 7001))
            client.bind((source, 0))
            client.sendto(b"question", (HOST[family], 7001))
            assert (
                bool(select.select([server], [], [], SOON if isolated else LATEST)[0])
                is not isolated
            )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("iptables -P FORWARD DROP", "on the host the chain FORWARD of table filter (iptables),"),
        ("ip6tables -P FORWARD DROP", "FORWARD of table filter (ip6tables),"),
        ("iptables-legacy -P FORWARD DROP", "FORWARD of table filter (iptables-legacy),"),
        (
            "nft add table inet t; nft add chain inet t gate '{ type filter hook forward priority 0; policy drop; }'",
            "chain gate of table inet t,",
        ),
    ],
)
def test_a_policy_that_drops_what_is_forwarded_is_told(lan: None, command: str, words: str) -> None:
    whole = lab("lab", 15, ("red", "blue"), "nftables")
    assert run("topology", **whole)["warnings"] == []
    subprocess.run(["bash", "-euc", command], check=True)
    for check in (True, False):
        [warning] = run("topology", check, **whole)["warnings"]
        assert words in warning
    filter_bridges(0)
    assert run("topology", **{**whole, "masquerade": [], "dnat": []})["warnings"] == []


def test_what_is_exposed_is_what_can_be_reached(lan: None) -> None:
    sysctl("net/ipv4/ip_forward", 1)  # a router for everybody, before we come
    run("topology", **lab("other", 16, ("green",), "nftables"))
    for isolated in (True, False):
        whole = lab("lab", 15, ("red", "blue"), "nftables", isolate=isolated)
        foreseen = run("topology", check=True, **whole)["exposes"]
        assert run("topology", **whole)["exposes"] == foreseen
        forwards = [("tcp", None, "80", "10.15.0.2:80"), ("tcp", None, "80", "[fd00:15::2]:80")]
        networks = [(None, network, None, network) for network in ("10.15.0.0/24", "fd00:15::/64")]
        assert [
            (one["protocol"], one["address"], one["port"], one["target"]) for one in foreseen
        ] == forwards + ([] if isolated else networks)
        answers = try_all(
            {
                flow: expected(flow, False, False, isolated or flow.to == "green")
                for flow in flows(4)
                if flow.client == "lan"
            }
        )
        inside_reached = {flow for flow, who in answers.items() if who in ("red", "blue")}
        ways_in = {
            ("host", 80),
            *(
                (place, port)
                for place in ("red", "blue")
                for port in OPEN_PORTS[place]
                if not isolated
            ),
        }
        assert {(flow.to, flow.port) for flow in inside_reached} == ways_in
    assert run("topology", name="lab", state="absent")["exposes"] == []


def test_isolation_comes_and_goes_with_the_option(lan: None) -> None:
    whole = lab("lab", 15, ("red", "blue"), "nftables")
    run("topology", **whole)
    opened = run("topology", **whole, isolate=False)
    assert opened["actions"] == ["do not isolate br15 on the host: 10.15.0.0/24, fd00:15::/64"]
    closed = run("topology", **whole)
    assert closed["actions"] == ["isolate br15 on the host: 10.15.0.0/24, fd00:15::/64"]
    assert not run("topology", **whole)["changed"]


def test_what_others_made_is_not_cut_off_from_them(lan: None) -> None:
    subprocess.run(
        [
            "bash",
            "-euc",
            "ip link add theirs type bridge; ip addr add 10.20.0.1/24 dev theirs; ip link set theirs up",
        ],
        check=True,
    )
    result = run(
        "topology", name="lab", linux_bridge=[{"name": "theirs", "addresses": ["10.20.0.1/24"]}]
    )
    assert not result["changed"]
    assert (
        "redblue"
        not in subprocess.run(
            ["nft", "list", "tables"], check=True, capture_output=True, text=True
        ).stdout
    )
