# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IPv6 addresses for which the host answers, since the ports of their bridge are isolated.

For IPv4 a sysctl has the kernel answer for all of them (``_plan/policy_ports.py``).
"""

from __future__ import annotations

import errno
from socket import if_nametoindex
from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.errors import Failed
from ..._model.network_policies import SourceCheck, as_recorded
from ..._netlink.neighbours import add_proxy, delete_proxy, read_neighbour
from ..._netlink.raw_objects import dump_proxies
from ..._netlink.socket import Socket

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._model.resources import NatResource, PolicyPart

_Proxy = tuple[str, str]
"""Interface and address."""
_DONE = (0, errno.EEXIST, errno.ENOENT, errno.ENODEV)


def list_proxies(parts: Iterable[NatResource]) -> set[_Proxy]:
    """The addresses for which the host has to answer, with the interface."""
    return {
        (part.interface, address)
        for part in parts
        if isinstance(part, SourceCheck) and part.shared
        for address in as_recorded(part).addresses
        if family_of(address) == 6
    }


def _find_index(name: str) -> int | None:
    """The index of an interface; None if there is none, as after a rollback."""
    try:
        return if_nametoindex(name)
    except OSError:
        return None


def find_missing_proxies(parts: Sequence[PolicyPart]) -> set[str]:
    """The interfaces by which the host does not answer for all members."""
    wanted = list_proxies(parts)
    if not wanted:
        return set()
    socket = Socket()
    try:
        replies = map(read_neighbour, socket.dump(dump_proxies()))
        live = {(reply.ifindex, reply.address) for reply in replies}
    finally:
        socket.close()
    indexes = {name: _find_index(name) for name, _address in wanted}
    return {name for name, address in wanted if (indexes[name], address) not in live}


def replace_proxies(before: Sequence[NatResource], after: Sequence[NatResource]) -> None:
    """Answer for the members of ``after``, and no longer for those of ``before``.

    :raises Failed: the kernel refused.
    """
    wanted = list_proxies(after)
    removed = list_proxies(before) - wanted
    if not wanted and not removed:
        return
    indexes = {name: _find_index(name) for name, _address in (*wanted, *removed)}
    pairs = [(add_proxy, each) for each in sorted(wanted)]
    pairs += [(delete_proxy, each) for each in sorted(removed)]
    requests = [
        pack(index, address)
        for pack, (name, address) in pairs
        if (index := indexes[name]) is not None
    ]
    socket = Socket()
    try:
        errors = [reply.errno for reply in socket.send(requests) if reply.errno not in _DONE]
    finally:
        socket.close()
    if errors:
        name = errno.errorcode.get(errors[0], str(errors[0]))
        raise Failed(f"the kernel refused to answer for members of a bridge: {name}")


def render_proxy_commands(
    before: Sequence[NatResource], after: Sequence[NatResource], prefix: str
) -> list[str]:
    """Return the commands for bash that do what ``replace_proxies`` does."""
    have, wanted = list_proxies(before), list_proxies(after)
    return [
        f"{prefix}ip neigh {verb} proxy {address} dev {name}"
        for verb, proxies in (("add", wanted - have), ("del", have - wanted))
        for name, address in sorted(proxies)
    ]
