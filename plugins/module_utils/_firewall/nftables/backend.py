# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NAT through nftables: one table of ours, read as JSON, changed in one transaction. Other tables are never read or written."""

from __future__ import annotations

import time
from typing import List, Optional

from . import _errors, _model, _nft_table, _nft_text, _rules
from ._listing import Listing
from ._nat_rules import is_marked
from ._nft_rules import render
from ._nft_things import things_of
from ._programs import find, run, say_missing

PROGRAM = "nft"
TABLE = ("inet", _nft_table.NAME)
_ABSENT = "No such file or directory"
_EXISTS = "File exists"
_AGAIN = ("Device or resource busy", "Resource temporarily unavailable", "Interrupted system call")
"""What a transaction ends with when somebody else changed the rules meanwhile; the kernel then did nothing of it."""
_TRIES = 10


def available() -> Optional[str]:
    """None when nftables works here, else why not."""
    if find(PROGRAM) is None:
        return say_missing(PROGRAM)
    try:
        return "this kernel has no nf_tables" if Listing().tables is None else None
    except (_errors.Failed, ValueError) as error:
        return str(error)


def _has_our_comment() -> bool:
    # Whoever flushes the table takes the marked rules away; its own comment stays, but JSON does not show that one.
    answer = run(PROGRAM, ["-t", "list", "table", *TABLE])
    return f'comment "{_model.MARK}"' in answer.output.splitlines()[1] if answer.output.count("\n") > 1 else False


def _listed() -> Optional[_nft_table.Table]:
    if find(PROGRAM) is None:
        return None
    answer = run(PROGRAM, ["-j", "--numeric-protocol", "list", "table", *TABLE])
    if answer.code:
        if _ABSENT in answer.error:
            return None
        raise _errors.Failed(f"nft cannot list our table: {answer.complaint}")
    table = _nft_table.read(answer.output)
    if not any(is_marked(comment) for comment in table.comments()) and not _has_our_comment():
        raise _errors.Conflict("backend", "nftables", f"there is a table {' '.join(TABLE)} that bears no mark of this collection; rename or delete it")
    return table


def observe(netns: Optional[str], listing: Listing) -> Optional[_rules.Ruleset]:
    """Our rules in the namespace of the calling thread; None when there are none."""
    table = _listed() if TABLE in (listing.tables or ()) else None
    return None if table is None else things_of(table, netns)


def _whole(before: Optional[_rules.Ruleset], after: _rules.Ruleset) -> str:
    # Without a table before, "create" refuses a foreign one.
    return (_removal() if before else f"create table {' '.join(TABLE)}\n") + _nft_text.write(render(after.things))


def _removal() -> str:
    # Adding first makes the deletion right whether or not the table is there.
    return "".join(f"{verb} table {' '.join(TABLE)}\n" for verb in ("add", "delete"))


def _scripts(before: Optional[_rules.Ruleset], after: Optional[_rules.Ruleset]) -> List[str]:
    """What leads from the one to the other; the next where the one before it does not fit what is there."""
    if after is None or not after.things:
        return [_removal()]
    if before is None or before.damaged or not before.things or before.backend != after.backend:
        return [_whole(before, after)]
    return [_nft_text.write_changes(render(before.things), render(after.things)), _whole(before, after)]


def replace(before: Optional[_rules.Ruleset], after: Optional[_rules.Ruleset]) -> None:
    """Put our rules in the place of what they were, in one transaction: no packet ever sees a part of them, or none."""
    if find(PROGRAM) is None:
        raise _errors.Failed(say_missing(PROGRAM))
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
    raise _errors.Failed(f"nft refused the rules: {answer.complaint}")


def commands(before: Optional[_rules.Ruleset], after: Optional[_rules.Ruleset], prefix: str = "") -> List[str]:
    """The same, as a person would type it into bash."""
    if after is None or not after.things:
        return [f"{prefix}nft delete table {' '.join(TABLE)}"] if before else []
    return [f"{prefix}nft -f - <<'EOF'\n{_scripts(before, after)[0]}EOF"]
