# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of servers: name servers, web servers, and answers that are compared."""

from __future__ import annotations

import socket

import pytest

from support.netns import in_netns
from support.probes import (
    BLUE,
    FAMILIES,
    Raw,
    probe,
    reasons,
    service,
)


def answer_names(data: bytes) -> bytes:
    """A name server with two addresses of one name."""
    identity, question = data[:2], data[12:]
    if b"\x07example" not in question:
        return identity + b"\x81\x83" + b"\0\1" + bytes(6) + question
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4"
    return (
        identity
        + b"\x81\x80"
        + b"\0\1\0\2"
        + bytes(4)
        + question
        + record
        + b"\xc0\0\2\1"
        + record
        + b"\xc0\0\2\2"
    )


def test_a_name_server_is_queried(lab: None, family: str) -> None:
    options: Raw = {
        "netns": "red",
        "to": "blue",
        "family": family,
        "protocol": "dns",
        "query": "example.org",
    }
    with service("blue", FAMILIES[family][0], 53, answer_names, udp=True) as heard:
        wrong = [
            {**options, **more}
            for more in ({"answer": "192.0.2.3"}, {"query": "elsewhere.org"}, {"record": "AAAA"})
        ]
        found = probe(options, {**options, "answer": "192.0.2.2"}, *wrong)
    assert [result.reply.reason for result in found] == [
        "ok",
        "ok",
        "wrong_answer",
        "wrong_answer",
        "wrong_answer",
    ]
    assert (
        found[0].reply.records == ("192.0.2.1", "192.0.2.2")
        and found[3].reply.message == "NXDOMAIN: no record of type A"
    )
    assert len(heard) == 5


def test_an_unexpected_answer_still_reaches_the_target(lab: None) -> None:
    """Expect unreachable is not fulfilled by a server that answers with an error."""
    with service("blue", BLUE, 53, answer_names, udp=True):
        (result,) = probe(
            {
                "netns": "red",
                "to": "blue",
                "protocol": "dns",
                "query": "elsewhere.org",
                "expect": "unreachable",
            }
        )
    assert result.reached and not result.ok


def pages(data: bytes) -> bytes:
    """A web server."""
    if not data:
        return b""
    if b"GET /health " in data:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    return (
        b"HTTP/1.1 200 OK\r\n\r\nhello from blue"
        if b"GET / " in data
        else b"HTTP/1.0 404 Not Found\r\n\r\n"
    )


def test_a_web_server_is_queried(lab: None, family: str) -> None:
    address = FAMILIES[family][0]
    options: Raw = {"netns": "red", "to": "blue", "family": family, "protocol": "http"}
    with service("blue", address, 80, pages) as heard:
        found = [
            probe({**options, **more})[0]
            for more in (
                {},
                {"answer": "from blue"},
                {"answer": "from red"},
                {"path": "/health"},
                {"path": "/health", "status": [200, 204]},
                {"path": "/x", "host": "blue.lab"},
                {"path": "/x", "expect": "unreachable"},
            )
        ]
    assert [(result.ok, result.reply.reason, result.reply.status) for result in found] == [
        (True, "ok", 200),
        (True, "ok", 200),
        (False, "wrong_answer", 200),
        (False, "wrong_answer", 204),
        (True, "ok", 204),
        (False, "wrong_answer", 404),
        (False, "wrong_answer", 404),
    ]
    assert (
        f"\r\nHost: {f'[{address}]' if ':' in address else address}\r\n".encode() in heard[0]
        and b"\r\nHost: blue.lab\r\n" in heard[5]
    )


@pytest.mark.parametrize(
    ("output_text", "message"),
    [
        (b"SSH-2.0-x\r\n", "connected, and the answer was 'SSH-2.0-x\\r\\n', which is not HTTP"),
        (b"", "connected, and received no HTTP status"),
    ],
)
def test_a_server_of_another_protocol_is_a_wrong_answer(
    neighbours: None, output_text: bytes, message: str
) -> None:
    with service("blue", BLUE, 80, lambda data: output_text):
        (result,) = probe({"netns": "red", "to": "blue", "protocol": "http", "timeout": 0.5})
    assert (result.reply.reason, result.reply.message, result.reached) == (
        "wrong_answer",
        message,
        True,
    )


def test_payload_and_answer_are_compared(neighbours: None, family: str) -> None:
    address = FAMILIES[family][0]
    options: Raw = {"netns": "red", "to": address, "port": 2525, "timeout": 0.5}
    with (
        service("blue", address, 2525, lambda data: b"220 blue\r\n"),
        service("blue", address, 2525, lambda data: b"<" + data + b">", udp=True) as heard,
    ):
        assert reasons({**options, "answer": "220 "}, {**options, "answer": "421"}) == [
            "ok",
            "wrong_answer",
        ]
        udp = {**options, "protocol": "udp"}
        assert reasons(
            udp,
            {**udp, "payload": "ping é", "answer": "<ping é>"},
            {**udp, "payload": "x", "answer": "y"},
        ) == ["ok", "ok", "wrong_answer"]
    assert sorted(heard) == sorted([b"", "ping é".encode(), b"x"])


def test_a_server_that_accepts_and_sends_nothing(neighbours: None) -> None:
    with in_netns("blue"):
        own = socket.create_server((BLUE, 80))
    with own:
        options: Raw = {"netns": "red", "to": "blue", "timeout": 0.3}
        assert reasons(
            {**options, "port": 80},
            {**options, "port": 80, "answer": "x"},
            {**options, "protocol": "http"},
        ) == ["ok", "wrong_answer", "wrong_answer"]
