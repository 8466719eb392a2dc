# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for bridges that must not answer ARP requests for addresses of other interfaces.

Linux answers for each of its addresses by every interface. So a bridge without an address would
answer for the host's end of a cable that is plugged into it, and be nearer. The host would then
receive by the bridge what it forwards only from the cable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.forwarding import ARP_IGNORE_OTHERS, arp_ignore_key
from .._model.netns import Sysctl
from .joined_links import find_passing_bridges
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection

_OFF = "0"


def plan_arp_replies(projection: Projection, netns: str | None) -> None:
    """Plan this for the bridges of the topology that pass frames on to another interface.

    It goes with the bridge.
    """
    lab = projection.request.lab
    if netns is not None or lab is None:
        return
    for name in find_passing_bridges(projection, netns, lab):
        key = arp_ignore_key(name)
        inherited = projection.sysctls.get((netns, arp_ignore_key("default")))
        value = projection.sysctls.get((netns, key), inherited)
        if value in (_OFF, None):
            before, after = Sysctl(netns, key, value), Sysctl(netns, key, ARP_IGNORE_OTHERS)
            projection.replace(before, after, Phase.OPEN_FORWARDING)
