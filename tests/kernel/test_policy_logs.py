# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies log, as a program reads it from NFLOG, and policies that only log."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.netns import in_netns
from support.policy_flows import HOST, LAN, MEMBERS, all_flows, is_allowed, policy_lab
from support.policy_packets import FlowTest
from support.tasks import run

GROUP = 47
NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET, NFULNL_MSG_CONFIG = 4, 0, 1
NFULA_PREFIX, NFULA_CFG_CMD, NFULA_CFG_QTHRESH = 10, 1, 5
NFULNL_CFG_CMD_BIND = 1
TARGETS = {"blue": MEMBERS["blue"], "host": HOST, "lan": LAN}


@contextlib.contextmanager
def nflog() -> Iterator[socket.socket]:
    """A socket that receives what is logged to the group."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as listener:
        command = struct.pack("=HHB3x", 5, NFULA_CFG_CMD, NFULNL_CFG_CMD_BIND)
        # The kernel sends each packet at once, and does not wait for more.
        at_once = struct.pack("=HH", 8, NFULA_CFG_QTHRESH) + struct.pack("!I", 1)
        body = struct.pack("=BB", 0, 0) + struct.pack("!H", GROUP) + command + at_once
        kind = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG
        listener.send(struct.pack("=IHHII", 16 + len(body), kind, 1 | 4, 1, 0) + body)
        listener.recv(10000)
        listener.settimeout(1)
        yield listener


def read_prefixes(listener: socket.socket) -> list[str]:
    """The prefixes of all packets that were logged."""
    found: list[str] = []
    with contextlib.suppress(TimeoutError):
        while True:
            data = listener.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind & 0xFF == NFULNL_MSG_PACKET:
                    found += _read_prefix(data[20:length])
                data = data[(length + 3) & ~3 :]
    return found


def _read_prefix(attributes: bytes) -> Iterator[str]:
    while attributes:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == NFULA_PREFIX:
            yield attributes[4:length].rstrip(b"\0").decode()
        attributes = attributes[(length + 3) & ~3 :]


def send(address: str, port: int, number: int = 1) -> None:
    """Red begins a number of flows of one datagram each."""
    for _each in range(number):
        with in_netns("red"):
            sender = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, 2)
        with sender:
            sender.sendto(b"x", (address, port))


def lab_with(*policies: dict[str, Any]) -> dict[str, Any]:
    return policy_lab(policy=[{"netns": ["red"], **policy} for policy in policies])


UDP = {"protocol": "udp", "ports": ["1080"]}
OTHER = {"protocol": "udp", "ports": ["1090"]}


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("target", list(TARGETS))
def test_each_flow_is_logged_with_the_name_of_the_policy(
    lan: None, family: int, target: str
) -> None:
    address = TARGETS[target][family]
    rules = [{**UDP, "log": True}, {**OTHER, "log": True, "action": "drop"}]
    lab = lab_with({"name": "a.b_c-d", "egress": rules, "nflog": GROUP})
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    known = gather_info()["topology"]
    assert not run("topology", **known)["changed"]
    with nflog() as listener:
        send(address, 1080, 3)
        assert read_prefixes(listener) == ["policy a.b_c-d: "] * 3
        send(address, 1090, 2)
        assert read_prefixes(listener) == ["policy a.b_c-d: "] * 2
        send(address, 1100)
        assert read_prefixes(listener) == []


@pytest.mark.parametrize("family", [4, 6])
def test_a_policy_that_audits_refuses_nothing(lan: None, family: int) -> None:
    audit = {"name": "later", "egress": [UDP], "ingress": [], "audit": True, "nflog": GROUP}
    lab = lab_with(audit)
    run("topology", **lab)
    assert not run("topology", **lab)["changed"]
    flows = all_flows()
    expected = {flow for flow in flows if is_allowed({**lab, "policy": []}, flow)}
    test = FlowTest()
    try:
        assert test.passed(flows, expected) == expected
    finally:
        test.close()
    with nflog() as listener:
        for address in (each[family] for each in TARGETS.values()):
            send(address, 1080)
        assert read_prefixes(listener) == []
        for address in (each[family] for each in TARGETS.values()):
            send(address, 1090, 2)
        assert read_prefixes(listener) == ["policy later: "] * 6


@pytest.mark.parametrize("family", [4, 6])
def test_an_audit_beside_a_policy_tells_what_both_would_refuse(lan: None, family: int) -> None:
    enforced = {"name": "now", "egress": [UDP, OTHER]}
    audit = {"name": "later", "egress": [UDP], "audit": True, "nflog": GROUP}
    stricter = {**audit, "egress": [{**OTHER, "action": "drop"}]}
    address = MEMBERS["blue"][family]
    for policies, logged in (((enforced, audit), 0), ((enforced, stricter), 1)):
        lab = lab_with(*policies)
        run("topology", **lab)
        with nflog() as listener:
            send(address, 1090)
            assert read_prefixes(listener) == ["policy later: "] * logged
        flows = [flow for flow in all_flows() if flow.source == "red" and flow.family == family]
        expected = {flow for flow in flows if is_allowed({"policy": [lab["policy"][0]]}, flow)}
        assert expected and len(expected) < len(flows)
        test = FlowTest()
        try:
            assert test.passed(flows, expected) == expected
        finally:
            test.close()


@pytest.mark.parametrize("group", [-1, 65536])
def test_a_group_that_nflog_does_not_have_is_refused(lan: None, group: int) -> None:
    with pytest.raises(Refused, match="group of NFLOG"):
        run("topology", **lab_with({"name": "p", "egress": [], "nflog": group}))
