# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deletes what iptables-nft created for our rules, once these are gone: empty chains and tables.

iptables-nft creates a base chain, and its table, for the first rule in it, and never deletes them.
An empty one with the policy accept does nothing; the next program that needs it creates it again.
But in a table that others use, too, an empty base chain that was there before our rules is theirs.
Our own chains are the proof which ones are ours. So they are emptied first, and deleted with those.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..._model.errors import Failed
from ..._netlink import uapi
from ..._netlink.nft_chains import NftState, delete_chains, read_state
from ..._netlink.socket import Socket

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..._netlink.nft_chains import NftChain, NftTable, TableKey

BaseChain = tuple[int, str, str]
"""An address family (4, 6), a table and a chain of it."""

_FAMILIES = {4: "ip", 6: "ip6"}
_ATTEMPTS = 100


def find_created_chains(unused: Mapping[BaseChain, Collection[str]]) -> frozenset[BaseChain]:
    """Return those of these base chains that were created for a rule of ours.

    The kernel numbers what is added to a table, and iptables-restore adds our chain, then the base
    chain with the jump to it. So a base chain with a lower number than ours was there before.

    :param unused: our chains that each base chain is there for, and soon will not be.
    :raises Failed: the kernel does not tell.
    """
    if not unused:
        return frozenset()
    with _open_socket() as socket:
        return _find_created(read_state(socket), unused)


def _find_created(
    state: NftState, unused: Mapping[BaseChain, Collection[str]]
) -> frozenset[BaseChain]:
    created: set[BaseChain] = set()
    for (family, table, name), chains in unused.items():
        found = _chains_of(state, (_FAMILIES[family], table))
        if name in found and any(
            found[name].handle > found[chain].handle for chain in chains if chain in found
        ):
            created.add((family, table, name))
    return frozenset(created)


def delete_empty_chains(
    unused: Mapping[BaseChain, Collection[str]], created: Collection[BaseChain]
) -> None:
    """Delete these chains of ours, and with them the base chains and tables that are empty then.

    :param unused: our emptied chains, in the calling thread's namespace, by the base chains that
        they were for.
    :param created: those of these base chains that were created for our rules.
    :raises Failed: the kernel refused it.
    """
    if not unused:
        return
    with _open_socket() as socket:
        for _attempt in range(_ATTEMPTS):
            state = read_state(socket)
            chains, tables = _choose(state, unused, created)
            if not chains or delete_chains(socket, state.generation, chains, tables):
                return
    raise Failed("the tables of iptables change so fast that empty chains cannot be deleted")


def read_tables() -> NftState:
    """Read the chains of all tables, for ``write_deletions``; none if the kernel does not tell."""
    with suppress(Failed), _open_socket() as socket:
        return read_state(socket)
    return NftState(b"", {})


def write_deletions(
    state: NftState,
    unused: Mapping[BaseChain, Collection[str]],
    jumps: Mapping[BaseChain, int],
) -> str:
    """Write the input of nft that deletes what ``delete_empty_chains`` deletes beside our chains.

    :param state: the tables while our chains are still there.
    :param jumps: the number of jumps to our chains in each of these base chains.
    :return: empty if nothing is to be deleted.
    """
    chains, tables = _choose(_without_jumps(state, jumps), unused, _find_created(state, unused))
    ours = {
        ((_FAMILIES[base[0]], base[1]), chain) for base, names in unused.items() for chain in names
    }
    lines = [
        f"delete chain {' '.join(key)} {name}" for key, name in chains if (key, name) not in ours
    ]
    # A chain with a rule is not deleted, and then nothing is: so no table goes with rules in it.
    lines += [f"delete table {' '.join(key)}" for key in tables]
    return "".join(f"{line}\n" for line in lines)


def _without_jumps(state: NftState, jumps: Mapping[BaseChain, int]) -> NftState:
    """The tables as they are when these base chains do not jump to our chains any more."""
    tables = dict(state.tables)
    for (family, name, base), count in jumps.items():
        key = _FAMILIES[family], name
        table = tables.get(key)
        if table is not None and base in table.chains:
            chain = table.chains[base]
            emptied = chain._replace(uses=chain.uses - count)
            tables[key] = table._replace(chains={**table.chains, base: emptied})
    return state._replace(tables=tables)


@contextmanager
def _open_socket() -> Iterator[Socket]:
    """Open a socket whose errors are failures of this backend."""
    try:
        socket = Socket(uapi.NETLINK_NETFILTER)
        try:
            yield socket
        finally:
            socket.close()
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or errno.EIO)
        raise Failed(f"empty chains of iptables cannot be deleted: {reason}") from error


def _chains_of(state: NftState, key: TableKey) -> Mapping[str, NftChain]:
    return state.tables[key].chains if key in state.tables else {}


def _choose(
    state: NftState, unused: Mapping[BaseChain, Collection[str]], created: Collection[BaseChain]
) -> tuple[list[tuple[TableKey, str]], list[TableKey]]:
    """Choose the chains and the tables to delete."""
    chains: list[tuple[TableKey, str]] = []
    tables: list[TableKey] = []
    for family, name in sorted({base[:2] for base in unused}):
        key = _FAMILIES[family], name
        table = state.tables.get(key)
        if table is None:
            continue
        bases = [base for base in unused if base[:2] == (family, name)]
        ours = {chain for base in bases for chain in unused[base] if chain in table.chains}
        empty = _list_empty(table)
        if len(ours | empty) == table.uses:
            tables.append(key)
        else:
            empty &= {base[2] for base in bases if base in created}
        chains += [(key, chain) for chain in sorted(ours | empty)]
    return chains, tables


def _list_empty(table: NftTable) -> set[str]:
    """List the base chains without a rule that let everything pass."""
    return {
        chain.name
        for chain in table.chains.values()
        if chain.is_base and chain.accepts and not chain.uses
    }
