# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Impairments, measured: the effect of rate, delay and loss on packets from red to blue."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.netns import in_netns
from support.pings import ping
from support.shell import replay
from support.snapshot import differences, take_snapshot
from support.tasks import predictable, run
from support.traffic import BLUE, RED, tcp_load, throughput_is_between

with_netem = pytest.mark.skipif(lacks_feature("netem"), reason="no netem in this kernel")


def lab(
    red: dict[str, Any] | None = None, blue: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Red and blue on a veth pair whose ends have these impairments."""
    ends: dict[str, dict[str, Any]] = {
        name: {"name": "eth0", "netns": name, "addresses": [f"{address}/24"]}
        for name, address in (("red", RED), ("blue", BLUE))
    }
    for name, impairment in (("red", red), ("blue", blue)):
        ends[name].update({} if impairment is None else {"impairment": impairment})
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "veth": [{**ends["red"], "peer": ends["blue"]}],
        **more,
    }


@contextlib.contextmanager
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A UDP socket in red and one in blue, connected to each other."""
    with contextlib.ExitStack() as stack:
        found = []
        for name, address in (("red", RED), ("blue", BLUE)):
            with in_netns(name):
                found.append(stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            found[-1].bind((address, 4000))
            found[-1].setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # SO_RCVBUFFORCE
        found[0].connect((BLUE, 4000))
        found[1].connect((RED, 4000))
        # The neighbours are resolved before packets are counted.
        for sender, receiver in (found, reversed(found)):
            receiver.settimeout(1)
            while True:
                sender.send(b"here")
                with contextlib.suppress(TimeoutError):
                    receiver.recv(100)
                    break
            drain(receiver)
        yield found[0], found[1]


def drain(receiver: socket.socket, patience: float = 0.3) -> list[bytes]:
    """Receive until no packet comes any more."""
    receiver.settimeout(patience)
    found = []
    with contextlib.suppress(TimeoutError):
        while True:
            found.append(receiver.recv(2000))
    return found


def send_many(count: int) -> list[int]:
    """Send numbered packets from red to blue; return the numbers that arrive, in order."""
    with ends() as (red, blue):
        blue.settimeout(0.3)
        for number in range(count):
            red.send(number.to_bytes(4, "big") + bytes(96))
            if number % 20 == 0:
                time.sleep(0.001)
        return [int.from_bytes(packet[:4], "big") for packet in drain(blue)]


def round_trips(count: int = 10) -> list[float]:
    """Return the round-trip times between red and blue, in seconds."""
    times = []
    with ends() as (red, blue):
        for _number in range(count):
            start = time.monotonic()
            red.send(b"ping")
            blue.recv(100)
            blue.send(b"pong")
            red.recv(100)
            times.append(time.monotonic() - start)
    return times


def shown() -> list[str]:
    """Return the queueing disciplines of red and blue as tc shows them."""
    return [
        subprocess.run(
            ["tc", "-n", name, "qdisc", "show"], check=True, capture_output=True, text=True
        ).stdout
        for name in ("red", "blue")
    ]


def test_a_rate_limits_the_throughput_and_can_be_changed(host: None) -> None:
    before = take_snapshot()
    run("topology", **lab())
    assert throughput_is_between(60e6, seconds=0.5)
    for rate, expected in (("10mbit", 10e6), ("2.5mbps", 20e6), (5_000_000, 5e6)):
        done = run("topology", **lab(red={"rate": rate}))
        assert (
            len(done["actions"]) == 1 and not run("topology", **lab(red={"rate": rate}))["changed"]
        )
        assert not run("topology", **lab())["changed"]
        assert throughput_is_between(0.8 * expected, 1.05 * expected)
    assert run("topology", **lab(red={}))["actions"] == [
        "remove impairment of eth0 in namespace red"
    ]
    assert not run("topology", **lab(red={}))["changed"]
    assert throughput_is_between(60e6, seconds=0.5)
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
    whole: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "netns_link": legs,
    }
    run("topology", **whole)
    assert throughput_is_between(60e6, seconds=0.5)
    legs[0]["impairment"] = {"rate": "10mbit"}
    assert len(run("topology", **whole)["actions"]) == 1 and not run("topology", **whole)["changed"]
    assert throughput_is_between(8e6, 10.5e6)
    assert run("netns_link", **legs[0])["changed"] is False
    assert [
        one["impairment"] for one in gather_info()["topology"]["netns_link"] if "impairment" in one
    ] == [{"rate": "10mbit"}]
    legs[0]["impairment"] = {}
    assert run("topology", **whole)["actions"] == ["remove impairment of leg in namespace red"]


def test_queued_packets_are_sent_after_the_rate_is_lowered(host: None) -> None:
    """Segments that the link splits are up to 64 KiB; at 5 Mbit/s the burst is 16 kB."""
    run("topology", **lab(red={"rate": "100mbit"}))
    slow = lab(red={"rate": "5mbit"})
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
    run("topology", **lab())
    assert min(round_trips()) < 0.02
    run("topology", **lab(red={"delay": "40ms"}))
    assert 0.04 <= min(round_trips()) < 0.06
    run("topology", **lab(red={"delay": "40ms"}, blue={"delay": "0.03s"}))
    assert 0.07 <= min(round_trips()) < 0.1
    run("topology", **lab(red={"delay": "40ms", "jitter": "30000us"}, blue={}))
    times = round_trips(40)
    assert min(times) < 0.035 and max(times) > 0.045 and 0.03 < sum(times) / 40 < 0.06


@with_netem
def test_a_loss_drops_its_share_of_packets(host: None) -> None:
    run("topology", **lab(red={"loss": 30}))
    assert 600 < len(send_many(1000)) < 800
    run("topology", **lab(red={"loss": "100%"}))
    assert not ping("red", BLUE, "-c3", "-i0.2")
    run("topology", **lab(red={"loss": "0.0%"}))
    assert send_many(500) == list(range(500))


@with_netem
def test_duplicates_reordering_corruption_and_a_queue_limit_work(host: None) -> None:
    run("topology", **lab(red={"duplicate": "20%"}))
    assert 1100 < len(send_many(1000)) < 1300
    run("topology", **lab(red={"delay": "20ms", "reorder": "25%"}))
    came = send_many(500)
    assert sorted(came) == list(range(500)) and came != sorted(came)
    run("topology", **lab(red={"delay": "100ms", "limit": 10}))
    assert 5 < len(send_many(500)) < 250
    run("topology", **lab(red={"corrupt": "100%"}))
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
            got for got in drain(ear) if len(got) == len(frame) and b"\x88" in got[12:13] + b"\x88"
        ]
        assert heard and all(
            sum(bin(one ^ other).count("1") for one, other in zip(got, frame)) == 1 for got in heard
        )


