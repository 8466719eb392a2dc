# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_service."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..specification import NETNS, STATE, Specification


class PublicationParams(TypedDict):
    port: int
    host_port: int | None
    address: str
    to: str


class NetnsServiceParams(TypedDict):
    name: str
    netns: str | None
    publish: list[PublicationParams] | None
    restart: bool
    state: str


PUBLICATION = Specification(
    PublicationParams,
    {
        "port": {"type": "int", "required": True},
        "host_port": {"type": "int"},
        "address": {"type": "str", "default": "127.0.0.1"},
        "to": {"type": "str", "default": "127.0.0.1"},
    },
)

NETNS_SERVICE_SPEC = Specification(
    NetnsServiceParams,
    {
        "name": {"type": "str", "required": True},
        **NETNS,
        "publish": PUBLICATION.as_list(),
        "restart": {"type": "bool", "default": False},
        **STATE,
    },
    required_if=[("state", "present", ["netns"])],
)
