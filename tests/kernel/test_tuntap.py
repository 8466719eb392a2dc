# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tap and tun links, and the programs that open them."""

from __future__ import annotations

import fcntl
import os
import select
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
)

from support.links import show_link
from support.netns import in_netns
from support.services import Listeners
from support.snapshot import differences, take_snapshot
from support.tasks import run


@contextmanager
def open_tuntap(netns: str | None, name: str, mode: int) -> Iterator[int]:
    """Open a tap (2) or tun (1) link as a program of an ordinary user does."""
    with in_netns(netns):
        descriptor = os.open("/dev/net/tun", os.O_RDWR)
        try:
            fcntl.ioctl(
                descriptor, 0x400454CA, struct.pack("16sH22x", name.encode(), mode | 0x1000)
            )
            yield descriptor
        finally:
            os.close(descriptor)


def receives(descriptor: int, wanted: bytes, ask: Callable[[], object]) -> bool:
    """Whether a packet with these bytes arrives.

    It is requested again and again, because the kernel drops packets until it has noticed the
    carrier.
    """
    for _attempt in range(10):
        ask()
        while select.select([descriptor], [], [], 0.3)[0]:
            if wanted in os.read(descriptor, 2000):
                return True
    return False


def test_a_tap_has_a_carrier_while_it_is_open_and_passes_packets(host: None) -> None:
    run("netns", name="red")
    run(
        "netns_link",
        name="tap0",
        netns="red",
        type="tap",
        user="nobody",
        addresses=["10.3.0.1/24"],
        mac="02:00:00:00:00:31",
    )
    assert "NO-CARRIER" in show_link("red", "tap0")
    mac, address = bytes.fromhex("020000000031"), bytes((10, 3, 0, 1))
    with open_tuntap("red", "tap0", 2) as program:
        assert "LOWER_UP" in show_link("red", "tap0")
        # The host sends an ARP request for the address (RFC 826), and the interface replies.
        sender = bytes.fromhex("020000000099") + bytes((10, 3, 0, 9))
        question = (
            b"\xff" * 6
            + sender[:6]
            + bytes.fromhex("0806 0001 0800 0604 0001")
            + sender
            + bytes(6)
            + address
        )
        assert receives(
            program,
            bytes.fromhex("0806 0001 0800 0604 0002") + mac + address + sender,
            lambda: os.write(program, question),
        )
    assert not run("netns_link", name="tap0", netns="red", type="tap", user="nobody")["changed"]


def test_a_tun_passes_packets_for_its_network(host: None) -> None:
    run("netns", name="red")
    run("netns_link", name="tun0", netns="red", type="tun", addresses=["10.3.0.1/24"])
    with open_tuntap("red", "tun0", 1) as program:
        assert receives(
            program,
            b"question",
            lambda: Listeners().connect("red", "10.3.0.7", 4242, "udp", patience=0.1),
        )


def test_a_tun_is_restored_by_a_rollback(host: None) -> None:
    lab: dict[str, Any] = {
        "name": "lab",
        "netns": [{"name": "red"}],
        "netns_link": [
            {"name": "tun0", "netns": "red", "type": "tun", "addresses": ["10.3.0.1/24"]}
        ],
    }
    run("topology", **lab)
    before = take_snapshot()
    with pytest.raises(Failed, match="undone: delete tun tun0 in namespace red"):
        run(
            "topology",
            **{**lab, "netns_link": []},
            purge=True,
            probes=[{"netns": "red", "to": "10.99.0.1"}],
        )
    assert differences(before, take_snapshot()) == {}


def test_a_tap_that_ends_with_its_process_is_a_conflict(host: None) -> None:
    with (
        open_tuntap(None, "tap0", 2),
        pytest.raises(
            Conflict,
            match=(
                "on the host a process created a tap of this name, which is deleted when that "
                "process ends"
            ),
        ),
    ):
        run("netns_link", name="tap0", type="tap")
