# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module veth."""

from __future__ import annotations

from ..specification import STATE, Options, Specification
from .links import NEEDS_BRIDGE, PORT, PortParams


class EndParams(PortParams):
    queues: int | None
    spoofchk: bool | None


class VethParams(EndParams):
    peer: EndParams | None
    force: bool


class VethTaskParams(VethParams):
    state: str


_END: Options = {**PORT, "queues": {"type": "int"}, "spoofchk": {"type": "bool"}}
_NEEDS_BRIDGE = {**NEEDS_BRIDGE, "spoofchk": ["bridge"]}

END = Specification(EndParams, _END, required_by=_NEEDS_BRIDGE)

_VETH: Options = {
    **_END,
    "peer": END.as_dict(),
    "force": {"type": "bool", "default": False},
}

VETH_ITEM = Specification(VethParams, _VETH, required_by=_NEEDS_BRIDGE)

VETH_SPEC = Specification(
    VethTaskParams,
    {**_VETH, **STATE},
    required_if=[("state", "present", ["peer"])],
    required_by=_NEEDS_BRIDGE,
)
