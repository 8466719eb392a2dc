# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of other packet filters, written for a shell."""

from __future__ import annotations

NET, NET6 = "192.168.15.0/24", "fd00:15::/64"
ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"


def iptables_commands(*rules: str, program: str = "iptables-nft") -> str:
    return "\n".join(f"{program} {rule}" for rule in rules)


def nft_table(
    *rules: str, hook: str = "forward", family: str = "inet", policy: str = "accept", more: str = ""
) -> str:
    """A table with one chain, and other content."""
    chain = (
        f"chain c {{\ntype filter hook {hook} priority 0; policy {policy}\n"
        + "\n".join(rules)
        + "\n}"
    )
    return f"nft -f - <<'END'\ntable {family} t {{\n{more}\n{chain}\n}}\nEND"


def script_in_netns(netns: str, script: str) -> str:
    """Run each line in that namespace."""
    return f"ip netns exec {netns} bash -euc \"$(cat <<'SCRIPT'\n{script}\nSCRIPT\n)\""
