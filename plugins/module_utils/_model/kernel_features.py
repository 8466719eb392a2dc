# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Features that a kernel may lack, and the modules that bring them."""

from __future__ import annotations

from .fast_typing import NamedTuple


class Feature(NamedTuple):
    """The name in messages, the option of the kernel's configuration, the kernel module if any."""

    title: str
    option: str
    module: str | None = None


FEATURES: dict[str, Feature] = {
    "netem": Feature("netem", "CONFIG_NET_SCH_NETEM", "sch_netem"),
    "tbf": Feature("tbf", "CONFIG_NET_SCH_TBF", "sch_tbf"),
    "bridge_vlan": Feature("VLANs in bridges", "CONFIG_BRIDGE_VLAN_FILTERING"),
    "policy": Feature("nftables for bridges", "CONFIG_NF_TABLES_BRIDGE"),
    "policy_arp": Feature("nftables for ARP", "CONFIG_NF_TABLES_ARP"),
    "policy_connections": Feature(
        "limits of connections in nftables", "CONFIG_NFT_CONNLIMIT", "nft_connlimit"
    ),
}
POLICY_CONNECTIONS = "policy_connections"
"""The feature that limits of connections need, which rules of policies may have."""
POLICY_FEATURES = ("policy", "policy_arp")
"""The features that network policies need."""
