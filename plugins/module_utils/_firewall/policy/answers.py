# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which DNS names in rules of policies have addresses, as the DNS server of their topology told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..._host.programs import find, run
from ..._model.network_policies import NetworkPolicy, is_damaged, list_dns_names
from ..._model.policy_names import TABLE, TABLE_FAMILY, name_answers
from ..resources import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable

OwnedName = tuple[str, str]
"""A topology and a DNS name."""


def find_unanswered_names(resources: Iterable[object]) -> set[OwnedName]:
    """The names in policies among these rules of the host to which nothing is let through yet."""
    policies = [
        each for each in resources if isinstance(each, NetworkPolicy) and not is_damaged(each)
    ]
    names = {(policy.owner or "", name) for policy in policies for name in list_dns_names([policy])}
    if not names or find("nft") is None:
        return set()
    return {
        (owner, name)
        for owner, name in names
        if not any(_has_elements(name_answers(owner, name, family)) for family in FAMILIES)
    }


def _has_elements(name: str) -> bool:
    answer = run("nft", ["-j", "list", "set", TABLE_FAMILY, TABLE, name])
    if answer.code:
        return False
    objects = json.loads(answer.output)["nftables"]
    return any(item.get("set", {}).get("elem") for item in objects)
