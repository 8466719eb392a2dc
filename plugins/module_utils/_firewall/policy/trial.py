# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows that the kernel holds rules as they were written, on a sample in a namespace of its own.

To list what was loaded takes as long as to load it. Where the kernel's number of the state of all
tables shows that a run made the only transaction, the tables hold what nft made of the script. What
is left to show is that nft and the kernel take each form of rule as it is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.netns import inside_new_netns
from ..._host.programs import run
from ..nftables.script import write_script
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from ..nftables.text_listing import LISTING_OPTIONS, is_listed
from .differences import list_changed
from .samples import sample_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..nftables.table import NftTable

_MOST_CHAINS = 64


def find_sample(old: NftTable, new: NftTable) -> NftTable | None:
    """A sample of what is in the second table and not in the first one; None if it is large."""
    chains, sets = list_changed(old.chains, new.chains), list_changed(old.sets, new.sets)
    try:
        sample = sample_table(new, chains, sets)
    except KeyError:
        return None
    return sample if len(sample.chains) <= _MOST_CHAINS else None


def lists_as_written(samples: Mapping[str, NftTable]) -> bool:
    """Whether a new namespace lists these tables, by their families, as they are written.

    :return: False also if this version of nft lists them in other words, or there is no namespace.
    """
    if not samples:
        return True
    script = "".join(write_script(table, family, TABLE_NAME) for family, table in samples.items())
    try:
        with inside_new_netns():
            if run("nft", ["-f", "-"], script).code:
                return False
            return all(_is_listed(family, table) for family, table in samples.items())
    except OSError:
        return False


def _is_listed(family: str, table: NftTable) -> bool:
    words = f"{family} {TABLE_NAME}"
    answer = run("nft", [*LISTING_OPTIONS, "list", "table", *words.split()])
    return answer.code == 0 and is_listed(answer.output, table, words)
