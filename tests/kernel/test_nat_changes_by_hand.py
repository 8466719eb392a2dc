# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that are changed by hand: every change is detected and repaired."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._host.programs import find

from support.nat_lab import EXAMPLE_RULES, apply_rules, restore_iptables
from support.shell import output


def _nft_changes() -> list[Callable[[], str]]:
    """Changes by hand: each rule and element deleted, each chain and set flushed, and additions."""
    changes: list[str] = ["flush table inet redblue_netns", "delete table inet redblue_netns"]
    for item in json.loads(output("nft", "-ja", "list", "table", "inet", "redblue_netns"))[
        "nftables"
    ]:
        kind, what = next(iter(item.items()))
        where = (
            f"inet redblue_netns {what.get('name') or what.get('chain')}"
            if kind not in ("metainfo", "table")
            else ""
        )
        if kind == "rule":
            changes.append(f"delete rule {where} handle {what['handle']}")
        elif kind == "chain":
            changes += [
                f"flush chain {where}",
                f"add rule {where} counter",
                f"add chain {where} {{ policy drop; }}",
            ]
        elif kind in ("set", "map"):
            changes.append(f"flush {kind} {where}")
            for element in what["elem"]:
                value = element[0] if kind == "map" else element
                value = value["elem"]["val"] if "elem" in value else value
                message = [
                    str(word) for word in (value["concat"] if isinstance(value, dict) else [value])
                ]
                changes.append(f"delete element {where} {{ {' . '.join(message)} }}")
    changes += [
        "add table inet redblue_netns { flags dormant; }",
        "add chain inet redblue_netns other",
        "add set inet redblue_netns other { type mark; }",
    ]
    return [partial(_change_nft, change) for change in changes]


def _change_nft(change: str) -> str:
    output("nft", change)
    return change


def _ipt_changes() -> list[Callable[[], str]]:
    changes = []
    for program in ("iptables", "ip6tables"):
        table = ""
        for line in output(find(f"{program}-save") or "").splitlines():
            table = line[1:] if line.startswith("*") else table
            edit = (
                line.replace("-A", "-D", 1)
                if line.startswith("-A")
                else f"-F {line[1:].split()[0]}"
                if line.startswith(":REDBLUE")
                else ""
            )
            if edit:
                changes.append((f"{program}-restore", f"*{table}\n{edit}\nCOMMIT\n"))
        changes.append((f"{program}-restore", "*nat\n-A REDBLUE-PRE -j RETURN\nCOMMIT\n"))
    return [partial(restore_iptables, *change) for change in changes]


def test_every_change_by_hand_is_detected_and_repaired(host: None, backend: str) -> None:
    wanted = apply_rules(backend, *EXAMPLE_RULES)
    number = count = 0
    while number <= count:
        changes = _nft_changes() if backend == "nftables" else _ipt_changes()
        count = len(changes) - 1
        what = changes[number]()
        seen = Firewall().observe_ruleset(None)
        assert seen != wanted, what
        assert seen is None or seen.damaged or seen.resources != wanted.resources, what
        Firewall().replace_ruleset(seen, wanted)
        assert Firewall().observe_ruleset(None) == wanted, what
        number += 1
    assert count > 30
