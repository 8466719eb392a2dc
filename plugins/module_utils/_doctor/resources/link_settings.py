# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What resources that belong to one link have in common."""

from __future__ import annotations

from ..findings import Location, netns_location


def link_locations(netns: str | None, link: str) -> frozenset[Location]:
    """The locations that a setting of a link requires."""
    if netns is None:
        return frozenset({(netns, link)})
    return frozenset({netns_location(netns), (netns, link)})
