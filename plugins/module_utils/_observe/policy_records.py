# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the policies of a host from their records alone: enough to explain a lost packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._firewall.nftables.read_table import read_nft_table
from .._firewall.nftables.table import POLICY_TABLE_NAME
from .._firewall.policy.records import read_records
from .._host.netns import inside_netns
from .._host.programs import find, run
from .._netlink.nft_tables import list_tables
from .links import read_links

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.resources import PolicyPart


def read_policy_records(host: NetnsHandle) -> list[PolicyPart]:
    """The policies and address sets of a host; none if they cannot be read."""
    with inside_netns(host.descriptor):
        if ("inet", POLICY_TABLE_NAME) not in (list_tables() or ()) or find("nft") is None:
            return []
        answer = run("nft", ["-j", "list", "table", "inet", POLICY_TABLE_NAME])
    return [] if answer.code else [*read_records(read_nft_table(answer.output), None)]


def read_own_addresses(host: NetnsHandle) -> frozenset[str]:
    """The addresses of a host, without the length of their prefix."""
    links = read_links([host]).values()
    return frozenset(text.partition("/")[0] for link in links for text in link.addresses or ())
