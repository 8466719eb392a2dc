# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of ours as input of iptables-restore. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.ownership import MARK
from .parse import normalize
from .render import CHAINS, MARK_PRE, OUT, POST, PRE, ChainPlace
from .rule import IptablesRule, IptablesRules, write_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .parse import LiveRules


def _jump(chain: str) -> str:
    return f'-m comment --comment "{MARK}" -j {chain}'


def _are_equal(rules: list[IptablesRule], wanted: list[IptablesRule]) -> bool:
    return normalize({"": rules}) == normalize({"": wanted})


def _write_chain(
    chain: str, parent: str, live: LiveRules, wanted: IptablesRules, stays: bool
) -> tuple[list[str], list[str]]:
    """Return a chain's declaration, which must come first in its table, and the other lines.

    A chain that is already as it is wanted needs neither.
    """
    jumps = live.jumps.get(chain, 0)
    if chain in wanted:
        if jumps == 1 and _are_equal(live.chains.get(chain, []), wanted[chain]):
            return [], []
        lines = [f"-A {chain} {write_rule(rule)}" for rule in wanted[chain]]
        if not jumps and chain in (PRE, OUT, POST, MARK_PRE):
            # Translations and marks of others that are already there go first.
            lines.append(f"-A {parent} {_jump(chain)}")
        elif not jumps:
            # What our rules drop must not be accepted by a rule before them.
            lines.append(f"-I {parent} 1 {_jump(chain)}")
        lines += [f"-D {parent} {_jump(chain)}"] * max(jumps - 1, 0)
        return [f":{chain} - [0:0]"], lines
    if chain in live.chains or jumps:
        removals = [f"-D {parent} {_jump(chain)}"] * jumps
        return [f":{chain} - [0:0]"], removals if stays else [*removals, f"-X {chain}"]
    return [], []


def write_restore_script(
    live: LiveRules,
    wanted: IptablesRules,
    places: Mapping[str, ChainPlace] = CHAINS,
    emptied: Collection[str] = (),
) -> str:
    """Write the input of iptables-restore --noflush that turns the live chains into these.

    :param places: all chains that may be touched.
    :param emptied: the chains that are emptied and not deleted, where they are not wanted.
    :return: empty if no chain is live and none is wanted.
    """
    script = []
    for table in ("raw", "filter", "mangle", "nat"):
        declarations: list[str] = []
        lines: list[str] = []
        for chain, place in places.items():
            if place.table == table:
                declaration, rest = _write_chain(
                    chain, place.parent, live, wanted, chain in emptied
                )
                declarations += declaration
                lines += rest
        if declarations or lines:
            script += [f"*{table}", *declarations, *lines, "COMMIT"]
    return "".join(f"{line}\n" for line in script)
