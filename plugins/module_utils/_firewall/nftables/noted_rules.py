# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that were read in our table on the host, noted with the state of all tables.

A table that nobody changes is listed once. To start nft, and to read and compare what it lists,
takes a fifth of a check.
"""

from __future__ import annotations

import contextlib
import marshal
from typing import TYPE_CHECKING

from ..._host.netns import identify_netns
from ..._host.state_directory import remove_state_file, replace_state_file
from ..._model import nat
from ..._model.host_access import HostAccess
from ..notes import OUT_OF_REACH, digest_code, name_note, read_note
from ..tables_state import read_tables_state

if TYPE_CHECKING:
    from ..._model.resources import NatResource
    from ..tables_state import TablesState

READING_MODULES = (
    *("_firewall.nftables." + name for name in ("parse", "read_table", "render", "table")),
    *("_firewall.nftables." + name for name in ("builder", "forward_chain", "input_chains")),
    *("_firewall.nftables." + name for name in ("lookups", "mark_chains")),
    *("_firewall." + name for name in ("comments", "dnat", "icmp_types", "resources")),
    *("_model." + name for name in ("addresses", "errors", "fast_dataclass", "fast_replace")),
    *("_model." + name for name in ("fast_typing", "guard_rules", "host_access")),
    *("_model." + name for name in ("lazy_pattern", "nat", "resources", "secrets")),
    *("_model." + name for name in ("digests", "ownership", "policy_names", "ranges", "rulesets")),
)
"""Of other modules it does not depend what is read in a table."""
_KINDS = {
    kind.__name__: kind
    for kind in (
        *(nat.Masquerade, nat.Dnat, nat.Isolation, HostAccess),
        *(nat.ForwardingEnabled, nat.SavedSysctl),
    )
}
_NOTE = "rules"
_UNREADABLE = (ValueError, TypeError, LookupError, EOFError)


class NotedRules:
    """The rules of a run. They are noted when the run ends, if it may change the host."""

    def __init__(self) -> None:
        self._state: TablesState | None = None
        self._new: tuple[NatResource, ...] | None = None

    def recall(self) -> tuple[NatResource, ...] | None:
        """The rules that were noted in this state of all tables; None if there is no such note."""
        self._new = None
        self._state = read_tables_state()
        content = read_note(_NOTE, self._state)
        if content is None or self._state is None:
            return None
        try:
            head, items = marshal.loads(content)
            if head != _compose_head(self._state):
                return None
            return tuple(_KINDS[name](*values) for name, *values in items)
        except _UNREADABLE:
            return None

    def learn(self, rules: tuple[NatResource, ...]) -> None:
        """Remember what was read since ``recall``, and found to be complete."""
        if self._state is not None and read_tables_state() == self._state:
            self._new = rules

    def write(self) -> None:
        """Note what was read last. Without a note the next run is slower, and nothing else."""
        if self._new is None or self._state is None:
            return
        # What marshal does not write is not noted (ValueError).
        with contextlib.suppress(*OUT_OF_REACH, ValueError):
            items = [(type(rule).__name__, *vars(rule).values()) for rule in self._new]
            if {name for name, *_values in items} <= _KINDS.keys():
                content = marshal.dumps((_compose_head(self._state), items))
                replace_state_file(name_note(_NOTE, self._state.inode), content)
        self._new = None

    def forget(self) -> None:
        """Remove the note of the calling thread's namespace, if it has one."""
        self._new = None
        with contextlib.suppress(*OUT_OF_REACH):
            remove_state_file(name_note(_NOTE, identify_netns(None)[1]))


def _compose_head(state: TablesState) -> list[object]:
    """Of which host and which state a note is, and which code made it."""
    return [state.host, state.generation, digest_code(READING_MODULES)]
