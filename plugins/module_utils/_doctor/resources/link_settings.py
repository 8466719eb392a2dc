# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What resources that belong to one link have in common."""

from __future__ import annotations

from typing import FrozenSet, Optional

from ..findings import Location, netns_location


def link_locations(netns: Optional[str], link: str) -> FrozenSet[Location]:
    """The locations that a setting of a link requires."""
    if netns is None:
        return frozenset({(netns, link)})
    return frozenset({netns_location(netns), (netns, link)})
