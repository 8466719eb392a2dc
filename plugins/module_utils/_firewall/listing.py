# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the packet filters of a namespace list, ours and others': each is asked when somebody wants to know, and once."""

from __future__ import annotations

import contextlib
import json
import os
from functools import cached_property
from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

from .._host.programs import find, run
from .._model.errors import Failed
from .._netlink.nf_tables import SHORT, list_tables
from .iptables.programs import save

_LEGACY = {
    "ip": "/proc/thread-self/net/ip_tables_names",
    "ip6": "/proc/thread-self/net/ip6_tables_names",
}
FIREWALLD = ("inet", "firewalld")
"""The table of firewalld where its backend is nftables."""
BINDINGS = "/etc/firewalld/zones/trusted.xml"
"""The interfaces that it trusts, for good."""

Items = List[Dict[str, Any]]

IPTABLES = {"iptables": 4, "ip6tables": 6, "iptables-legacy": 4, "ip6tables-legacy": 6}
"""The programs of iptables and their families."""
_OF_IPTABLES = frozenset((family, name) for family in ("ip", "ip6") for name in ("filter", "nat"))
"""The tables in which iptables-nft would have rules of ours."""


def ask_nft(*arguments: str) -> Items:
    """What nft lists, as JSON has it."""
    answer = run("nft", ["-j", *arguments])
    if answer.code:
        raise Failed(f"nft {' '.join(arguments)}: {answer.complaint}")
    listed: Items = json.loads(answer.output)["nftables"]
    return listed


class Listing:
    """Of the calling thread's network namespace, at one moment: what is changed afterwards takes a new one."""

    def __init__(self) -> None:
        self._saved: Dict[str, str] = {}

    @cached_property
    def tables(self) -> Optional[FrozenSet[Tuple[str, str]]]:
        """Family and name of the nftables tables; ``None`` where the kernel has none of that.

        :raises Failed: the kernel does not tell, and nobody's rules may be overlooked.
        """
        try:
            return list_tables()
        except OSError as error:
            if error.errno in SHORT:
                raise
            raise Failed(
                f"the tables of nftables cannot be listed: {error.strerror or error}"
            ) from error

    @cached_property
    def is_empty(self) -> bool:
        """Whether there are no rules at all, as in nearly all of a thousand namespaces. Starts no program."""
        return not self.tables and not legacy_tables()

    @cached_property
    def iptables(self) -> Tuple[str, ...]:
        """The programs of iptables that can have something to say; the older kernel interface besides, where it is in use and not the default."""
        legacy = legacy_tables()
        if self.tables is not None and not _OF_IPTABLES & self.tables and not legacy:
            return ()
        default = os.path.realpath(find("iptables-save") or "")
        found = [program for program in IPTABLES if find(f"{program}-save") is not None]
        in_use = (
            []
            if "legacy" in default
            else [
                program
                for program, family in IPTABLES.items()
                if ("ip" if family == 4 else "ip6", "filter") in legacy
            ]
        )
        return tuple(
            program for program in found if not program.endswith("legacy") or program in in_use
        )

    def saved(self, program: str) -> str:
        """What one of these lists."""
        if program not in self._saved:
            self._saved[program] = save(program)
        return self._saved[program]

    @cached_property
    def chains(self) -> Items:
        """The chains of nftables, without their rules."""
        if not self.tables or find("nft") is None:
            return []
        return [item["chain"] for item in ask_nft("list", "chains") if "chain" in item]


def legacy_tables() -> FrozenSet[Tuple[str, str]]:
    """Family and name of the tables of the older kernel interface of iptables. Its programs would make the one they are asked for."""
    found: Set[Tuple[str, str]] = set()
    for family, path in _LEGACY.items():
        with contextlib.suppress(OSError), open(path, encoding="ascii") as names:
            found.update((family, name) for name in names.read().split())
    return frozenset(found)
