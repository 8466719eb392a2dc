# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that change while connections are open."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from support.netns import in_netns
from support.policy_flows import MEMBERS, policy_lab
from support.shell import sh
from support.tasks import run


@contextlib.contextmanager
def connection(family: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection of red to blue, with both ends."""
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with in_netns("blue"):
        listener = socket.socket(kind)
    with in_netns("red"):
        client = socket.socket(kind)
    listener.bind((MEMBERS["blue"][family], 1080))
    listener.listen()
    client.settimeout(5)
    client.connect(listener.getsockname()[:2])
    server = listener.accept()[0]
    server.settimeout(5)
    with listener, client, server:
        yield client, server


def passes(sender: socket.socket, receiver: socket.socket) -> bool:
    sender.send(b"x")
    receiver.settimeout(0.5)
    try:
        return receiver.recv(1) == b"x"
    except OSError:
        return False


def lab_with(addresses: list[str], *more: dict[str, Any]) -> dict[str, Any]:
    rule = {"from": [{"address_set": "friends"}], "protocol": "tcp", "ports": ["1080"]}
    return policy_lab(
        address_sets=[{"name": "friends", "addresses": addresses}],
        policy=[{"name": "db", "netns": ["blue"], "ingress": [rule]}, *more],
    )


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_set_changes_live(lan: None, family: int) -> None:
    own = [MEMBERS["red"][each] + ("/32" if each == 4 else "/128") for each in (4, 6)]
    run("topology", **lab_with(own))
    with connection(family) as (client, server):
        changed = run("topology", **lab_with([*own, "192.0.2.0/24", "2001:db8::/64"]))
        assert changed["changed"] and passes(client, server) and passes(server, client)
        # Nothing else was replaced: the counters of the rules go on.
        assert (
            "counter packets 0 "
            not in sh(
                "nft list table inet redblue_netns_policy | grep 'tcp dport 1080'"
            ).splitlines()[family == 6]
        )
        other = {"name": "other", "netns": ["green"], "egress": []}
        run("topology", **lab_with(own, other))
        assert passes(client, server) and passes(server, client)
        run("topology", **lab_with(["192.0.2.0/24", "2001:db8::/64"], other))
        assert not passes(client, server)
