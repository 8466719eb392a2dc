# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_capture."""

from __future__ import annotations

from ..._model.captures import ANY_INTERFACE
from ..._model.fast_typing import TypedDict
from ..specification import NETNS, Specification
from .netns_probe_info import PROBE, ProbeParams


class NetnsCaptureParams(TypedDict):
    netns: str | None
    interface: str
    filter: str | None
    dest: str | None
    size: int
    packets: int | None
    seconds: float
    snaplen: int
    promisc: bool
    probes: list[ProbeParams] | None
    fail_on_unexpected: bool


NETNS_CAPTURE_SPEC = Specification(
    NetnsCaptureParams,
    {
        **NETNS,
        "interface": {"type": "str", "default": ANY_INTERFACE},
        "filter": {"type": "str"},
        "dest": {"type": "str"},
        "size": {"type": "int", "default": 10485760},
        "packets": {"type": "int"},
        "seconds": {"type": "float", "default": 10.0},
        "snaplen": {"type": "int", "default": 65535},
        "promisc": {"type": "bool", "default": False},
        "probes": PROBE.as_list(),
        "fail_on_unexpected": {"type": "bool", "default": True},
    },
)
