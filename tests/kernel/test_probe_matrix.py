# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many probes: a matrix of namespaces, the neighbour table, and the probes of bridge_lab."""

from __future__ import annotations

import subprocess
from collections import Counter

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.bridge_lab_probes import bridge_lab_probes
from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import family_of
from ansible_collections.redblue.netns.plugins.module_utils._netlink.neighbours import (
    dump_neighbour_tables,
    read_neighbour_table,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.socket import Socket

from support.probes import BLUE, Raw, probe
from support.shell import sh
from support.tasks import run


def test_probes_of_bridge_lab_detect_each_fault(host: None) -> None:
    """In both families and both protocols; each fault makes a probe fail."""
    forwards = [
        {"destination_port": port, "namespace": "blue", "protocol": protocol}
        for port, protocol in ((80, "tcp"), (53, "udp"))
    ]
    lab = bridge_lab(
        ["red", "blue"],
        network=["192.168.15.0/24", "fd00:15::/64"],
        gateway=["192.168.15.5", "fd00:15::5"],
        routes=[],
        forwards=forwards,
    )
    options = bridge_lab_probes(lab)
    run("topology", **lab)
    assert [result for result in probe(*options) if not result.ok] == []
    assert {family_of(str(item["to"])) for item in options if item.get("protocol") == "udp"} == {
        4,
        6,
    }
    sh("nft delete table inet redblue_netns")
    assert {
        (result.probe.protocol, result.port, family_of(str(result.address)))
        for result in probe(*options)
        if not result.ok
    } == {("tcp", 80, 4), ("udp", 53, 4), ("tcp", 80, 6), ("udp", 53, 6)}
    sh("ip -n blue link set veth-blue down")
    assert {
        result.address
        for result in probe(*options)
        if not result.ok and result.probe.protocol == "icmp"
    } >= {BLUE, "fd00:15::2", "192.168.15.1"}


@pytest.mark.parametrize("words", ["none", "established", "icmp", "22/tcp"])
def test_probes_of_bridge_lab_expect_what_host_access_allows(host: None, words: str) -> None:
    lab = bridge_lab(
        ["red", "blue"],
        network=["192.168.15.0/24", "fd00:15::/64"],
        gateway=["192.168.15.5", "fd00:15::5"],
        routes=[],
        forwards=[{"destination_port": 80, "namespace": "blue"}],
    )
    run("topology", **lab, host_access=[words])
    expected = bridge_lab_probes(lab, host_access=[words])
    assert [result for result in probe(*expected) if not result.ok] == []
    assert [result for result in probe(*bridge_lab_probes(lab)) if not result.ok] != [] or (
        words == "icmp"
    )


def build(count: int) -> None:
    run(
        "topology",
        name="farm",
        linux_bridge=[{"name": "br0", "addresses": ["10.9.0.1/16"]}],
        range=[
            {
                "count": count,
                "netns": [{"name": "n{n:02}"}],
                "veth": [
                    {
                        "name": "eth0",
                        "netns": "n{n:02}",
                        "addresses": ["{10.9.1.0+n}/16"],
                        "peer": {"name": "p{n}", "bridge": "br0"},
                    }
                ],
            }
        ],
    )


def test_a_matrix_probes_every_pair(host: None) -> None:
    build(30)
    found = probe(matrix={"lab": "farm", "with_host": True})
    assert len(found) == 31 * 30 and Counter(result.reply.reason for result in found) == {"ok": 930}
    sh("for n in {02..30..2}; do ip -n n$n link set eth0 down; done")
    found = probe(
        matrix={"lab": "farm", "protocol": "tcp", "port": 0, "listen": True, "timeout": 0.5}
    )
    assert Counter(result.reply.reason for result in found) == {
        "ok": 15 * 14,
        "no_neighbour": 15 * 15,
        "no_route": 15 * 29,
    }


def read_table() -> tuple[int, int]:
    """Return the number of neighbour entries on this machine, and the limit."""
    with_socket = Socket()
    try:
        tables = [read_neighbour_table(data) for data in with_socket.dump(dump_neighbour_tables())]
    finally:
        with_socket.close()
    return next(table[1:] for table in tables if table is not None and table[0] == 4)


def test_the_neighbour_table_does_not_overflow(host: None) -> None:
    """The table is shared by the whole machine: it is neither filled nor left full."""
    build(40)
    used, most = read_table()
    found = probe(matrix={"lab": "farm"})
    assert len(found) == 1560 and [result for result in found if not result.ok] == []
    if most - used < 1560:
        listed = [
            subprocess.run(
                ["ip", "-n", f"n{number:02}", "neigh"], capture_output=True, text=True, check=True
            ).stdout
            for number in range(1, 41)
        ]
        assert "".join(listed) == ""


def test_known_neighbours_are_kept(host: None) -> None:
    build(40)
    sh(
        "ip -n n01 neigh add 10.9.1.2 lladdr $(ip -n n02 link show eth0 | "
        "grep -o 'ether [0-9a-f:]*' | cut -c7-) dev eth0 nud reachable"
    )
    sh("ip -n n03 neigh add 10.9.200.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent")
    assert all(result.ok for result in probe(matrix={"lab": "farm"}))
    for name, address in (("n01", "10.9.1.2"), ("n03", "10.9.200.1")):
        assert (
            address
            in subprocess.run(
                ["ip", "-n", name, "neigh"], capture_output=True, text=True, check=True
            ).stdout
        )


def test_many_probes_of_a_silent_target_take_one_timeout(lab: None) -> None:
    """At most a hundred wait at a time, and the other probes do not wait for them."""
    dead: Raw = {"netns": "red", "to": "192.168.15.77", "timeout": 0.1}
    found = probe(*[dead] * 250, {"netns": "red", "to": "blue"})
    assert Counter(result.reply.reason for result in found) == {"no_neighbour": 250, "ok": 1}


def test_a_probe_sends_many_packets(lab: None) -> None:
    (result,) = probe({"netns": "red", "to": "blue", "count": 12})
    assert (len(result.replies), result.received) == (12, 12)
