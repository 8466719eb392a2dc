# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the packet filters of a namespace list, ours and others', read when it is first needed."""

from __future__ import annotations

import contextlib
import json
import os
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .._host.programs import find, run
from .._model.errors import Failed
from .._netlink import uapi
from .._netlink.nft_tables import list_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .guard.render import Guard

_LEGACY_TABLES = {
    "ip": "/proc/thread-self/net/ip_tables_names",
    "ip6": "/proc/thread-self/net/ip6_tables_names",
}
FIREWALLD_TABLE = ("inet", "firewalld")
"""The table of firewalld if its backend is nftables."""
TRUSTED_ZONE_FILE = "/etc/firewalld/zones/trusted.xml"
"""firewalld's permanent configuration of the zone ``trusted``, with its interfaces."""

NftObjects = list[dict[str, Any]]
"""The value of ``nftables`` in nft's JSON (libnftables-json(5)): objects with one key, the type."""

IPTABLES_FAMILIES = {"iptables": 4, "ip6tables": 6, "iptables-legacy": 4, "ip6tables-legacy": 6}
"""The programs of iptables and their address families."""
IPTABLES_NFT_TABLES = frozenset(
    (family, name) for family in ("ip", "ip6") for name in ("raw", "filter", "mangle", "nat")
)
"""The nftables tables in which iptables-nft would have rules of ours."""


def list_nft(*arguments: str) -> NftObjects:
    """Run nft with these arguments, and return the objects that it lists.

    :raises Failed: nft failed.
    """
    answer = run("nft", ["-j", *arguments])
    if answer.code:
        raise Failed(f"nft {' '.join(arguments)}: {answer.complaint}")
    objects: NftObjects = json.loads(answer.output)["nftables"]
    return objects


class Listing:
    """The packet filters of the calling thread's namespace, each read once.

    After a change a new listing is needed.
    """

    def __init__(self, owners: Mapping[str, str] = MappingProxyType({})) -> None:
        """``owners`` are those of the links of the host that this collection made."""
        self.owners = owners
        self._saved: dict[str, str] = {}

    @cached_property
    def nft_tables(self) -> frozenset[tuple[str, str]] | None:
        """Family and name of each nftables table; ``None`` if the kernel has no nf_tables.

        :raises Failed: the kernel does not list them. That is never taken for "no tables".
        """
        try:
            return list_tables()
        except OSError as error:
            if error.errno in uapi.SHORTAGE_ERRORS:
                raise
            raise Failed(
                f"the nftables tables cannot be listed: {error.strerror or error}"
            ) from error

    @cached_property
    def guard(self) -> Guard:
        """Our policy routing rules, which guard the namespace while our other rules are missing."""
        from .guard.guard import observe_guard

        return observe_guard()

    @cached_property
    def is_empty(self) -> bool:
        """Whether there are no rules at all, the usual case in a namespace. Starts no program."""
        return not self.nft_tables and not legacy_tables() and not self.guard.rules

    @cached_property
    def iptables_programs(self) -> tuple[str, ...]:
        """The programs of iptables that may list rules.

        The programs of the legacy kernel interface are among them only if it is in use and is not
        the default.
        """
        legacy = legacy_tables()
        may_be_nft = self.nft_tables is None or IPTABLES_NFT_TABLES & self.nft_tables
        if not may_be_nft and not legacy:
            return ()
        in_use: set[str] = set()
        if not self.iptables_is_legacy:
            families = {family for family, _table in legacy}
            for program, family in IPTABLES_FAMILIES.items():
                if ("ip" if family == 4 else "ip6") in families:
                    in_use.add(program)
        return tuple(
            program
            for program in IPTABLES_FAMILIES
            if find(f"{program}-save") is not None
            and (program in in_use or not program.endswith("legacy"))
        )

    @cached_property
    def iptables_is_legacy(self) -> bool:
        """Whether the program iptables itself uses the legacy kernel interface."""
        return "legacy" in os.path.realpath(find("iptables-save") or "")

    def iptables_save(self, program: str) -> str:
        """Return what iptables-save lists; ``program`` is one of ``iptables_programs``."""
        if program not in self._saved:
            from .iptables.programs import save

            self._saved[program] = save(program)
        return self._saved[program]

    @cached_property
    def foreign_chains(self) -> NftObjects:
        """The chains in nftables tables of others, without rules; none if there is no nft."""
        if not self.nft_tables:
            return []
        from .nftables.table import OWN_TABLES  # which no run without rules needs

        if self.nft_tables <= OWN_TABLES or find("nft") is None:
            return []
        chains = [item["chain"] for item in list_nft("list", "chains") if "chain" in item]
        return [item for item in chains if (item["family"], item["table"]) not in OWN_TABLES]


def legacy_tables() -> frozenset[tuple[str, str]]:
    """Return family and name of the tables of iptables' legacy kernel interface.

    Read from /proc: iptables-legacy-save would create the tables that it is asked for.
    """
    found: set[tuple[str, str]] = set()
    for family, path in _LEGACY_TABLES.items():
        with contextlib.suppress(OSError), open(path, encoding="ascii") as names:
            found.update((family, name) for name in names.read().split())
    return frozenset(found)
