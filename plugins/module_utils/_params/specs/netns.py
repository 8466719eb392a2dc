# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns."""

from __future__ import annotations

from typing import Any

from ..._model.fast_typing import TypedDict
from ..._model.netns import ANY_ENGINE, ENGINES
from ..specification import STATE, Specification


class AttachParams(TypedDict):
    container: str | None
    engine: str
    pid: int | None


class NetnsParams(TypedDict):
    name: str
    attach: AttachParams | None
    sysctls: dict[str, Any] | None
    nameservers: list[str] | None
    search: list[str] | None
    force: bool


class NetnsTaskParams(NetnsParams):
    state: str


ATTACH = Specification(
    AttachParams,
    {
        "container": {"type": "str"},
        "engine": {"type": "str", "choices": [ANY_ENGINE, *ENGINES], "default": ANY_ENGINE},
        "pid": {"type": "int"},
    },
    mutually_exclusive=[("container", "pid")],
    required_one_of=[("container", "pid")],
)

NETNS_ITEM = Specification(
    NetnsParams,
    {
        "name": {"type": "str", "required": True},
        "attach": ATTACH.as_dict(),
        "sysctls": {"type": "dict"},
        "nameservers": {"type": "list", "elements": "str"},
        "search": {"type": "list", "elements": "str"},
        "force": {"type": "bool", "default": False},
    },
)

NETNS_SPEC = Specification(NetnsTaskParams, {**NETNS_ITEM.options, **STATE})
