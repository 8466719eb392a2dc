# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The largest packet that a way takes; who listens and who does not; many at once; and that nothing is left of it all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.bridge_lab_probes import bridge_lab_probes
from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import family_of
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._netlink.rtnl_replies import (
    read_neighbour_table,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.rtnl_requests import (
    GETNEIGHTBL,
    dump_neighbour_tables,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.socket import Socket

from support.monitors import MONITORED_OBJECTS, no_notifications
from support.netns import in_netns
from support.probes import FAR, Raw, add_nft_rule, probe, reasons, service
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

MODULE = "netns_probe"
BLUE = "192.168.15.2"


# the largest packet


@pytest.mark.parametrize("family", FAR)
@pytest.mark.parametrize("mtu", [1500, 1400, 1281])
def test_the_path_mtu_is_reported_by_a_router(way: None, family: str, mtu: int) -> None:
    sh(f"ip -n router link set dev far1 mtu {mtu}; ip -n far link set dev far0 mtu {mtu}")
    (one,) = probe({"netns": "near", "to": "far", "family": family, "path_mtu": True})
    assert (one.ok, one.path_mtu) == (True, mtu)


@pytest.mark.parametrize("family", FAR)
def test_the_path_mtu_is_found_without_reports_of_routers(way: None, family: str) -> None:
    sh("ip -n router link set dev far1 mtu 1337; ip -n far link set dev far0 mtu 1337")
    add_nft_rule("router", "output", "icmp type destination-unreachable drop")
    add_nft_rule("router", "output", "icmpv6 type packet-too-big drop")
    (one,) = probe({"netns": "near", "to": "far", "family": family, "path_mtu": True})
    assert (one.ok, one.path_mtu) == (True, 1337)


@pytest.mark.parametrize("family", FAR)
def test_the_path_mtu_over_a_bridge_port_is_found(lab: None, family: str) -> None:
    """The port passes four bytes more than its MTU, for a VLAN tag (is_skb_forwardable in
    net/core/dev.c).
    """
    sh("ip link set dev veth-red-br mtu 1300")
    found = probe(
        {"netns": "red", "to": "blue", "family": family, "path_mtu": True},
        {"netns": "blue", "to": BLUE, "path_mtu": True},
    )
    assert [one.path_mtu for one in found] == [1304, 65535]


def test_an_unreachable_target_has_no_path_mtu(lab: None) -> None:
    (one,) = probe({"netns": "red", "to": "192.168.15.77", "path_mtu": True, "timeout": 0.2})
    assert one.path_mtu is None


# listeners


def test_a_probe_starts_its_listener(lab: None) -> None:
    """A port of the host that is forwarded to blue, and one that is not."""
    at = {"netns": "blue", "address": BLUE}
    found = probe(
        {"to": "192.168.15.5", "port": 80, "listen_at": {**at, "port": 80}},
        {"to": "192.168.15.5", "port": 0, "listen_at": at, "expect": "unreachable"},
        {"to": "192.168.15.5", "protocol": "http", "listen_at": at},
        {"netns": "red", "to": "blue", "port": 443, "listen": True},
    )
    assert [(one.ok, one.reply.reason) for one in found] == [
        (True, "ok"),
        (True, "refused"),
        (True, "ok"),
        (True, "ok"),
    ]


def test_an_answer_of_another_program_is_detected(lab: None) -> None:
    sh("nft delete table inet redblue_netns")
    asked: Raw = {
        "to": "192.168.15.5",
        "port": 80,
        "listen_at": {"netns": "blue", "address": BLUE},
        "timeout": 0.3,
    }
    with (
        service(None, "192.168.15.5", 80, lambda data: b"I am the host"),
        service(None, "192.168.15.5", 80, lambda data: b"x", udp=True),
    ):
        tcp, udp, other = probe(
            asked, {**asked, "protocol": "udp"}, {**asked, "expect": "unreachable"}
        )
    assert [(one.ok, one.reply.reason) for one in (tcp, udp, other)] == [
        (False, "somebody_else"),
        (False, "somebody_else"),
        (True, "somebody_else"),
    ]
    assert tcp.reply.words == "connected, and the answer was 'I am the host'"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_port_in_use_is_probed_as_it_is(lab: None, protocol: str) -> None:
    with service("blue", "0.0.0.0", 80, lambda data: b"mine", udp=protocol == "udp") as heard:
        asked: Raw = {
            "netns": "red",
            "to": "blue",
            "port": 80,
            "protocol": protocol,
            "listen": True,
            "timeout": 1,
        }
        assert [
            (one.ok, one.reply.reason)
            for one in probe(asked, {**asked, "answer": "mine"}, {**asked, "answer": "ours"})
        ] == [(True, "ok"), (True, "ok"), (False, "wrong_answer")]
    assert protocol == "tcp" or heard


def test_a_listener_that_cannot_start_is_an_error(lab: None) -> None:
    asked: Raw = {
        "netns": "red",
        "to": "blue",
        "port": 80,
        "listen_at": {"netns": "blue", "address": "192.168.15.9"},
    }
    found = probe(asked, {**asked, "expect": "unreachable"})
    assert [(one.ok, one.reply.reason) for one in found] == [(False, "no_listener")] * 2
    assert (
        found[0].reply.words
        == "cannot listen on 192.168.15.9 port 80: Cannot assign requested address"
    )


def test_the_port_of_a_listener_is_free_at_once(lab: None) -> None:
    """Also for a server that does not set SO_REUSEADDR."""
    for protocol in ("tcp", "http", "udp"):
        assert reasons(
            {
                "netns": "red",
                "to": "blue",
                "port": 8080,
                "protocol": protocol,
                "listen": True,
                "count": 3,
            }
        ) == ["ok"]
        with (
            in_netns("blue"),
            socket.socket(
                socket.AF_INET, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
            ) as own,
        ):
            own.bind((BLUE, 8080))


# what a lab promises


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
    asked = bridge_lab_probes(lab)
    run("topology", **lab)
    assert [one for one in probe(*asked) if not one.ok] == []
    assert {family_of(str(item["to"])) for item in asked if item.get("protocol") == "udp"} == {4, 6}
    sh("nft delete table inet redblue_netns")
    assert {
        (one.probe.protocol, one.port, family_of(str(one.address)))
        for one in probe(*asked)
        if not one.ok
    } == {("tcp", 80, 4), ("udp", 53, 4), ("tcp", 80, 6), ("udp", 53, 6)}
    sh("ip -n blue link set veth-blue down")
    assert {
        one.address for one in probe(*asked) if not one.ok and one.probe.protocol == "icmp"
    } >= {BLUE, "fd00:15::2", "192.168.15.1"}


# many


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
    assert len(found) == 31 * 30 and Counter(one.reply.reason for one in found) == {"ok": 930}
    sh("for n in {02..30..2}; do ip -n n$n link set eth0 down; done")
    found = probe(
        matrix={"lab": "farm", "protocol": "tcp", "port": 0, "listen": True, "timeout": 0.5}
    )
    assert Counter(one.reply.reason for one in found) == {
        "ok": 15 * 14,
        "no_neighbour": 15 * 15,
        "no_route": 15 * 29,
    }


def read_table() -> tuple[int, int]:
    """Return the number of neighbour entries on this machine, and the limit."""
    with_socket = Socket()
    try:
        tables = [
            read_neighbour_table(data)
            for data in with_socket.dump(GETNEIGHTBL, dump_neighbour_tables())
        ]
    finally:
        with_socket.close()
    return next(table[1:] for table in tables if table is not None and table[0] == 4)


def test_the_neighbour_table_does_not_overflow(host: None) -> None:
    """The table is shared by the whole machine: it is neither filled nor left full."""
    build(40)
    used, most = read_table()
    found = probe(matrix={"lab": "farm"})
    assert len(found) == 1560 and [one for one in found if not one.ok] == []
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
    assert all(one.ok for one in probe(matrix={"lab": "farm"}))
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
    assert Counter(one.reply.reason for one in found) == {"no_neighbour": 250, "ok": 1}


def test_a_probe_sends_many_packets(lab: None) -> None:
    (one,) = probe({"netns": "red", "to": "blue", "count": 12})
    assert (len(one.replies), one.received) == (12, 12)


# nothing is left


def test_probes_change_nothing(lab: None, tmp_path: Path) -> None:
    assert all(one.ok for one in probe(matrix={"lab": "lab", "with_host": True}))
    before = take_snapshot()
    with no_notifications(tmp_path, MONITORED_OBJECTS):
        asked: Raw = {"netns": "red", "to": "blue", "timeout": 0.3}
        for family in ("ipv4", "ipv6"):
            for more in (
                {"path_mtu": True},
                {"port": 81},
                {"port": 0, "listen": True},
                {"protocol": "udp", "port": 0, "listen": True},
                {"protocol": "http"},
                {"protocol": "dns", "query": "a.b"},
            ):
                probe({**asked, "family": family, **more})
        probe(
            {"netns": "red", "to": "192.168.15.77", "timeout": 0.3},
            {"to": "10.200.0.1"},
            {"to": "192.168.15.1", "port": 1},
        )
    assert differences(before, take_snapshot()) == {}


def test_probes_leave_no_descriptor_and_no_thread(lab: None) -> None:
    asked: list[Raw] = [
        {"netns": "red", "to": "blue", **more}
        for more in ({}, {"port": 0, "listen": True}, {"protocol": "http"}, {"path_mtu": True})
    ]
    probe(*asked)
    before, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _time in range(20):
        probe(*asked)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == (before, threads)


@pytest.mark.parametrize("handle", range(0, 24, 3))
def test_a_lack_of_file_descriptors_is_an_error(lab: None, handle: int) -> None:
    """It fails or succeeds: a missing descriptor is not reported as an unreachable target.
    Its listeners are closed.
    """
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}\nfrom support.probes import *\n"
        f"import resource, os\n"
    )
    program += (
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')) + "
        f"{handle},) * 2)\n"
    )
    program += (
        "print([one.reply.reason for one in probe(*[{'netns': 'red', 'to': 'blue', 'port': "
        "8080, 'listen': True}] * 3)])"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False
    )
    assert (
        "['ok', 'ok', 'ok']" in done.stdout
        or "Failed: " in done.stderr
        or "Too many open files" in done.stderr
    ), done.stdout + done.stderr
    with in_netns("blue"), socket.socket() as own:
        own.bind((BLUE, 8080))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"netns": "green", "to": "blue"},
            r"^probes\[1\]\.netns: 'green': there is no such namespace",
        ),
        ({"to": "green"}, r"^probes\[1\]\.to: 'green': there is no such namespace"),
        (
            {"netns": "/run/netns/green", "to": "blue"},
            r"^probes\[1\]\.netns: '/run/netns/green': is not a network namespace",
        ),
        (
            {"netns": "/etc/passwd", "to": "blue"},
            r"^probes\[1\]\.netns: '/etc/passwd': is not a network namespace",
        ),
        (
            {"to": "192.168.15.5", "port": 80, "listen_at": {"netns": "green"}},
            r"^probes\[1\]\.listen_at\.netns: 'green': there is no such namespace",
        ),
    ],
)
def test_a_missing_namespace_is_named(lab: None, asked: Raw, words: str) -> None:
    with pytest.raises(Refused, match=words):
        probe({"netns": "red", "to": "blue"}, asked)


