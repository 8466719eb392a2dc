# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the program nft and the kernel take the rules that this collection writes.

Old versions lack parts of them, and nft 0.9.8 (Debian 11) crashes. Which of them can do what is not
listed anywhere, so an nft older than the oldest tested one checks a table with one resource of each
kind, which changes nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._host.programs import run
from ..._model import nat
from ..._model.errors import Failed
from ..._model.host_access import HostAccess
from ..._model.lazy_pattern import compile_lazily
from .render import TableRenderer
from .script import write_script

if TYPE_CHECKING:
    from ..._model.resources import NatResource

_EXAMPLES: tuple[NatResource, ...] = (
    nat.Masquerade(None, "192.0.2.0/25", destination_except=("203.0.113.0/24",), device="lab0"),
    nat.Masquerade(None, "2001:db8::/64", out_interface="up0", to_source="2001:db8:1::1"),
    nat.Dnat(None, "tcp", (80, 81), "192.0.2.2", (90, 91), device="lab0", hairpin=True),
    nat.Dnat(None, "tcp", (80, 80), "2001:db8::2", (90, 90), device="lab0", hairpin=True),
    nat.Dnat(None, "udp", (82, 82), "2001:db8::2", (82, 82), source=("2001:db8:2::/64",)),
    nat.Dnat(None, "udp", (83, 83), "192.0.2.2", (83, 83), "up0", "198.51.100.1", from_host=False),
    nat.Isolation(None, "lab0", ("192.0.2.0/24", "2001:db8::/64"), "lab"),
    nat.ForwardingEnabled(None, 4, "lab0"),
    nat.ForwardingEnabled(None, 6, "all"),
    nat.SavedSysctl(None, "up0", "accept_ra"),
    HostAccess(None, "lab0", ("established", "icmp", "80-81/tcp", "53/udp"), "lab"),
)
"""One resource of each kind, of both families where these differ."""
_TESTED = (1, 0, 6)
NOT_WRITTEN = "redblue_netns_test"
"""The name of a table that nft only checks."""
_VERSION = compile_lazily(r"v([0-9]+)\.([0-9]+)\.([0-9]+)")


def find_complaint(program: str, script: str) -> str | None:
    """Return why nft or the kernel does not take a script; None if they do. Nothing is changed."""
    try:
        answer = run(program, ["-c", "-f", "-"], script)
    except Failed as error:
        return str(error)
    return answer.complaint if answer.code else None


def can_count_in_maps(program: str) -> bool:
    """Return whether nft and the kernel take maps whose elements count. Nothing is written."""
    table = TableRenderer().render([nat.Dnat(None, "tcp", (80, 80), "192.0.2.2", (90, 90))])
    answer = run(program, ["-c", "-f", "-"], write_script(table, table_name=NOT_WRITTEN))
    return answer.code == 0


def find_missing_abilities(program: str) -> str | None:
    """Return why nft or the kernel does not take our rules; None if they do."""
    version = run(program, ["--version"]).output.strip()
    found = _VERSION.search(version)
    if found is not None and tuple(map(int, found.groups())) >= _TESTED:
        return None
    script = write_script(TableRenderer().render(_EXAMPLES), counts=False)
    complaint = find_complaint(program, script)
    if complaint is None:
        return None
    tested = ".".join(map(str, _TESTED))
    return (
        f"{version or program} with the kernel {os.uname().release} does not take the rules of "
        f"this collection, which nftables v{tested} takes: {complaint.splitlines()[0]}"
    )
