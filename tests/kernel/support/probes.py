# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes without Ansible, and servers that answer them."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import ProbeResult
from ansible_collections.redblue.netns.plugins.module_utils._module.probe import list_probes
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    NETNS_PROBE_INFO_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.plugins.module_utils._probe.runner import run_probes

from support.netns import in_netns
from support.patience import scale

Raw = dict[str, Any]


def _wait_longer(options: Raw) -> Raw:
    """The options of a probe, with the time in which an answer must arrive on this machine."""
    seconds = options.get("timeout")
    return options if seconds is None else {**options, "timeout": min(60, scale(seconds))}


def probe(*probes: Raw, **raw: Any) -> list[ProbeResult]:
    """Run the probes of a netns_probe_info task. On a slow machine their timeouts are longer."""
    matrix = {"matrix": _wait_longer(raw["matrix"])} if "matrix" in raw else {}
    listed = {"probes": [_wait_longer(one) for one in probes]} if probes else {}
    params = validate({**listed, **raw, **matrix}, NETNS_PROBE_INFO_SPEC)
    host = LinuxHost()
    try:
        return run_probes(host.handles, list_probes(params, host.handles))
    finally:
        host.close()


def reasons(*probes: Raw, **raw: Any) -> list[str]:
    """Run probes; return the reason of each reply."""
    return [result.reply.reason for result in probe(*probes, **raw)]


@contextlib.contextmanager
def service(
    netns: str | None, address: str, port: int, answer: Callable[[bytes], bytes], udp: bool = False
) -> Iterator[list[bytes]]:
    """A server in a thread; yields the list of what it receives.

    ``answer`` maps a request to a reply. For TCP it is called with no bytes first: what it returns
    then is sent as a greeting.
    """
    heard: list[bytes] = []
    with in_netns(netns):
        own = socket.socket(
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_DGRAM if udp else socket.SOCK_STREAM,
        )
    with own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0 if udp else 1)
        own.bind((address, port))
        own.settimeout(0.05)
        over = threading.Event()
        thread = threading.Thread(
            target=_serve_datagrams if udp else _serve_calls, args=(own, answer, heard, over)
        )
        if not udp:
            own.listen(16)
        thread.start()
        try:
            yield heard
        finally:
            over.set()
            thread.join()


def _serve_datagrams(
    own: socket.socket, answer: Callable[[bytes], bytes], heard: list[bytes], over: threading.Event
) -> None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            data, sender = own.recvfrom(2048)
            heard.append(data)
            own.sendto(answer(data), sender)


def _serve_calls(
    own: socket.socket, answer: Callable[[bytes], bytes], heard: list[bytes], over: threading.Event
) -> None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError, ConnectionError):
            call, _sender = own.accept()
            with call:
                call.settimeout(0.3)
                greeting = answer(b"")
                if greeting:
                    call.sendall(greeting)
                    continue
                data = call.recv(2048)
                heard.append(data)
                if data:
                    call.sendall(answer(data))


NEAR_ROUTER_FAR = """
for name in near router far; do
  ip netns add $name; ip netns exec $name sysctl -qw net.ipv6.conf.default.accept_dad=0
  ip -n $name link set lo up
done
ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip link add near0 netns near type veth peer name near1 netns router
ip link add far1 netns router type veth peer name far0 netns far
ip -n near addr add 10.1.0.1/24 dev near0
ip -n near addr add fd01::1/64 dev near0 nodad; ip -n near link set near0 up
ip -n router addr add 10.1.0.254/24 dev near1
ip -n router addr add fd01::254/64 dev near1 nodad; ip -n router link set near1 up
ip -n router addr add 10.2.0.254/24 dev far1
ip -n router addr add fd02::254/64 dev far1 nodad; ip -n router link set far1 up
ip -n far addr add 10.2.0.1/24 dev far0
ip -n far addr add fd02::1/64 dev far0 nodad; ip -n far link set far0 up
for way in 10.1.0.254 fd01::254; do ip -n near route add default via $way; done
for way in 10.2.0.254 fd02::254; do ip -n far route add default via $way; done
for end in "near near0" "router near1" "router far1" "far far0"; do
  set -- $end; until ip -n $1 link show $2 | grep -q " state UP "; do sleep 0.05; done
done
"""
"""near 10.1.0.1, fd01::1 --- router .254 --- far 10.2.0.1, fd02::1.

A busy kernel sets up a link up to a second late, and drops what is sent before."""
FAR = {"ipv4": "10.2.0.1", "ipv6": "fd02::1"}
ROUTER = {"ipv4": "10.1.0.254", "ipv6": "fd01::254"}


def add_nft_rule(netns: str, hook: str, rule: str) -> None:
    """Add a rule to a base chain of the table inet t in a namespace."""
    chain = (
        f"add table inet t; add chain inet t {hook} {{ type filter hook {hook} priority 0; "
        f"}}; add rule inet t {hook} {rule}"
    )
    subprocess.run(
        ["ip", "netns", "exec", netns, "nft", "-f", "-"],
        input=chain.replace("; add", "\nadd"),
        text=True,
        check=True,
    )


RED, BLUE, HOST, UNUSED = "192.168.15.1", "192.168.15.2", "192.168.15.5", "192.168.15.77"


RED6, BLUE6, HOST6, UNUSED6 = "fd00:15::1", "fd00:15::2", "fd00:15::5", "fd00:15::77"


FAMILIES = {"ipv4": (BLUE, UNUSED), "ipv6": (BLUE6, UNUSED6)}


PROTOCOLS: dict[str, Raw] = {
    "icmp": {},
    "tcp": {"port": 80},
    "udp": {"protocol": "udp", "port": 80},
    "http": {"protocol": "http"},
    "dns": {"protocol": "dns", "query": "example.org"},
}
