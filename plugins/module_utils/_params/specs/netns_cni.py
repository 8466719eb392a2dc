# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_cni, and of an item of ``cni`` in a topology."""

from __future__ import annotations

from typing import Any

from ..._model.fast_typing import TypedDict
from ..specification import STATE, Options, Specification


class CniParams(TypedDict):
    netns: str
    ifname: str
    network: Any | None
    args: dict[str, Any] | None
    capabilities: dict[str, Any] | None
    plugin_path: list[str] | None


class NetnsCniParams(CniParams):
    state: str


class CniLists(TypedDict):
    """Of the lists of a topology, see ``ItemLists``, that of attachments."""

    cni: list[CniParams] | None


_OPTIONS: Options = {
    "netns": {"type": "str", "required": True},
    "ifname": {"type": "str", "default": "eth0"},
    "network": {"type": "raw"},
    "args": {"type": "dict"},
    "capabilities": {"type": "dict"},
    "plugin_path": {"type": "list", "elements": "str"},
}

CNI_ITEM = Specification(CniParams, _OPTIONS)

NETNS_CNI_SPEC = Specification(
    NetnsCniParams,
    {**_OPTIONS, **STATE},
    required_if=[("state", "present", ["network"])],
)
