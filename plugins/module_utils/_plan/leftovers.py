# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What killed runs left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.netns import Netns, StaleName
from .link_effects import remove_link
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def remove_stale_names(projection: Projection) -> None:
    """Plan to remove names of namespaces that lead nowhere."""
    desired = projection.request.desired
    named = {
        resource.name
        for resource in (*desired.present, *desired.absent)
        if isinstance(resource, Netns)
    }
    for name in sorted(projection.current.own_stale_names - named):
        projection.remove(StaleName(name), Phase.CLEAR)


def remove_unfinished(projection: Projection) -> None:
    """Plan to remove links without a mark."""
    unfinished = projection.current.unfinished
    for link in [link for ref, link in projection.links.items() if ref in unfinished]:
        if link.ref in projection.links:
            remove_link(projection, link, Phase.CLEAR)
