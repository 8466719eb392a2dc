# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of policies in what nft lists as text: only a table that is exactly as written counts."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    RECORDING,
    TABLES,
    PolicyTable,
)

from support.policy_tables import is_whole, load
from support.shell import sh

HOST, BRIDGE = RECORDING


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.family)
def test_a_table_is_recognized(table: PolicyTable) -> None:
    assert not is_whole(table)
    load(table)
    assert is_whole(table)
    sh(f"nft delete table {table.words}")
    assert not is_whole(table)


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize(
    ("table", "command"),
    [
        (HOST, "nft add rule {table} forward accept"),
        (HOST, "nft insert rule {table} check accept"),
        (HOST, "nft flush chain {table} check"),
        (HOST, "nft 'add chain {table} extra'"),
        (HOST, "nft 'add chain {table} extra {{ type filter hook input priority 0; }}'"),
        (HOST, "nft 'add chain {table} input {{ policy drop; }}'"),
        (HOST, "nft 'add set {table} extra {{ type ipv4_addr; }}'"),
        (HOST, "nft 'add counter {table} extra'"),
        (HOST, "nft 'add element {table} interfaces {{ \"lo\" }}'"),
        (HOST, "nft 'add element {table} ingress4 {{ 192.0.2.9 : accept }}'"),
        (HOST, "nft 'delete element {table} sources6 {{ \"lab0\" . 2001:db8::1 }}'"),
        (HOST, "nft flush map {table} ingress4"),
        (HOST, "nft 'add table {table} {{ flags dormant; }}'"),
        (BRIDGE, "nft flush chain {table} member"),
        (BRIDGE, "nft flush chain {table} targets-lab1"),
        (BRIDGE, "nft 'add element {table} macs {{ \"lab1\" . 02:00:00:00:00:03 }}'"),
        (BRIDGE, "nft flush map {table} routers4"),
        (BRIDGE, "nft 'add element {table} members {{ \"lo\" }}'"),
        (BRIDGE, "nft add rule {table} listeners accept"),
    ],
)
def test_an_altered_table_is_not_recognized(table: PolicyTable, command: str) -> None:
    load(table)
    sh(command.format(table=table.words))
    assert not is_whole(table)
