# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPN namespace of the guide: when the tunnel is down, none of its packets leaves the host."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.guides import read_play, topologies_of
from support.kernel_link_types import need_type
from support.netns import add_namespace, in_netns
from support.persistence import call, persist, remove_all
from support.pings import ping, reaches
from support.shell import output, sh
from support.tasks import run
from support.uplink import ENDPOINT, PORT, Uplink
from support.wireguard import PROVIDER_KEY, new_key, public_key

LAN = """
ip link add uplink0 type veth peer name port0 netns provider
ip address add 192.0.2.2/24 dev uplink0
ip address add fd00:2::2/64 dev uplink0 nodad
ip link set uplink0 up
ip -n provider address add 192.0.2.1/24 dev port0
ip -n provider address add fd00:2::1/64 dev port0 nodad
ip -n provider link set port0 up
ip -n provider link set lo up
ip route add default via 192.0.2.1
ip route add default via fd00:2::1
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
nft 'table inet open { chain out { type nat hook postrouting priority srcnat; masquerade; }; }'
"""
"""A host that forwards everything, to where it could be answered."""
_DROP = f"udp dport {PORT} drop"
SILENCE = f"table inet away {{ chain in {{ type filter hook input priority 0; {_DROP}; }}; }}"
"""What the other end does when it does not answer."""
OWN_RESOLVER = """
[ -e /etc/resolv.conf ] || touch /etc/resolv.conf
echo nameserver 127.0.0.1 >/run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
"""
LOOK_UP = """
import socket, sys
answered = 0
for number in range(int(sys.argv[1])):
    try:
        answered += bool(socket.getaddrinfo(f"n{number}.example.org", 80))
    except OSError:
        pass
print(answered)
"""


@contextlib.contextmanager
def name_server(netns: str | None, address: str) -> Iterator[list[bytes]]:
    """Answer each question with the same address: the questions so far."""
    questions: list[bytes] = []
    with in_netns(netns):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with server:
        server.bind((address, 53))

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    query, sender = server.recvfrom(512)
                    if not query:
                        return
                    questions.append(query)
                    server.sendto(_answer(query), sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield questions
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _answer(query: bytes) -> bytes:
    end = query.index(0, 12) + 5
    is_ipv4 = query[end - 3] == 1
    record = b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04" + socket.inet_aton("192.0.2.80")
    counts = b"\0\x01" + (b"\0\x01" if is_ipv4 else b"\0\0") + b"\0\0\0\0"
    return query[:2] + b"\x81\x80" + counts + query[12:end] + (record if is_ipv4 else b"")


def look_up(count: int) -> int:
    """How many of so many names a command in the namespace could look up."""
    quick = ["env", "RES_OPTIONS=timeout:1 attempts:1"]
    return int(output("ip", "netns", "exec", "vpn", *quick, "python3", "-c", LOOK_UP, str(count)))


def start_provider(client: str) -> None:
    """The other end of the tunnel of the guide, in a namespace behind the uplink."""
    add_namespace("provider")
    sh(LAN)
    peer = {"public_key": public_key(client), "allowed_ips": ["10.13.0.2/32", "fd00:13::2/128"]}
    run(
        "netns_link",
        name="wg0",
        netns="provider",
        link_netns="provider",
        type="wireguard",
        private_key=PROVIDER_KEY,
        listen_port=PORT,
        addresses=["10.13.0.1/24", "fd00:13::1/64"],
        peers=[peer],
    )


def declare() -> dict[str, Any]:
    """The topology of the guide, and the key that it names."""
    (vpn, _team) = topologies_of(read_play("services", "Build what outlives a boot")).values()
    key = new_key()
    start_provider(key)
    path = Path(vpn["netns_link"][0]["private_key_file"])
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{key}\n", encoding="ascii")
    path.chmod(0o600)
    return {name: value for name, value in vpn.items() if name != "persist"}


def is_alive() -> bool:
    """Whether both families reach the other end of the tunnel."""
    return reaches("vpn", "10.13.0.1") and reaches("vpn", "fd00:13::1")


def assert_nothing_leaves(uplink: Uplink, with_handshakes: bool) -> None:
    """Try to send in both families, into and beside the tunnel, and to look up names."""
    uplink.count()
    assert look_up(3) == 0
    for address in ("10.13.0.1", ENDPOINT, "fd00:13::1", "fd00:2::1"):
        assert not ping("vpn", address)
    counts = uplink.count()
    assert counts["in the clear"] == 0
    assert with_handshakes or counts == {}


def test_nothing_leaves_when_the_tunnel_is_down(controller_facts: dict[str, Any]) -> None:
    need_type("wireguard")
    persist(controller_facts, **declare())
    uplink = Uplink("uplink0")
    sh(OWN_RESOLVER)
    with name_server("provider", "10.13.0.1") as asked, name_server(None, "127.0.0.1") as leaked:
        assert is_alive() and look_up(200) == 200
        counts = uplink.count()
        assert len(asked) >= 200 and counts["tunnel"] >= 200 and counts["in the clear"] == 0
        # This counts what does leave, and the host's own look-ups reach its resolver.
        assert ping(None, ENDPOINT) and uplink.count()["in the clear"] > 0
        output("getent", "ahosts", "www.example.org")
        assert leaked
        leaked.clear()
        assert_kill_switch(uplink)
        assert leaked == []
    assert_boot()


def assert_kill_switch(uplink: Uplink) -> None:
    """The tunnel fails in each way, and is there again."""
    sh(f"ip netns exec provider nft '{SILENCE}'")
    assert_nothing_leaves(uplink, with_handshakes=True)
    sh("nft flush ruleset")
    assert_nothing_leaves(uplink, with_handshakes=True)
    sh("ip netns exec provider nft flush ruleset")
    assert is_alive()
    sh("ip -n vpn link set wg0 down")
    assert_nothing_leaves(uplink, with_handshakes=False)
    assert call("apply", "vpn").returncode == 0 and is_alive()
    sh("ip -n vpn link delete wg0")
    assert_nothing_leaves(uplink, with_handshakes=False)
    assert call("apply", "vpn").returncode == 0 and is_alive()


def assert_boot() -> None:
    """After a boot there is no namespace in which something could run, until the unit built it."""
    remove_all(["vpn"])
    command = ["ip", "netns", "exec", "vpn", "true"]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    assert call("apply", "--all").returncode == 0
    assert is_alive() and call("check").stdout == "vpn: as declared\n"