def test_a_matrix_of_a_missing_topology_is_refused(lab: None) -> None:
    with pytest.raises(Refused, match=r"^matrix\.netns: 'green': there is no such namespace"):
        probe(matrix={"netns": ["red", "green"]})
    with pytest.raises(
        Refused,
        match=(
            r"^matrix\.lab: 'farm': no namespace bears the mark of a topology of that name; "
            r"there are of: lab"
        ),
    ):
        probe(matrix={"lab": "farm"})


def play(given: Raw, *before: str) -> Any:
    """Return the result of the module as Ansible runs it."""
    program = (
        "from ansible_collections.redblue.netns.plugins.modules import netns_probe as m; m.main()"
    )
    asked = json.dumps({"ANSIBLE_MODULE_ARGS": given})
    done = subprocess.run(
        [*before, sys.executable, "-c", program],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        cwd="/run/tree",
    )
    return json.loads(done.stdout)


def test_missing_privileges_are_reported(lab: None) -> None:
    for drop in ("-net_raw", "-sys_admin"):
        told = play({"probes": [{"netns": "red", "to": "blue"}]}, "setpriv", "--bounding-set", drop)
        assert (
            told["failed"]
            and told["msg"] == "needs CAP_NET_RAW and CAP_SYS_ADMIN to probe (run with become)"
        )


