# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT through nftables: one table of ours, read as JSON, changed in one transaction. Other tables are never read or written."""

from __future__ import annotations

import time
from typing import List, Optional

from ..._describe.programs import describe_missing_program
from ..._host.programs import find, run
from ..._model.errors import Conflict, Failed
from ..._model.nat import Ruleset
from ..._model.ownership import MARK
from ..comments import is_marked
from ..listing import Listing
from .parse import parse_resources
from .render import render_nft
from .script import write_changes, write_script
from .table import NAME, Table, read_nft_table

PROGRAM = "nft"
TABLE = ("inet", NAME)
_ABSENT = "No such file or directory"
_EXISTS = "File exists"
_AGAIN = ("Device or resource busy", "Resource temporarily unavailable", "Interrupted system call")
"""What a transaction ends with when somebody else changed the rules meanwhile; the kernel then did nothing of it."""
_TRIES = 10


def available() -> Optional[str]:
    """None when nftables works here, else why not."""
    if find(PROGRAM) is None:
        return describe_missing_program(PROGRAM)
    try:
        return "this kernel has no nf_tables" if Listing().tables is None else None
    except (Failed, ValueError) as error:
        return str(error)


def _has_our_comment() -> bool:
    # Whoever flushes the table takes the marked rules away; its own comment stays, but JSON does not show that one.
    answer = run(PROGRAM, ["-t", "list", "table", *TABLE])
    return (
        f'comment "{MARK}"' in answer.output.splitlines()[1]
        if answer.output.count("\n") > 1
        else False
    )


def _listed() -> Optional[Table]:
    if find(PROGRAM) is None:
        return None
    answer = run(PROGRAM, ["-j", "--numeric-protocol", "list", "table", *TABLE])
    if answer.code:
        if _ABSENT in answer.error:
            return None
        raise Failed(f"nft cannot list our table: {answer.complaint}")
    table = read_nft_table(answer.output)
    if not any(is_marked(comment) for comment in table.comments()) and not _has_our_comment():
        raise Conflict(
            "backend",
            "nftables",
            f"there is a table {' '.join(TABLE)} that bears no mark of this collection; rename or delete it",
        )
    return table


def observe(netns: Optional[str], listing: Listing) -> Optional[Ruleset]:
    """Our rules in the namespace of the calling thread; None when there are none."""
    table = _listed() if TABLE in (listing.tables or ()) else None
    return None if table is None else parse_resources(table, netns)


def _whole(before: Optional[Ruleset], after: Ruleset) -> str:
    # Without a table before, "create" refuses a foreign one.
    return (_removal() if before else f"create table {' '.join(TABLE)}\n") + write_script(
        render_nft(after.resources)
    )


def _removal() -> str:
    # Adding first makes the deletion right whether or not the table is there.
    return "".join(f"{verb} table {' '.join(TABLE)}\n" for verb in ("add", "delete"))


def _scripts(before: Optional[Ruleset], after: Optional[Ruleset]) -> List[str]:
    """What leads from the one to the other; the next where the one before it does not fit what is there."""
    if after is None or not after.resources:
        return [_removal()]
    if before is None or before.damaged or not before.resources or before.backend != after.backend:
        return [_whole(before, after)]
    return [
        write_changes(render_nft(before.resources), render_nft(after.resources)),
        _whole(before, after),
    ]


def replace_rules(before: Optional[Ruleset], after: Optional[Ruleset]) -> None:
    """Put our rules in the place of what they were, in one transaction: no packet ever sees a part of them, or none."""
    if find(PROGRAM) is None:
        raise Failed(describe_missing_program(PROGRAM))
    scripts = _scripts(before, after)
    for attempt in range(_TRIES):
        answer = run(PROGRAM, ["-f", "-"], scripts[0])
        if not answer.code:
            return
        if any(words in answer.error for words in _AGAIN):
            time.sleep(0.01 * attempt)
        elif len(scripts) > 1:
            scripts.pop(0)
        elif before is None and after is not None and _EXISTS in answer.error:
            _listed()
            before = after
            scripts = [_whole(before, after)]
        else:
            break
    raise Failed(f"nft refused the rules: {answer.complaint}")


def commands(before: Optional[Ruleset], after: Optional[Ruleset], prefix: str = "") -> List[str]:
    """The same, as a person would type it into bash."""
    if after is None or not after.resources:
        return [f"{prefix}nft delete table {' '.join(TABLE)}"] if before else []
    return [f"{prefix}nft -f - <<'EOF'\n{_scripts(before, after)[0]}EOF"]
