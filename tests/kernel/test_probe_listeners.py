# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners that probes start, and ports that are in use."""

from __future__ import annotations

import socket

import pytest

from support.netns import in_netns
from support.probes import BLUE, Raw, probe, reasons, service
from support.shell import sh


def test_a_probe_starts_its_listener(lab: None) -> None:
    """A port of the host that is forwarded to blue, and one that is not."""
    at = {"netns": "blue", "address": BLUE}
    found = probe(
        {"to": "192.168.15.5", "port": 80, "listen_at": {**at, "port": 80}},
        {"to": "192.168.15.5", "port": 0, "listen_at": at, "expect": "unreachable"},
        {"to": "192.168.15.5", "protocol": "http", "listen_at": at},
        {"netns": "red", "to": "blue", "port": 443, "listen": True},
    )
    assert [(result.ok, result.reply.reason) for result in found] == [
        (True, "ok"),
        (True, "refused"),
        (True, "ok"),
        (True, "ok"),
    ]


def test_an_answer_of_another_program_is_detected(lab: None) -> None:
    sh("nft delete table inet redblue_netns")
    options: Raw = {
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
            options, {**options, "protocol": "udp"}, {**options, "expect": "unreachable"}
        )
    assert [(result.ok, result.reply.reason) for result in (tcp, udp, other)] == [
        (False, "somebody_else"),
        (False, "somebody_else"),
        (True, "somebody_else"),
    ]
    assert tcp.reply.message == "connected, and the answer was 'I am the host'"


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_port_in_use_is_probed_as_it_is(lab: None, protocol: str) -> None:
    with service("blue", "0.0.0.0", 80, lambda data: b"mine", udp=protocol == "udp") as heard:
        options: Raw = {
            "netns": "red",
            "to": "blue",
            "port": 80,
            "protocol": protocol,
            "listen": True,
            "timeout": 1,
        }
        assert [
            (result.ok, result.reply.reason)
            for result in probe(
                options, {**options, "answer": "mine"}, {**options, "answer": "ours"}
            )
        ] == [(True, "ok"), (True, "ok"), (False, "wrong_answer")]
    assert protocol == "tcp" or heard


def test_a_listener_that_cannot_start_is_an_error(lab: None) -> None:
    options: Raw = {
        "netns": "red",
        "to": "blue",
        "port": 80,
        "listen_at": {"netns": "blue", "address": "192.168.15.9"},
    }
    found = probe(options, {**options, "expect": "unreachable"})
    assert [(result.ok, result.reply.reason) for result in found] == [(False, "no_listener")] * 2
    assert (
        found[0].reply.message
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