@with_netem
def test_all_options_together_are_described_changed_and_removed(host: None) -> None:
    full = {
        "delay": "10ms",
        "jitter": "2ms",
        "loss": 0.1,
        "corrupt": "0.01%",
        "duplicate": "1%",
        "reorder": "5%",
        "rate": "100mbit",
        "limit": 500,
    }
    checked, done = run("topology", check=True, **lab(red=full)), run("topology", **lab(red=full))
    assert predictable(checked) == predictable(done)
    words = "delay 10ms 2ms loss 0.1% corrupt 0.01% duplicate 1% reorder 5% rate 100mbit limit 500"
    assert (
        done["commands"][-1] == f"tc -n red qdisc replace dev eth0 root handle 7262: netem {words}"
    )
    built = shown()
    assert not run("topology", **lab(red=full))["changed"]
    # An option that is omitted is removed. A rate alone is a tbf, which replaces netem in one step,
    # and the reverse.
    for less in (
        {"delay": "10ms"},
        {"loss": "2%"},
        {"rate": "1gbit"},
        {"rate": "1gbit", "limit": 50},
    ):
        changed = run("topology", **lab(red=less))
        assert (
            len(changed["commands"]) == 1
            and changed["diff"]["before"]
            and not run("topology", **lab(red=less))["changed"]
        )
        ours = shown()
        run("topology", **lab(red=full))
        replay(changed["commands"])
        assert shown() == ours
        run("topology", **lab(red=full))
    assert shown() == built
    run("topology", name="lab", state="absent")
    replay(done["commands"])
    assert shown() == built


@with_netem
def test_options_added_by_hand_are_removed(host: None) -> None:
    run("topology", **lab(red={"delay": "10ms", "jitter": "2ms"}))
    subprocess.run(
        (
            "tc -n red qdisc change dev eth0 root handle 7262: "
            "netem delay 10ms 2ms 25% loss gemodel 1%"
        ).split(),
        check=True,
    )
    assert run("topology", **lab(red={"delay": "10ms", "jitter": "2ms"}))["changed"]
    assert not run("topology", **lab(red={"delay": "10ms", "jitter": "2ms"}))["changed"]


