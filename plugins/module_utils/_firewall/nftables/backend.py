# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backend nftables: one table of our own, replaced in one transaction by the program nft.

The table ``inet redblue_netns`` is listed as JSON (``nft -j``, libnftables-json(5)) and written as
nft's text (``nft -f -``). Tables of others are not touched. The files of this package:

- table.py: the table as data; read_table.py reads it from JSON, script.py writes it as text.
- render.py with builder.py, lookups.py and forward_chain.py: from NAT resources to the table.
- parse.py: from the table back to NAT resources.
- noted_rules.py: what was read, for runs that find the table unchanged.

Why no library: Python's binding of libnftables is a separate package, python3-nftables, which
minimal installations of Debian and Ubuntu do not have. The program nft comes with nftables itself,
and prints the JSON of the same library.

Why the rules are written as text: nft up to 1.0.6 (Debian 12) does not read as JSON a map to
addresses with ports, although it lists one so.

Where versions differ in what they list, read_table.py evens that out: ``meta nfproto`` before a
match of an address, protocols by name or by number, and a single flag as a list or not.
abilities.py asks whether the installed nft takes the rules at all.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from ..._host.programs import find, run
from ..._host.requirements import describe_missing_program
from ..._model.errors import Conflict, Failed
from ..._model.nat import Ruleset
from ..._model.ownership import MARK
from ..comments import is_marked
from ..interfaces import FirewallBackend
from ..listing import Listing
from .noted_rules import NotedRules
from .table import TABLE_NAME

if TYPE_CHECKING:
    from .render import TableRenderer
    from .table import NftTable

PROGRAM = "nft"
TABLE = ("inet", TABLE_NAME)
TABLE_WORDS = " ".join(TABLE)
_ABSENT = "No such file or directory"
_EXISTS = "File exists"
_RETRIED = (
    "Device or resource busy",
    "Resource temporarily unavailable",
    "Interrupted system call",
)
"""The errors of a transaction during which rules of others changed; the kernel applied nothing."""
_ATTEMPTS = 10


class NftablesBackend(FirewallBackend):
    """NAT by nftables. The object keeps rendered tables, so it lives for one run of a task."""

    def __init__(self) -> None:
        self._noted = NotedRules()

    @cached_property
    def renderer(self) -> TableRenderer:
        """What renders tables, for a run that reads or writes one."""
        from .render import TableRenderer

        return TableRenderer()

    def find_unavailable_reason(self) -> str | None:
        if find(PROGRAM) is None:
            return describe_missing_program(PROGRAM)
        try:
            if Listing().nft_tables is None:
                return "this kernel has no nf_tables"
        except (Failed, ValueError) as error:
            return str(error)
        return self._missing_abilities

    @cached_property
    def _missing_abilities(self) -> str | None:
        """The same in every namespace, and asked only before the first rules are written."""
        from .abilities import find_missing_abilities

        return find_missing_abilities(PROGRAM)

    @cached_property
    def _can_count_in_maps(self) -> bool:
        """Asked only after nft has refused rules, which may have another reason."""
        from .abilities import can_count_in_maps

        return can_count_in_maps(PROGRAM)

    def observe_ruleset(self, netns: str | None, listing: Listing) -> Ruleset | None:
        if TABLE not in (listing.nft_tables or ()) or find(PROGRAM) is None:
            return None
        noted = self._noted.recall() if netns is None else None
        if noted is not None:
            return Ruleset("nftables", noted)
        table = _list_table()
        if table is None:
            return None
        from .parse import parse_resources

        resources, complete = parse_resources(table, netns, self.renderer)
        if complete and netns is None:
            self._noted.learn(resources)
        return Ruleset("nftables", resources, damaged=not complete)

    def replace_ruleset(self, before: Ruleset | None, after: Ruleset | None) -> None:
        """Replace our table in one transaction: no packet passes a part of the rules, or none."""
        if find(PROGRAM) is None:
            raise Failed(describe_missing_program(PROGRAM))
        if after is None:
            self._noted.forget()
        scripts = self._write_scripts(before, after)
        counts = after is not None
        for attempt in range(_ATTEMPTS):
            answer = run(PROGRAM, ["-f", "-"], scripts[0])
            if not answer.code:
                return
            if any(words in answer.error for words in _RETRIED):
                time.sleep(0.01 * attempt)
            elif len(scripts) > 1:
                scripts.pop(0)
            elif before is None and after is not None and _EXISTS in answer.error:
                # The table has appeared meanwhile. Unless it is of others, it is replaced.
                _list_table()
                before = after
                scripts = [self._write_table(before, after)]
            elif counts and after is not None and not self._can_count_in_maps:
                counts = False
                scripts = [self._write_table(before, after, counts)]
            else:
                break
        raise Failed(f"nft refused the rules: {answer.complaint}")

    def note_rules(self) -> None:
        self._noted.write()

    def render_commands(
        self, before: Ruleset | None, after: Ruleset | None, prefix: str
    ) -> list[str]:
        if after is None or not after.resources:
            return [f"{prefix}nft delete table {TABLE_WORDS}"] if before else []
        return [f"{prefix}nft -f - <<'EOF'\n{self._write_scripts(before, after)[0]}EOF"]

    def _write_table(self, before: Ruleset | None, after: Ruleset, counts: bool = True) -> str:
        from .script import write_script

        # "create" fails if there is a table already, which must be of others.
        start = _REMOVAL if before else f"create table {TABLE_WORDS}\n"
        return start + write_script(self.renderer.render(after.resources), counts=counts)

    def _write_scripts(self, before: Ruleset | None, after: Ruleset | None) -> list[str]:
        """Write what turns one rule set into another; the next script is tried if one fails.

        The first changes only what differs. It fails if the live rules are not those of ``before``.
        """
        if after is None or not after.resources:
            return [_REMOVAL]
        whole = self._write_table(before, after)
        if before is None or not before.resources:
            return [whole]
        if before.damaged or before.backend != after.backend:
            return [whole]
        from .script import write_changes

        current = self.renderer.render(before.resources)
        return [write_changes(current, self.renderer.render(after.resources)), whole]


_REMOVAL = f"add table {TABLE_WORDS}\ndelete table {TABLE_WORDS}\n"
"""Deletes the table whether or not it exists."""


def _list_table() -> NftTable | None:
    """Read our table; ``None`` if there is none, or no nft.

    :raises Conflict: the table does not carry our mark.
    :raises Failed: nft does not list the table.
    """
    if find(PROGRAM) is None:
        return None
    answer = run(PROGRAM, ["-j", "--numeric-protocol", "list", "table", *TABLE])
    if answer.code:
        if _ABSENT in answer.error:
            return None
        raise Failed(f"nft cannot list the table {TABLE_WORDS}: {answer.complaint}")
    from .read_table import read_nft_table  # which a run that finds a note does not need

    table = read_nft_table(answer.output)
    if not any(is_marked(comment) for comment in table.comments()) and not _has_marked_table():
        raise Conflict(
            "backend",
            "nftables",
            f"the table {TABLE_WORDS} has no mark of this collection; rename or delete the table",
        )
    return table


def _has_marked_table() -> bool:
    """Return whether the table's own comment is our mark: JSON does not list that comment.

    It remains where the table was flushed, and the marked rules with it.
    """
    lines = run(PROGRAM, ["-t", "list", "table", *TABLE]).output.splitlines()
    return len(lines) > 1 and f'comment "{MARK}"' in lines[1]
