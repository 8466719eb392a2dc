# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab of the NAT tests: red and blue on lab0, stubs lan on eth0 and far on eth1, and this process is the host between them.

A socket belongs to the namespace in which it was made. So one process has ends everywhere, and nothing has to be started.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall import backends
from ansible_collections.redblue.netns.plugins.module_utils._firewall.iptables import (
    backend as iptables,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables import (
    backend as nftables,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.render import (
    remembered,
)
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._host.programs import run
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
    Masquerade,
    NatResource,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import sort_rules
from ansible_collections.redblue.netns.plugins.module_utils._plan.nat_interfaces import complete_nat

LAB4, LAB6 = "192.168.15.0/24", "fd00:15::/64"
RED4, RED6, BLUE4, BLUE6 = "192.168.15.1", "fd00:15::1", "192.168.15.2", "fd00:15::2"
GATE4, GATE6 = "192.168.15.5", "fd00:15::5"
HOST4, HOST6, LAN4, LAN6 = "192.0.2.2", "fd00:2::2", "192.0.2.99", "fd00:2::99"
FAR4, FAR6 = "198.51.100.99", "fd00:51::99"
ROUTES = [
    (LAB4, "lab0"),
    (LAB6, "lab0"),
    ("192.0.2.0/24", "eth0"),
    ("fd00:2::/64", "eth0"),
    ("198.51.100.0/24", "eth1"),
    ("fd00:51::/64", "eth1"),
]
BACKENDS = {"nftables": nftables, "iptables": iptables, "legacy": iptables}
SOON, LATEST = 0.3, 10.0
"""Seconds in which who must not answer would have done it, and in which who must has done it on the busiest machine."""

_BUILD = """
link add lab0 type bridge
link set lab0 up
addr add 192.168.15.5/24 dev lab0
addr add fd00:15::5/64 dev lab0 nodad
"""
_STUB = """
link add {out} type veth peer name eth0 netns {name}
link set {out} up {master}
"""
_INSIDE = """
link set lo up
link set eth0 up
addr add {v4} dev eth0
addr add {v6} dev eth0 nodad
route add default via {gate4}
route add default via {gate6}
"""
_libc = ctypes.CDLL(None, use_errno=True)


def ip(script: str, *options: str) -> None:
    """Several commands of iproute2 at once."""
    subprocess.run(
        ["ip", *options, "-batch", "-"], input=script, text=True, check=True, capture_output=True
    )


def add_namespace(name: str) -> None:
    """A namespace whose addresses are usable at once."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    with inside(name):
        sysctl("net/ipv6/conf/default/accept_dad", 0)


def build() -> None:
    """Make the lab; the host's interfaces have addresses, nothing is forwarded yet."""
    # A router asks for neighbours only by a link-local address, which would not be usable for 2 seconds.
    sysctl("net/ipv6/conf/default/accept_dad", 0)
    ip(_BUILD)
    stubs = (
        ("red", "red0", "master lab0", f"{RED4}/24", f"{RED6}/64", GATE4, GATE6),
        ("blue", "blue0", "master lab0", f"{BLUE4}/24", f"{BLUE6}/64", GATE4, GATE6),
        ("lan", "eth0", "", f"{LAN4}/24", f"{LAN6}/64", HOST4, HOST6),
        ("far", "eth1", "", f"{FAR4}/24", f"{FAR6}/64", "198.51.100.2", "fd00:51::2"),
    )
    for name, out, master, v4, v6, gate4, gate6 in stubs:
        add_namespace(name)
        ip(_STUB.format(out=out, name=name, master=master))
        ip(_INSIDE.format(v4=v4, v6=v6, gate4=gate4, gate6=gate6), "-n", name)
    ip(
        "addr add 192.0.2.2/24 dev eth0\naddr add fd00:2::2/64 dev eth0 nodad\naddr add 198.51.100.2/24 dev eth1\naddr add fd00:51::2/64 dev eth1 nodad"
    )
    _wait_for_neighbours()


def _wait_for_neighbours() -> None:
    """Until the host has reached each stub: then no test's first packet is lost on the search for a neighbour."""
    for address in (RED4, RED6, BLUE4, BLUE6, LAN4, LAN6, FAR4, FAR6):
        for _attempt in range(50):
            with (
                _socket(None, "::" if ":" in address else "0.0.0.0", 0, "tcp") as probe,
                contextlib.suppress(TimeoutError),
            ):
                if probe.connect_ex((address, 9)) == errno.ECONNREFUSED:
                    break
                time.sleep(0.02)
        else:
            raise AssertionError(f"{address} is not there")


def sysctl(key: str, value: int) -> None:
    """Set a switch of the namespace in which this process is."""
    Path("/proc/sys", key).write_text(str(value), encoding="ascii")


def open_forwarding(*interfaces: str) -> list[ForwardingEnabled]:
    """Turn forwarding on as the plan does, and say so: IPv4 by interface, IPv6 for all."""
    for name in interfaces:
        sysctl(f"net/ipv4/conf/{name}/forwarding", 1)
    sysctl("net/ipv6/conf/all/forwarding", 1)
    return [
        *(ForwardingEnabled(None, 4, name) for name in interfaces),
        ForwardingEnabled(None, 6, "all"),
    ]


def filter_bridges(on: int) -> None:
    """Whether br_netfilter shows bridged packets to the packet filters."""
    sysctl("net/bridge/bridge-nf-call-iptables", on)
    sysctl("net/bridge/bridge-nf-call-ip6tables", on)


def ruleset(backend: str, resources: Iterable[NatResource]) -> Ruleset:
    """Things as the plan hands them over."""
    return Ruleset(
        "nftables" if backend == "nftables" else "iptables",
        sort_rules(complete_nat(resources, ROUTES)),
    )


def put(backend: str, *resources: NatResource) -> Ruleset:
    """Put these rules in the place of what is there, and look as somebody who does not know them."""
    after = ruleset(backend, resources)
    backends.replace_rules(backends.observe_ruleset(None), after)
    remembered.clear()
    assert backends.observe_ruleset(None) == after
    return after


def masquerade(source: str, **options: object) -> Masquerade:
    return Masquerade(None, source, owner="lab", **options)  # type: ignore[arg-type]


def dnat(
    ports: int | tuple[int, int],
    to: str,
    to_ports: int | tuple[int, int] | None = None,
    protocol: str = "tcp",
    **options: object,
) -> Dnat:
    first = (ports, ports) if isinstance(ports, int) else ports
    last = (
        first
        if to_ports is None
        else (to_ports, to_ports)
        if isinstance(to_ports, int)
        else to_ports
    )
    return Dnat(None, protocol, first, to, last, owner="lab", **options)  # type: ignore[arg-type]


def use_programs(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    only: bool = False,
    behind: str = "xtables-nft-multi",
) -> None:
    """Let the core find these programs of iptables first; or them only, and no nft."""
    for name in ("iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore"):
        (directory / name).symlink_to(f"/usr/sbin/{behind}")
    monkeypatch.setattr(
        programs, "DIRECTORIES", (str(directory), *(() if only else programs.DIRECTORIES))
    )


def use_legacy(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older kernel interface; its lock is a file that only the real root may have."""
    use_programs(directory, monkeypatch, behind="xtables-legacy-multi")
    if run("iptables-restore", ["--noflush"], "*nat\nCOMMIT\n").code:
        pytest.skip("iptables-legacy does not work here")


@contextlib.contextmanager
def inside(name: str | None) -> Iterator[None]:
    """What is made within belongs to that namespace; None is the host."""
    if name is None:
        yield
        return
    home, current = (
        os.open("/proc/thread-self/ns/net", os.O_RDONLY),
        os.open(f"/run/netns/{name}", os.O_RDONLY),
    )
    try:
        assert _libc.setns(current, 0) == 0
        try:
            yield
        finally:
            assert _libc.setns(home, 0) == 0
    finally:
        os.close(home)
        os.close(current)


def _socket(name: str | None, address: str, port: int, protocol: str) -> socket.socket:
    with inside(name):
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.settimeout(LATEST)
    made.bind((address, port))
    return made


@dataclass
class Services:
    """Who listens where. ``ask`` tells who answered and as whom it saw the client."""

    listening: dict[str, socket.socket] = field(default_factory=dict)

    def serve(
        self, label: str, name: str | None, address: str, port: int, protocol: str = "tcp"
    ) -> None:
        self.listening[label] = _socket(name, address, port, protocol)
        if protocol == "tcp":
            self.listening[label].listen(100)

    def _accept(self, patience: float) -> tuple[str, str] | None:
        ready, _writable, _failed = select.select(list(self.listening.values()), [], [], patience)
        for label, listener in self.listening.items():
            if listener in ready and listener.type == socket.SOCK_STREAM:
                connection, peer = listener.accept()
                connection.close()
                return label, peer[0]
            if listener in ready:
                _data, peer = listener.recvfrom(100)
                listener.sendto(b"answer", peer)
                return label, peer[0]
        return None

    def ask(
        self,
        name: str | None,
        address: str,
        port: int,
        protocol: str = "tcp",
        source: str = "",
        patience: float = LATEST,
    ) -> tuple[str, str] | None:
        """One connection from a namespace; None when nobody was reached, or the answer did not come back."""
        with _socket(
            name, source or ("::" if ":" in address else "0.0.0.0"), 0, protocol
        ) as client:
            client.settimeout(patience)
            try:
                client.connect((address, port))
                if protocol == "tcp":
                    return self._accept(patience)
                client.send(b"question")
                seen = self._accept(patience)
                return seen if seen and client.recv(100) == b"answer" else None
            except OSError:
                return None

    def misses(self, name: str | None, address: str, port: int) -> bool:
        """Whether a connection from there reaches nobody."""
        return self.ask(name, address, port, patience=SOON) is None

    def close(self) -> None:
        for listener in self.listening.values():
            listener.close()
