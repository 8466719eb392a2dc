# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the resolver configuration of namespaces."""

from __future__ import annotations

from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.netns import Resolver
from .dispatch import plan_absent, plan_present
from .phases import Phase
from .projection import Projection


@plan_present.register(Resolver)
def plan_resolver(wanted: Resolver, projection: Projection) -> None:
    """Plan the file /etc/netns/NAME/resolv.conf.

    :raises Conflict: if it is a file of someone else, with other contents.
    """
    current = projection.current.resolvers.get(wanted.netns)
    if current is not None:
        if (current.nameservers, current.search) == (wanted.nameservers, wanted.search):
            return
        if current.owner is None:
            raise Conflict(
                "nameservers",
                list(wanted.nameservers),
                f"/etc/netns/{wanted.netns}/resolv.conf was not written by this collection; move "
                "it away first",
            )
    projection.replace(current, replace(wanted, owner=projection.request.owner), Phase.RESOLVER)


@plan_absent.register(Resolver)
def _plan_no_resolver(unwanted: Resolver, projection: Projection) -> None:
    """The resolver configuration of a namespace is removed with the namespace."""