def test_foreign_disciplines_are_left_alone(host: None) -> None:
    run("topology", **lab())
    for foreign in (
        "tbf rate 1mbit burst 5kb limit 10kb",
        "handle 1: pfifo limit 100",
        "handle 7264: tbf rate 1mbit burst 5kb limit 10kb",
    ):
        subprocess.run(f"tc -n red qdisc replace dev eth0 root {foreign}".split(), check=True)
        before = shown()
        for check in (True, False):
            with pytest.raises(
                Conflict,
                match=(
                    r"somebody else \((tbf|pfifo) [0-9a-f]+:\); to have it go: "
                    r"tc -n red qdisc del dev eth0 root"
                ),
            ):
                run("topology", check=check, **lab(red={"rate": "1mbit"}))
            assert not run("topology", check=check, **lab(red={}))["changed"]
        assert "impairment" not in str(gather_info()["topology"]["veth"])
        assert shown() == before


def test_an_impairment_is_restored_with_its_link(host: None) -> None:
    whole = lab(red={"rate": "10mbit"}, blue={"rate": "20mbit"})
    run("topology", **whole)
    before = shown()
    for number in range(0, 8, 2):
        other = {
            **whole,
            "veth": [{"name": "x", "netns": "red", "peer": {"name": "y", "netns": "blue"}}],
        }
        assert "could not be undone" not in fail_at_change(number, INTERRUPT, purge=True, **other)
        assert shown() == before
        message = fail_at_change(number // 2 % 2, INTERRUPT, **lab(red={}, blue={"rate": "1gbit"}))
        assert "could not be undone" not in message and shown() == before
    run("netns", name="green")
    run("veth", **{**whole["veth"][0], "peer": {"name": "other", "netns": "blue"}}, state="absent")
    run("veth", name="eth0", impairment={"rate": "10mbit"}, peer={"name": "eth1"})
    done = run(
        "veth", name="eth0", netns="green", impairment={"rate": "10mbit"}, peer={"name": "eth1"}
    )
    assert done["actions"][-1] == "add impairment of eth0 in namespace green: rate 10mbit"
    assert not run(
        "veth", name="eth0", netns="green", impairment={"rate": "10mbit"}, peer={"name": "eth1"}
    )["changed"]


def test_the_topology_of_netns_info_changes_nothing(host: None) -> None:
    run(
        "topology",
        **lab(
            red={"rate": "10mbit"},
            blue={} if lacks_feature("netem") else {"delay": "3ms", "rate": "12345678"},
        ),
    )
    told = gather_info()["topology"]
    (cable,) = told["veth"]
    assert {"rate": "10mbit"} in (cable.get("impairment"), cable["peer"].get("impairment"))
    assert not run("topology", **told)["changed"]


@pytest.mark.parametrize(
    ("impairment", "words"),
    [
        ({"delay": "10"}, r"impairment\.delay: '10': has no unit; write 10ms, 10us or 10s"),
        ({"delay": 10}, r"impairment\.delay: 10: is a number, not a string"),
        ({"delay": "-1ms"}, r"impairment\.delay: '-1ms': is a time as 10ms"),
        ({"jitter": "1ms"}, r"impairment\.jitter: '1ms': needs delay"),
        ({"reorder": "10%"}, r"impairment\.reorder: '10%': needs delay"),
        ({"loss": "101%"}, r"impairment\.loss: '101%': is a share of the packets from 0% to 100%"),
        ({"loss": True}, r"impairment\.loss: True: is a boolean, not a string"),
        ({"corrupt": "1 in 100"}, r"impairment\.corrupt: '1 in 100': is a share"),
        ({"rate": "fast"}, r"impairment\.rate: 'fast': is a rate as 10mbit"),
        ({"rate": 0}, r"impairment\.rate: '0': is out of range"),
        ({"limit": 0}, r"impairment\.limit: 0: is a number of packets from 1"),
        ({"latency": "1ms"}, r"impairment\.latency: '1ms': there is no such option"),
        ("10ms", r"impairment: '10ms': is a string, not a dictionary"),
    ],
)
def test_invalid_values_are_refused(host: None, impairment: Any, words: str) -> None:
    with pytest.raises(Refused, match=words):
        run("veth", name="a", peer={"name": "b", "impairment": impairment})
