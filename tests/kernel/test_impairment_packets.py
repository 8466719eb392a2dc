# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments, measured: the effect of rate, delay and loss on packets from red to blue."""

from __future__ import annotations

import socket
import subprocess
from typing import Any

from support.impairments import (
    impaired_topology,
    measure_round_trips,
    receive_all,
    send_many,
    with_netem,
)
from support.info import gather_info
from support.netns import in_netns
from support.pings import ping
from support.snapshot import differences, take_snapshot
from support.tasks import run
from support.traffic import BLUE, RED, tcp_load, throughput_is_between


def test_a_rate_limits_the_throughput_and_can_be_changed(host: None) -> None:
    before = take_snapshot()
    run("topology", **impaired_topology())
    assert throughput_is_between(60e6, seconds=0.5)
    for rate, expected in (("10mbit", 10e6), ("2.5mbps", 20e6), (5_000_000, 5e6)):
        done = run("topology", **impaired_topology(red={"rate": rate}))
        assert (
            len(done["actions"]) == 1
            and not run("topology", **impaired_topology(red={"rate": rate}))["changed"]
        )
        assert not run("topology", **impaired_topology())["changed"]
        assert throughput_is_between(0.8 * expected, 1.05 * expected)
    assert run("topology", **impaired_topology(red={}))["actions"] == [
        "remove impairment of eth0 in namespace red"
    ]
    assert not run("topology", **impaired_topology(red={}))["changed"]
    assert throughput_is_between(60e6, seconds=0.5, floor=5.3e6)
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}


def test_a_rate_limits_links_of_other_types(host: None) -> None:
    """Two macvlan links on one parent."""
    subprocess.run(
        [
            "bash",
            "-euc",
            "ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up",
        ],
        check=True,
    )
    leg = {"name": "leg", "type": "macvlan", "link": "eth0"}
    legs: list[dict[str, Any]] = [
        {**leg, "netns": name, "addresses": [f"{address}/24"]}
        for name, address in (("red", RED), ("blue", BLUE))
    ]
    topology: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "netns_link": legs,
    }
    run("topology", **topology)
    assert throughput_is_between(60e6, seconds=0.5)
    legs[0]["impairment"] = {"rate": "10mbit"}
    assert (
        len(run("topology", **topology)["actions"]) == 1
        and not run("topology", **topology)["changed"]
    )
    assert throughput_is_between(8e6, 10.5e6)
    assert run("netns_link", **legs[0])["changed"] is False
    assert [
        number["impairment"]
        for number in gather_info()["topology"]["netns_link"]
        if "impairment" in number
    ] == [{"rate": "10mbit"}]
    legs[0]["impairment"] = {}
    assert run("topology", **topology)["actions"] == ["remove impairment of leg in namespace red"]


def test_queued_packets_are_sent_after_the_rate_is_lowered(host: None) -> None:
    """Segments that the link splits are up to 64 KiB; at 5 Mbit/s the burst is 16 kB."""
    run("topology", **impaired_topology(red={"rate": "100mbit"}))
    slow = impaired_topology(red={"rate": "5mbit"})
    with tcp_load() as receiver:
        receiver.receive(1 << 20)
        done = run("topology", **slow)
        receiver.receive(1 << 21)
    assert len(done["actions"]) == 1 and not run("topology", **slow)["changed"]
    assert [command.split()[4] for command in done["commands"] if command.startswith("tc ")] == [
        "del",
        "replace",
    ], done["commands"]


@with_netem
def test_a_delay_is_measured_in_the_round_trip_time(host: None) -> None:
    run("topology", **impaired_topology())
    assert min(measure_round_trips()) < 0.02
    run("topology", **impaired_topology(red={"delay": "40ms"}))
    assert 0.04 <= min(measure_round_trips()) < 0.06
    run("topology", **impaired_topology(red={"delay": "40ms"}, blue={"delay": "0.03s"}))
    assert 0.07 <= min(measure_round_trips()) < 0.1
    run("topology", **impaired_topology(red={"delay": "40ms", "jitter": "30000us"}, blue={}))
    times = measure_round_trips(40)
    assert min(times) < 0.035 and max(times) > 0.045 and 0.03 < sum(times) / 40 < 0.06


@with_netem
def test_a_loss_drops_its_share_of_packets(host: None) -> None:
    run("topology", **impaired_topology(red={"loss": 30}))
    assert 600 < len(send_many(1000)) < 800
    run("topology", **impaired_topology(red={"loss": "100%"}))
    assert not ping("red", BLUE, "-c3", "-i0.2")
    run("topology", **impaired_topology(red={"loss": "0.0%"}))
    assert send_many(500) == list(range(500))


@with_netem
def test_duplicates_reordering_corruption_and_a_queue_limit_work(host: None) -> None:
    run("topology", **impaired_topology(red={"duplicate": "20%"}))
    assert 1100 < len(send_many(1000)) < 1300
    run("topology", **impaired_topology(red={"delay": "20ms", "reorder": "25%"}))
    came = send_many(500)
    assert sorted(came) == list(range(500)) and came != sorted(came)
    run("topology", **impaired_topology(red={"delay": "100ms", "limit": 10}))
    assert 5 < len(send_many(500)) < 250
    run("topology", **impaired_topology(red={"corrupt": "100%"}))
    with (
        in_netns("blue"),
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as ear,
        in_netns("red"),
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as mouth,
    ):
        ear.bind(("eth0", 3))
        mouth.bind(("eth0", 0))
        frame = b"\xff" * 6 + b"\x02\0\0\0\0\x09" + b"\x88\xb5" + bytes(200)
        for _number in range(20):
            mouth.send(frame)
        heard = [
            got
            for got in receive_all(ear)
            if len(got) == len(frame) and b"\x88" in got[12:13] + b"\x88"
        ]
        assert heard and all(
            sum(bin(number ^ other).count("1") for number, other in zip(got, frame)) == 1
            for got in heard
        )
