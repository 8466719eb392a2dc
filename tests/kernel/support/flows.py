# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two labs beside a LAN: every flow between them, which of them must pass, and which of them do."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.netns import in_netns
from support.services import SILENCE, TIMEOUT
from support.tasks import predicted_part, run

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
"""Published ports of the host: the namespace that answers, and its port."""


HOSTS = [*ADDRESSES]


OPEN_PORTS = {"lan": (80,), "host": (7000,), "red": (80,), "blue": (80, 8080), "green": (80,)}


def flow_lab(
    name: str, number: int, members: tuple[str, ...], backend: str, **more: Any
) -> dict[str, Any]:
    """A topology of both address families, masqueraded, with the ports in PUBLISHED."""
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
    """An attempt to connect: from which client, to whose address, and to which port."""

    client: str
    to: str
    port: int
    family: int

    @property
    def address(self) -> tuple[str | int, ...]:
        """The address as connect(2) takes it."""
        if self.to == "link-local":
            lines = Path("/proc/thread-self/net/if_inet6").read_text(encoding="ascii").splitlines()
            [digits] = [
                line.split()[0]
                for line in lines
                if line.startswith("fe80") and line.endswith(" eth0")
            ]
            with in_netns(self.client):
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


def all_flows(family: int) -> list[Flow]:
    """Every client to every listener, published or not, and to loopback and link-local
    addresses.
    """
    targets = (
        [(place, port) for place in HOSTS for port in OPEN_PORTS[place]]
        + [("host", port) for port in (*PUBLISHED, 8080)]
        + [("loopback", 80)]
    )
    neighbours = (
        [Flow("lan", "link-local", port, 6) for port in (7000, *PUBLISHED, 8080)]
        if family == 6
        else []
    )
    return [Flow(client, to, port, family) for client in HOSTS for to, port in targets] + neighbours


def expected_answer(
    flow: Flow, dropping: bool, filtered: bool, isolated: bool = True
) -> str | None:
    """The host that must answer, by the topologies and by the other packet filters."""
    client, to, port = flow.client, flow.to, flow.port
    if to == "loopback":
        return client if port in OPEN_PORTS[client] else None
    if to == "link-local":
        # Packets from or to a link-local address are never forwarded (RFC 4291, 2.5.6), so a
        # published port does not answer there.
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
        # Over the bridge, not through the host. A published port of one's own lab takes a hairpin,
        # which is not enabled here.
        return None if published or (dropping and filtered) else target
    allowed = published or target == "lan" or (not isolated and target in LABS)
    return target if allowed and not dropping else None


def _listen(place: str, family: int, port: int) -> socket.socket:
    with in_netns(None if place == "host" else place):
        made = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind(("", port))
    made.listen(100)
    return made


def _start_connection(flow: Flow) -> socket.socket:
    with in_netns(None if flow.client == "host" else flow.client):
        made = socket.socket(socket.AF_INET if flow.family == 4 else socket.AF_INET6)
    made.setblocking(False)
    with contextlib.suppress(BlockingIOError, OSError):
        made.connect(flow.address)
    return made


def try_flows(wanted: Mapping[Flow, str | None]) -> dict[Flow, str | None]:
    """Start all connections at once; return which host answered each.

    Each listener sends its name. The wait is long only for connections that must be answered.
    """
    families = {flow.family for flow in wanted}
    listeners = {
        _listen(place, family, port): place
        for place in HOSTS
        for family in families
        for port in OPEN_PORTS[place]
    }
    calls = {_start_connection(flow): flow for flow in wanted}
    answers: dict[Flow, str | None] = dict.fromkeys(wanted)
    start, pending = time.monotonic(), set(calls)
    while pending and time.monotonic() < start + (
        TIMEOUT if any(wanted[calls[sock]] for sock in pending) else SILENCE
    ):
        ready, _writable, _failed = select.select([*listeners, *pending], [], [], 0.05)
        for sock in ready:
            if sock in listeners:
                connection, _peer = sock.accept()
                with connection:
                    connection.send(listeners[sock].encode())
            else:
                pending.discard(sock)
                with contextlib.suppress(OSError):
                    answers[calls[sock]] = sock.recv(100).decode() or None
    for sock in (*listeners, *calls):
        sock.close()
    return answers


def try_until_answered(wanted: dict[Flow, str | None]) -> dict[Flow, str | None]:
    """Like ``try_flows``, but what must be answered is tried again.

    The kernel refuses a connection to an own address that it still checks for duplicates.
    """
    answers, limit = try_flows(wanted), time.monotonic() + TIMEOUT
    while time.monotonic() < limit:
        missing = {flow: place for flow, place in wanted.items() if place and not answers[flow]}
        if not missing:
            break
        time.sleep(0.1)
        answers.update(try_flows(missing))
    return answers


def find_wrong_flows(dropping: bool, filtered: bool) -> list[Any]:
    """Return the flows that do not end as the topologies declare."""
    wanted = {
        flow: expected_answer(flow, dropping, filtered)
        for family in (4, 6)
        for flow in all_flows(family)
    }
    return [
        (flow, f"{filtered=}", f"wanted {wanted[flow]}", f"got {got}")
        for flow, got in try_until_answered(wanted).items()
        if got != wanted[flow]
    ]


def find_open_doors() -> list[tuple[Flow, str]]:
    """Return the flows that are answered, and that no topology permits.

    Rules of others may drop any flow, so one without an answer is none.
    """
    found = []
    for family in (4, 6):
        wanted = {flow: expected_answer(flow, False, False) for flow in all_flows(family)}
        found += [
            (flow, got)
            for flow, got in try_flows(wanted).items()
            if got not in (None, wanted[flow])
        ]
    return found


def build_integrated_labs(backend: str, *firewalls: str) -> list[dict[str, Any]]:
    labs = (
        flow_lab("lab", 15, ("red", "blue"), backend, integrate=[*firewalls]),
        flow_lab("other", 16, ("green",), backend, integrate=[*firewalls]),
    )
    results = []
    for sock in labs:
        foreseen = run("topology", check=True, **sock)
        done = run("topology", **sock)
        assert predicted_part(foreseen) == predicted_part(done)
        assert not run("topology", **sock)["changed"]
        results.append(done)
    return results
