# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Missing programs in messages."""

from __future__ import annotations

PACKAGES = {
    "nft": "nftables",
    "iptables-save": "iptables",
    "iptables-restore": "iptables",
    "ip6tables-save": "iptables",
    "ip6tables-restore": "iptables",
}
"""The Debian packages of programs."""


def describe_missing_program(name: str) -> str:
    """That a program is missing, and which package to install."""
    package = PACKAGES[name]
    return (
        f"the program {name} is missing; install the package {package} (as it is called in Debian)"
    )
