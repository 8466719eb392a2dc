# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module masquerade."""

from __future__ import annotations

from ..specification import NETNS, STATE, Specification
from .nat import NAT, NatParams


class MasqueradeParams(NatParams):
    netns: str | None
    source: list[str]
    out_interface: str | None
    destination_except: list[str] | None
    to_source: str | None
    translate: bool


class MasqueradeTaskParams(MasqueradeParams):
    state: str


MASQUERADE_ITEM = Specification(
    MasqueradeParams,
    {
        **NETNS,
        "source": {"type": "list", "elements": "str", "required": True},
        "out_interface": {"type": "str"},
        "destination_except": {"type": "list", "elements": "str"},
        "to_source": {"type": "str"},
        "translate": {"type": "bool", "default": True},
        **NAT,
    },
)

MASQUERADE_SPEC = Specification(MasqueradeTaskParams, {**MASQUERADE_ITEM.options, **STATE})
