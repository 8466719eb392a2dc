# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tables of policies held when a run verified them, so that they are read once.

nft lists thousands of rules in seconds. What was verified is noted with the number of the state of
all tables (tables_state.py).
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from ..._host.state_directory import remove_state_file, replace_state_file
from ..._model.digests import sha256
from ..notes import OUT_OF_REACH, digest_code, name_note, read_note
from .records import UNREADABLE, read_values, render_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import PolicyPart
    from ..tables_state import TablesState

RENDERING_MODULES = (
    *("_model." + name for name in ("addresses", "fast_dataclass", "fast_replace", "fast_typing")),
    *("_model." + name for name in ("guard_rules", "network_policies", "ownership")),
    *("_model." + name for name in ("digests", "policy_names", "ranges")),
    *("_firewall." + name for name in ("icmp_types", "resources")),
    *("_firewall.nftables." + name for name in ("builder", "table")),
    *("_firewall.policy." + name for name in ("bridge_table", "builder", "counters")),
    *("_firewall.policy." + name for name in ("differences", "host_table", "names")),
    *("_firewall.policy." + name for name in ("policy_table", "recent", "records", "rules")),
)
"""Of other modules it does not depend how tables are rendered."""
_NOTE = "policies"
_Note = tuple["list[object]", int, "list[PolicyPart]"]
"""The host, the number of the state of its tables, and the policies."""


def recall_policies(state: TablesState | None) -> list[PolicyPart] | None:
    """The policies whose tables were verified in this state; None if that is not known.

    Another version of this collection may render them otherwise: it makes nothing of the note.
    """
    content = read_note(_NOTE, state)
    if content is None or state is None:
        return None
    noted = _parse_once(name_note(_NOTE, state.inode), content)
    is_same = noted is not None and noted[:2] == (state.host, state.generation)
    return [*noted[2]] if noted is not None and is_same else None


_notes: dict[str, tuple[bytes, _Note | None]] = {}
"""What the files say that this process read or wrote last, by their names, with their content."""


def _parse_once(name: str, content: bytes) -> _Note | None:
    """The note in a file; None if other code rendered its policies."""
    if name not in _notes or _notes[name][0] != content:
        _notes[name] = (content, _parse_note(content))
    return _notes[name][1]


def _parse_note(content: bytes) -> _Note | None:
    head, *lines = content.split(b"\n")
    try:
        noted = json.loads(head)
        if noted["digest"] != _digest(lines):
            return None
        values = json.loads(b"[" + b",".join(lines) + b"]")
        parts = [read_values(each, None) for each in values]
        _keep_lines(parts, lines)
        return noted["host"], noted["generation"], parts
    except UNREADABLE:
        return None


_lines: dict[PolicyPart, bytes] = {}
"""How policies are written in the note that this process read or wrote last: most stay the same."""


def _keep_lines(parts: Sequence[PolicyPart], lines: Sequence[bytes]) -> None:
    _lines.clear()
    _lines.update(zip(parts, lines))


def note_policies(state: TablesState, parts: Sequence[PolicyPart]) -> None:
    """Note that the tables are right for these policies in this state. Without one it is slower."""
    with contextlib.suppress(*OUT_OF_REACH):
        name = name_note(_NOTE, state.inode)
        if not parts:
            remove_state_file(name)
            return
        lines = [_lines.get(part) or render_values(part) for part in parts]
        _keep_lines(parts, lines)
        noted = {"host": state.host, "generation": state.generation, "digest": _digest(lines)}
        content = b"\n".join([_dump(noted), *lines])
        replace_state_file(name, content)
        _notes[name] = (content, (state.host, state.generation, [*parts]))


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _digest(lines: Sequence[bytes]) -> str:
    """A digest of policies, and of the code that renders their tables."""
    return sha256(b"\n".join([digest_code(RENDERING_MODULES), *lines])).hexdigest()
