# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observes a host, and looks further where the first look shows that it has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._plan.kinds import steps

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.scope import Scope
    from .host import Host


def observe(host: Host, scope: Scope) -> CurrentState:
    """The current state of what a scope names; of all namespaces if something may be in another.

    :raises Failed: The host cannot be read.
    """
    current, _scope = look_first(host, scope)
    return current


def look_first(host: Host, scope: Scope) -> tuple[CurrentState, Scope]:
    """What ``observe`` returns, and the scope with which the run goes on.

    :raises Failed: The host cannot be read.
    """
    current = host.observe(scope)
    if current.is_narrow:
        if _is_enough(scope, current):
            return current, scope
        scope = replace(scope, narrow=None, members=frozenset())
        current = host.observe(scope)
    is_all = scope.everywhere or (scope.all_namespaces and current.has_all_namespaces)
    if not is_all and _reaches_further(scope, current):
        return host.observe(replace(scope, all_namespaces=True, everywhere=True)), scope
    return current, scope


def _is_enough(scope: Scope, current: CurrentState) -> bool:
    """Whether a narrow observation shows all that the plan depends on."""
    if scope.narrow is None or steps.is_narrow_enough is None:
        return False
    return steps.is_narrow_enough(scope.narrow, scope.members, current)


def _reaches_further(scope: Scope, current: CurrentState) -> bool:
    """True if something in scope may be in a namespace that was not observed.

    That is the peer of a veth pair of the topology or of a namespace that is removed, or an
    interface of the host that is to be taken and that another namespace may hold.
    """
    for link in current.links.values():
        if link.kind == "veth" and link.peer is None:
            is_own = scope.lab is not None and link.owner == scope.lab
            if is_own or link.netns in scope.processes:
                return True
    if not scope.takes:
        return False
    on_host = set()
    for link in current.links.values():
        if link.saved is not None:
            on_host.add(link.saved.name)
        elif link.netns is None:
            on_host.add(link.name)
            if link.name in scope.takes and link.kind == "veth" and link.peer is None:
                return True  # Its peer shows later that it is still the same link.
    return not scope.takes <= on_host
