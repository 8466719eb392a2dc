# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports by which only frames with the other end's own MAC address come in: a table of ours in nftables' family ``bridge``.

It stands beside the rules of NAT, whichever backend holds those, for iptables knows no frames.
"""

from __future__ import annotations

from typing import Iterable, List, Optional, Sequence

from .._describe.programs import describe_missing_program
from .._host.programs import find, run
from .._model.errors import Conflict, Failed
from .._model.nat import NatResource, SpoofCheck
from .._model.ownership import read_mark, write_mark
from .comments import is_marked
from .listing import Listing
from .nftables.script import write_changes, write_script
from .nftables.table import NAME, Chain, Element, NftRule, Set, Table, read_nft_table

FAMILY = "bridge"
TABLE = (FAMILY, NAME)
_HEADER = ("filter", "prerouting", -300, "accept")
_WORDS = ("iifname @guarded", "iifname . ether saddr != @allowed", "drop")


def _guarded(resources: Iterable[NatResource]) -> List[SpoofCheck]:
    return sorted(
        (resource for resource in resources if isinstance(resource, SpoofCheck)),
        key=lambda resource: resource.interface,
    )


def render(resources: Iterable[NatResource]) -> Table:
    """The table that guards these ports; empty for none."""
    ports, pairs = Set(("ifname",)), Set(("ifname", "ether_addr"))
    for resource in _guarded(resources):
        mark = write_mark(resource.owner or "")
        ports.elements[(resource.interface,)] = Element((), mark)
        pairs.elements[(resource.interface, resource.mac)] = Element((), mark)
    if not ports.elements:
        return Table()
    return Table(
        {"guarded": ports, "allowed": pairs},
        {"prerouting": Chain(_HEADER, [NftRule(_WORDS, write_mark(""))])},
    )


def _listed() -> Table:
    answer = run("nft", ["-j", "list", "table", *TABLE])
    if answer.code:
        raise Failed(f"nft cannot list our table: {answer.complaint}")
    table = read_nft_table(answer.output)
    if table.sets and not any(map(is_marked, table.comments())):
        raise Conflict(
            "spoofchk",
            "true",
            f"there is a table {' '.join(TABLE)} that bears no mark of this collection; rename or delete it",
        )
    return table


def observe(netns: Optional[str], listing: Listing) -> List[SpoofCheck]:
    """The guarded ports. One of which a part is missing, or all where the rule is, has no MAC address: it has to be guarded anew."""
    if TABLE not in (listing.tables or ()):
        return []
    table = _listed()
    ports = table.sets.get("guarded", Set(("ifname",))).elements
    allowed = {
        key[0]: key[-1] for key in table.sets.get("allowed", Set(("ifname", "ether_addr"))).elements
    }
    found = [
        SpoofCheck(netns, name, allowed.get(name, ""), read_mark(element.comment))
        for (name,), element in ports.items()
    ]
    return (
        found
        if render(found) == table
        else [SpoofCheck(netns, resource.interface, "", resource.owner) for resource in found]
    )


def _script(before: Sequence[NatResource], after: Sequence[NatResource]) -> str:
    if not _guarded(after):
        return f"add table {' '.join(TABLE)}\ndelete table {' '.join(TABLE)}\n"
    current = _guarded(before)
    if current and all(resource.mac for resource in current):
        return write_changes(render(before), render(after), FAMILY)
    return f"add table {' '.join(TABLE)}\ndelete table {' '.join(TABLE)}\n" + write_script(
        render(after), FAMILY
    )


def replace_rules(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Guard these ports instead of those, in one transaction."""
    if _guarded(before) == _guarded(after):
        return
    if find("nft") is None:
        raise Failed(describe_missing_program("nft"))
    answer = run("nft", ["-f", "-"], _script(before, after))
    if answer.code:
        raise Failed(f"nft refused the rules: {answer.complaint}")


def commands(before: Sequence[NatResource], after: Sequence[NatResource], prefix: str) -> List[str]:
    """The same, as a person would type it into bash."""
    return (
        []
        if _guarded(before) == _guarded(after)
        else [f"{prefix}nft -f - <<'EOF'\n{_script(before, after)}EOF"]
    )
