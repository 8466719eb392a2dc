# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes from the options of a task: defaults, and values that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.probes import (
    MAX_PROBES,
    check_probe_count,
    matrix_probes,
    parse_probe_list,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import Listening, Probe
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    MATRIX,
    NETNS_PROBE_INFO_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    Raw,
    host,
    lab,
    plan_of,
)


def probes(*raw: Raw) -> list[Probe]:
    return parse_probe_list(validate({"probes": list(raw)}, NETNS_PROBE_INFO_SPEC)["probes"] or ())


def matrix(places: list[Any], **raw: Any) -> list[Probe]:
    return matrix_probes(places, validate({**raw, "lab": "lab"}, MATRIX, "matrix."))


def test_omitted_options_have_defaults() -> None:
    (probe,) = probes({"to": "192.0.2.1"})
    assert (
        probe.netns,
        probe.address,
        probe.family,
        probe.protocol,
        probe.port,
        probe.count,
        probe.timeout,
    ) == (
        None,
        "192.0.2.1",
        4,
        "icmp",
        None,
        1,
        1.25,
    )
    assert (
        probe.reachable
        and probe.listening is None
        and probe.namespaces == [("probes[0].netns", None)]
    )


@pytest.mark.parametrize(
    ("raw", "protocol", "port"),
    [
        ({"port": 22}, "tcp", 22),
        ({"protocol": "http"}, "http", 80),
        ({"protocol": "http", "port": 8080}, "http", 8080),
        ({"protocol": "dns", "query": "example.org"}, "dns", 53),
        ({"protocol": "udp", "port": "514"}, "udp", 514),
        ({"protocol": "icmp"}, "icmp", None),
    ],
)
def test_protocols_and_their_ports(raw: Raw, protocol: str, port: int | None) -> None:
    (probe,) = probes({"to": "blue", **raw})
    assert (probe.protocol, probe.port, probe.to, probe.to_netns) == (
        protocol,
        port,
        "blue",
        "blue",
    )


def test_listen_at_has_defaults() -> None:
    parsed = probes(
        {"to": "blue", "port": 80, "listen": True},
        {"to": "192.0.2.1", "port": 0, "listen_at": {}},
        {
            "netns": "red",
            "to": "192.0.2.1",
            "port": 80,
            "listen_at": {"netns": "blue", "address": "2001:DB8::1", "port": 8080},
        },
    )
    assert [probe.listening for probe in parsed] == [
        Listening("blue"),
        Listening(None),
        Listening("blue", "2001:db8::1", 8080),
    ]
    assert parsed[2].namespaces == [
        ("probes[2].netns", "red"),
        ("probes[2].listen_at.netns", "blue"),
    ]


@pytest.mark.parametrize("name", ["192.0.2.300", "10.4", "blue", "x.example.org"])
def test_a_target_that_is_no_address_is_a_namespace(name: str) -> None:
    """Its address is looked up when the probe is sent."""
    assert (probes({"to": name})[0].to_netns, probes({"to": name})[0].address) == (name, None)


