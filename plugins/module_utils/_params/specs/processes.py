# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of processes of a topology."""

from __future__ import annotations

from typing import Any

from ..._model.fast_typing import TypedDict
from ..._model.processes import NO, RESTARTS
from ..specification import Specification


class ReadyParams(TypedDict):
    protocol: str
    port: int | None
    output: str | None
    timeout: int


class ProcessParams(TypedDict):
    name: str
    netns: str | None
    command: list[str]
    user: str | None
    environment: dict[str, Any] | None
    ready: ReadyParams | None
    restart: str
    log: str | None


READY = Specification(
    ReadyParams,
    {
        "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
        "port": {"type": "int"},
        "output": {"type": "str"},
        "timeout": {"type": "int", "default": 60},
    },
    mutually_exclusive=[("port", "output")],
    required_one_of=[("port", "output")],
)

PROCESS_ITEM = Specification(
    ProcessParams,
    {
        "name": {"type": "str", "required": True},
        "netns": {"type": "str"},
        "command": {"type": "list", "elements": "str", "required": True},
        "user": {"type": "str"},
        "environment": {"type": "dict", "no_log": True},
        "ready": READY.as_dict(),
        "restart": {"type": "str", "choices": list(RESTARTS), "default": NO},
        "log": {"type": "path"},
    },
)
