# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task needs pyroute2 for, checked before anything is changed, in check mode too.

Links of others are no reason to fail on a host without pyroute2: their options are then unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .._host.requirements import FOR_IMPAIRMENTS, FOR_UDP_FORWARDS, require_pyroute2
from .._model.nat import Dnat
from .._netlink.pyroute2_library import is_installed
from .links import KINDS_WITH_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from .._model.current_state import CurrentState
    from .._model.links import Link
    from .._model.scope import Scope


def _require_for_kind(kind: str) -> None:
    require_pyroute2(f"for links of type {kind}")


def require_for_scope(scope: Scope) -> None:
    """Check what follows from the desired state alone.

    :raises Missing: pyroute2 is needed and not installed.
    """
    require_for_links(scope)
    if scope.udp_forwards:
        require_pyroute2(FOR_UDP_FORWARDS)


def require_for_links(scope: Scope) -> None:
    """Check what it takes to read the links that the scope names and what is set on them.

    :raises Missing: pyroute2 is needed and not installed.
    """
    for kind in sorted({kind for _ref, kind in scope.creates} & KINDS_WITH_OPTIONS):
        _require_for_kind(kind)
    if scope.impairments:
        require_pyroute2(FOR_IMPAIRMENTS)


def require_for_rules(scope: Scope, current: CurrentState) -> None:
    """Check for forwards that the topology may have to remove.

    :raises Missing: pyroute2 is needed and not installed.
    """
    if scope.lab is None or is_installed():
        return
    for ruleset in current.rulesets.values():
        for resource in ruleset.resources:
            if not isinstance(resource, Dnat) or resource.protocol != "udp":
                continue
            if resource.owner == scope.lab:
                require_pyroute2(FOR_UDP_FORWARDS)


def options_needed(
    scope: Scope, find_owner: Callable[[Link], str | None], switches: Container[str]
) -> Callable[[Link], bool]:
    """A function that returns whether the options of a link have to be decoded.

    Decoding imports pyroute2 (0.3 s), so it is left out for links of the host that are not ours
    when the task is not about such links.

    :param find_owner: returns the probable owner of a link that is just being read.
    :param switches: the bridges of Open vSwitch on record. Those of ovs-vswitchd look like a tap.
    """
    decode_all = scope.link_options or any(
        kind in KINDS_WITH_OPTIONS for _ref, kind in scope.creates
    )

    def is_switch(link: Link) -> bool:
        may_be = scope.ovs and link.kind == "tun" and not is_installed()
        return link.netns is None and (link.name in switches or may_be)

    def is_needed(link: Link) -> bool:
        if is_switch(link):
            return False
        owner = find_owner(link)
        is_of_lab = scope.lab is not None and owner == scope.lab
        if is_of_lab or link.ref in scope.removes:
            _require_for_kind(link.kind or "")
            return True
        is_near = link.netns is not None or owner is not None
        return (decode_all or is_near) and is_installed()

    return is_needed


def describe_unread_options(links: Iterable[Link]) -> str:
    """Which types of links have unknown options for lack of pyroute2; empty if there are none."""
    if is_installed():
        return ""
    kinds = sorted({link.kind or "" for link in links} & KINDS_WITH_OPTIONS)
    if not kinds:
        return ""
    return f"without pyroute2 the options of links of type {', '.join(kinds)} cannot be read"
