# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of Docker, ufw and others that drop forwarded packets."""

from __future__ import annotations

import re
import subprocess

DOCKER = """\
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
"""


UFW = """\
*filter
:FORWARD DROP [0:0]
:{ufw}-before-forward - [0:0]
:{ufw}-user-forward - [0:0]
-A FORWARD -j {ufw}-before-forward
-A {ufw}-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A {ufw}-before-forward -j {ufw}-user-forward
COMMIT
"""


POLICY = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 203.0.113.1 -j ACCEPT\nCOMMIT\n"


REJECT = (
    "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i lo -j ACCEPT\n-A FORWARD -j REJECT\nCOMMIT\n"
)


NFT = (
    "table inet filter {{ chain forward {{ type filter hook forward priority 0; "
    "policy {policy}; tcp dport 9999 accept; {last}\n}}\n}}\n"
)


DOCKER_NFT = "".join(
    f"""\
table {family} docker-bridges {{
    map filter-forward-in-jumps {{ type ifname : verdict; }}
    map filter-forward-out-jumps {{ type ifname : verdict; }}
    chain filter-FORWARD {{
        type filter hook forward priority filter; policy drop;
        oifname vmap @filter-forward-in-jumps
        iifname vmap @filter-forward-out-jumps
    }}
    chain filter-forward-in__docker0 {{
        ct state established,related counter accept
        iifname "docker0" counter accept comment "ICC"
        counter drop comment "UNPUBLISHED PORT DROP"
    }}
    chain filter-forward-out__docker0 {{
        ct state established,related counter accept
        counter accept comment "OUTGOING"
    }}
}}
add element {family} docker-bridges filter-forward-in-jumps {{
    "docker0" : jump filter-forward-in__docker0
}}
add element {family} docker-bridges filter-forward-out-jumps {{
    "docker0" : jump filter-forward-out__docker0
}}
"""
    for family in ("ip", "ip6")
)
"""Docker 29 with its nftables backend, after Docker enabled forwarding."""


NFT_BY_FAMILY = "".join(
    (
        f"table {family} mine {{\nchain passing {{ type filter hook forward priority 10; "
        f"policy drop; }}\n}}\n"
    )
    for family in ("ip", "ip6")
)


def restore_rules(program: str, rules: str) -> None:
    subprocess.run([program, "--noflush"], input=rules, text=True, check=True)


def add_foreign_rules(others: str) -> None:
    """Add the rules of another firewall."""
    legacy = "-legacy" if others.startswith("legacy") else ""
    rules = {
        "docker": DOCKER,
        "ufw": UFW,
        "policy": POLICY,
        "reject": REJECT,
        "legacy": POLICY,
    }.get(others)
    if rules:
        rules = rules.replace("*filter\n", "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n")
        restore_rules(f"iptables{legacy}-restore", rules.format(ufw="ufw"))
        restore_rules(
            f"ip6tables{legacy}-restore",
            rules.format(ufw="ufw6").replace("-A FORWARD -s 203.0.113.1 -j ACCEPT\n", ""),
        )
    else:
        text = {
            "nft": NFT.format(policy="drop", last=""),
            "nft reject": NFT.format(policy="accept", last="counter reject"),
            "nft by family": NFT_BY_FAMILY,
        }
        text["docker by nft"] = DOCKER_NFT
        subprocess.run(["nft", "-f", "-"], input=text[others], text=True, check=True)


FIREWALLS = {
    "docker": "docker",
    "ufw": "ufw",
    "policy": "forward",
    "reject": "forward",
    "legacy": "forward",
    "nft": "forward",
    "nft reject": "forward",
    "nft by family": "forward",
    "docker by nft": "docker",
}
"""The firewalls that drop, and the value of ``integrate`` for each."""


def read_foreign_rules() -> list[str]:
    """Return the foreign rules with their handles and policies.

    Left out are the policies of chains that iptables itself adds when it is first run.
    """
    shown = subprocess.run(
        ["nft", "-a", "-s", "list", "ruleset"], check=True, capture_output=True, text=True
    ).stdout
    legacy = [
        subprocess.run(
            [f"{program}-legacy-save"], check=True, capture_output=True, text=True
        ).stdout
        for program in ("iptables", "ip6tables")
    ]
    text = re.sub(
        r"(?m)^table inet redblue_netns .*?^}\n|^\tchain REDBLUE-.*?^\t}\n",
        "",
        "\n".join([shown, *legacy]),
        flags=re.DOTALL,
    )
    rules = [
        line.split("[")[0].strip()
        for line in text.splitlines()
        if re.search(r"^\t\t.*# handle|policy drop|^-A|DROP", line)
    ]
    return [line for line in rules if "redblue" not in line.lower()]
