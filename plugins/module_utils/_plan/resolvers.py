# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the resolver configuration of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.netns import Netns
from .phases import Phase

if TYPE_CHECKING:
    from .._model.netns import Resolver
    from .projection import Projection


def plan_resolver(projection: Projection, wanted: Resolver) -> None:
    """Plan the file /etc/netns/NAME/resolv.conf.

    :raises Conflict: if it is a file of someone else, with other contents.
    """
    current = projection.current.resolvers.get(wanted.netns)
    if current is not None:
        is_equal = (current.nameservers, current.search) == (wanted.nameservers, wanted.search)
        if is_equal and (current.text is None or current.owner is None):
            return
        if current.owner is None:
            _check_replaceable(projection, wanted, current)
    projection.replace(current, replace(wanted, owner=projection.request.owner), Phase.RESOLVER)


def _check_replaceable(projection: Projection, wanted: Resolver, current: Resolver) -> None:
    """Check that a file of someone else may be replaced, and that a rollback can restore it."""
    rule = f"/etc/netns/{wanted.netns}/resolv.conf was not written by this collection; "
    if current.text is None:
        rule += "it is no ordinary file of root with mode 0644, so move it away first"
    elif projection.request.permits("force", Netns(wanted.netns)):
        return
    else:
        rule += "set force: true to replace it, or move it away first"
    raise Conflict("nameservers", list(wanted.nameservers), rule)
