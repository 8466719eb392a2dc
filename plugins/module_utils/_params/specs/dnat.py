# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module dnat."""

from __future__ import annotations

from ..specification import NETNS, STATE, Specification
from .nat import NAT, NatParams


class DnatParams(NatParams):
    netns: str | None
    protocol: str
    destination_port: str
    to_destination: str | None
    in_interface: str | None
    destination: str | None
    source: list[str] | None
    hairpin: bool
    from_host: bool
    force: bool


class DnatTaskParams(DnatParams):
    state: str


DNAT_ITEM = Specification(
    DnatParams,
    {
        **NETNS,
        "protocol": {"type": "str", "choices": ["tcp", "udp", "sctp"], "default": "tcp"},
        "destination_port": {"type": "str", "required": True},
        "to_destination": {"type": "str"},
        "in_interface": {"type": "str"},
        "destination": {"type": "str"},
        "source": {"type": "list", "elements": "str"},
        "hairpin": {"type": "bool", "default": False},
        "from_host": {"type": "bool", "default": True},
        "force": {"type": "bool", "default": False},
        **NAT,
    },
)

DNAT_SPEC = Specification(
    DnatTaskParams,
    {**DNAT_ITEM.options, **STATE},
    required_if=[("state", "present", ["to_destination"])],
)
