# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks that a plan leaves what the host, or the connection of the task, depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._model.errors import Refused
from .masters import describe_uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.links import Link, LinkRef
    from .projection import Projection


def check_in_use(projection: Projection, link: Link, wanted: Link) -> None:
    """Check that the default route and the connection of the task do not depend on a host link.

    :raises Refused: if one does, unless ``force`` is set for the wanted link.
    """
    if link.netns is None:
        uses = _uses_of_host_links(projection).get(link.ref, ())
        _refuse(projection, link, wanted, [f"carries {use}" for use in uses])


def check_ssh_address(projection: Projection, link: Link, wanted: Link) -> None:
    """Check that a link of the host keeps the address of the SSH connection of the task.

    :raises Refused: if it would lose it, unless ``force`` is set for the wanted link.
    """
    ssh_server = projection.current.ssh_server
    if ssh_server is None or link.netns is not None or wanted.addresses is None:
        return
    address = ssh_server[0]
    if _has_address(link, address) and not _has_address(wanted, address):
        reason = f"has {address}, the address of the SSH connection of this task"
        _refuse(projection, link, wanted, [reason])


def _has_address(link: Link, address: str) -> bool:
    return any(text.split("/")[0] == address for text in link.addresses or ())


def check_has_no_dependents(projection: Projection, link: Link, wanted: Link) -> None:
    """Check that a link is no port of a bridge, and that no link sits on it.

    :raises Refused: otherwise, unless ``force`` is set for the wanted link.
    """
    reasons = [f"is a port of {link.bridge}"] if link.bridge else []
    reasons += [f"carries {describe_link(child)}" for child in projection.links.children(link.ref)]
    _refuse(projection, link, wanted, reasons)


def _refuse(projection: Projection, link: Link, wanted: Link, reasons: list[str]) -> None:
    if reasons and not projection.request.permits("force", wanted):
        raise Refused("name", link.name, f"{'; '.join(reasons)}; set force: true to do it anyway")


def _uses_of_host_links(projection: Projection) -> dict[LinkRef, list[str]]:
    """By link: what would be cut off without it.

    That is what depends on the link, and on links that need it: a VLAN on it, its bridge.
    """
    found: dict[LinkRef, list[str]] = {}
    for link in projection.links.in_netns(None):
        uses = describe_uses(projection, link)
        waiting, seen = ([link.ref] if uses else []), set()
        while waiting:
            ref = waiting.pop()
            needed = projection.links.get(ref)
            if needed is None or ref in seen:
                continue
            seen.add(ref)
            known = found.setdefault(ref, [])
            known.extend(use for use in uses if use not in known)
            waiting.extend(_needed_by(projection, needed, is_user=ref == link.ref))
    return found


def _needed_by(projection: Projection, link: Link, is_user: bool) -> Iterator[LinkRef]:
    """The links that a link needs: its parent, its peer, its ports, and its bridge.

    :param is_user: whether the link itself is in use, so that its bridge is not needed.
    """
    for ref in (link.parent, link.peer):
        if ref and ref[1]:
            yield ref
    if link.bridge and not is_user:
        yield (None, link.bridge)
    for port in projection.links.in_netns(link.netns):
        if link.name in (port.bridge, port.vrf):
            yield port.ref
