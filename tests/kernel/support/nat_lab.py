# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab of the NAT tests: red and blue on the bridge lab0, lan on eth0, far on eth1.

This process is the host between them. A socket belongs to the namespace in which it was made, so
one process has sockets in all of them, and no program has to be started.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._host import programs
from ansible_collections.redblue.netns.plugins.module_utils._host.programs import run
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
    Masquerade,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import sort_rules
from ansible_collections.redblue.netns.plugins.module_utils._plan.nat_interfaces import complete_nat

from support.netns import add_namespace, write_sysctl
from support.services import _socket
from support.shell import ip

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
BACKENDS = ("nftables", "iptables", "legacy")

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


def build_nat_lab() -> None:
    """Make the lab; the host has its addresses, and forwarding is off."""
    # A router sends neighbour solicitations from its link-local address, which duplicate address
    # detection would delay by 2 seconds.
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)
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
        "addr add 192.0.2.2/24 dev eth0\naddr add fd00:2::2/64 dev eth0 nodad\n"
        "addr add 198.51.100.2/24 dev eth1\naddr add fd00:51::2/64 dev eth1 nodad"
    )
    _wait_for_neighbours()


def _wait_for_neighbours() -> None:
    """Wait until the host has reached each namespace, so that no first packet waits for a
    neighbour.
    """
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


def enable_forwarding(*interfaces: str) -> list[ForwardingEnabled]:
    """Enable forwarding as a plan does: IPv4 by interface, IPv6 for all. Return its resources."""
    for name in interfaces:
        write_sysctl(f"net/ipv4/conf/{name}/forwarding", 1)
    write_sysctl("net/ipv6/conf/all/forwarding", 1)
    return [
        *(ForwardingEnabled(None, 4, name) for name in interfaces),
        ForwardingEnabled(None, 6, "all"),
    ]


def set_bridge_filtering(on: int) -> None:
    """Set whether br_netfilter passes bridged packets to the packet filters."""
    write_sysctl("net/bridge/bridge-nf-call-iptables", on)
    write_sysctl("net/bridge/bridge-nf-call-ip6tables", on)


def ruleset(backend: str, resources: Iterable[NatResource]) -> Ruleset:
    """Complete the resources as a plan does, for this backend."""
    return Ruleset(
        "nftables" if backend == "nftables" else "iptables",
        sort_rules(complete_nat(resources, ROUTES)),
    )


def apply_rules(backend: str, *resources: NatResource) -> Ruleset:
    """Replace the rules on the host; assert that they are read back without a cache."""
    after = ruleset(backend, resources)
    firewall = Firewall()
    firewall.replace_ruleset(firewall.observe_ruleset(None), after)
    assert Firewall().observe_ruleset(None) == after
    return after


def masquerade(source: str, **options: Any) -> Masquerade:
    return Masquerade(None, source, owner="lab", **options)


def dnat(
    ports: int | tuple[int, int],
    to: str,
    to_ports: int | tuple[int, int] | None = None,
    protocol: str = "tcp",
    **options: Any,
) -> Dnat:
    first = (ports, ports) if isinstance(ports, int) else ports
    last = (
        first
        if to_ports is None
        else (to_ports, to_ports)
        if isinstance(to_ports, int)
        else to_ports
    )
    return Dnat(None, protocol, first, to, last, owner="lab", **options)


def use_iptables_programs(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    only: bool = False,
    behind: str = "xtables-nft-multi",
) -> None:
    """Make these iptables programs the first that are found; with ``only``, without nft."""
    for name in ("iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore"):
        (directory / name).symlink_to(f"/usr/sbin/{behind}")
    monkeypatch.setattr(
        programs, "DIRECTORIES", (str(directory), *(() if only else programs.DIRECTORIES))
    )


def use_iptables_legacy(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use iptables-legacy, whose lock file only the real root can write."""
    use_iptables_programs(directory, monkeypatch, behind="xtables-legacy-multi")
    if run("iptables-restore", ["--noflush"], "*nat\nCOMMIT\n").code:
        pytest.skip("iptables-legacy does not work here")


HAS_BRIDGE_FILTER = os.path.isdir("/proc/sys/net/bridge")


bridge_filters = pytest.mark.parametrize(
    "filtered",
    [0, pytest.param(1, marks=pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="no br_netfilter"))],
)


families = pytest.mark.parametrize("family", [4, 6])


EXAMPLE_RULES = (
    masquerade("192.168.15.0/24"),
    masquerade("fd00:15::/64"),
    dnat(80, "192.168.15.2"),
    dnat((8000, 8003), "fd00:15::2", (9000, 9003), hairpin=True),
    dnat(22, "192.168.15.2", 2222, source=("10.0.0.0/8", "192.0.2.7/32")),
    ForwardingEnabled(None, 4, "eth0"),
    ForwardingEnabled(None, 6, "all"),
)


def restore_iptables(program: str, text: str) -> str:
    answer = run(program, ["--noflush"], text)
    assert answer.code == 0, answer.complaint
    return f"{program}: {text}"
