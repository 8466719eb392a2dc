# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_confirm."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..specification import Specification


class NetnsConfirmParams(TypedDict):
    name: str
    token: str | None


NETNS_CONFIRM_SPEC = Specification(
    NetnsConfirmParams,
    {"name": {"type": "str", "required": True}, "token": {"type": "str", "no_log": False}},
)
