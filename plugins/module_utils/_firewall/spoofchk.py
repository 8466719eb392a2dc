# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The spoof check of bridge ports: only frames with the other end's own MAC address may enter.

It is a table of ours in nftables' family ``bridge``, whichever backend holds the NAT rules, because
iptables does not see frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.programs import find, run
from .._host.requirements import describe_missing_program
from .._model.errors import Conflict, Failed
from .._model.fast_replace import replace
from .._model.nat import SpoofCheck
from .._model.ownership import MARK, read_mark
from .comments import is_marked, write_owner_mark
from .nftables.read_table import read_nft_table
from .nftables.script import write_changes, write_script
from .nftables.table import (
    TABLE_NAME,
    BaseChain,
    ChainHeader,
    NftRule,
    NftSet,
    NftTable,
    SetElement,
)
from .resources import of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.resources import NatResource
    from .listing import Listing

FAMILY = "bridge"
TABLE = (FAMILY, TABLE_NAME)
_TABLE_WORDS = " ".join(TABLE)
_REMOVAL = f"add table {_TABLE_WORDS}\ndelete table {_TABLE_WORDS}\n"
"""Deletes the table whether or not it exists."""
_PORTS, _PAIRS = "guarded", "allowed"
"""The sets of checked ports, and of ports with the MAC address that may enter."""
_HEADER = ChainHeader("filter", "prerouting", -300, "accept")
_STATEMENTS = (f"iifname @{_PORTS}", f"iifname . ether saddr != @{_PAIRS}", "drop")


def _sorted_checks(resources: Iterable[NatResource]) -> list[SpoofCheck]:
    return sorted(of_type(resources, SpoofCheck), key=lambda check: check.interface)


def render_spoof_checks(resources: Iterable[NatResource]) -> NftTable:
    """Return the table for the spoof checks among these resources; empty if there are none."""
    ports, pairs = NftSet(("ifname",)), NftSet(("ifname", "ether_addr"))
    for check in _sorted_checks(resources):
        mark = write_owner_mark(check)
        ports.elements[(check.interface,)] = SetElement((), mark)
        pairs.elements[(check.interface, check.mac)] = SetElement((), mark)
    if not ports.elements:
        return NftTable()
    chain = BaseChain(_HEADER, [NftRule(_STATEMENTS, MARK)])
    return NftTable({_PORTS: ports, _PAIRS: pairs}, {"prerouting": chain})


def _list_table() -> NftTable:
    answer = run("nft", ["-j", "list", "table", *TABLE])
    if answer.code:
        raise Failed(f"nft cannot list the table {_TABLE_WORDS}: {answer.complaint}")
    table = read_nft_table(answer.output)
    if table.sets and not any(map(is_marked, table.comments())):
        raise Conflict(
            "spoofchk",
            "true",
            f"the table {_TABLE_WORDS} has no mark of this collection; rename or delete the table",
        )
    return table


def observe_spoof_checks(netns: str | None, listing: Listing) -> list[SpoofCheck]:
    """Read the checked ports of the calling thread's namespace.

    :return: with an empty MAC address, so that the plan replaces it, where a part of a check is
        missing, and for all ports if the rule differs.
    :raises Conflict: the table does not carry our mark.
    :raises Failed: nft does not list the table.
    """
    if TABLE not in (listing.nft_tables or ()):
        return []
    table = _list_table()
    allowed = {key[0]: key[-1] for key in table.elements_of(_PAIRS)}
    found = [
        SpoofCheck(netns, name, allowed.get(name, ""), read_mark(element.comment))
        for (name,), element in table.elements_of(_PORTS).items()
    ]
    if render_spoof_checks(found) == table:
        return found
    return [replace(check, mac="") for check in found]


def _write_script(before: Sequence[NatResource], after: Sequence[NatResource]) -> str:
    if not _sorted_checks(after):
        return _REMOVAL
    wanted = render_spoof_checks(after)
    current = _sorted_checks(before)
    if current and all(check.mac for check in current):
        return write_changes(render_spoof_checks(before), wanted, FAMILY)
    return _REMOVAL + write_script(wanted, FAMILY)


def replace_spoof_checks(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Replace the spoof checks of ``before`` by those of ``after`` in one transaction.

    :raises Failed: nft is missing or refused the rules.
    """
    if _sorted_checks(before) == _sorted_checks(after):
        return
    if find("nft") is None:
        raise Failed(describe_missing_program("nft"))
    answer = run("nft", ["-f", "-"], _write_script(before, after))
    if answer.code:
        raise Failed(f"nft refused the rules: {answer.complaint}")


def render_spoof_check_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_spoof_checks`` does."""
    if _sorted_checks(before) == _sorted_checks(after):
        return []
    return [f"{prefix}nft -f - <<'EOF'\n{_write_script(before, after)}EOF"]
