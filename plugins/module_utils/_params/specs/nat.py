# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that masquerade, dnat and topology share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.fast_typing import TypedDict
from ..._model.nat import FIREWALLS

if TYPE_CHECKING:
    from ..specification import Options


class NatParams(TypedDict):
    backend: str
    integrate: list[str]


NAT: Options = {
    "backend": {"type": "str", "choices": ["auto", "nftables", "iptables"], "default": "auto"},
    "integrate": {"type": "list", "elements": "str", "choices": list(FIREWALLS), "default": []},
}
