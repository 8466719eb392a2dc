# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_info."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..specification import Specification

SUBSETS = (
    "links",
    "routes",
    "neighbours",
    "nat",
    "policies",
    "persistent",
    "processes",
    "topology_processes",
    "services",
    "attachments",
    "sysctls",
)


class NetnsInfoParams(TypedDict):
    netns: list[str] | None
    gather_subset: list[str]


NETNS_INFO_SPEC = Specification(
    NetnsInfoParams,
    {
        "netns": {"type": "list", "elements": "str"},
        "gather_subset": {
            "type": "list",
            "elements": "str",
            "choices": ["all", *SUBSETS],
            "default": ["all"],
        },
    },
)
