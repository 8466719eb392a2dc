# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_probe_info."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..._model.probes import DNS_RECORD_TYPES, PROTOCOLS
from ..specification import NETNS, Options, Specification


class ProbeSettingsParams(TypedDict):
    """What a probe and a matrix of probes share."""

    protocol: str | None
    port: int | None
    family: str | None
    expect: str
    count: int
    timeout: float
    path_mtu: bool
    listen: bool
    payload: str | None
    answer: str | None
    path: str | None
    host: str | None
    status: list[int] | None
    query: str | None
    record: str | None


class ListenAtParams(TypedDict):
    netns: str | None
    address: str | None
    port: int | None


class ProbeParams(ProbeSettingsParams):
    name: str | None
    netns: str | None
    to: str
    source: str | None
    interface: str | None
    listen_at: ListenAtParams | None


class MatrixParams(ProbeSettingsParams):
    netns: list[str] | None
    lab: str | None
    with_host: bool


class NetnsProbeParams(TypedDict):
    probes: list[ProbeParams] | None
    matrix: MatrixParams | None
    fail_on_unexpected: bool


_PROBE_SETTINGS: Options = {
    "protocol": {"type": "str", "choices": list(PROTOCOLS)},
    "port": {"type": "int"},
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
    "expect": {"type": "str", "choices": ["reachable", "unreachable"], "default": "reachable"},
    "count": {"type": "int", "default": 1},
    "timeout": {"type": "float", "default": 1.25},
    "path_mtu": {"type": "bool", "default": False},
    "listen": {"type": "bool", "default": False},
    "payload": {"type": "str"},
    "answer": {"type": "str"},
    "path": {"type": "str"},
    "host": {"type": "str"},
    "status": {"type": "list", "elements": "int"},
    "query": {"type": "str"},
    "record": {"type": "str", "choices": list(DNS_RECORD_TYPES)},
}

_REQUIRED_IF = [
    ("protocol", "tcp", ["port"]),
    ("protocol", "udp", ["port"]),
    ("protocol", "dns", ["query"]),
]

LISTEN_AT = Specification(
    ListenAtParams, {**NETNS, "address": {"type": "str"}, "port": {"type": "int"}}
)

PROBE = Specification(
    ProbeParams,
    {
        "name": {"type": "str"},
        **NETNS,
        "to": {"type": "str", "required": True},
        "source": {"type": "str"},
        "interface": {"type": "str"},
        **_PROBE_SETTINGS,
        "listen_at": LISTEN_AT.as_dict(),
    },
    required_if=_REQUIRED_IF,
)

MATRIX = Specification(
    MatrixParams,
    {
        "netns": {"type": "list", "elements": "str"},
        "lab": {"type": "str"},
        "with_host": {"type": "bool", "default": False},
        **_PROBE_SETTINGS,
    },
    mutually_exclusive=[["netns", "lab"]],
    required_one_of=[["netns", "lab"]],
    required_if=_REQUIRED_IF,
)

NETNS_PROBE_INFO_SPEC = Specification(
    NetnsProbeParams,
    {
        "probes": PROBE.as_list(),
        "matrix": MATRIX.as_dict(),
        "fail_on_unexpected": {"type": "bool", "default": True},
    },
    required_one_of=[["probes", "matrix"]],
)