def test_a_failed_task_returns_all_results(lab: None) -> None:
    asked = [{"netns": "red", "to": "blue"}, {"netns": "red", "to": "blue", "port": 81}]
    told = play({"probes": asked})
    assert told["failed"] and told["msg"] == (
        "2 probes, 1 not as expected: red to blue:81 is expected to be reachable: "
        "refused: no program listens on the port"
    )
    assert told["failed_probes"] == [told["msg"].partition(": ")[2]] and [
        one["ok"] for one in told["results"]
    ] == [True, False]
    told = play({"probes": asked, "fail_on_unexpected": False})
    assert (
        not told.get("failed")
        and not told["ok"]
        and not told["changed"]
        and "blue:81" in told["matrix"]
        and "<-- WRONG" in told["report"]
    )


def test_check_mode_probes_and_assumes_what_an_earlier_task_would_add(
    lab: None,
) -> None:
    told = play(
        {
            "_ansible_check_mode": True,
            "probes": [{"netns": "red", "to": "blue"}, {"netns": "green", "to": "blue"}],
            "matrix": {"lab": "farm"},
        }
    )
    assert (
        not told.get("failed")
        and not told["changed"]
        and told["ok"]
        and told["summary"] == "2 probes, all as expected, 1 not run"
    )
    assert [one["reason"] for one in told["results"]] == ["ok", "not_there"] and told["results"][1][
        "message"
    ] == "not_there: namespace green does not exist yet"