PROBE: Raw = {"to": "192.0.2.1"}
REFUSED: list[tuple[Raw, str, Any]] = [
    ({"to": ""}, "to", ""),
    ({"to": "a b"}, "to", "a b"),
    ({"to": "0.0.0.0"}, "to", "0.0.0.0"),
    ({"to": "ff02::1"}, "to", "ff02::1"),
    ({"to": "255.255.255.255"}, "to", "255.255.255.255"),
    ({"to": "fe80::1"}, "to", "fe80::1"),
    ({"to": "::ffff:192.0.2.1"}, "to", "::ffff:192.0.2.1"),
    ({"to": "fe80::1%eth0"}, "to", "fe80::1%eth0"),
    ({"to": "blue\n"}, "to", "blue\n"),
    ({"netns": ""}, "netns", ""),
    ({"netns": "a/b"}, "netns", "a/b"),
    ({"netns": "/run/\n"}, "netns", "/run/\n"),
    ({"name": "a\nb"}, "name", "a\nb"),
    ({"family": "ipv6"}, "family", "ipv6"),
    ({"source": "10.0.0.0/8"}, "source", "10.0.0.0/8"),
    ({"source": "fd00::1"}, "source", "fd00::1"),
    ({"interface": "eth+"}, "interface", "eth+"),
    ({"count": 0}, "count", 0),
    ({"count": 1001}, "count", 1001),
    ({"timeout": 0}, "timeout", 0.0),
    ({"timeout": 61}, "timeout", 61.0),
    ({"timeout": float("nan")}, "timeout", None),
    ({"timeout": True}, "timeout", True),
    ({"timeout": "1s"}, "timeout", "1s"),
    ({"port": 65536}, "port", 65536),
    ({"port": -1}, "port", -1),
    ({"port": 0}, "port", 0),
    ({"port": "http"}, "port", "http"),
    ({"protocol": "tcp"}, "port", None),
    ({"protocol": "udp"}, "port", None),
    ({"protocol": "dns"}, "query", None),
    ({"protocol": "sctp"}, "protocol", "sctp"),
    ({"protocol": "icmp", "port": 80}, "port", 80),
    ({"port": 80, "path_mtu": True}, "path_mtu", True),
    ({"listen": True}, "listen", True),
    ({"port": 80, "listen": True}, "listen", True),
    ({"answer": "x"}, "answer", "x"),
    ({"protocol": "http", "payload": "x"}, "payload", "x"),
    ({"port": 80, "status": [200]}, "status", [200]),
    ({"protocol": "http", "status": [99]}, "status[0]", 99),
    ({"port": 80, "path": "/"}, "path", "/"),
    ({"protocol": "http", "path": "x"}, "path", "x"),
    ({"protocol": "http", "path": "/ HTTP/1.1\r\nX: y"}, "path", "/ HTTP/1.1\r\nX: y"),
    ({"protocol": "http", "host": "a\r\nb"}, "host", "a\r\nb"),
    ({"protocol": "dns", "query": "a..b"}, "query", "a..b"),
    ({"protocol": "dns", "query": "a", "record": "ANY"}, "record", "ANY"),
    ({"port": 80, "payload": "é" * 701}, "payload", "é" * 701),
    ({"port": 80, "listen_at": {"netns": "a b"}}, "listen_at.netns", "a b"),
    ({"port": 80, "listen_at": {"address": "x"}}, "listen_at.address", "x"),
    ({"port": 80, "listen_at": {"port": 70000}}, "listen_at.port", 70000),
    ({"expect": "maybe"}, "expect", "maybe"),
]


@pytest.mark.parametrize(("raw", "option", "value"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_invalid_values_are_refused(raw: Raw, option: str, value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        probes(PROBE, {**PROBE, **raw})
    assert refusal.value.parameter == f"probes[1].{option}" and refusal.value.rule
    assert value is None or refusal.value.value == value


def test_a_matrix() -> None:
    parsed = matrix(["red", "blue", None], lab="x", protocol="tcp", port=0, listen=True)
    assert [(probe.netns, probe.to_netns) for probe in parsed] == [
        ("red", "blue"),
        ("red", None),
        ("blue", "red"),
        ("blue", None),
        (None, "red"),
        (None, "blue"),
    ]
    assert parsed[0].listening == Listening("blue") and {
        parameter for probe in parsed for parameter, _netns in probe.namespaces
    } == {"matrix.netns"}


@pytest.mark.parametrize(
    ("places", "raw", "parameter"),
    [
        (["red"], {}, "matrix.netns"),
        (["red", "blue"], {"protocol": "tcp"}, "matrix.port"),
        (["red", "blue"], {"port": 0}, "matrix.port"),
        (["red", "blue"], {"count": -1}, "matrix.count"),
    ],
)
def test_an_invalid_matrix_is_refused(places: list[str], raw: Raw, parameter: str) -> None:
    with pytest.raises(Refused) as refusal:
        matrix(places, **raw)
    assert refusal.value.parameter == parameter


def test_the_number_of_probes_is_limited() -> None:
    assert (
        len(check_probe_count("probes", probes(*[{**PROBE, "count": 1000}] * 20))) * 1000
        == MAX_PROBES
    )
    with pytest.raises(Refused, match="^probes: 21000: "):
        check_probe_count("probes", probes(*[{**PROBE, "count": 1000}] * 21))


def test_probes_of_a_topology_are_part_of_its_plan() -> None:
    raw: Raw = {
        "name": "lab",
        "netns": [{"name": "green"}],
        "probes": [{"netns": "green", "to": "red"}, {"netns": "/run/other", "to": "red"}],
    }
    assert plan_of(lab(), "topology", raw).probes == (
        "probe green to red, which is expected to be reachable",
        "probe /run/other to red, which is expected to be reachable",
    )
    with pytest.raises(
        Refused,
        match=r"^probes\[0\]\.to: 'red': there is no such namespace, and green to red needs it",
    ):
        plan_of(host(), "topology", raw)
    assert plan_of(host(), "topology", raw, assume=True).notes == (
        "assume namespace red, which does not exist yet, for green to red",
    )
    assert plan_of(lab(), "topology", {**raw, "state": "absent"}).probes == ()
