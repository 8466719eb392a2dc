# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which peers of a WireGuard interface a change touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .link_options import Peer, WireguardOptions


def differing_peers(before: WireguardOptions, after: WireguardOptions) -> list[tuple[Peer, bool]]:
    """The peers to set, with False, and those to remove, with True.

    Removals come first, because an allowed IP network belongs to only one peer.
    """
    if after.peers is None:
        return []
    old = {peer.public_key: peer for peer in before.peers or ()}
    new = {peer.public_key: peer for peer in after.peers}
    removed = [(old[key], True) for key in old if key not in new]
    return removed + [(peer, False) for key, peer in new.items() if peer != old.get(key)]
