# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that let only so many flows begin, by the number of flows: a day is longer than a test."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.lab_processes import wait_until
from support.netns import in_netns
from support.policy_flows import HOST, MEMBERS, policy_lab
from support.shell import sh
from support.tasks import predicted_part, run

LIMIT = {"rate": "1/day", "burst": 5}
PORTS = (1080, 1090)
TCP = {"protocol": "tcp", "ports": [str(port) for port in PORTS], "limit": LIMIT}


def lab_with(*rules: dict[str, Any]) -> dict[str, Any]:
    return policy_lab(policy=[{"name": "p", "netns": ["red"], "egress": list(rules)}])


def open_socket(place: str, address: str) -> socket.socket:
    with in_netns(None if place == "host" else place):
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    made.settimeout(5)
    return made


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("target", ["blue", "host"])
def test_so_many_connections_begin_and_go_on(lan: None, family: int, target: str) -> None:
    address = {"blue": MEMBERS["blue"], "host": HOST}[target][family]
    lab = lab_with(TCP)
    foreseen = run("topology", check=True, **lab)
    assert predicted_part(foreseen) == predicted_part(run("topology", **lab))
    assert not run("topology", **lab)["changed"]
    assert not run("topology", **gather_info()["topology"])["changed"]
    connected: list[tuple[socket.socket, socket.socket]] = []
    refused = 0
    with contextlib.ExitStack() as stack:
        listeners = []
        for port in PORTS:
            listeners.append(stack.enter_context(open_socket(target, address)))
            listeners[-1].bind((address, port))
            listeners[-1].listen()
        for number in range(12):
            client = stack.enter_context(open_socket("red", address))
            try:
                client.connect((address, PORTS[number % 2]))
            except ConnectionRefusedError:
                refused += 1
                continue
            server = stack.enter_context(listeners[number % 2].accept()[0])
            server.settimeout(5)
            connected.append((client, server))
        assert (len(connected), refused) == (5, 7)
        # Those that began go on.
        for client, server in connected:
            for _each in range(10):
                client.sendall(b"x")
                assert server.recv(1) == b"x"
        # What another rule lets through is not limited, and connections stay over the change.
        run("topology", **lab_with(TCP, {"protocol": "tcp", "ports": ["1080"]}))
        for _each in range(3):
            stack.enter_context(open_socket("red", address)).connect((address, 1080))
        client, server = connected[0]
        client.sendall(b"y")
        assert server.recv(1) == b"y"


def connect(stack: contextlib.ExitStack, place: str, address: str, port: int) -> bool:
    """Whether a connection begins, which stays until the end."""
    client = stack.enter_context(open_socket(place, address))
    # A reset ends it on both sides, although nobody accepts it.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        client.connect((address, port))
    except ConnectionRefusedError:
        client.close()
        return False
    return True


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("audit", [False, True])
def test_each_sender_has_so_many_connections_at_once(
    switch: bool, family: int, audit: bool
) -> None:
    rule = {"protocol": "tcp", "ports": ["1080", "1090"], "limit": {"connections": 3}}
    policy = {"name": "p", "netns": ["green"], "ingress": [rule]}
    others = [{**policy, "name": "tried", "audit": True}] if audit else []
    lab = policy_lab(switch, policy=[policy, *others])
    address = MEMBERS["green"][family]
    foreseen = run("topology", check=True, **lab)
    assert "(at most 3 connections of each sender)" in foreseen["diff"]["after"]
    assert predicted_part(foreseen) == predicted_part(run("topology", **lab))
    with contextlib.ExitStack() as stack:
        for port in PORTS:
            listener = stack.enter_context(open_socket("green", address))
            listener.bind((address, port))
            listener.listen(100)
        with contextlib.ExitStack() as of_red:
            begun = [connect(of_red, "red", address, PORTS[number % 2]) for number in range(6)]
            assert begun == [True] * 3 + [False] * 3
            # Another sender has its own, and what the kernel noted of senders is no change.
            begun = [connect(stack, "blue", address, PORTS[number % 2]) for number in range(5)]
            assert begun == [True] * 3 + [False] * 2
            assert not run("topology", **lab)["changed"]
            assert not run("topology", **gather_info()["topology"])["changed"]
            # A change of another policy forgets nobody.
            more = {"name": "more", "netns": ["red"], "ingress": []}
            run("topology", **{**lab, "policy": [*lab["policy"], more]})
            assert not connect(of_red, "red", address, PORTS[0])
        # Those that ended are not counted.
        wait_until(lambda: connect(stack, "red", address, PORTS[0]))
    # The table is read in whole again.
    sh("nft add table inet other; nft delete table inet other")
    assert not run("topology", **{**lab, "policy": [*lab["policy"], more]})["changed"]


def test_rate_and_connections_are_both_limits(lan: None) -> None:
    rule = {"protocol": "tcp", "limit": {"connections": 2, "rate": "1/day", "burst": 3}}
    run("topology", **policy_lab(policy=[{"name": "p", "netns": ["green"], "ingress": [rule]}]))
    address = MEMBERS["green"][4]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(open_socket("green", address))
        listener.bind((address, 1080))
        listener.listen(100)
        begun = [
            connect(stack, place, address, 1080)
            for place in ("red", "red", "red", "blue", "blue", "far")
        ]
        assert begun == [True, True, False, True, False, False]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"limit": {"rate": "fast"}}, "such as 10/second"),
        ({"limit": {"rate": "0/second"}}, "such as 10/second"),
        ({"limit": {"rate": "1/day", "burst": 0}}, "must be from 1 to"),
        ({"limit": LIMIT, "action": "drop"}, "is not for rules that drop"),
        ({"limit": {"connections": 5}, "action": "drop"}, "5: is not for rules that drop"),
        ({"limit": {"connections": 0}}, "must be from 1 to"),
        ({"limit": {"burst": 5}}, "rate or connections is required"),
    ],
)
def test_a_limit_is_refused(lan: None, rule: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        run("topology", check=True, **lab_with(rule))
