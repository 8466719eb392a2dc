# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of resolver configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.resolver import remove_resolver, write_resolver
from .._model.netns import Resolver
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Resolver)
def _apply_locally(
    resolver: Resolver, before: Resolver | None, after: Resolver | None, host: LocalHost
) -> None:
    if after is None:
        remove_resolver(resolver.netns)
    else:
        write_resolver(after)


@dispatch.find_state.register(Resolver)
def _find_state(resolver: Resolver, current: CurrentState) -> object:
    return current.resolvers.get(resolver.netns)


dispatch.list_namespaces.register(Resolver, dispatch.list_own_namespace)
dispatch.invert.register(Resolver, dispatch.swap)
